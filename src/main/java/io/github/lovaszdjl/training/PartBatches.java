package io.github.lovaszdjl.training;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The batches of an epoch that are those of a part of a round, in their order.
 *
 * @param all gives the batches of the epoch
 * @param round the round
 * @param part the part, from 0
 */
record PartBatches(Sampler all, Round round, int part) implements Sampler {

    @Override
    public int getBatchSize() {
        return all.getBatchSize();
    }

    @Override
    public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
        Iterator<List<Long>> batches = all.sample(dataset);
        return new Iterator<>() {

            private int passed;
            private int step;

            @Override
            public boolean hasNext() {
                if (step == round.steps()) {
                    return false;
                }
                while (passed < round.batch(part, step) && batches.hasNext()) {
                    batches.next();
                    passed++;
                }
                return batches.hasNext();
            }

            @Override
            public List<Long> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                step++;
                passed++;
                return batches.next();
            }
        };
    }
}
