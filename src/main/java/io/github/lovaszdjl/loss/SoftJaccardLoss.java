package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;

/**
 * Soft Jaccard: one minus the intersection-over-union of probabilities, for several classes.
 *
 * <p>The plain relaxation of IoU, here for comparison with {@link LovaszSoftmaxLoss}, which equals
 * it at hard predictions and is convex in the errors in between.
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i, y_i the label, and sums over
 * the valid pixels,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c
 *   L_c = 1 − (I_c + s) / (P_c + G_c − I_c + s)
 *   I_c = Σ_i [y_i = c] p_i(c)     P_c = Σ_i p_i(c)     G_c = Σ_i [y_i = c]
 * </pre>
 *
 * <p>over the selected classes; s, the smoothing, keeps an absent class that is selected from 0 /
 * 0: it costs 1 − s / (P_c + s). The loss lies in [0, 1]. No valid pixel, or selected class weights
 * that sum to 0: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Labels may be class probabilities, y_i(c) in place of [y_i = c], as {@link JaccardMetricLoss}
 * takes them; the loss is not smallest at these where they are soft, as {@link JaccardMetricLoss}
 * is.
 *
 * <p>Shapes, ignored pixels, NaN and errors are those of {@link LovaszSoftmaxLoss}.
 *
 * <pre>{@code
 * Loss loss = SoftJaccardLoss.builder().optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source: M. A. Rahman, Y. Wang, <i>Optimizing Intersection-Over-Union in Deep Neural Networks
 * for Image Segmentation</i>, ISVC 2016, equations 3 to 5.
 *
 * <p>A batch in parts, on several devices or accumulated, has the Jaccard loss of each part, not of
 * the whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class SoftJaccardLoss extends OverlapLoss {

    /** Creates a loss with default options. */
    public SoftJaccardLoss() {
        this(builder());
    }

    private SoftJaccardLoss(Builder builder) {
        super(builder);
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
    NDArray loss(OverlapSums sums, NDArray shares, NDArray smooth) {
        NDArray intersection = sums.product();
        NDArray union = sums.predicted().add(sums.foreground()).sub(intersection);
        NDArray ratio = intersection.add(smooth).div(union.add(smooth));
        return shares.sum().sub(ratio.mul(shares).sum());
    }

    /** Builds a {@link SoftJaccardLoss}. */
    public static final class Builder extends OverlapLoss.Builder<Builder> {

        private Builder() {
            super("SoftJaccardLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public SoftJaccardLoss build() {
            return new SoftJaccardLoss(this);
        }
    }
}
