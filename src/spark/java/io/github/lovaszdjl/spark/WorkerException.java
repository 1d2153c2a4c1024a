package io.github.lovaszdjl.spark;

import java.io.IOException;

/** A worker could not do its work, for a reason that another try would not mend. */
public final class WorkerException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Constructs an exception.
     *
     * @param message one line that says which worker, what was expected and what came
     */
    public WorkerException(String message) {
        super(message);
    }

    /**
     * Constructs an exception.
     *
     * @param message one line that says which worker, what was expected and what came
     * @param cause what Spark said
     */
    public WorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
