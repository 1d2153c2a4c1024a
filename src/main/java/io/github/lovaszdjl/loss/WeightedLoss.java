package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The weighted sum of losses on the same labels and predictions, each computed once a batch.
 *
 * <pre>
 *   loss = Σ_j weight_j · L_j
 * </pre>
 *
 * <p>The usual sum is 0.5 · cross-entropy + Lovász-Softmax. To see the parts by name, unweighted,
 * in the training metrics, add {@link #getParts()} to the evaluators:
 *
 * <pre>{@code
 * WeightedLoss loss =
 *         WeightedLoss.builder()
 *                 .add(0.5f, new SegmentationCrossEntropyLoss())
 *                 .add(1, new LovaszSoftmaxLoss())
 *                 .build();
 * TrainingConfig config = new DefaultTrainingConfig(loss).addEvaluators(loss.getParts());
 * }</pre>
 *
 * <p>Shapes and errors are those of the parts; the result is a scalar.
 *
 * <p>Safe for use by several threads at once if its parts are; those of this library are.
 */
public final class WeightedLoss extends SegmentationLoss {

    private final List<Part> parts;

    private record Part(float weight, SegmentationLoss loss) {}

    private WeightedLoss(Builder builder) {
        super(builder.name);
        parts = List.copyOf(builder.parts);
    }

    /**
     * Returns a builder without parts.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the parts as evaluators, to be added to the training configuration. They report the
     * values that this loss has computed, and the other way round.
     *
     * @return the parts, unweighted, in the order they were added; a loss that is not of this
     *     library comes as one of the same name around it
     */
    public List<Loss> getParts() {
        return parts.stream().map(p -> (Loss) p.loss).toList();
    }

    @Override
    boolean takesSoftLabels() {
        return parts.stream().allMatch(part -> part.loss.takesSoftLabels());
    }

    @Override
    NDArray compute(NDList labels, NDList predictions) {
        return Scoped.of(
                () -> {
                    NDArray sum = null;
                    for (Part part : parts) {
                        NDArray loss = part.loss.evaluate(labels, predictions);
                        // An array that libtorch owns: autograd outlives that of a Java number.
                        NDArray weight =
                                loss.getManager()
                                        .full(new Shape(), part.weight, loss.getDataType());
                        NDArray weighted = loss.mul(weight);
                        sum = sum == null ? weighted : sum.add(weighted);
                    }
                    return sum;
                });
    }

    @Override
    double measure(NDList labels, NDList predictions) {
        double sum = 0;
        for (Part part : parts) {
            sum += part.weight * part.loss.valueAsPart(labels, predictions);
        }
        return sum;
    }

    /** Builds a {@link WeightedLoss}. */
    public static final class Builder {

        private String name = "WeightedLoss";
        private final List<Part> parts = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the name under which the training metrics show the sum.
         *
         * @param name the name; "WeightedLoss" by default
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Checks.name(name);
            return this;
        }

        /**
         * Adds a part.
         *
         * @param weight its factor, finite and not below 0
         * @param loss the loss, with a name that no other part has
         * @return this builder
         * @throws IllegalArgumentException if the weight is neither
         */
        public Builder add(float weight, Loss loss) {
            Objects.requireNonNull(loss, "loss: expected a loss, got null");
            parts.add(new Part(Checks.weight(weight), SegmentationLoss.of(loss)));
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         * @throws IllegalArgumentException if there is no part, or two have the same name, or one
         *     has the name of the sum: the training metrics go by name
         */
        public WeightedLoss build() {
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("parts: expected at least one, got none");
            }
            Set<String> names = new HashSet<>(Set.of(name));
            for (Part part : parts) {
                if (!names.add(part.loss.getName())) {
                    throw new IllegalArgumentException(
                            "parts: expected a name for each part and the sum, got two named "
                                    + part.loss.getName());
                }
            }
            return new WeightedLoss(this);
        }
    }
}
