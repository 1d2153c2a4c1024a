package io.github.lovaszdjl.training;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one epoch of training came to.
 *
 * @param epoch the number of the epoch, from 1
 * @param learningRate the learning rate at its start
 * @param losses the mean training loss over its batches by name: the loss and then its parts
 * @param validation the counts of the validation set after it
 * @param skippedBatches the batches left out because no pixel of theirs is valid
 * @param images the number of images trained on
 * @param waitSeconds the part of the training time in which no batch was ready
 * @param trainingSeconds the time its training took
 * @param seconds the time it took in all, validation included
 * @param averaged the counts of the validation set with the average of the weights, if there is one
 */
public record EpochReport(
        int epoch,
        float learningRate,
        Map<String, Float> losses,
        ConfusionMatrix validation,
        int skippedBatches,
        int images,
        double waitSeconds,
        double trainingSeconds,
        double seconds,
        Optional<ConfusionMatrix> averaged) {

    /**
     * Copies the losses, whose order it keeps.
     *
     * @param epoch the number of the epoch, from 1
     * @param learningRate the learning rate at its start
     * @param losses the mean training loss over its batches by name
     * @param validation the counts of the validation set after it
     * @param skippedBatches the batches left out because no pixel of theirs is valid
     * @param images the number of images trained on
     * @param waitSeconds the part of the training time in which no batch was ready
     * @param trainingSeconds the time its training took
     * @param seconds the time it took in all
     * @param averaged the counts of the validation set with the average of the weights
     */
    public EpochReport {
        losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    }

    /**
     * Constructs the report of an epoch without an average of the weights.
     *
     * @param epoch the number of the epoch, from 1
     * @param learningRate the learning rate at its start
     * @param losses the mean training loss over its batches by name
     * @param validation the counts of the validation set after it
     * @param skippedBatches the batches left out because no pixel of theirs is valid
     * @param images the number of images trained on
     * @param waitSeconds the part of the training time in which no batch was ready
     * @param trainingSeconds the time its training took
     * @param seconds the time it took in all
     */
    public EpochReport(
            int epoch,
            float learningRate,
            Map<String, Float> losses,
            ConfusionMatrix validation,
            int skippedBatches,
            int images,
            double waitSeconds,
            double trainingSeconds,
            double seconds) {
        this(
                epoch,
                learningRate,
                losses,
                validation,
                skippedBatches,
                images,
                waitSeconds,
                trainingSeconds,
                seconds,
                Optional.empty());
    }

    /** Returns the report of an epoch that is trained in so many seconds, and not validated. */
    static EpochReport trained(
            int epoch,
            float learningRate,
            Map<String, Float> losses,
            int skippedBatches,
            int images,
            double waitSeconds,
            double seconds) {
        return new EpochReport(
                epoch,
                learningRate,
                losses,
                new ConfusionMatrix(0),
                skippedBatches,
                images,
                waitSeconds,
                seconds,
                seconds);
    }

    /** Returns the report with what a validation came to. */
    EpochReport validated(
            ConfusionMatrix counts,
            Optional<ConfusionMatrix> averagedCounts,
            double validationSeconds) {
        return new EpochReport(
                epoch,
                learningRate,
                losses,
                counts,
                skippedBatches,
                images,
                waitSeconds,
                trainingSeconds,
                seconds + validationSeconds,
                averagedCounts);
    }

    /**
     * Returns the speed of the training.
     *
     * @return images per second, validation left out
     */
    public double imagesPerSecond() {
        return images / trainingSeconds;
    }

    /**
     * Returns how much of its time the training waited for data.
     *
     * @return the share, 0 to 1
     */
    public double waitShare() {
        return waitSeconds / trainingSeconds;
    }

    /**
     * Returns what the epoch is compared with others by.
     *
     * @return the mean IoU on the validation set: of the average of the weights, if there is one
     */
    public double score() {
        return averaged.orElse(validation).meanIou();
    }

    /**
     * Tells whether the model of this epoch is to be kept rather than that of another.
     *
     * @param other the other epoch
     * @return whether its {@linkplain #score score} is higher, or is a number where the other's is
     *     none
     */
    public boolean isBetterThan(EpochReport other) {
        return isHigher(score(), other.score());
    }

    static boolean isHigher(double ours, double theirs) {
        return ours > theirs || Double.isNaN(theirs) && !Double.isNaN(ours);
    }
}
