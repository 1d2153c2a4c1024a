package io.github.lovaszdjl.training;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Batches of those samples that fit into a tile; remembers the others. */
final class SmallSamples implements Sampler {

    private final Sampler all;
    private final int tileHeight;
    private final int tileWidth;

    /** Those left out of batches so far. */
    private final List<Long> larger = new ArrayList<>();

    SmallSamples(Sampler all, int tileHeight, int tileWidth) {
        this.all = all;
        this.tileHeight = tileHeight;
        this.tileWidth = tileWidth;
    }

    /**
     * Returns what samples a data set: all of it where all fit, or where transforms see it whole.
     */
    Sampler samplerOf(SegmentationDataset data) {
        return data.hasTransforms() || allFit(data) ? all : this;
    }

    private boolean allFit(SegmentationDataset data) {
        for (long i = 0; i < data.size(); i++) {
            if (!fits(data, i)) {
                return false;
            }
        }
        return true;
    }

    private boolean fits(SegmentationDataset data, long index) {
        return data.getHeight(index) <= tileHeight && data.getWidth(index) <= tileWidth;
    }

    /** Returns the samples that were left out of batches, in their order. */
    List<Long> larger() {
        return larger;
    }

    @Override
    public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
        SegmentationDataset data = (SegmentationDataset) dataset;
        Iterator<List<Long>> batches = all.sample(dataset);
        return new Iterator<>() {

            private List<Long> next = List.of();

            @Override
            public boolean hasNext() {
                while (next.isEmpty() && batches.hasNext()) {
                    next = new ArrayList<>();
                    for (long index : batches.next()) {
                        (fits(data, index) ? next : larger).add(index);
                    }
                }
                return !next.isEmpty();
            }

            @Override
            public List<Long> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                List<Long> batch = next;
                next = List.of();
                return batch;
            }
        };
    }

    @Override
    public int getBatchSize() {
        return all.getBatchSize();
    }
}
