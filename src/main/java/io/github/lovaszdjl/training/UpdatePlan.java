package io.github.lovaszdjl.training;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a {@link TrainingPlan} comes from gradients to weights: of how many batches an update is,
 * what gradients are cut to, which parameters learn in a way of their own, what average is taken of
 * the weights, and when it ends.
 *
 * <pre>{@code
 * TrainingPlan plan =
 *         TrainingPlan.builder()
 *                 .optUpdates(UpdatePlan.builder().optAccumulate(4).optClipNorm(1).build())
 *                 .build();
 * }</pre>
 *
 * <p><b>Accumulation.</b> An update takes the mean of the gradients of several batches; the last
 * one of an epoch that of those that are left. Of a loss that is a mean over images, and batches of
 * equal size, that is the gradient of the large batch. A Lovász loss is that of each batch, not of
 * all together; with {@code jointLoss} it is that of all. Batch normalisation sees each batch by
 * itself in both cases.
 *
 * <p><b>Clipping.</b> By norm, all gradients are multiplied by clipNorm / n where n, the norm of
 * all of them together, is above clipNorm (R. Pascanu et al., ICML 2013, arXiv 1211.5063, algorithm
 * 1). By value, every number of them is cut to [−clipValue, clipValue]. Both before the weight
 * decay, and of the mean over batches and devices.
 *
 * <p><b>Averaging.</b> After update t, the average a of the weights w becomes d a + (1 − d) w with
 * d = min(ema, (1 + t) / (10 + t)), so that it soon forgets the first weights; that of the running
 * statistics of batch normalisation, too. Every epoch the average is validated beside the weights,
 * and what counts, as the {@linkplain EpochReport#score score} of the epoch, is its mean IoU (B. T.
 * Polyak, A. B. Juditsky, <i>Acceleration of Stochastic Approximation by Averaging</i>, 1992; A.
 * Tarvainen, H. Valpola, <i>Mean teachers</i>, NeurIPS 2017, arXiv 1703.01780; the first updates as
 * in TensorFlow's ExponentialMovingAverage).
 *
 * @param accumulate the number of batches of an update, at least 1
 * @param jointLoss whether the loss is that of the batches of an update together, on one device:
 *     the logits of all of them are kept until then; accumulate is above 1
 * @param clipNorm the highest norm of all gradients together, above 0, or 0 for any
 * @param clipValue the highest amount of a number of a gradient, above 0, or 0 for any; not both
 * @param ema the decay of the moving average of the weights, below 1, or 0 for none
 * @param decoderLearningRateFactor by what the learning rate of all but the encoder differs, above
 *     0, see {@link TrainingPlan#checkNetwork}
 * @param decayNorms whether weights of normalisation and biases decay as the others do: if not, no
 *     parameter of fewer than two dimensions does
 * @param patience after how many epochs without a better {@linkplain EpochReport#score score} the
 *     training ends, or 0 for never
 */
public record UpdatePlan(
        int accumulate,
        boolean jointLoss,
        float clipNorm,
        float clipValue,
        float ema,
        float decoderLearningRateFactor,
        boolean decayNorms,
        int patience) {

    /**
     * Checks the values.
     *
     * @param accumulate the number of batches of an update
     * @param jointLoss whether the loss is that of the batches of an update together
     * @param clipNorm the highest norm of all gradients together
     * @param clipValue the highest amount of a number of a gradient
     * @param ema the decay of the moving average of the weights
     * @param decoderLearningRateFactor by what the learning rate of all but the encoder differs
     * @param decayNorms whether weights of normalisation and biases decay
     * @param patience after how many epochs without a better score the training ends
     * @throws IllegalArgumentException if a value is out of range, or does not go with another
     */
    public UpdatePlan {
        Values.check("accumulate", accumulate, accumulate >= 1, "at least 1");
        Values.check(
                "jointLoss",
                jointLoss,
                !jointLoss || accumulate > 1,
                "false, as an update is of one batch");
        Values.checkAtLeast("clipNorm", clipNorm, 0);
        Values.checkAtLeast("clipValue", clipValue, 0);
        Values.check(
                "clipValue",
                clipValue,
                clipValue == 0 || clipNorm == 0,
                "0, as gradients are clipped by norm, to " + clipNorm);
        Values.check("ema", ema, ema >= 0 && ema < 1, "0 to below 1");
        Values.checkAbove0("decoderLearningRateFactor", decoderLearningRateFactor);
        Values.check("patience", patience, patience >= 0, "at least 0");
    }

    /**
     * Returns a builder: an update for every batch, of whole gradients, and none of the rest.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Tells whether a training ends for want of patience.
     *
     * @param epochs the reports of all epochs that are done
     * @return whether so many of the last ones were no better than the best
     */
    public boolean isOutOfPatience(List<EpochReport> epochs) {
        int best = TrainingResult.best(epochs).map(EpochReport::epoch).orElse(epochs.size());
        return patience > 0 && epochs.size() - best >= patience;
    }

    /** Returns how many updates are made of so many batches. */
    int updatesOf(int batches) {
        return (batches - 1) / accumulate + 1;
    }

    /** Returns the ids of the parameters of an initialized block that do not decay. */
    Set<String> undecayed(Block block) {
        return decayNorms
                ? Set.of()
                : block.getParameters().values().stream()
                        .filter(p -> p.getArray().getShape().dimension() < 2)
                        .map(Parameter::getId)
                        .collect(Collectors.toSet());
    }

    /** Builds an {@link UpdatePlan}. */
    public static final class Builder {

        private int accumulate = 1;
        private boolean jointLoss;
        private float clipNorm;
        private float clipValue;
        private float ema;
        private float decoderLearningRateFactor = 1;
        private boolean decayNorms = true;
        private int patience;

        private Builder() {}

        /**
         * Sets the number of batches of an update.
         *
         * @param accumulate the number, at least 1; 1 by default
         * @return this builder
         */
        public Builder optAccumulate(int accumulate) {
            this.accumulate = accumulate;
            return this;
        }

        /**
         * Sets whether the loss is that of the batches of an update together. The network sees one
         * batch after the other, and what it keeps for its gradients stays until the last.
         *
         * @param jointLoss whether there is one loss; false by default
         * @return this builder
         */
        public Builder optJointLoss(boolean jointLoss) {
            this.jointLoss = jointLoss;
            return this;
        }

        /**
         * Sets the highest norm of all gradients together.
         *
         * @param clipNorm the norm, or 0 for any, the default
         * @return this builder
         */
        public Builder optClipNorm(float clipNorm) {
            this.clipNorm = clipNorm;
            return this;
        }

        /**
         * Sets the highest amount of every number of a gradient.
         *
         * @param clipValue the amount, or 0 for any, the default
         * @return this builder
         */
        public Builder optClipValue(float clipValue) {
            this.clipValue = clipValue;
            return this;
        }

        /**
         * Sets the decay of the moving average of the weights.
         *
         * @param ema the decay, below 1, such as 0.999, or 0 for no average, the default
         * @return this builder
         */
        public Builder optEma(float ema) {
            this.ema = ema;
            return this;
        }

        /**
         * Sets by what the learning rate of all but the encoder differs. The schedule is the same.
         *
         * @param decoderLearningRateFactor the factor, above 0; 1 by default
         * @return this builder
         */
        public Builder optDecoderLearningRateFactor(float decoderLearningRateFactor) {
            this.decoderLearningRateFactor = decoderLearningRateFactor;
            return this;
        }

        /**
         * Sets whether weights of normalisation and biases decay as the others do (T. He et al.,
         * CVPR 2019, arXiv 1812.01187, section 3.1: better not).
         *
         * @param decayNorms whether they do; true by default
         * @return this builder
         */
        public Builder optDecayNorms(boolean decayNorms) {
            this.decayNorms = decayNorms;
            return this;
        }

        /**
         * Sets after how many epochs without a better {@linkplain EpochReport#score score} the
         * training ends.
         *
         * @param patience the number, or 0 for never, the default
         * @return this builder
         */
        public Builder optPatience(int patience) {
            this.patience = patience;
            return this;
        }

        /**
         * Builds the plan.
         *
         * @return the plan
         * @throws IllegalArgumentException if a value is out of range, or does not go with another
         */
        public UpdatePlan build() {
            return new UpdatePlan(
                    accumulate,
                    jointLoss,
                    clipNorm,
                    clipValue,
                    ema,
                    decoderLearningRateFactor,
                    decayNorms,
                    patience);
        }
    }
}
