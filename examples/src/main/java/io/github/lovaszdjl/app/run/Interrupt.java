package io.github.lovaszdjl.app.run;

import java.util.concurrent.CountDownLatch;

/**
 * Lets a command finish its batch, save and say so when the process is asked to end, by Ctrl-C or
 * {@code kill}.
 *
 * <p>Java ends as soon as its shutdown hooks have, with a code of its own; the hook here waits
 * until the command has returned and then ends the process with the command's code.
 */
public final class Interrupt {

    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static volatile boolean requested;
    private static volatile int code;

    private Interrupt() {}

    /** Begins to listen, for the rest of the process. */
    public static void listen() {
        Runtime.getRuntime().addShutdownHook(new Thread(Interrupt::stop, "interrupt"));
    }

    /** Tells whether the process was asked to end. */
    public static boolean requested() {
        return requested;
    }

    /** Ends the process with a code, now or when whoever asked for it comes to it. */
    public static void exit(int exitCode) {
        code = exitCode;
        boolean asked = requested;
        DONE.countDown();
        if (!asked) {
            System.exit(exitCode);
        }
    }

    private static void stop() {
        if (DONE.getCount() > 0) {
            requested = true;
            System.err.printf("%nStopping as soon as what is under way is saved ...%n");
        }
        try {
            DONE.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code);
    }
}
