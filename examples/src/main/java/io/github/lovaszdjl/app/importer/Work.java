package io.github.lovaszdjl.app.importer;

import ai.djl.util.Progress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** What is told of the progress, and asked whether to go on. For any number of threads. */
public final class Work {

    /** Files of this size take long enough to read. */
    private static final long TOLD_BYTES = 10_000_000;

    private final Progress progress;
    private final BooleanSupplier stopped;
    private boolean told;

    /**
     * Constructs a work.
     *
     * @param progress is told of bytes, files and images, or null
     * @param stopped says whether to stop
     */
    public Work(Progress progress, BooleanSupplier stopped) {
        this.progress = progress;
        this.stopped = stopped;
    }

    /** Begins a step of so many images. */
    synchronized void begin(String what, long max) {
        told = progress != null;
        if (told) {
            progress.reset(what, max);
            progress.start(0);
        }
    }

    /** Begins to read a file; of one that is read at once nothing is told. */
    synchronized void beginFile(Path file) throws IOException {
        long size = Files.size(file);
        told = false;
        if (size >= TOLD_BYTES) {
            begin("Reading " + file.getFileName(), size);
        }
    }

    /**
     * Tells that more of the step is done.
     *
     * @throws InterruptedIOException if it is to stop
     */
    synchronized void done(long more) throws InterruptedIOException {
        if (stopped.getAsBoolean()) {
            throw new InterruptedIOException("stopped; nothing was written");
        }
        if (told) {
            progress.increment(more);
        }
    }

    /** Ends a step. */
    synchronized void end() {
        if (told) {
            progress.end();
        }
    }
}
