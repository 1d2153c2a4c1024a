package io.github.lovaszdjl.examples;

import java.util.concurrent.CountDownLatch;

/**
 * Lets a training finish its batch and save when the process is asked to end, by Ctrl-C or {@code
 * kill}.
 *
 * <p>Java ends as soon as its shutdown hooks have; the hook here waits until the work is done.
 */
final class Interrupt implements AutoCloseable {

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "interrupt");
    private volatile boolean requested;

    /** Begins to listen. */
    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Tells whether the process was asked to end. */
    boolean requested() {
        return requested;
    }

    private void stop() {
        requested = true;
        System.err.printf("%nStopping after this batch ...%n");
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the process end if it was asked to. */
    @Override
    public void close() {
        done.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // It is running this moment: it finds the work done.
            }
        }
    }
}
