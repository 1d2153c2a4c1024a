package io.github.lovaszdjl.training;

import java.io.Serializable;
import java.util.Optional;

/** What a part of a round came to: a state, or a loss that is not finite. */
public final class PartResult implements Serializable {

    private static final long serialVersionUID = 1;

    /** The state, as it was before a fault. */
    private final RoundState state;

    /** What was done. */
    private final PartReport report;

    /** Why it stopped, or null. */
    private final NonFiniteLossException fault;

    PartResult(RoundState state, PartReport report, NonFiniteLossException fault) {
        this.state = state;
        this.report = report;
        this.fault = fault;
    }

    /**
     * Returns the state.
     *
     * @return what the part came to; what it began with where there is a fault
     */
    public RoundState state() {
        return state;
    }

    /**
     * Returns what was done.
     *
     * @return the report
     */
    public PartReport report() {
        return report;
    }

    /**
     * Returns why the training has to stop. It is no exception of the part's task: another try
     * would come to the same.
     *
     * @return the fault, if there is one
     */
    public Optional<NonFiniteLossException> fault() {
        return Optional.ofNullable(fault);
    }
}
