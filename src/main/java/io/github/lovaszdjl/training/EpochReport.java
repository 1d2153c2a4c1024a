package io.github.lovaszdjl.training;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one epoch of training came to.
 *
 * @param epoch the number of the epoch, from 1
 * @param learningRate the learning rate at its start
 * @param losses the mean training loss over its batches by name: the loss and then its parts
 * @param validation the counts of the validation set after it
 * @param skippedBatches the batches left out because no pixel of theirs is valid
 * @param trainingSeconds the time its training took
 * @param seconds the time it took in all, validation included
 */
public record EpochReport(
        int epoch,
        float learningRate,
        Map<String, Float> losses,
        ConfusionMatrix validation,
        int skippedBatches,
        double trainingSeconds,
        double seconds) {

    /**
     * Copies the losses, whose order it keeps.
     *
     * @param epoch the number of the epoch, from 1
     * @param learningRate the learning rate at its start
     * @param losses the mean training loss over its batches by name
     * @param validation the counts of the validation set after it
     * @param skippedBatches the batches left out because no pixel of theirs is valid
     * @param trainingSeconds the time its training took
     * @param seconds the time it took in all
     */
    public EpochReport {
        losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    }
}
