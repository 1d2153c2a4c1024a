package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import java.util.List;

/**
 * Adam, or AdamW, of readable state.
 *
 * <p>With the gradient g, the weight w, the learning rate γ, the weight decay λ and the number of
 * the update t, from 1:
 *
 * <pre>
 *   g ← g + λ w              or, decoupled (AdamW), w ← w − γ λ w
 *   m ← β₁ m + (1 − β₁) g
 *   v ← β₂ v + (1 − β₂) g²
 *   w ← w − γ m̂ / (√v̂ + ε)   with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 * </pre>
 *
 * <p>DJL's own adds ε to √v in place of √v̂, which makes the first steps smaller where gradients
 * are tiny.
 *
 * <pre>{@code
 * Optimizer optimizer =
 *         ResumableAdam.builder()
 *                 .optLearningRateTracker(Tracker.fixed(1e-3f))
 *                 .optWeightDecays(1e-2f)
 *                 .optDecoupledWeightDecay(true)
 *                 .build();
 * }</pre>
 *
 * <p>Sources: D. P. Kingma, J. Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015,
 * arXiv 1412.6980, algorithm 1; I. Loshchilov, F. Hutter, <i>Decoupled Weight Decay
 * Regularization</i>, ICLR 2019, arXiv 1711.05101, algorithm 2. Deviation from the latter, as in
 * PyTorch: decay is scaled by the learning rate, not by the schedule's factor alone.
 */
public final class ResumableAdam extends ResumableOptimizer {

    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final boolean decoupled;

    private ResumableAdam(Builder builder) {
        super(builder, builder.checkedLearningRate());
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        epsilon = builder.epsilon;
        decoupled = builder.decoupled;
        check("beta1", beta1, beta1 >= 0 && beta1 < 1, "a number from 0 to below 1");
        check("beta2", beta2, beta2 >= 0 && beta2 < 1, "a number from 0 to below 1");
        check("epsilon", epsilon, epsilon > 0 && Float.isFinite(epsilon), "a number above 0");
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
    List<String> arrayNames() {
        return List.of("mean", "variance");
    }

    @Override
    void step(
            float rate, int step, float decay, NDArray weight, NDArray grad, List<NDArray> state) {
        double correction1 = 1 - Math.pow(beta1, step);
        double root2 = Math.sqrt(1 - Math.pow(beta2, step));
        // γ m̂ / (√v̂ + ε), top and bottom times √(1 − β₂ᵗ): the engine divides m by √v and a
        // number.
        // MXNet's AdamW leaves a number behind for every parameter; the scope closes it.
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            weight.getNDArrayInternal()
                    .adamUpdate(
                            new NDList(weight, grad, state.get(0), state.get(1)),
                            new NDList(weight),
                            rate,
                            (float) (rate * root2 / correction1),
                            decay,
                            1,
                            -1,
                            beta1,
                            beta2,
                            (float) (epsilon * root2),
                            true,
                            decoupled);
        }
    }

    /** Builds a {@link ResumableAdam}. */
    public static final class Builder extends ResumableOptimizer.Builder<Builder> {

        private float beta1 = 0.9f;
        private float beta2 = 0.999f;
        private float epsilon = 1e-8f;
        private boolean decoupled;

        private Builder() {
            learningRate = Tracker.fixed(0.001f);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the learning rate.
         *
         * @param learningRate gives the learning rate of an update by its number, from 1, and of a
         *     parameter by its id, see {@link ai.djl.nn.Parameter#getId}; always 0.001 by default
         * @return this builder
         */
        public Builder optLearningRateTracker(ParameterTracker learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets the decay rate of the mean of gradients.
         *
         * @param beta1 β₁, from 0 to below 1; 0.9 by default
         * @return this builder
         */
        public Builder optBeta1(float beta1) {
            this.beta1 = beta1;
            return this;
        }

        /**
         * Sets the decay rate of the mean of their squares.
         *
         * @param beta2 β₂, from 0 to below 1; 0.999 by default
         * @return this builder
         */
        public Builder optBeta2(float beta2) {
            this.beta2 = beta2;
            return this;
        }

        /**
         * Sets the number that keeps the quotient finite.
         *
         * @param epsilon ε, above 0; 1e-8 by default
         * @return this builder
         */
        public Builder optEpsilon(float epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /**
         * Sets whether weights decay by themselves (AdamW) or through the gradient (Adam).
         *
         * @param decoupled true for AdamW; false by default
         * @return this builder
         */
        public Builder optDecoupledWeightDecay(boolean decoupled) {
            this.decoupled = decoupled;
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return the optimizer
         * @throws IllegalArgumentException if a value is out of range
         */
        public ResumableAdam build() {
            return new ResumableAdam(this);
        }
    }
}
