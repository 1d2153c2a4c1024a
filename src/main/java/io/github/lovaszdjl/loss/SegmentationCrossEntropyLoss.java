package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lovaszdjl.internal.Operations;

/**
 * Softmax cross-entropy of every valid pixel, with ignore label, class weights and label smoothing.
 *
 * <p>Use it as the baseline, and as the part that {@link LovaszSoftmaxLoss} is added to. DJL's own
 * cross-entropy cannot ignore a label and does not take labels (N, H, W).
 *
 * <p>With the logits z_i(c), the label y_i and the class weights w:
 *
 * <pre>
 *   loss = Σ_i [ (1 − ε) w(y_i) ℓ_i(y_i) + ε / C · Σ_c w(c) ℓ_i(c) ] / Σ_i w(y_i)
 *   ℓ_i(c) = −log softmax(z_i)(c)
 * </pre>
 *
 * <p>over the valid pixels i, where ε is the label smoothing: the mean weighted as PyTorch's
 * cross-entropy weighs it. No valid pixel, or only pixels of weight 0: loss and gradient are 0,
 * still connected to the predictions.
 *
 * <p>Labels may be class probabilities y_i(c), of a teacher network for one: the sums are then over
 * i and c, with y_i(c) in front of w(c).
 *
 * <p>Shapes: predictions (N, C, d1, …, dk) for any k ≥ 0 with the class axis anywhere but first,
 * FLOAT16 (computed in FLOAT32), FLOAT32 or FLOAT64; labels (N, d1, …, dk), or with 1 in place of
 * C, of any integer or float type with whole values; or class probabilities of a floating type and
 * of the shape of the predictions, which have to be in [0, 1] and sum to 1 at every pixel, up to
 * 2⁻⁸, or have the ignore label in place of every one. The result is a scalar.
 *
 * <p>A NaN or +∞ logit at a valid pixel gives NaN; at an ignored pixel it changes nothing. Shapes
 * that do not match, fewer than two classes, a label that is no class and not ignored, and class
 * weights that do not fit the classes are an {@link IllegalArgumentException} from {@link
 * #evaluate}.
 *
 * <pre>{@code
 * Loss loss = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source of label smoothing: C. Szegedy et al., <i>Rethinking the Inception Architecture for
 * Computer Vision</i>, CVPR 2016, section 7.
 *
 * <p>Safe for use by several threads at once.
 */
public final class SegmentationCrossEntropyLoss extends SoftLabelLoss {

    private final float labelSmoothing;

    /** Creates a loss with default options. */
    public SegmentationCrossEntropyLoss() {
        this(builder());
    }

    private SegmentationCrossEntropyLoss(Builder builder) {
        super(builder.name, ClassOptions.ofPixels(builder));
        labelSmoothing = builder.labelSmoothing;
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
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(() -> crossEntropy(options.readApart(labels, predictions, onHost)));
    }

    private NDArray crossEntropy(SegmentationInput input) {
        NDArray logProbabilities = input.validPredictions().logSoftmax(1);
        if (input.isSoft()) {
            return SoftFactors.sum(
                    logProbabilities, SoftFactors.of(input, options, labelSmoothing));
        }
        NDArray target = input.target().reshape(input.perPixel());
        NDArray classFactors = classFactors(input, options);
        NDArray pixelFactors = pixelFactors(input, classFactors);
        if (labelSmoothing > 0) {
            pixelFactors.muli(Operations.number(pixelFactors, 1 - (double) labelSmoothing));
        }
        NDArray loss = Operations.ofClass(logProbabilities, target).mul(pixelFactors).sum();
        if (labelSmoothing == 0) {
            return loss;
        }
        NDArray smooth =
                classFactors
                        .mul(
                                Operations.number(
                                        classFactors, (double) labelSmoothing / input.channels()))
                        .reshape(1, input.channels(), 1);
        if (input.valid() != null) {
            smooth = smooth.mul(input.validFactors());
        }
        return loss.add(logProbabilities.mul(smooth).sum());
    }

    /**
     * Returns the factor of the class of every pixel, 0 where it is ignored, (N, 1, D); of
     * libtorch's own making, so that it may stand in the graph.
     */
    static NDArray pixelFactors(SegmentationInput input, NDArray classFactors) {
        NDArray target = input.target().reshape(-1);
        NDArray factors = Operations.ordered(classFactors, target).reshape(input.perPixel());
        return input.valid() == null ? factors : factors.muli(input.validFactors());
    }

    /** Returns −weight · w(c) / Σ_i w(y_i) for every class, (C); 0 where no pixel has a weight. */
    static NDArray classFactors(SegmentationInput input, ClassOptions options) {
        float[] classWeights = options.classWeights();
        long[] counts = input.counts().counts();
        double[] factors = new double[counts.length];
        double sum = 0;
        for (int c = 0; c < factors.length; c++) {
            factors[c] = classWeights == null ? 1 : classWeights[c];
            sum += factors[c] * counts[c];
        }
        for (int c = 0; c < factors.length; c++) {
            factors[c] = sum == 0 ? 0 : -options.weight() * factors[c] / sum;
        }
        return Operations.numbers(input.predictions(), factors);
    }

    /** Builds a {@link SegmentationCrossEntropyLoss}. */
    public static final class Builder extends PixelLossBuilder<Builder> {

        private float labelSmoothing;

        private Builder() {
            super("SegmentationCrossEntropyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the part of each label that is spread evenly over all classes.
         *
         * @param labelSmoothing the part ε, in [0, 1]; 0 by default
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public Builder optLabelSmoothing(float labelSmoothing) {
            this.labelSmoothing = Checks.share("labelSmoothing", labelSmoothing);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public SegmentationCrossEntropyLoss build() {
            return new SegmentationCrossEntropyLoss(this);
        }
    }
}
