package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingCallback;
import io.github.lovaszdjl.training.TrainingState;

/**
 * Stops a training after an epoch, as Ctrl-C would there: it may go on later, and its learning rate
 * is that of all the epochs of its plan.
 */
public final class EpochLimit implements TrainingCallback {

    private final int last;
    private int validated;

    /**
     * @param last the number of the epoch, from 1; the last one of the plan stops nothing
     */
    public EpochLimit(int last) {
        this.last = last;
    }

    /** Returns a limit that is never reached. */
    public static EpochLimit none() {
        return new EpochLimit(Integer.MAX_VALUE);
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) {
        validated = report.epoch();
    }

    boolean isReached() {
        return validated >= last;
    }

    /** Returns how a training that was stopped ended, for its log. */
    String stopped(int epochs) {
        return isReached() ? "waits after epoch " + epochs : "stopped in epoch " + (epochs + 1);
    }
}
