package io.github.lovaszdjl.loss;

/**
 * Dice semimetric loss: a Dice loss for labels that are class probabilities, for several classes.
 *
 * <p>What {@link JaccardMetricLoss} is to {@link SoftJaccardLoss}, this is to {@link SoftDiceLoss}:
 * 0 where the predicted probabilities equal soft labels, and nowhere else. With hard labels it is
 * {@link SoftDiceLoss}.
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i, y_i(c) that of the labels, and
 * sums over the valid pixels,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c
 *   L_c = D_c / (2 I_c + D_c + s)   D_c = Σ_i |p_i(c) − y_i(c)|
 *   I_c = Σ_i min(p_i(c), y_i(c))   DML1, by default
 *   I_c = Σ_i p_i(c) · y_i(c)       DML2, {@link Builder#optIntersection}
 * </pre>
 *
 * <p>over the selected classes; s, the smoothing, keeps an absent class that is selected from 0 /
 * 0. The loss lies in [0, 1]. L_c is a semimetric of p(c) and y(c): 0 at equality alone and
 * symmetric; the triangle inequality does not hold, as it does not for Dice. No valid pixel, or
 * selected class weights that sum to 0: loss and gradient are 0, still connected to the
 * predictions.
 *
 * <p>Shapes, soft labels, ignored pixels, NaN and errors are those of {@link JaccardMetricLoss}.
 *
 * <pre>{@code
 * Loss loss = DiceSemimetricLoss.builder().optIgnoreLabel(255).build();
 * }</pre>
 *
 * <p>Source: Z. Wang, T. Popordanoska, J. Bertels, R. Lemmens, M. B. Blaschko, <i>Dice Semimetric
 * Losses: Optimizing the Dice Score with Soft Labels</i>, MICCAI 2023, arXiv 2303.16296, section 2
 * (DML1 and DML2). Deviations as of {@link JaccardMetricLoss}.
 *
 * <p>A batch in parts, on several devices or accumulated, has the loss of each part, not of the
 * whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class DiceSemimetricLoss extends MetricLoss {

    /** Creates a loss with default options. */
    public DiceSemimetricLoss() {
        this(builder());
    }

    private DiceSemimetricLoss(Builder builder) {
        super(builder, 2);
    }

    /**
     * Returns a builder with default options.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link DiceSemimetricLoss}. */
    public static final class Builder extends MetricLoss.Builder<Builder> {

        private Builder() {
            super("DiceSemimetricLoss");
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
        public DiceSemimetricLoss build() {
            return new DiceSemimetricLoss(this);
        }
    }
}
