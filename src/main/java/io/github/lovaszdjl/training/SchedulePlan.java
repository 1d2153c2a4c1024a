package io.github.lovaszdjl.training;

import java.util.List;

/**
 * The values that one schedule of a {@link TrainingPlan} has alone, see {@link Schedule}; the other
 * schedules do not use them.
 *
 * <pre>{@code
 * TrainingPlan plan =
 *         TrainingPlan.builder()
 *                 .optSchedule(ScheduleName.STEP)
 *                 .optSchedulePlan(SchedulePlan.builder().optMilestones(List.of(20, 26)).build())
 *                 .optEpochs(30)
 *                 .build();
 * }</pre>
 *
 * @param milestones the epochs after which the schedule STEP has the next rate, from 1, each above
 *     the one before; at least one with STEP and none with the others
 * @param stepFactor by what STEP multiplies the rate after each of them, above 0, below 1
 * @param cycleRise the share of all updates in which the rate of ONE_CYCLE rises, above 0, below 1
 * @param cycleStart what the highest rate is divided by for the first one, at least 1
 * @param cycleEnd what the first rate is divided by for the last one, at least 1
 */
public record SchedulePlan(
        List<Integer> milestones,
        float stepFactor,
        float cycleRise,
        float cycleStart,
        float cycleEnd) {

    /**
     * Checks the values.
     *
     * @param milestones the epochs after which STEP has the next rate
     * @param stepFactor by what STEP multiplies the rate
     * @param cycleRise the share of all updates in which the rate of ONE_CYCLE rises
     * @param cycleStart what the highest rate is divided by for the first one
     * @param cycleEnd what the first rate is divided by for the last one
     * @throws IllegalArgumentException if a value is out of range
     */
    public SchedulePlan {
        int before = 0;
        for (Integer milestone : milestones) {
            if (milestone == null || milestone <= before) {
                throw new IllegalArgumentException(
                        "milestones: expected epochs from 1, each above the one before, got "
                                + milestones);
            }
            before = milestone;
        }
        milestones = List.copyOf(milestones);
        Values.check(
                "stepFactor", stepFactor, stepFactor > 0 && stepFactor < 1, "above 0, below 1");
        Values.check("cycleRise", cycleRise, cycleRise > 0 && cycleRise < 1, "above 0, below 1");
        Values.checkAtLeast("cycleStart", cycleStart, 1);
        Values.checkAtLeast("cycleEnd", cycleEnd, 1);
    }

    /** Throws for what the schedule of a plan does not have. */
    void check(TrainingPlan.ScheduleName schedule, int epochs, int warmUpEpochs) {
        if (schedule == TrainingPlan.ScheduleName.STEP) {
            Values.check(
                    "milestones",
                    milestones,
                    !milestones.isEmpty() && milestones.get(milestones.size() - 1) < epochs,
                    "at least one with the schedule step, below the number of epochs, " + epochs);
        } else {
            Values.check(
                    "milestones",
                    milestones,
                    milestones.isEmpty(),
                    "none with the schedule " + schedule);
        }
        Values.check(
                "warmUpEpochs",
                warmUpEpochs,
                warmUpEpochs == 0 || schedule != TrainingPlan.ScheduleName.ONE_CYCLE,
                "0 with the schedule one-cycle, which rises by itself");
    }

    Schedule step(float learningRate, int updatesPerEpoch) {
        int[] after =
                milestones.stream()
                        .mapToInt(epoch -> Math.multiplyExact(epoch, updatesPerEpoch))
                        .toArray();
        return Schedule.step(learningRate, stepFactor, after);
    }

    Schedule oneCycle(float learningRate, int updates) {
        return Schedule.oneCycle(learningRate, updates, cycleRise, cycleStart, cycleEnd);
    }

    /**
     * Returns a builder: no milestones, the factor 0.1, and for ONE_CYCLE 0.3, 25 and 10,000 as in
     * PyTorch.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link SchedulePlan}. */
    public static final class Builder {

        private List<Integer> milestones = List.of();
        private float stepFactor = 0.1f;
        private float cycleRise = 0.3f;
        private float cycleStart = 25;
        private float cycleEnd = 10_000;

        private Builder() {}

        /**
         * Sets the epochs after which the schedule STEP has the next rate.
         *
         * @param milestones epochs from 1, each above the one before; none by default
         * @return this builder
         */
        public Builder optMilestones(List<Integer> milestones) {
            this.milestones = milestones;
            return this;
        }

        /**
         * Sets by what STEP multiplies the rate after each milestone.
         *
         * @param stepFactor the factor, above 0, below 1; 0.1 by default
         * @return this builder
         */
        public Builder optStepFactor(float stepFactor) {
            this.stepFactor = stepFactor;
            return this;
        }

        /**
         * Sets the share of all updates in which the rate of ONE_CYCLE rises.
         *
         * @param cycleRise the share, above 0, below 1; 0.3 by default
         * @return this builder
         */
        public Builder optCycleRise(float cycleRise) {
            this.cycleRise = cycleRise;
            return this;
        }

        /**
         * Sets what the highest rate of ONE_CYCLE is divided by for the first one.
         *
         * @param cycleStart the divisor, at least 1; 25 by default
         * @return this builder
         */
        public Builder optCycleStart(float cycleStart) {
            this.cycleStart = cycleStart;
            return this;
        }

        /**
         * Sets what the first rate of ONE_CYCLE is divided by for the last one.
         *
         * @param cycleEnd the divisor, at least 1; 10,000 by default
         * @return this builder
         */
        public Builder optCycleEnd(float cycleEnd) {
            this.cycleEnd = cycleEnd;
            return this;
        }

        /**
         * Builds the plan.
         *
         * @return the plan
         * @throws IllegalArgumentException if a value is out of range
         */
        public SchedulePlan build() {
            return new SchedulePlan(milestones, stepFactor, cycleRise, cycleStart, cycleEnd);
        }
    }
}
