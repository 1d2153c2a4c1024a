package io.github.lovaszdjl.internal;

import java.util.Locale;

/** What to say where Java's memory does not suffice. */
public final class OutOfMemory {

    private OutOfMemory() {}

    /**
     * Returns an error that says what helps.
     *
     * @param cause the error as Java threw it
     * @param where what it happened in, such as "epoch 3"
     * @param less what needs less memory, such as "smaller batches"
     * @param end what else there is to say, with "; " before it, or nothing
     * @return the same kind of error with a longer message
     */
    public static OutOfMemoryError in(
            OutOfMemoryError cause, String where, String less, String end) {
        String message = String.valueOf(cause.getMessage());
        String text = message.toLowerCase(Locale.ROOT);
        String option =
                text.contains("direct")
                        ? "-XX:MaxDirectMemorySize, or -Xmx, which it follows,"
                        : "-Xmx";
        String advice =
                text.contains("direct") || text.contains("heap")
                        ? "; java's option " + option + " allows more, and " + less + " need less"
                        : "";
        OutOfMemoryError error =
                new OutOfMemoryError("out of memory in " + where + ": " + message + advice + end);
        error.initCause(cause);
        return error;
    }
}
