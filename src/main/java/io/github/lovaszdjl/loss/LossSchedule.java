package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One loss after another: from some epoch on the next.
 *
 * <p>The usual one is cross-entropy first and then Lovász-Softmax. The schedule has to be told the
 * epoch before it starts:
 *
 * <pre>{@code
 * LossSchedule loss =
 *         LossSchedule.builder()
 *                 .add(1, new SegmentationCrossEntropyLoss())
 *                 .add(21, new LovaszSoftmaxLoss())
 *                 .build();
 * for (int epoch = 1; epoch <= epochs; epoch++) {
 *     loss.setEpoch(epoch);
 *     ...
 * }
 * }</pre>
 *
 * <p>Shapes, values and errors are those of the active loss, which is computed once a batch. The
 * accumulators of the schedule average the values of what was active for each batch. The losses of
 * {@link #getPhases} may be added to the evaluators, too; those that are not active are then
 * computed for the report.
 *
 * <p>Safe for use by several threads at once if its losses are, as those of this library; {@link
 * #setEpoch} is for between batches.
 */
public final class LossSchedule extends SegmentationLoss {

    private final List<Phase> phases;
    private volatile SegmentationLoss active;

    /**
     * A loss and when it starts.
     *
     * @param firstEpoch the first epoch of the loss, from 1
     * @param loss the loss
     */
    public record Phase(int firstEpoch, Loss loss) {

        /**
         * Checks the values.
         *
         * @param firstEpoch the first epoch of the loss, from 1
         * @param loss the loss
         * @throws IllegalArgumentException if the epoch is below 1
         */
        public Phase {
            checkEpoch("firstEpoch", firstEpoch);
            Objects.requireNonNull(loss, "loss: expected a loss, got null");
        }
    }

    private LossSchedule(Builder builder) {
        super(builder.name);
        phases = List.copyOf(builder.phases);
        setEpoch(1);
    }

    /**
     * Returns a builder without phases.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes the loss of an epoch the active one. That of the first epoch is active at the start.
     *
     * @param epoch the epoch, from 1; any after the last phase began is of that phase
     * @throws IllegalArgumentException if it is below 1
     */
    public void setEpoch(int epoch) {
        checkEpoch("epoch", epoch);
        for (Phase phase : phases) {
            if (phase.firstEpoch <= epoch) {
                active = (SegmentationLoss) phase.loss;
            }
        }
    }

    private static void checkEpoch(String name, int epoch) {
        if (epoch < 1) {
            throw new IllegalArgumentException(name + ": expected a number from 1, got " + epoch);
        }
    }

    /**
     * Returns the loss of the current epoch.
     *
     * @return the loss, one of those of {@link #getPhases}
     */
    public Loss getActive() {
        return active;
    }

    /**
     * Returns the phases.
     *
     * @return the phases in their order; a loss that is not of this library comes as one of the
     *     same name around it
     */
    public List<Phase> getPhases() {
        return phases;
    }

    @Override
    boolean takesSoftLabels() {
        return phases.stream().allMatch(phase -> takesSoftLabels(phase.loss));
    }

    @Override
    NDArray compute(NDList labels, NDList predictions) {
        return active.evaluate(labels, predictions);
    }

    @Override
    double measure(NDList labels, NDList predictions) {
        return active.valueAsPart(labels, predictions);
    }

    /** Builds a {@link LossSchedule}. */
    public static final class Builder {

        private String name = "LossSchedule";
        private final List<Phase> phases = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the name under which the training metrics show the schedule.
         *
         * @param name the name; "LossSchedule" by default
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Checks.name(name);
            return this;
        }

        /**
         * Adds a phase.
         *
         * @param firstEpoch the first epoch of the loss: 1 for the first phase, then more each time
         * @param loss the loss
         * @return this builder
         * @throws IllegalArgumentException if the epoch is not in order
         */
        public Builder add(int firstEpoch, Loss loss) {
            Objects.requireNonNull(loss, "loss: expected a loss, got null");
            if (phases.isEmpty() && firstEpoch != 1) {
                throw new IllegalArgumentException(
                        "firstEpoch: expected 1 for the first phase, got " + firstEpoch);
            }
            if (!phases.isEmpty() && firstEpoch <= last().firstEpoch) {
                throw new IllegalArgumentException(
                        "firstEpoch: expected one after "
                                + last().firstEpoch
                                + ", when the phase before starts, got "
                                + firstEpoch);
            }
            phases.add(new Phase(firstEpoch, SegmentationLoss.of(loss)));
            return this;
        }

        private Phase last() {
            return phases.get(phases.size() - 1);
        }

        /**
         * Builds the schedule.
         *
         * @return the schedule
         * @throws IllegalArgumentException if there is no phase
         */
        public LossSchedule build() {
            if (phases.isEmpty()) {
                throw new IllegalArgumentException("phases: expected at least one, got none");
            }
            return new LossSchedule(this);
        }
    }
}
