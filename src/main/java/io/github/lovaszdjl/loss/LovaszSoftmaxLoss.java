package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * Lovász-Softmax: a tractable surrogate of the mean intersection-over-union, for several classes.
 *
 * <p>Use it where mean IoU is what counts, most of all with rare or small classes, which
 * cross-entropy gives up; alone to fine-tune, or from the start as {@code 0.5 · cross-entropy +
 * Lovász-Softmax} (see {@link WeightedLoss}). It brings nothing where pixel accuracy is the
 * measure. It is a loss of the whole batch: with several devices or accumulated batches it is the
 * Jaccard loss of each part, not of the whole, and the parts' gradients add up (see the package
 * {@link io.github.lovaszdjl.loss}).
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i and y_i the label, the errors
 * are m_i = 1 − p_i(c) where y_i = c, else p_i(c); the loss of the class is the Lovász extension of
 * the Jaccard loss at m:
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c        L_c = Σ_i g_i(c) · m_i(c)
 * </pre>
 *
 * <p>over the selected classes c, where the pixels' weights g_i(c) follow from the order of the
 * errors: of decreasing errors, with U_i the union and I_i the intersection once pixel i is counted
 * wrong too, 1 / U_i for foreground and I_i / (U_i (U_i − 1)) for background. The loss lies in [0,
 * 1]; for hard 0/1 errors it is exactly the mean of 1 − IoU. An absent class that is selected costs
 * its largest probability. No valid pixel, or selected class weights that sum to 0: loss and
 * gradient are 0, still connected to the predictions.
 *
 * <p>Shapes: predictions (N, C, d1, …, dk) for any k ≥ 0 with the class axis anywhere but first,
 * FLOAT16 (computed in FLOAT32), FLOAT32 or FLOAT64; labels (N, d1, …, dk), or with 1 in place of
 * C, of any integer or float type with whole values. The result is a scalar.
 *
 * <p>NaN or +∞ logits at a valid pixel give NaN; at an ignored pixel they change nothing.
 * Everything wrong with the arrays is an {@link IllegalArgumentException} from {@link #evaluate}:
 * shapes that do not match, fewer than two classes, a label that is no class and not ignored, class
 * ids or class weights that do not fit the classes; and with {@link Builder#optFromLogits
 * optFromLogits(false)}, at a pixel that is not ignored and of any class, selected or not, NaN or a
 * number that is outside [0, 1] by more than 2⁻⁸, which passes for rounding. One class alone has no
 * loss here: published code takes one channel for the probability of a foreground, which is {@link
 * LovaszSigmoidLoss}.
 *
 * <pre>{@code
 * Loss loss = LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build();
 * TrainingConfig config = new DefaultTrainingConfig(loss);
 * }</pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, equations 8 to 11 and Algorithm 1. Deviations: the weights in closed form
 * (right to rounding, where differences in float32 are not), class weights, labels are checked.
 *
 * <p>Implementation: with softmax inside, Σ_c p(c) = 1 turns the error of the true class into the
 * sum of the others' probabilities, so the loss is Σ_i Σ_{c≠y_i} (g_i(c) + g_i(y_i)) p_i(c). For
 * the same reason a number may be taken from all coefficients of a pixel and added to the loss;
 * taking their mean, weighed by p, leaves next to nothing at the class that is likely, hence no
 * cancellation in the gradient, however confident the network is, rightly or wrongly. FLOAT32 on
 * the CPU is computed in plain loops ({@code HostComputation}), all else with NDArray operations
 * ({@code DeviceComputation}).
 *
 * <p>Safe for use by several threads at once.
 */
public final class LovaszSoftmaxLoss extends LovaszLoss {

    private final ClassOptions options;

    /** Creates a loss with default options. */
    public LovaszSoftmaxLoss() {
        this(builder());
    }

    private LovaszSoftmaxLoss(Builder builder) {
        super(builder.name, builder.setFunction);
        options = builder.options();
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
        Checks.hardLabels(
                labels,
                predictions,
                options.classAxis(),
                "a Lovász loss extends the Jaccard loss of sets of wrong pixels, which soft labels"
                        + " have none of; for those use JaccardMetricLoss");
        return options.read(labels, predictions, onHost);
    }

    @Override
    NDArray compute(SegmentationInput input, LovaszComputation computation) {
        return computation.softmax(input, options);
    }

    /** Builds a {@link LovaszSoftmaxLoss}. */
    public static final class Builder extends ClassLossBuilder<Builder> {

        private ErrorSetFunction setFunction;

        private Builder() {
            super("LovaszSoftmaxLoss");
        }

        @Override
        Builder self() {
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
        public LovaszSoftmaxLoss build() {
            return new LovaszSoftmaxLoss(this);
        }
    }
}
