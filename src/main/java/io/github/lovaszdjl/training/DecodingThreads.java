package io.github.lovaszdjl.training;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The threads that decode images ahead of the network. To be closed before the manager of what they
 * make: an array that is made in a manager that closes meanwhile ends the process.
 */
final class DecodingThreads implements AutoCloseable {

    /** Enough to keep ahead of the network; more would take cores away from it. */
    private static final int COUNT = 2;

    private final ExecutorService executor = Executors.newFixedThreadPool(COUNT);

    /** Starts without threads; they come with work. */
    DecodingThreads() {}

    /**
     * Returns what takes the work.
     *
     * @return the executor, for {@code getData}
     */
    ExecutorService executor() {
        return executor;
    }

    /** Waits until the last of them has ended. */
    @Override
    public void close() {
        // Not interrupted: it would close the channels of the files that are being read.
        executor.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = executor.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
