package io.github.lovaszdjl.training;

import java.util.Map;

/**
 * Told what a training does while it runs, for a display: a {@link TrainingCallback} of numbers.
 */
public interface TrainingProgress extends TrainingCallback {

    /**
     * Called after every batch.
     *
     * @param epoch the epoch, from 1
     * @param batch the batch, from 1
     * @param batches the number of batches in the epoch
     * @param images the number of images in the batch
     * @param losses the loss of the batch and then its parts by name; empty where the batch was
     *     skipped since no pixel of it is valid
     */
    default void onBatch(
            int epoch, int batch, int batches, int images, Map<String, Float> losses) {}

    /**
     * Called after every epoch, when the checkpoint and the best model are saved.
     *
     * @param report what it came to
     */
    default void onEpoch(EpochReport report) {}

    /** {@inheritDoc} */
    @Override
    default void onBatch(TrainingState state, TrainingBatch batch) {
        int images = batch.batch().getSize();
        onBatch(state.epoch(), batch.number(), batch.count(), images, batch.losses());
    }

    /** Tells of the batches of all parts, in the order of the epoch. */
    @Override
    default void onRound(RoundReport report) {
        int epoch = report.round().epoch();
        for (PartReport.PartBatch batch : report.allBatches()) {
            onBatch(epoch, batch.number(), report.batches(), batch.images(), batch.losses());
        }
    }

    /** {@inheritDoc} */
    @Override
    default void onEpochValidated(TrainingState state, EpochReport report) {
        onEpoch(report);
    }
}
