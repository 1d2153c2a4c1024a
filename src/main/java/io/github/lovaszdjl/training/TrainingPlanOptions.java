package io.github.lovaszdjl.training;

import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.loss.AuxiliaryLoss;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;

/** The values of a {@link TrainingPlan} with their defaults. */
abstract sealed class TrainingPlanOptions permits TrainingPlan.Builder {

    private int epochs = 12;
    private int batchSize = 8;
    private Sampling sampling = Sampling.uniform();
    private int cropHeight = 128;
    private int cropWidth = 128;
    private int baseWidth = 12;
    private int depth = 4;
    private OptimizerName optimizer = OptimizerName.ADAMW;
    private float learningRate = 3e-3f;
    private float momentum = 0.9f;
    private float weightDecay = 1e-4f;
    private ScheduleName schedule = ScheduleName.COSINE;
    private float power = 0.9f;
    private SchedulePlan schedulePlan = SchedulePlan.builder().build();
    private int warmUpEpochs;
    private float encoderLearningRateFactor = 1;
    private int freezeEncoderEpochs;
    private float auxiliaryWeight = AuxiliaryLoss.DEFAULT_WEIGHT;
    private Augmentation augmentation = Augmentation.standard();
    private UpdatePlan updates = UpdatePlan.builder().build();
    private SoftLabelPlan softLabels = SoftLabelPlan.NONE;
    private int seed = 1;

    abstract TrainingPlan.Builder self();

    /** Returns the plan of these values. */
    TrainingPlan plan() {
        return new TrainingPlan(
                epochs,
                batchSize,
                sampling,
                cropHeight,
                cropWidth,
                baseWidth,
                depth,
                optimizer,
                learningRate,
                momentum,
                weightDecay,
                schedule,
                power,
                schedulePlan,
                warmUpEpochs,
                encoderLearningRateFactor,
                freezeEncoderEpochs,
                auxiliaryWeight,
                augmentation,
                updates,
                softLabels,
                seed);
    }

    /**
     * Sets how often every sample is seen, at least 1.
     *
     * @param epochs the value; 12 by default
     * @return this builder
     */
    public TrainingPlan.Builder optEpochs(int epochs) {
        this.epochs = epochs;
        return self();
    }

    /**
     * Sets the number of samples in a batch, at least 1.
     *
     * @param batchSize the value; 8 by default
     * @return this builder
     */
    public TrainingPlan.Builder optBatchSize(int batchSize) {
        this.batchSize = batchSize;
        return self();
    }

    /**
     * Sets how often an epoch takes each sample: every one once, or those with rare classes more
     * often. The number of samples of an epoch stays.
     *
     * @param sampling the value; {@link Sampling#uniform()} by default
     * @return this builder
     */
    public TrainingPlan.Builder optSampling(Sampling sampling) {
        this.sampling = sampling;
        return self();
    }

    /**
     * Sets the height of training samples in pixels, at least 1: larger images are cut at a random
     * place, smaller ones padded.
     *
     * @param cropHeight the value; 128 by default
     * @return this builder
     */
    public TrainingPlan.Builder optCropHeight(int cropHeight) {
        this.cropHeight = cropHeight;
        return self();
    }

    /**
     * Sets the width of training samples in pixels, likewise.
     *
     * @param cropWidth the value; 128 by default
     * @return this builder
     */
    public TrainingPlan.Builder optCropWidth(int cropWidth) {
        this.cropWidth = cropWidth;
        return self();
    }

    /**
     * Sets the base width of the U-Net, 1 to 65536.
     *
     * @param baseWidth the value; 12 by default
     * @return this builder
     */
    public TrainingPlan.Builder optBaseWidth(int baseWidth) {
        this.baseWidth = baseWidth;
        return self();
    }

    /**
     * Sets the depth of the U-Net, 1 to 10.
     *
     * @param depth the value; 4 by default
     * @return this builder
     */
    public TrainingPlan.Builder optDepth(int depth) {
        this.depth = depth;
        return self();
    }

    /**
     * Sets the optimizer.
     *
     * @param optimizer the value; AdamW by default
     * @return this builder
     */
    public TrainingPlan.Builder optOptimizer(OptimizerName optimizer) {
        this.optimizer = optimizer;
        return self();
    }

    /**
     * Sets the highest learning rate, above 0.
     *
     * @param learningRate the value; 3e-3 by default
     * @return this builder
     */
    public TrainingPlan.Builder optLearningRate(float learningRate) {
        this.learningRate = learningRate;
        return self();
    }

    /**
     * Sets the momentum of SGD, 0 to below 1.
     *
     * @param momentum the value; 0.9 by default
     * @return this builder
     */
    public TrainingPlan.Builder optMomentum(float momentum) {
        this.momentum = momentum;
        return self();
    }

    /**
     * Sets the weight decay, at least 0: decoupled for AdamW, else added to the gradient.
     *
     * @param weightDecay the value; 1e-4 by default
     * @return this builder
     */
    public TrainingPlan.Builder optWeightDecay(float weightDecay) {
        this.weightDecay = weightDecay;
        return self();
    }

    /**
     * Sets how the learning rate goes on after the warm-up.
     *
     * @param schedule the value; cosine by default
     * @return this builder
     */
    public TrainingPlan.Builder optSchedule(ScheduleName schedule) {
        this.schedule = schedule;
        return self();
    }

    /**
     * Sets the exponent of the schedule POLY, above 0.
     *
     * @param power the value; 0.9 by default
     * @return this builder
     */
    public TrainingPlan.Builder optPower(float power) {
        this.power = power;
        return self();
    }

    /**
     * Sets the values that one schedule has alone.
     *
     * @param schedulePlan the values; those of {@link SchedulePlan#builder} by default
     * @return this builder
     */
    public TrainingPlan.Builder optSchedulePlan(SchedulePlan schedulePlan) {
        this.schedulePlan = schedulePlan;
        return self();
    }

    /**
     * Sets the epochs in which the learning rate rises from near 0, 0 to below all.
     *
     * @param warmUpEpochs the value; 0 by default
     * @return this builder
     */
    public TrainingPlan.Builder optWarmUpEpochs(int warmUpEpochs) {
        this.warmUpEpochs = warmUpEpochs;
        return self();
    }

    /**
     * Sets by what the learning rate of the encoder differs from that of the rest, above 0: below 1
     * for one that is trained already. The schedule is that of both.
     *
     * @param encoderLearningRateFactor the value; 1 by default
     * @return this builder
     */
    public TrainingPlan.Builder optEncoderLearningRateFactor(float encoderLearningRateFactor) {
        this.encoderLearningRateFactor = encoderLearningRateFactor;
        return self();
    }

    /**
     * Sets the epochs in which the encoder stays as it is, the running statistics of its batch
     * normalisation too, 0 to all of them. The rest of the network learns from the first epoch on.
     *
     * @param freezeEncoderEpochs the value; 0 by default
     * @return this builder
     */
    public TrainingPlan.Builder optFreezeEncoderEpochs(int freezeEncoderEpochs) {
        this.freezeEncoderEpochs = freezeEncoderEpochs;
        return self();
    }

    /**
     * Sets the weight of the loss of further outputs that a network has in training, at least 0,
     * see {@link AuxiliaryLoss}. Most networks have none.
     *
     * @param auxiliaryWeight the value; 0.4 by default
     * @return this builder
     */
    public TrainingPlan.Builder optAuxiliaryWeight(float auxiliaryWeight) {
        this.auxiliaryWeight = auxiliaryWeight;
        return self();
    }

    /**
     * Sets the random changes to the samples.
     *
     * @param augmentation the value; {@link Augmentation#standard()} by default
     * @return this builder
     */
    public TrainingPlan.Builder optAugmentation(Augmentation augmentation) {
        this.augmentation = augmentation;
        return self();
    }

    /**
     * Sets how gradients become updates of the weights.
     *
     * @param updates the values; those of {@link UpdatePlan#builder} by default
     * @return this builder
     */
    public TrainingPlan.Builder optUpdates(UpdatePlan updates) {
        this.updates = updates;
        return self();
    }

    /**
     * Sets what makes class probabilities of the labels: mix-up and a teacher network, see {@link
     * SegmentationTraining.Builder#optTeacher}. The losses have to take such labels, which those of
     * Lovász do not.
     *
     * @param softLabels the value; {@link SoftLabelPlan#NONE} by default
     * @return this builder
     */
    public TrainingPlan.Builder optSoftLabels(SoftLabelPlan softLabels) {
        this.softLabels = softLabels;
        return self();
    }

    /**
     * Sets the seed of initial weights, order and augmentation.
     *
     * @param seed the value; 1 by default
     * @return this builder
     */
    public TrainingPlan.Builder optSeed(int seed) {
        this.seed = seed;
        return self();
    }
}
