package io.github.lovaszdjl.dataset;

import ai.djl.basicdataset.cv.ImageDataset;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.DataIterable;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.translate.Pipeline;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.stream.LongStream;

/**
 * Batches by epochs: the first {@code getData} serves epoch 0, or the one that was set, each later
 * one the next. The order of an epoch depends on the seed and the epoch alone.
 */
abstract class EpochDataset extends ImageDataset implements SegmentationDataset {

    /** The seed of order and augmentation. */
    final long seed;

    private final Sampling sampling;
    private final boolean random;
    private final int batchSize;
    private final boolean dropLast;

    // Guarded by this.
    private int epoch;
    private boolean epochServed;

    /**
     * @param padding the label of pixels outside an image
     */
    EpochDataset(EpochBuilder<?> builder, int padding) {
        super(builder);
        seed = builder.seed;
        sampling = builder.sampling;
        random = builder.random;
        batchSize = builder.batchSize;
        dropLast = builder.dropLast;
        epoch = builder.epoch;
        if (!random && sampling.rareThreshold().isPresent()) {
            throw new IllegalArgumentException(
                    "sampling: expected uniform, as setSampling asks for no random order, got "
                            + sampling);
        }
        if (dataBatchifier == null) {
            dataBatchifier = new PaddingBatchifier(0);
        }
        if (labelBatchifier == null) {
            labelBatchifier = new PaddingBatchifier(padding);
        }
    }

    /** Returns a copy that stays in the current epoch; called with the lock on this. */
    abstract EpochDataset copy();

    /**
     * Starts the next epoch in the order of {@code setSampling}; see the class description.
     *
     * @param manager the manager that the batches' managers descend from
     * @param executorService loads batches ahead of their use, or null
     * @return the batches of the epoch, to be iterated once
     * @throws MalformedDatasetException if the data set is not what it should be
     * @throws IllegalStateException if there are fewer samples than a batch needs and the last,
     *     incomplete batch is to be dropped, so that none would be left
     */
    @Override
    public Iterable<Batch> getData(NDManager manager, ExecutorService executorService)
            throws IOException {
        return getData(manager, sampler, executorService);
    }

    /**
     * Starts the next epoch; see the class description.
     *
     * @param manager the manager that the batches' managers descend from
     * @param sampler the order and grouping of the samples
     * @param executorService loads batches ahead of their use, or null
     * @return the batches of the epoch, to be iterated once
     * @throws MalformedDatasetException if the data set is not what it should be
     * @throws IllegalStateException if there are fewer samples than a batch needs and the last,
     *     incomplete batch is to be dropped, so that none would be left
     */
    @Override
    public Iterable<Batch> getData(
            NDManager manager, Sampler sampler, ExecutorService executorService)
            throws IOException {
        prepare();
        if (sampler == this.sampler && dropLast && size() < batchSize) {
            throw new IllegalStateException(
                    "batchSize: expected at most "
                            + size()
                            + ", the number of samples, as the last batch is dropped if not full,"
                            + " got "
                            + batchSize);
        }
        EpochDataset fixed;
        synchronized (this) {
            if (epochServed) {
                epoch++;
            }
            epochServed = true;
            fixed = copy();
        }
        return new DataIterable(
                fixed,
                manager,
                sampler,
                dataBatchifier,
                labelBatchifier,
                pipeline,
                targetPipeline,
                executorService,
                prefetchNumber,
                device);
    }

    /**
     * Chooses the epoch that {@link #get} and the next {@code getData} serve. A trainer that
     * resumes calls it once; a trainer of a whole run need not call it.
     *
     * @param epoch the epoch, from 0
     * @throws IllegalArgumentException if it is negative
     */
    @Override
    public synchronized void setEpoch(int epoch) {
        if (epoch < 0) {
            throw new IllegalArgumentException("epoch: expected at least 0, got " + epoch);
        }
        this.epoch = epoch;
        epochServed = false;
    }

    final synchronized int currentEpoch() {
        return epoch;
    }

    /** The random stream that orders the samples of the current epoch. */
    final SplittableRandom orderStream() {
        return Seeds.order(seed, currentEpoch());
    }

    /** The indices of the current epoch, which are yet to be put into a random order. */
    final long[] choose(SplittableRandom random) {
        return sampling.rareThreshold().isEmpty()
                ? LongStream.range(0, size()).toArray()
                : RepeatFactors.of(countPixels(), sampling.rareThreshold().getAsDouble())
                        .draw(random);
    }

    /** How often a sample was drawn before in its epoch, by an index of {@link #choose}. */
    final long repetition(long index) {
        return sampling.rareThreshold().isEmpty() || index < 0 ? 0 : index / size();
    }

    /** The sample of an index of {@link #choose}. */
    final long sampleOf(long index) {
        return index - repetition(index) * size();
    }

    /** {@inheritDoc} */
    @Override
    public Sampler getSampler() {
        return sampler;
    }

    /**
     * Tells whether the arrays of a record are changed by transforms of the builder ({@code
     * addTransform}) before they become a batch.
     *
     * @return whether there is a transform, of the images or of the labels
     */
    @Override
    public boolean hasTransforms() {
        return changes(pipeline) || changes(targetPipeline);
    }

    /** Tells whether the labels of a batch are those of its records and padding, as they are. */
    final boolean keepsLabels() {
        return labelBatchifier instanceof PaddingBatchifier && !changes(targetPipeline);
    }

    private static boolean changes(Pipeline transforms) {
        return transforms != null && !transforms.getTransforms().isEmpty();
    }

    /** {@inheritDoc} */
    @Override
    public int countBatches() {
        int count = 0;
        for (Iterator<List<Long>> batches = sampler.sample(this);
                batches.hasNext();
                batches.next()) {
            count++;
        }
        return count;
    }

    /**
     * Builds an {@link EpochDataset}.
     *
     * @param <T> the builder itself
     */
    abstract static class EpochBuilder<T extends EpochBuilder<T>>
            extends ImageDataset.BaseBuilder<T> {

        private long seed;
        private Sampling sampling = Sampling.uniform();
        private boolean random;
        private int batchSize = 1;
        private boolean dropLast;
        private int epoch;

        EpochBuilder() {
            // Null stands for padding, whose value is known when the ignore label is.
            dataBatchifier = null;
            labelBatchifier = null;
        }

        EpochBuilder(EpochDataset dataset) {
            seed = dataset.seed;
            sampling = dataset.sampling;
            random = dataset.random;
            batchSize = dataset.batchSize;
            dropLast = dataset.dropLast;
            epoch = dataset.currentEpoch();
            super.optFlag(dataset.flag);
            sampler = dataset.sampler;
            dataBatchifier = dataset.dataBatchifier;
            labelBatchifier = dataset.labelBatchifier;
            pipeline = dataset.pipeline;
            targetPipeline = dataset.targetPipeline;
            prefetchNumber = dataset.prefetchNumber;
            device = dataset.device;
        }

        /**
         * Sets the batch size and the order of the samples.
         *
         * @param batchSize the batch size
         * @param random whether every epoch has an order of its own, which depends on the seed and
         *     the epoch alone; otherwise the order is that of the names
         * @param dropLast whether to leave out a last batch that is not full
         * @return this builder
         * @throws IllegalArgumentException if the batch size is below 1
         */
        @Override
        public T setSampling(int batchSize, boolean random, boolean dropLast) {
            if (batchSize < 1) {
                throw new IllegalArgumentException(
                        "batchSize: expected at least 1, got " + batchSize);
            }
            Sampler.SubSampler order = random ? new ShuffleSampler() : new SequenceSampler();
            sampler = new BatchSampler(order, batchSize, dropLast);
            this.random = random;
            this.batchSize = batchSize;
            this.dropLast = dropLast;
            return self();
        }

        /**
         * Sets the order and grouping of the samples.
         *
         * @param sampler the sampler; DJL's own random ones do not follow the seed
         * @return this builder
         */
        @Override
        public T setSampling(Sampler sampler) {
            this.sampler = sampler;
            random = false;
            batchSize = 1;
            dropLast = false;
            return self();
        }

        /**
         * Sets how often an epoch takes each sample. The indices of a batch are those of samples; a
         * sample that was taken k times before in the epoch has {@code index + k * size()}.
         *
         * @param sampling the sampling; {@link Sampling#uniform()} by default. Another one needs a
         *     random order, see {@link #setSampling(int, boolean, boolean)}
         * @return this builder
         */
        public T optSampling(Sampling sampling) {
            this.sampling = Objects.requireNonNull(sampling, "sampling");
            return self();
        }

        /**
         * Sets the seed of order and augmentation.
         *
         * @param seed the seed; 0 by default
         * @return this builder
         */
        public T optSeed(long seed) {
            this.seed = seed;
            return self();
        }
    }
}
