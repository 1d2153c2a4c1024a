package io.github.lovaszdjl.dataset;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import java.util.Iterator;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Every index once, or as {@link Sampling} has it, in an order that depends on the data set's seed
 * and epoch alone (Fisher and Yates's shuffle). DJL's {@code RandomSampler} draws from a generator
 * shared by the whole process.
 */
final class ShuffleSampler implements Sampler.SubSampler {

    @Override
    public Iterator<Long> sample(RandomAccessDataset dataset) {
        if (!(dataset instanceof EpochDataset epochs)) {
            throw new IllegalArgumentException(
                    "dataset: expected a FolderSegmentationDataset, got " + dataset.getClass());
        }
        SplittableRandom random = epochs.orderStream();
        long[] order = epochs.choose(random);
        shuffle(order, random);
        return LongStream.of(order).iterator();
    }

    static void shuffle(long[] order, SplittableRandom random) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            long index = order[i];
            order[i] = order[j];
            order[j] = index;
        }
    }
}
