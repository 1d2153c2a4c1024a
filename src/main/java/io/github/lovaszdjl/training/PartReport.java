package io.github.lovaszdjl.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a part did in a round.
 *
 * @param batches its batches, in their order
 * @param losses the mean losses over those that were not skipped, by name: the loss and then its
 *     parts; NaN where all were
 * @param waitSeconds the part of the time in which no batch was ready
 * @param seconds the time its training took, without that of sending states
 * @serial exclude
 */
public record PartReport(
        List<PartBatch> batches, Map<String, Float> losses, double waitSeconds, double seconds)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * A batch of a part.
     *
     * @param number its number in the epoch, from 1
     * @param images the number of images in it
     * @param losses its losses by name; none where it was skipped
     * @serial exclude
     */
    public record PartBatch(int number, int images, Map<String, Float> losses)
            implements Serializable {

        private static final long serialVersionUID = 1;

        /**
         * Copies the losses, whose order it keeps.
         *
         * @param number its number in the epoch
         * @param images the number of images in it
         * @param losses its losses by name
         */
        public PartBatch {
            losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
        }
    }

    /**
     * Copies the losses, whose order it keeps, and the list.
     *
     * @param batches its batches
     * @param losses the mean losses
     * @param waitSeconds the part of the time in which no batch was ready
     * @param seconds the time its training took
     */
    public PartReport {
        batches = Collections.unmodifiableList(new ArrayList<>(batches));
        losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    }

    /**
     * Counts the steps.
     *
     * @return how many batches changed the weights
     */
    public int steps() {
        return (int) batches.stream().filter(batch -> !batch.losses().isEmpty()).count();
    }
}
