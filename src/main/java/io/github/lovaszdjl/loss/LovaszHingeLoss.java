package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Objects;

/**
 * Lovász hinge: a tractable surrogate of the intersection-over-union of a binary mask, on raw
 * scores.
 *
 * <p>Use it for foreground against background with one raw score a pixel (foreground where above
 * 0). {@link LovaszSigmoidLoss} is the same for those who want probabilities; with several classes
 * that exclude each other use {@link LovaszSoftmaxLoss}.
 *
 * <p>With the score x_i and the label y_i ∈ {0, 1}, the errors are m_i = 1 − x_i (2 y_i − 1) and
 * the loss is
 *
 * <pre>
 *   loss = Σ_i g_i · max(0, m_i)
 * </pre>
 *
 * <p>where the pixels' weights g_i follow from the order of the errors: of decreasing errors, with
 * U_i the union and I_i the intersection once pixel i is counted wrong too, 1 / U_i for foreground
 * and I_i / (U_i (U_i − 1)) for background; without any foreground, 1 for the largest error. No
 * valid pixel: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Shapes: scores (N, d1, …, dk) or (N, 1, d1, …, dk), FLOAT16 (computed in FLOAT32), FLOAT32 or
 * FLOAT64; labels of either shape, 0 or 1 of any type, or boolean. With {@link
 * Builder#optMultilabel} scores and labels are (N, C, d1, …, dk) and the loss is the mean over the
 * channels that have a valid pixel, each sorted on its own. The result is a scalar.
 *
 * <p>A NaN or +∞ score at a valid pixel gives NaN; at an ignored pixel it changes nothing. Shapes
 * that do not match and labels other than 0, 1 and the ignore label are an {@link
 * IllegalArgumentException} from {@link #evaluate}.
 *
 * <pre>{@code
 * Loss loss = LovaszHingeLoss.builder().optPerImage(false).build();
 * }</pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, section 3.1 and Algorithm 1; J. Yu, M. B. Blaschko, <i>The Lovász Hinge</i>,
 * arXiv 1512.07797. Deviation: the weights in closed form, right to rounding.
 *
 * <p>A batch in parts, on several devices or accumulated, has the Jaccard loss of each part, not of
 * the whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class LovaszHingeLoss extends LovaszLoss {

    /** What is applied to the errors. */
    public enum ErrorActivation {
        /** max(0, m): the hinge of the paper. A perfect prediction, margin included, costs 0. */
        RELU,
        /**
         * elu(m) + 1, that is m + 1 above 0 and exp(m) below: smooth, and pixels within the margin
         * still teach. A perfect prediction does not cost 0.
         */
        ELU_PLUS_ONE
    }

    private final BinaryOptions options;
    private final boolean symmetric;
    private final ErrorActivation activation;

    /** Creates a loss with default options. */
    public LovaszHingeLoss() {
        this(builder());
    }

    private LovaszHingeLoss(Builder builder) {
        super(builder.name, builder.setFunction);
        options = builder.options(true);
        symmetric = builder.symmetric;
        activation = builder.activation;
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
        return computation.hinge(input, options, activation, symmetric);
    }

    /** Builds a {@link LovaszHingeLoss}. */
    public static final class Builder extends BinaryLossBuilder<Builder> {

        private ErrorSetFunction setFunction;
        private boolean symmetric;
        private ErrorActivation activation = ErrorActivation.RELU;

        private Builder() {
            super("LovaszHingeLoss", true);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets whether the background counts as much as the foreground: ½ (L(x, y) + L(−x, 1 − y)).
         *
         * @param symmetric true: the mean of both; false, the default: the foreground alone
         * @return this builder
         */
        public Builder optSymmetric(boolean symmetric) {
            this.symmetric = symmetric;
            return this;
        }

        /**
         * Sets what is applied to the errors.
         *
         * @param activation the activation; {@link ErrorActivation#RELU} by default
         * @return this builder
         */
        public Builder optActivation(ErrorActivation activation) {
            this.activation =
                    Objects.requireNonNull(
                            activation, "activation: expected RELU or ELU_PLUS_ONE, got null");
            return this;
        }

        /**
         * Sets the loss of wrong pixels that is extended, in place of the Jaccard loss. It is
         * looked at on sets of up to 8 foreground and 8 background pixels, and on some of up to a
         * million; elsewhere it is trusted. Errors are then sorted one class after another and
         * weighed on the host, which takes several times as long.
         *
         * @param setFunction the function, submodular, and never falling
         * @return this builder
         * @throws IllegalArgumentException if it is not
         */
        public Builder optSetFunction(ErrorSetFunction setFunction) {
            this.setFunction = Submodularity.check(setFunction, true);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public LovaszHingeLoss build() {
            return new LovaszHingeLoss(this);
        }
    }
}
