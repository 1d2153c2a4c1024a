package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;

/**
 * Focal loss: cross-entropy in which pixels that are right already count less, for several classes.
 *
 * <p>A pixel-wise remedy for rare classes, here for comparison with {@link LovaszSoftmaxLoss}. With
 * γ = 0 it is {@link SegmentationCrossEntropyLoss}.
 *
 * <p>With p_i the probability of the true class y_i, the focus γ and the class weights α:
 *
 * <pre>
 *   loss = − Σ_i α(y_i) (1 − p_i)^γ log p_i / Σ_i α(y_i)
 * </pre>
 *
 * <p>over the valid pixels i; a class of weight 0 is left out. No valid pixel, or only pixels of
 * weight 0: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Labels may be class probabilities y_i(c): the sums are then over i and c, with y_i(c) in front
 * of every term. Where they are soft the loss is not smallest at p = y, unless γ = 0.
 *
 * <p>Shapes, ignored pixels, NaN and errors are those of {@link SegmentationCrossEntropyLoss}.
 *
 * <pre>{@code
 * Loss loss = FocalLoss.builder().optGamma(2).optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source: T.-Y. Lin et al., <i>Focal Loss for Dense Object Detection</i>, ICCV 2017, arXiv
 * 1708.02002, equation 5. Deviation: the mean over pixels weighted by α, not the sum over anchors.
 *
 * <p>Safe for use by several threads at once.
 */
public final class FocalLoss extends SoftLabelLoss {

    /**
     * The least that 1 − p is taken for, far below what float32 can tell from 0 beside 1: for γ
     * below 1 the derivative of the power is infinite at 0, times a logarithm of 0.
     */
    private static final float LEAST = 1e-12f;

    private final float gamma;

    /** Creates a loss with default options. */
    public FocalLoss() {
        this(builder());
    }

    private FocalLoss(Builder builder) {
        super(builder.name, ClassOptions.ofPixels(builder));
        gamma = builder.gamma;
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
        return Scoped.of(() -> focal(options.read(labels, predictions, onHost)));
    }

    private NDArray focal(SegmentationInput input) {
        if (input.isSoft()) {
            NDArray logProbabilities = input.validPredictions().logSoftmax(1);
            NDArray factors = SoftFactors.of(input, options, 0);
            return SoftFactors.sum(
                    gamma == 0 ? logProbabilities : focused(input, logProbabilities), factors);
        }
        NDArray target = input.target().reshape(input.perPixel());
        NDArray logProbability = Operations.ofClass(input.validPredictions().logSoftmax(1), target);
        NDArray factors =
                SegmentationCrossEntropyLoss.pixelFactors(
                        input, SegmentationCrossEntropyLoss.classFactors(input, options));
        return (gamma == 0 ? logProbability : focused(input, logProbability)).mul(factors).sum();
    }

    /** Returns (1 − p)^γ log p. */
    private NDArray focused(SegmentationInput input, NDArray logProbability) {
        // Of libtorch's own making: autograd outlives the memory of a Java number.
        NDArray one = input.manager().ones(new Shape(), input.type());
        NDArray least = input.manager().full(new Shape(), LEAST, input.type());
        NDArray exponent = input.manager().full(new Shape(), gamma, input.type());
        NDArray rest = NDArrays.maximum(one.sub(logProbability.exp()), least);
        return logProbability.mul(rest.pow(exponent));
    }

    /** Builds a {@link FocalLoss}. */
    public static final class Builder extends PixelLossBuilder<Builder> {

        private float gamma = 2;

        private Builder() {
            super("FocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how much less pixels count that are right already.
         *
         * @param gamma γ, finite and not below 0; 2 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public Builder optGamma(float gamma) {
            this.gamma = Checks.notNegative("gamma", gamma);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public FocalLoss build() {
            return new FocalLoss(this);
        }
    }
}
