package io.github.lovaszdjl.training;

import ai.djl.training.dataset.Batch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A batch of a training, for a {@link TrainingCallback}.
 *
 * @param number its number in the epoch, from 1
 * @param count the number of batches in the epoch
 * @param batch images (N, 3, H, W) and labels (N, H, W); open until the callbacks have returned
 * @param losses the loss of the batch and then its parts by name; empty where the batch is skipped
 *     since no pixel of it is valid; with {@link UpdatePlan#jointLoss}, that of all batches of the
 *     update
 */
public record TrainingBatch(int number, int count, Batch batch, Map<String, Float> losses) {

    /**
     * Copies the losses, whose order it keeps.
     *
     * @param number its number in the epoch
     * @param count the number of batches in the epoch
     * @param batch images and labels
     * @param losses the losses by name
     */
    public TrainingBatch {
        losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    }

    /**
     * Tells whether the batch is left out of the training.
     *
     * @return whether no pixel of it is valid
     */
    public boolean isSkipped() {
        return losses.isEmpty();
    }

    /**
     * Tells whether the epoch ends with this batch.
     *
     * @return whether it is the last
     */
    public boolean isLast() {
        return number == count;
    }
}
