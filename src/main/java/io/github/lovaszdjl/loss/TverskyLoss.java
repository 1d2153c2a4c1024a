package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import io.github.lovaszdjl.internal.Operations;

/**
 * Tversky and focal Tversky loss: an overlap in which what is missed and what is too much count
 * differently, for several classes.
 *
 * <p>Use it where a missed pixel costs more than a wrong one, as in lesions, which is the default.
 * With α = β = 1 it is {@link SoftJaccardLoss}; with α = β = ½ and half its smoothing {@link
 * SoftDiceLoss}.
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i, y_i(c) 1 where it is the
 * label, else 0, and sums over the valid pixels,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c^(1/γ) / Σ_c w_c
 *   L_c = (α FP_c + β FN_c) / (TP_c + α FP_c + β FN_c + s)
 *   TP_c = Σ_i min(p_i(c), y_i(c))
 *   FP_c = Σ_i max(p_i(c) − y_i(c), 0)     FN_c = Σ_i max(y_i(c) − p_i(c), 0)
 * </pre>
 *
 * <p>over the selected classes; s, the smoothing, keeps an absent class that is selected from 0 /
 * 0. The loss lies in [0, 1]. γ above 1 is the focal Tversky loss: classes with little overlap
 * count less, those that are nearly right more. No valid pixel, or selected class weights that sum
 * to 0: loss and gradient are 0, still connected to the predictions.
 *
 * <p>Labels may be class probabilities, at which alone the loss is 0 where α and β are above 0.
 * Shapes, soft labels, ignored pixels, NaN and errors are those of {@link JaccardMetricLoss}.
 *
 * <pre>{@code
 * Loss loss = TverskyLoss.builder().optAlpha(0.3f).optBeta(0.7f).optGamma(4f / 3).build();
 * }</pre>
 *
 * <p>Source: S. S. M. Salehi, D. Erdogmus, A. Gholipour, <i>Tversky Loss Function for Image
 * Segmentation Using 3D Fully Convolutional Deep Networks</i>, MLMI 2017, arXiv 1706.05721,
 * equation 3, with its best α and β; N. Abraham, N. M. Khan, <i>A Novel Focal Tversky Loss Function
 * with Improved Attention U-Net for Lesion Segmentation</i>, ISBI 2019, arXiv 1810.07842, equation
 * 4, whose α is our β. Of soft labels: the code of Z. Wang et al., arXiv 2302.05666. Deviation: the
 * mean over classes, not their sum.
 *
 * <p>A batch in parts, on several devices or accumulated, has the loss of each part, not of the
 * whole, and the parts' gradients add up (see the package {@link io.github.lovaszdjl.loss}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class TverskyLoss extends OverlapLoss {

    /** The largest γ, that of the paper. With it the loss of {@link #LEAST} is 10⁻¹⁰. */
    private static final float MOST_GAMMA = 3;

    /** The least that L_c is taken for: the derivative of a root is infinite at 0. */
    private static final float LEAST = 1e-30f;

    private final float alpha;
    private final float beta;
    private final float gamma;

    /** Creates a loss with default options. */
    public TverskyLoss() {
        this(builder());
    }

    private TverskyLoss(Builder builder) {
        super(builder);
        if (builder.alpha == 0 && builder.beta == 0) {
            throw new IllegalArgumentException(
                    "alpha, beta: expected one of them above 0, got 0 and 0");
        }
        alpha = builder.alpha;
        beta = builder.beta;
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
    NDArray loss(OverlapSums sums, NDArray shares, NDArray smooth) {
        NDArray excess = sums.excess();
        NDArray wrong =
                excess.mul(Operations.number(excess, alpha))
                        .add(sums.missed().mul(Operations.number(excess, beta)));
        NDArray loss = wrong.div(sums.common().add(wrong).add(smooth));
        if (gamma > 1) {
            NDArray least = Operations.number(loss, LEAST);
            loss = NDArrays.maximum(loss, least).pow(Operations.number(loss, 1.0 / gamma));
        }
        return loss.mul(shares).sum();
    }

    /** Builds a {@link TverskyLoss}. */
    public static final class Builder extends OverlapLoss.Builder<Builder> {

        private float alpha = 0.3f;
        private float beta = 0.7f;
        private float gamma = 1;

        private Builder() {
            super("TverskyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how much false positives cost.
         *
         * @param alpha α, finite and not below 0; 0.3 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public Builder optAlpha(float alpha) {
            this.alpha = Checks.notNegative("alpha", alpha);
            return this;
        }

        /**
         * Sets how much false negatives cost.
         *
         * @param beta β, finite and not below 0; 0.7 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public Builder optBeta(float beta) {
            this.beta = Checks.notNegative("beta", beta);
            return this;
        }

        /**
         * Sets the focus.
         *
         * @param gamma γ, from 1 to 3; 1 by default, no focus; the paper takes 4/3
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public Builder optGamma(float gamma) {
            if (!(gamma >= 1 && gamma <= MOST_GAMMA)) {
                throw new IllegalArgumentException(
                        "gamma: expected a number from 1 to 3, got " + gamma);
            }
            this.gamma = gamma;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         * @throws IllegalArgumentException if both α and β are 0
         */
        public TverskyLoss build() {
            return new TverskyLoss(this);
        }
    }
}
