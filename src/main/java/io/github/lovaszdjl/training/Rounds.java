package io.github.lovaszdjl.training;

/**
 * That a training is done in rounds.
 *
 * @param plan how
 * @param executor has the parts trained
 */
record Rounds(RoundPlan plan, RoundExecutor executor) {

    /** Tells whether the numbers are those of a training without rounds. */
    boolean isNone() {
        return plan.isNone(executor.parts());
    }
}
