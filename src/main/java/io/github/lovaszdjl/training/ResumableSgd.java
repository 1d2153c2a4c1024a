package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.tracker.ParameterTracker;
import io.github.lovaszdjl.internal.Operations;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, of readable state.
 *
 * <p>With the gradient g, the weight w, the learning rate γ, the momentum μ and the weight decay λ:
 *
 * <pre>
 *   g ← g + λ w
 *   b ← μ b + g
 *   w ← w − γ b              or, with Nesterov, w ← w − γ (g + μ b)
 * </pre>
 *
 * <p>as PyTorch's SGD has it, without dampening: the learning rate is outside of the momentum, so a
 * change of it takes effect at once. DJL's own has it inside, b ← μ b + γ g, the same while the
 * rate does not change. Without momentum there is no state but the number of updates.
 *
 * <pre>{@code
 * Optimizer optimizer =
 *         ResumableSgd.builder()
 *                 .setLearningRateTracker(Tracker.fixed(0.01f))
 *                 .optMomentum(0.9f)
 *                 .optWeightDecays(1e-4f)
 *                 .build();
 * }</pre>
 *
 * <p>Sources: I. Sutskever et al., <i>On the importance of initialization and momentum in deep
 * learning</i>, ICML 2013, in the form of the documentation of torch.optim.SGD.
 */
public final class ResumableSgd extends ResumableOptimizer {

    private final float momentum;
    private final boolean nesterov;

    private ResumableSgd(Builder builder) {
        super(builder, builder.checkedLearningRate());
        momentum = builder.momentum;
        nesterov = builder.nesterov;
        check("momentum", momentum, momentum >= 0 && momentum < 1, "a number from 0 to below 1");
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("nesterov: expected a momentum above 0, got 0");
        }
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
        return momentum == 0 ? List.of() : List.of("momentum");
    }

    @Override
    void step(
            float rate, int step, float decay, NDArray weight, NDArray grad, List<NDArray> state) {
        if (momentum == 0) {
            descend(rate, weight, grad, decay);
            return;
        }
        NDArray velocity = state.get(0);
        try (NDArray mu = Operations.number(velocity, momentum)) {
            velocity.muli(mu).addi(grad);
            if (decay != 0) {
                // Without the graph, which some threads would build of a weight with a gradient.
                try (NDArray constant = weight.stopGradient();
                        NDArray lambda = Operations.number(weight, decay);
                        NDArray added = constant.mul(lambda)) {
                    velocity.addi(added);
                }
            }
            if (nesterov) {
                try (NDArray ahead = velocity.mul(mu)) {
                    descend(rate, weight, ahead.addi(grad), decay);
                }
            } else {
                descend(rate, weight, velocity, 0);
            }
        }
    }

    /** w ← w − γ (g + λ w). */
    private static void descend(float rate, NDArray weight, NDArray grad, float decay) {
        NDList inputs = new NDList(weight, grad);
        weight.getNDArrayInternal()
                .sgdUpdate(inputs, new NDList(weight), rate, decay, 1, -1, 0, true);
    }

    /** Builds a {@link ResumableSgd}. */
    public static final class Builder extends ResumableOptimizer.Builder<Builder> {

        private float momentum;
        private boolean nesterov;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the learning rate.
         *
         * @param learningRate gives the learning rate of an update by its number, from 1, and of a
         *     parameter by its id, see {@link ai.djl.nn.Parameter#getId}
         * @return this builder
         */
        public Builder setLearningRateTracker(ParameterTracker learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets the momentum.
         *
         * @param momentum μ, from 0 to below 1; 0, none, by default
         * @return this builder
         */
        public Builder optMomentum(float momentum) {
            this.momentum = momentum;
            return this;
        }

        /**
         * Sets whether the momentum is Nesterov's.
         *
         * @param nesterov true for Nesterov's; false by default
         * @return this builder
         */
        public Builder optNesterov(boolean nesterov) {
            this.nesterov = nesterov;
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return the optimizer
         * @throws IllegalArgumentException if a value is out of range, or Nesterov's momentum is 0
         */
        public ResumableSgd build() {
            return new ResumableSgd(this);
        }
    }
}
