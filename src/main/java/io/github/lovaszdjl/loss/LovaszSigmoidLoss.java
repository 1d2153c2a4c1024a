package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * Lovász on the sigmoid's probability: a tractable surrogate of the intersection-over-union of a
 * binary mask.
 *
 * <p>Use it for foreground against background where probabilities are wanted; it is what {@link
 * LovaszSoftmaxLoss} is for several classes, with the foreground as the one class that counts.
 *
 * <p>With the logit x_i, p_i = σ(x_i) and the label y_i ∈ {0, 1}, the errors are m_i = 1 − p_i
 * where y_i = 1, else p_i, and the loss is
 *
 * <pre>
 *   loss = Σ_i g_i · m_i
 * </pre>
 *
 * <p>where the pixels' weights g_i follow from the order of the errors: of decreasing errors, with
 * U_i the union and I_i the intersection once pixel i is counted wrong too, 1 / U_i for foreground
 * and I_i / (U_i (U_i − 1)) for background. The loss lies in [0, 1]. Without any foreground it is
 * the largest probability. No valid pixel: loss and gradient are 0, still connected to the
 * predictions.
 *
 * <p>Shapes: predictions (N, d1, …, dk) or (N, 1, d1, …, dk), FLOAT16 (computed in FLOAT32),
 * FLOAT32 or FLOAT64; labels of either shape, 0 or 1 of any type, or boolean. With {@link
 * Builder#optMultilabel} both are (N, C, d1, …, dk) and the loss is the mean over the channels that
 * have a valid pixel, each sorted on its own. The result is a scalar.
 *
 * <p>A NaN or +∞ logit at a valid pixel gives NaN; at an ignored pixel it changes nothing. Shapes
 * that do not match and labels other than 0, 1 and the ignore label are an {@link
 * IllegalArgumentException} from {@link #evaluate}; with {@link Builder#optFromLogits
 * optFromLogits(false)} so is, at a pixel that is not ignored, NaN or a number that is outside [0,
 * 1] by more than 2⁻⁸, which passes for rounding.
 *
 * <pre>{@code
 * Loss loss = LovaszSigmoidLoss.builder().optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, equation 8 with one class. Deviations: the weights in closed form, right to
 * rounding; an absent foreground costs, where published code leaves it out.
 *
 * <p>A batch in parts, on several devices or accumulated, has the Jaccard loss of each part, not of
 * the whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class LovaszSigmoidLoss extends LovaszLoss {

    private final BinaryOptions options;

    /** Creates a loss with default options. */
    public LovaszSigmoidLoss() {
        this(builder());
    }

    private LovaszSigmoidLoss(Builder builder) {
        super(builder.name, builder.setFunction);
        options = builder.options(builder.fromLogits);
    }

    /**
     * Returns a builder with default options.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    SegmentationInput read(NDList labels, NDList predictions, boolean onHost) {
        return options.read(labels, predictions, onHost);
    }

    @Override
    NDArray compute(SegmentationInput input, LovaszComputation computation) {
        return computation.sigmoid(input, options);
    }

    /** Builds a {@link LovaszSigmoidLoss}. */
    public static final class Builder extends BinaryLossBuilder<Builder> {

        private ErrorSetFunction setFunction;
        private boolean fromLogits = true;

        private Builder() {
            super("LovaszSigmoidLoss", false);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what the predictions are.
         *
         * @param fromLogits true, the default: logits, the sigmoid is applied inside; false:
         *     probabilities, which are checked
         * @return this builder
         */
        public Builder optFromLogits(boolean fromLogits) {
            this.fromLogits = fromLogits;
            return this;
        }

        /**
         * Sets the loss of wrong pixels that is extended, in place of the Jaccard loss. It is
         * looked at on sets of up to 8 foreground and 8 background pixels, and on some of up to a
         * million; elsewhere it is trusted. Errors are then sorted one class after another and
         * weighed on the host, which takes several times as long.
         *
         * @param setFunction the function, submodular
         * @return this builder
         * @throws IllegalArgumentException if it is not
         */
        public Builder optSetFunction(ErrorSetFunction setFunction) {
            this.setFunction = Submodularity.check(setFunction, false);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public LovaszSigmoidLoss build() {
            return new LovaszSigmoidLoss(this);
        }
    }
}
