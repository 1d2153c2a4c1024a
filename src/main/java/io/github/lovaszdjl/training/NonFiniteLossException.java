package io.github.lovaszdjl.training;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A training came to a loss, or to weights, that are NaN or infinite. It stopped before such a loss
 * changed the weights.
 *
 * <p>The message tells epoch and batch, the values, the images of the batch, where a copy of the
 * batch is and which checkpoint is good.
 */
public final class NonFiniteLossException extends ArithmeticException {

    private static final long serialVersionUID = 1L;

    /** The epoch, from 1. */
    private final int epoch;

    /** The batch in the epoch, from 1. */
    private final int batch;

    /** The image files of the batch. */
    private final String[] images;

    /** The copy of the batch, or null. */
    private final String savedBatch;

    NonFiniteLossException(
            String message, int epoch, int batch, List<Path> images, Optional<Path> savedBatch) {
        super(message);
        this.epoch = epoch;
        this.batch = batch;
        this.images = images.stream().map(Path::toString).toArray(String[]::new);
        this.savedBatch = savedBatch.map(Path::toString).orElse(null);
    }

    /**
     * Returns the epoch.
     *
     * @return the epoch, from 1
     */
    public int getEpoch() {
        return epoch;
    }

    /**
     * Returns the batch.
     *
     * @return the batch in the epoch, from 1
     */
    public int getBatch() {
        return batch;
    }

    /**
     * Returns the images of the batch.
     *
     * @return their files, in the order of the batch
     */
    public List<Path> getImages() {
        return Stream.of(images).map(Path::of).toList();
    }

    /**
     * Returns the copy of the batch, see {@link SegmentationTraining.Builder#optBadBatches}.
     *
     * @return the file, or empty where no folder is set or the copy could not be written
     */
    public Optional<Path> getSavedBatch() {
        return Optional.ofNullable(savedBatch).map(Path::of);
    }
}
