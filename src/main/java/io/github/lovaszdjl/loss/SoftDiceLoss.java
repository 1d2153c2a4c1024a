package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;

/**
 * Soft Dice: one minus the Dice coefficient of probabilities, for several classes.
 *
 * <p>A common loss for small classes, here for comparison with {@link LovaszSoftmaxLoss}: it counts
 * probability, not ranks, so many small errors weigh as much as a few large ones.
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i, y_i the label, and sums over
 * the valid pixels,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c
 *   L_c = 1 − (2 I_c + s) / (P_c + G_c + s)
 *   I_c = Σ_i [y_i = c] p_i(c)     P_c = Σ_i p_i(c)     G_c = Σ_i [y_i = c]
 * </pre>
 *
 * <p>over the selected classes; s, the smoothing, keeps an absent class that is selected from 0 /
 * 0: it costs 1 − s / (P_c + s). The loss lies in [0, 1]. No valid pixel, or selected class weights
 * that sum to 0: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Labels may be class probabilities, y_i(c) in place of [y_i = c], as {@link JaccardMetricLoss}
 * takes them; the loss is not smallest at these where they are soft, as {@link DiceSemimetricLoss}
 * is.
 *
 * <p>Shapes, ignored pixels, NaN and errors are those of {@link LovaszSoftmaxLoss}.
 *
 * <pre>{@code
 * Loss loss = SoftDiceLoss.builder().optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source: C. H. Sudre et al., <i>Generalised Dice overlap as a deep learning loss function for
 * highly unbalanced segmentations</i>, DLMIA 2017, arXiv 1707.03237, section 2.1 (two-class Dice),
 * for each class.
 *
 * <p>A batch in parts, on several devices or accumulated, has the Dice loss of each part, not of
 * the whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class SoftDiceLoss extends OverlapLoss {

    /** Creates a loss with default options. */
    public SoftDiceLoss() {
        this(builder());
    }

    private SoftDiceLoss(Builder builder) {
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
        NDArray twice = intersection.add(intersection);
        NDArray both = sums.predicted().add(sums.foreground());
        NDArray ratio = twice.add(smooth).div(both.add(smooth));
        return shares.sum().sub(ratio.mul(shares).sum());
    }

    /** Builds a {@link SoftDiceLoss}. */
    public static final class Builder extends OverlapLoss.Builder<Builder> {

        private Builder() {
            super("SoftDiceLoss");
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
        public SoftDiceLoss build() {
            return new SoftDiceLoss(this);
        }
    }
}
