package io.github.lovaszdjl.app.run;

import java.util.function.LongSupplier;

/**
 * Decides how often to do what may be left out: after it took a time, not before twenty times that
 * has passed. However long it takes, it takes no more than a twentieth of all.
 */
public final class Pauses {

    private static final int FACTOR = 20;

    private final LongSupplier clock;
    private long next;

    /**
     * Begins; the first time is due at once.
     *
     * @param clock the time in nanoseconds
     */
    Pauses(LongSupplier clock) {
        this.clock = clock;
        next = clock.getAsLong();
    }

    /** Tells whether the pause after the last time is over. */
    boolean isDue() {
        return clock.getAsLong() - next >= 0;
    }

    /** What is done; it may fail. */
    interface Work<E extends Exception> {
        void run() throws E;
    }

    /** Does it now, due or not, and begins a pause. */
    <E extends Exception> void run(Work<E> work) throws E {
        long start = clock.getAsLong();
        work.run();
        long end = clock.getAsLong();
        next = end + FACTOR * (end - start);
    }
}
