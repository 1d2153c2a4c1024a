package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;
import static io.github.lovaszdjl.training.Values.checkAbove0;
import static io.github.lovaszdjl.training.Values.checkAtLeast;

import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Every hyper-parameter of a training but the loss. With the same plan, loss, data and number of
 * threads a training gives the same numbers.
 *
 * <pre>{@code
 * TrainingPlan plan = TrainingPlan.builder().optEpochs(30).optSeed(7).build();
 * }</pre>
 *
 * @param epochs how often every sample is seen, at least 1
 * @param batchSize the number of samples in a batch, at least 1
 * @param sampling how often an epoch takes each sample
 * @param cropHeight the height of training samples in pixels, at least 1: larger images are cut at
 *     a random place, smaller ones padded
 * @param cropWidth the width of training samples in pixels, likewise
 * @param baseWidth the base width of the U-Net, 1 to 65536
 * @param depth the depth of the U-Net, 1 to 10
 * @param optimizer the optimizer
 * @param learningRate the highest learning rate, above 0
 * @param momentum the momentum of SGD, 0 to below 1; the other optimizers do not use it
 * @param weightDecay the weight decay, at least 0: decoupled for AdamW, else added to the gradient
 * @param schedule how the learning rate goes on after the warm-up
 * @param power the exponent of the schedule POLY, above 0; the others do not use it
 * @param schedulePlan what one schedule has alone
 * @param warmUpEpochs the epochs, from 0 to below all, in which the learning rate rises from near
 *     0; none with ONE_CYCLE, which rises by itself
 * @param encoderLearningRateFactor by what the learning rate of the encoder differs, above 0, see
 *     {@link #checkNetwork}
 * @param freezeEncoderEpochs the epochs, from 0 to all, in which the encoder stays as it is, its
 *     running statistics too
 * @param auxiliaryWeight the weight of the loss of further outputs that a network has in training,
 *     at least 0
 * @param augmentation the random changes to the samples
 * @param updates how gradients become updates of the weights
 * @param softLabels what makes class probabilities of the labels
 * @param seed the seed of initial weights, order and augmentation
 */
public record TrainingPlan(
        int epochs,
        int batchSize,
        Sampling sampling,
        int cropHeight,
        int cropWidth,
        int baseWidth,
        int depth,
        OptimizerName optimizer,
        float learningRate,
        float momentum,
        float weightDecay,
        ScheduleName schedule,
        float power,
        SchedulePlan schedulePlan,
        int warmUpEpochs,
        float encoderLearningRateFactor,
        int freezeEncoderEpochs,
        float auxiliaryWeight,
        Augmentation augmentation,
        UpdatePlan updates,
        SoftLabelPlan softLabels,
        int seed) {

    /** The optimizers. */
    public enum OptimizerName {
        /** Stochastic gradient descent with momentum, see {@link ResumableSgd}. */
        SGD,
        /** Adam, see {@link ResumableAdam}. */
        ADAM,
        /** Adam with decoupled weight decay, see {@link ResumableAdam}. */
        ADAMW;

        /** Returns the name in lower case. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The ways the learning rate goes, see {@link Schedule}. */
    public enum ScheduleName {
        /** It stays. */
        CONSTANT,
        /** It falls towards 0 along (1 − done)<sup>power</sup>. */
        POLY,
        /** It falls towards 0 along half a cosine. */
        COSINE,
        /** It is multiplied by a factor after some epochs. */
        STEP,
        /** It rises and falls, each along half a cosine. */
        ONE_CYCLE;

        /** Returns the name in lower case, words joined by hyphens. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Checks the values.
     *
     * @param epochs how often every sample is seen, at least 1
     * @param batchSize the number of samples in a batch, at least 1
     * @param sampling how often an epoch takes each sample
     * @param cropHeight the height of training samples in pixels, at least 1: larger images are cut
     *     at a random place, smaller ones padded
     * @param cropWidth the width of training samples in pixels, likewise
     * @param baseWidth the base width of the U-Net, 1 to 65536
     * @param depth the depth of the U-Net, 1 to 10
     * @param optimizer the optimizer
     * @param learningRate the highest learning rate, above 0
     * @param momentum the momentum of SGD, 0 to below 1; the other optimizers do not use it
     * @param weightDecay the weight decay, at least 0: decoupled for AdamW, else added to the
     *     gradient
     * @param schedule how the learning rate goes on after the warm-up
     * @param power the exponent of the schedule POLY, above 0; the others do not use it
     * @param schedulePlan what one schedule has alone
     * @param warmUpEpochs the epochs, from 0 to below all, in which the learning rate rises from
     *     near 0
     * @param encoderLearningRateFactor by what the learning rate of the encoder differs, above 0
     * @param freezeEncoderEpochs the epochs, from 0 to all, in which the encoder stays as it is
     * @param auxiliaryWeight the weight of the loss of further outputs, at least 0
     * @param augmentation the random changes to the samples
     * @param updates how gradients become updates of the weights
     * @param softLabels what makes class probabilities of the labels
     * @param seed the seed of initial weights, order and augmentation
     * @throws IllegalArgumentException if a value is out of range
     */
    public TrainingPlan {
        check("epochs", epochs, epochs >= 1, "at least 1");
        check("batchSize", batchSize, batchSize >= 1, "at least 1");
        check("sampling", sampling, sampling != null, "a sampling");
        check("cropHeight", cropHeight, cropHeight >= 1, "at least 1");
        check("cropWidth", cropWidth, cropWidth >= 1, "at least 1");
        check("baseWidth", baseWidth, baseWidth >= 1 && baseWidth <= 65536, "1 to 65536");
        check("depth", depth, depth >= 1 && depth <= 10, "1 to 10");
        long area = (long) cropHeight * cropWidth;
        check("cropHeight x cropWidth", area, area <= 1 << 27, "at most 2^27 pixels");
        checkAbove0("learningRate", learningRate);
        check("optimizer", optimizer, optimizer != null, "an optimizer");
        check("schedule", schedule, schedule != null, "a schedule");
        check("momentum", momentum, momentum >= 0 && momentum < 1, "0 to below 1");
        checkAbove0("power", power);
        check("schedulePlan", schedulePlan, schedulePlan != null, "a plan");
        check(
                "warmUpEpochs",
                warmUpEpochs,
                warmUpEpochs >= 0 && warmUpEpochs < epochs,
                "0 to below the number of epochs, " + epochs);
        schedulePlan.check(schedule, epochs, warmUpEpochs);
        checkAbove0("encoderLearningRateFactor", encoderLearningRateFactor);
        check(
                "freezeEncoderEpochs",
                freezeEncoderEpochs,
                freezeEncoderEpochs >= 0 && freezeEncoderEpochs <= epochs,
                "0 to the number of epochs, " + epochs);
        checkAtLeast("auxiliaryWeight", auxiliaryWeight, 0);
        checkAtLeast("weightDecay", weightDecay, 0);
        check("augmentation", augmentation, augmentation != null, "an augmentation");
        check("updates", updates, updates != null, "a plan");
        check(
                "decayNorms",
                updates.decayNorms(),
                updates.decayNorms() || weightDecay > 0,
                "true, as there is no weight decay");
        check("softLabels", softLabels, softLabels != null, "a plan");
    }

    /**
     * Returns a builder that starts from the plan of the main example: a small U-Net that trains on
     * the embedded data set in less than two minutes on two cores.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns a builder that starts from the recipe of a data set: the values that were found to
     * suit it, chosen on its validation split alone, and those of {@link #builder()} for the rest.
     *
     * <pre>{@code
     * NamedDataset earth = SegmentationDatasets.find("earth");
     * TrainingPlan plan = TrainingPlan.recipe(earth).optSeed(7).build();
     * }</pre>
     *
     * @param set the data set
     * @return the builder
     */
    public static Builder recipe(NamedDataset set) {
        Builder builder = builder();
        if (set.getName().equals("earth")) {
            // Its tiles are all of one ground resolution, so that a lake has but one size.
            builder.optAugmentation(Augmentation.standard().toBuilder().optScale(1, 1).build());
        }
        return builder;
    }

    /**
     * Returns the training set of this plan: the split "train", shuffled and augmented.
     *
     * @param root the folder of the data set, see {@link FolderSegmentationDataset}
     * @param ignoreLabel the id in the label files to ignore, if there is one
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset trainingSet(Path root, OptionalInt ignoreLabel) {
        return trainingSet(root, ignoreLabel, Normalization.imageNet());
    }

    /**
     * Returns the training set of this plan for a network that starts from weights.
     *
     * @param root the folder of the data set, see {@link FolderSegmentationDataset}
     * @param ignoreLabel the id in the label files to ignore, if there is one
     * @param normalization that of the weights
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset trainingSet(
            Path root, OptionalInt ignoreLabel, Normalization normalization) {
        return trainingSet(data(root, ignoreLabel, normalization));
    }

    /**
     * Returns the training set of this plan of data that is read in a way of its own.
     *
     * @param data root, layout, ignore label and normalization; split, sampling, size, seed and
     *     augmentation are set here
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset trainingSet(FolderSegmentationDataset.Builder data) {
        return data.setSplit("train")
                .setSampling(batchSize, true)
                .optSampling(sampling)
                .optSeed(seed)
                .optSize(cropHeight, cropWidth)
                .optAugmentation(augmentation)
                .build();
    }

    /**
     * Returns a split to evaluate on: whole images in the order of their names, unchanged and one
     * at a time, so that none is padded to the size of another.
     *
     * @param root the folder of the data set, see {@link FolderSegmentationDataset}
     * @param split the name of the split, such as "val"
     * @param ignoreLabel the id in the label files to ignore, if there is one
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset evaluationSet(
            Path root, String split, OptionalInt ignoreLabel) {
        return evaluationSet(root, split, ignoreLabel, Normalization.imageNet());
    }

    /**
     * Returns a split to evaluate on for a network that starts from weights.
     *
     * @param root the folder of the data set, see {@link FolderSegmentationDataset}
     * @param split the name of the split, such as "val"
     * @param ignoreLabel the id in the label files to ignore, if there is one
     * @param normalization that of the weights
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset evaluationSet(
            Path root, String split, OptionalInt ignoreLabel, Normalization normalization) {
        return evaluationSet(data(root, ignoreLabel, normalization), split);
    }

    /**
     * Returns a split to evaluate on of data that is read in a way of its own.
     *
     * @param data root, layout, ignore label and normalization; split and sampling are set here
     * @param split the name of the split, such as "val"
     * @return the data set, not yet read
     */
    public FolderSegmentationDataset evaluationSet(
            FolderSegmentationDataset.Builder data, String split) {
        return data.setSplit(split).setSampling(1, false).build();
    }

    private static FolderSegmentationDataset.Builder data(
            Path root, OptionalInt ignoreLabel, Normalization normalization) {
        FolderSegmentationDataset.Builder data =
                FolderSegmentationDataset.builder().setRoot(root).optNormalization(normalization);
        ignoreLabel.ifPresent(data::optIgnoreLabel);
        return data;
    }

    /**
     * Checks that a network has an encoder, its child block {@code encoder}, where this plan treats
     * it in a way of its own. The block of a {@link io.github.lovaszdjl.model.BlockNetwork} is not
     * made for that; a training looks at it before it starts.
     *
     * @param network the network
     * @throws IllegalArgumentException if it has none, and the plan freezes it or gives it or the
     *     rest another learning rate
     */
    public void checkNetwork(SegmentationNetwork network) {
        checkEncoder(network.hasEncoder(), network);
    }

    /**
     * Checks that this plan can be trained in rounds: gradients are not kept from one to the next,
     * nor an average of the weights.
     *
     * @throws IllegalArgumentException if it cannot
     */
    public void checkRounds() {
        int accumulate = updates.accumulate();
        check("accumulate", accumulate, accumulate == 1, "1 in a training in rounds");
        check("ema", updates.ema(), updates.ema() == 0, "0 in a training in rounds");
    }

    /** The same, where it is known whether there is an encoder. */
    void checkEncoder(boolean there, SegmentationNetwork network) {
        String without = " with " + network + ", which has no encoder";
        check(
                "freezeEncoderEpochs",
                freezeEncoderEpochs,
                there || freezeEncoderEpochs == 0,
                "0" + without);
        check(
                "encoderLearningRateFactor",
                encoderLearningRateFactor,
                there || encoderLearningRateFactor == 1,
                "1" + without);
        float rest = updates.decoderLearningRateFactor();
        check("decoderLearningRateFactor", rest, there || rest == 1, "1" + without);
    }

    /** Returns the optimizer of this plan for a training with these learning rates. */
    ResumableOptimizer newOptimizer(LearningRates rate) {
        if (optimizer == OptimizerName.SGD) {
            return ResumableSgd.builder()
                    .setLearningRateTracker(rate)
                    .optMomentum(momentum)
                    .optWeightDecays(weightDecay)
                    .optClipGrad(updates.clipValue() > 0 ? updates.clipValue() : -1)
                    .build();
        }
        return ResumableAdam.builder()
                .optLearningRateTracker(rate)
                .optWeightDecays(weightDecay)
                .optClipGrad(updates.clipValue() > 0 ? updates.clipValue() : -1)
                .optDecoupledWeightDecay(optimizer == OptimizerName.ADAMW)
                .build();
    }

    /** Returns the learning rate of every update of a training of so many updates an epoch. */
    Schedule newSchedule(int perEpoch) {
        int all = Math.multiplyExact(epochs, perEpoch);
        Schedule rate =
                switch (schedule) {
                    case CONSTANT -> Schedule.constant(learningRate);
                    case POLY -> Schedule.poly(learningRate, all, power);
                    case COSINE -> Schedule.cosine(learningRate, all);
                    case STEP -> schedulePlan.step(learningRate, perEpoch);
                    case ONE_CYCLE -> schedulePlan.oneCycle(learningRate, all);
                };
        return warmUpEpochs == 0 ? rate : rate.withWarmUp(warmUpEpochs * perEpoch);
    }

    /** Builds a {@link TrainingPlan}. */
    public static final class Builder extends TrainingPlanOptions {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the plan.
         *
         * @return the plan
         * @throws IllegalArgumentException if a value is out of range
         */
        public TrainingPlan build() {
            return plan();
        }
    }
}
