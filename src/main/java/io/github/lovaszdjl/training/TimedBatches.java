package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Sampler;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;

/** The batches of an epoch; counts the time in which the training waits for the next one. */
final class TimedBatches implements Iterator<Batch> {

    private final Iterator<Batch> batches;
    private final LongSupplier clock;
    private long nanos;

    /** Takes the time from a clock, in nanoseconds. */
    TimedBatches(Iterator<Batch> batches, LongSupplier clock) {
        this.batches = batches;
        this.clock = clock;
    }

    /** Starts the epoch that a data set was set to. */
    static TimedBatches of(SegmentationDataset data, NDManager manager, ExecutorService decoding)
            throws IOException {
        try {
            return new TimedBatches(data.getData(manager, decoding).iterator(), System::nanoTime);
        } catch (TranslateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Starts on some batches of the epoch that a data set was set to. */
    static TimedBatches of(
            SegmentationDataset data, NDManager manager, Sampler some, ExecutorService decoding)
            throws IOException {
        try {
            return new TimedBatches(
                    data.getData(manager, some, decoding).iterator(), System::nanoTime);
        } catch (TranslateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    @Override
    public Batch next() {
        long start = clock.getAsLong();
        Batch batch = batches.next();
        nanos += clock.getAsLong() - start;
        return batch;
    }

    /** Returns the time that was waited so far. */
    double waitSeconds() {
        return nanos / 1e9;
    }
}
