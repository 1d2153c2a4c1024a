package io.github.lovaszdjl.loss;

/**
 * Jaccard metric loss: a Jaccard loss for labels that are class probabilities, for several classes.
 *
 * <p>Use it where labels are soft: smoothed, mixed, or from a teacher network. {@link
 * SoftJaccardLoss} is smallest somewhere else than at such labels, and the Lovász losses have no
 * errors to sort there; this loss is 0 where the predicted probabilities equal them, and nowhere
 * else. With hard labels it is {@link SoftJaccardLoss}.
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i, y_i(c) that of the labels, and
 * sums over the valid pixels,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c
 *   L_c = D_c / (I_c + D_c + s)     D_c = Σ_i |p_i(c) − y_i(c)|
 *   I_c = Σ_i min(p_i(c), y_i(c))   JML1, by default
 *   I_c = Σ_i p_i(c) · y_i(c)       JML2, {@link Builder#optIntersection}
 * </pre>
 *
 * <p>over the selected classes; s, the smoothing, keeps an absent class that is selected from 0 /
 * 0. The loss lies in [0, 1]. L_c is a metric of p(c) and y(c): 0 at equality alone, symmetric, and
 * within the triangle inequality, for every s. No valid pixel, or selected class weights that sum
 * to 0: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Shapes: predictions (N, C, d1, …, dk), labels (N, d1, …, dk) as of {@link LovaszSoftmaxLoss},
 * or class probabilities of a floating type and of the shape of the predictions. These have to be
 * in [0, 1] and sum to 1 at every pixel, up to 2⁻⁸, else it is an {@link IllegalArgumentException};
 * a pixel that has the ignore label in place of every probability is ignored. A class is present in
 * them where a pixel gives it more than 0.01. NaN and other errors are those of {@link
 * LovaszSoftmaxLoss}.
 *
 * <pre>{@code
 * Loss loss = JaccardMetricLoss.builder().optIgnoreLabel(255).optLabelSmoothing(0.1f).build();
 * }</pre>
 *
 * <p>Source: Z. Wang, X. Ning, M. B. Blaschko, <i>Jaccard Metric Losses: Optimizing the Jaccard
 * Index with Soft Labels</i>, NeurIPS 2023, arXiv 2302.05666, section 3.2 (JML1 and JML2).
 * Deviations: the difference is summed as it is, not as 1 less a ratio, so that the loss is 0 to
 * the bit at equality; the smoothing is 1 by default, as that of the other losses here.
 *
 * <p>A batch in parts, on several devices or accumulated, has the loss of each part, not of the
 * whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class JaccardMetricLoss extends MetricLoss {

    /** Creates a loss with default options. */
    public JaccardMetricLoss() {
        this(builder());
    }

    private JaccardMetricLoss(Builder builder) {
        super(builder, 1);
    }

    /**
     * Returns a builder with default options.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link JaccardMetricLoss}. */
    public static final class Builder extends MetricLoss.Builder<Builder> {

        private Builder() {
            super("JaccardMetricLoss");
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
        public JaccardMetricLoss build() {
            return new JaccardMetricLoss(this);
        }
    }
}
