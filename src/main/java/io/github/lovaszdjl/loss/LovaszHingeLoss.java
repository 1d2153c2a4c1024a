package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

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
public final class LovaszHingeLoss extends SegmentationLoss {

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

    private final float weight;
    private final boolean perImage;
    private final OptionalInt ignoreLabel;
    private final boolean multilabel;
    private final boolean symmetric;
    private final ErrorActivation activation;
    private final HostLosses.Pool scratch = new HostLosses.Pool();

    /** Creates a loss with default options. */
    public LovaszHingeLoss() {
        this(builder());
    }

    private LovaszHingeLoss(Builder builder) {
        super(builder.name);
        weight = builder.weight;
        perImage = builder.perImage;
        ignoreLabel = builder.ignoreLabel;
        multilabel = builder.multilabel;
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
    NDArray compute(NDList labels, NDList predictions) {
        NDArray single = Checks.single("predictions", predictions);
        return compute(labels, predictions, HostLosses.serve(single));
    }

    /** Computes the loss on the host, or with NDArray operations only. */
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(
                () -> {
                    SegmentationInput input =
                            SegmentationInput.ofBinary(
                                    Checks.single("labels", labels),
                                    Checks.single("predictions", predictions),
                                    multilabel,
                                    ignoreLabel,
                                    true,
                                    onHost,
                                    !perImage);
                    return onHost ? onHost(input) : onDevice(input);
                });
    }

    private NDArray onHost(SegmentationInput input) {
        NDArray scores = input.predictions().stopGradient();
        List<HostSort.Problem> problems =
                BinaryWeights.problems(input, HostLosses.read(scores), perImage, weight);
        HingeErrors errors = new HingeErrors(activation);
        return scratch.compute(host -> host.pointwise(input, problems, errors, symmetric));
    }

    private NDArray onDevice(SegmentationInput input) {
        // An array that libtorch owns: autograd outlives the memory of a Java number.
        NDArray one = input.manager().ones(new Shape(), input.type());
        NDArray wrongness = input.validPredictions().mul(input.signs());
        // Sorted before 1 is added, which would round large scores together.
        NDArray weights = weights(wrongness.stopGradient().neg(), input);
        NDArray errors = wrongness.add(one);
        NDArray activated =
                switch (activation) {
                    case RELU -> Activation.relu(errors);
                    case ELU_PLUS_ONE -> Activation.elu(errors, 1).add(one);
                };
        return activated.mul(weights).sum().add(input.poison());
    }

    private NDArray weights(NDArray rightness, SegmentationInput input) {
        if (!symmetric) {
            return BinaryWeights.of(rightness, input, 1, perImage, false, weight);
        }
        // −x with 1 − y has the same errors as x with y, only the foreground is the other one.
        NDArray weights = BinaryWeights.of(rightness, input, 1, perImage, false, weight / 2);
        return weights.addi(BinaryWeights.of(rightness, input, 0, perImage, false, weight / 2));
    }

    /** Builds a {@link LovaszHingeLoss}. */
    public static final class Builder extends LossBuilder<Builder> {

        private boolean perImage = true;
        private boolean multilabel;
        private boolean symmetric;
        private ErrorActivation activation = ErrorActivation.RELU;

        private Builder() {
            super("LovaszHingeLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what is sorted together.
         *
         * @param perImage true, the default: every image by itself, then the mean over images with
         *     a valid pixel; false: the batch as one
         * @return this builder
         */
        public Builder optPerImage(boolean perImage) {
            this.perImage = perImage;
            return this;
        }

        /**
         * Sets whether every channel is a binary problem with labels of its own.
         *
         * @param multilabel true: scores and labels are (N, C, d1, …, dk); false, the default: one
         *     problem
         * @return this builder
         */
        public Builder optMultilabel(boolean multilabel) {
            this.multilabel = multilabel;
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
         * Builds the loss.
         *
         * @return the loss
         */
        public LovaszHingeLoss build() {
            return new LovaszHingeLoss(this);
        }
    }
}
