package io.github.lovaszdjl.training;

/** Told what a training does while it runs, on the training's own thread. */
public interface TrainingProgress {

    /**
     * Called after every batch.
     *
     * @param epoch the epoch, from 1
     * @param batch the batch, from 1
     * @param batches the number of batches in the epoch
     * @param loss the loss of the batch, NaN where the batch was skipped
     */
    default void onBatch(int epoch, int batch, int batches, float loss) {}

    /**
     * Called after every epoch.
     *
     * @param report what it came to
     */
    default void onEpoch(EpochReport report) {}
}
