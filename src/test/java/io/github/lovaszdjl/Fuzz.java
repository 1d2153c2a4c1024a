package io.github.lovaszdjl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Gives a reader many bad inputs. Each is accepted or refused with one of the exceptions that its
 * reader documents and a message that names the input, in time and without much memory; anything
 * else fails with the seed of the input.
 */
public final class Fuzz {

    /** Far above what an input takes on a busy machine; one that is slower hangs. */
    private static final long MAX_SECONDS = 60;

    private final String what;
    private final String named;
    private final long maxAllocated;
    private final Set<Class<? extends Exception>> refusals;

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private volatile int trial;
    private volatile long started;
    private volatile Throwable fault;
    private long mostAllocated;

    /** A temporary folder in memory, where there is such a place: tests write many tiny files. */
    public static final class Memory implements TempDirFactory {

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws IOException {
            Path shared = Path.of("/dev/shm");
            return Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "lovasz")
                    : Files.createTempDirectory("lovasz");
        }
    }

    /** Makes an input and reads it. */
    public interface Reader {

        /**
         * Reads one input and checks what came of it.
         *
         * @return what it came to, in a word; it is counted
         */
        String read(Random random) throws Exception;
    }

    /**
     * Constructs a fuzzer.
     *
     * @param what what is read
     * @param named what the message of a refusal has to hold
     * @param maxAllocated the most bytes that the thread which reads may allocate for an input, in
     *     the heap and in buffers beside it
     * @param refusals the exceptions that are answers, these classes and no other
     */
    public Fuzz(
            String what,
            String named,
            long maxAllocated,
            Set<Class<? extends Exception>> refusals) {
        this.what = what;
        this.named = named;
        this.maxAllocated = maxAllocated;
        this.refusals = refusals;
    }

    /** Reads inputs, and returns how many came to what. */
    public Map<String, Integer> run(int trials, Reader reader) throws InterruptedException {
        long begin = System.nanoTime();
        started = begin;
        Thread worker = new Thread(() -> readAll(trials, reader), "fuzz");
        worker.setDaemon(true);
        worker.start();
        while (worker.isAlive()) {
            worker.join(1000);
            if (System.nanoTime() - started > MAX_SECONDS * 1_000_000_000 && worker.isAlive()) {
                fail(name(trial) + " hangs: " + Arrays.toString(worker.getStackTrace()));
            }
        }
        if (fault != null) {
            throw new AssertionError(name(trial) + ": " + fault, fault);
        }
        assertEquals(trials, outcomes.values().stream().mapToInt(n -> n).sum());
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        Trials.report(
                what,
                String.format(
                        "%d inputs, %s, at most %d KB each, %d s",
                        trials, outcomes, mostAllocated >> 10, seconds));
        return outcomes;
    }

    private void readAll(int trials, Reader reader) {
        try {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            BufferPoolMXBean direct =
                    ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                            .filter(pool -> pool.getName().equals("direct"))
                            .findFirst()
                            .orElseThrow();
            for (int i = 0; i < trials; i++) {
                trial = i;
                started = System.nanoTime();
                long before = threads.getCurrentThreadAllocatedBytes();
                long beside = direct.getMemoryUsed();
                outcomes.merge(read(reader, Trials.random(i)), 1, Integer::sum);
                long allocated =
                        threads.getCurrentThreadAllocatedBytes()
                                - before
                                + Math.max(0, direct.getMemoryUsed() - beside);
                mostAllocated = Math.max(mostAllocated, allocated);
                if (allocated > maxAllocated) {
                    throw new AssertionError(
                            "expected at most " + maxAllocated + " bytes, got " + allocated);
                }
            }
        } catch (Throwable e) {
            // Errors, of too little memory above all, are what this looks for.
            fault = e;
        }
    }

    private String read(Reader reader, Random random) throws Exception {
        try {
            return reader.read(random);
        } catch (Exception e) {
            if (!refusals.contains(e.getClass())) {
                throw e;
            }
            if (e.getMessage() == null || !e.getMessage().contains(named)) {
                throw new AssertionError("a message that does not name " + named, e);
            }
            return e.getClass().getSimpleName();
        }
    }

    private String name(int number) {
        return what + ", input " + number + " (seed " + Trials.seed(number) + ")";
    }
}
