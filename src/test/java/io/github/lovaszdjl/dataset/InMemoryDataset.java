package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.dataset.Sampler;
import ai.djl.util.Progress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A data set without files, as a user may write one: each epoch has an order of its own, and there
 * is no augmentation. Label 255 is ignored.
 */
public final class InMemoryDataset extends RandomAccessDataset implements SegmentationDataset {

    private static final int IGNORE = 255;

    /**
     * An image with its labels.
     *
     * @param height the height in pixels
     * @param width the width in pixels
     * @param image the network's input, (3, height, width)
     * @param labels the class ids or 255, (height, width)
     */
    public record Sample(int height, int width, float[] image, int[] labels)
            implements SegmentationSample {

        @Override
        public NDArray pixels(NDManager manager, int top, int left, int rows, int columns) {
            float[] part = new float[3 * rows * columns];
            for (int i = 0; i < part.length; i++) {
                int y = top + i / columns % rows;
                part[i] = image[(i / (rows * columns) * height + y) * width + left + i % columns];
            }
            return manager.create(part, new Shape(1, 3, rows, columns));
        }

        @Override
        public int[] labels(int y) {
            return Arrays.copyOfRange(labels, y * width, (y + 1) * width);
        }
    }

    private final List<String> classNames;
    private final List<Sample> samples;
    private int epoch;

    private InMemoryDataset(Builder builder) {
        super(builder);
        classNames = builder.classNames;
        samples = builder.samples;
    }

    /**
     * Makes a data set.
     *
     * @param classNames the names of the classes
     * @param samples the samples, of one size where a batch holds several
     * @param batchSize the batch size
     */
    public static InMemoryDataset of(List<String> classNames, List<Sample> samples, int batchSize) {
        Builder builder = new Builder();
        builder.classNames = List.copyOf(classNames);
        builder.samples = List.copyOf(samples);
        Sampler.SubSampler shuffled =
                data -> {
                    List<Long> order =
                            LongStream.range(0, data.size()).boxed().collect(Collectors.toList());
                    Collections.shuffle(order, new Random(((InMemoryDataset) data).epoch));
                    return order.iterator();
                };
        return new InMemoryDataset(builder.setSampling(new BatchSampler(shuffled, batchSize)));
    }

    /** Makes samples of one size of random light whose labels follow from it: dark, mid, bright. */
    public static InMemoryDataset random(long seed, int count, int size, int batchSize) {
        Random random = new Random(seed);
        Sample[] samples = new Sample[count];
        for (int i = 0; i < count; i++) {
            float[] image = new float[3 * size * size];
            int[] labels = new int[size * size];
            for (int p = 0; p < labels.length; p++) {
                labels[p] = (p / size / 4 + p % size / 4 + i) % 3;
                for (int c = 0; c < 3; c++) {
                    image[c * labels.length + p] = labels[p] - 1 + 0.2f * random.nextFloat();
                }
            }
            Arrays.fill(labels, 0, size, IGNORE);
            samples[i] = new Sample(size, size, image, labels);
        }
        return of(List.of("dark", "mid", "bright"), List.of(samples), batchSize);
    }

    @Override
    public void prepare(Progress progress) {}

    @Override
    protected long availableSize() {
        return samples.size();
    }

    @Override
    public Record get(NDManager manager, long index) {
        Sample sample = open(index);
        Shape shape = new Shape(sample.height(), sample.width());
        return new Record(
                new NDList(
                        sample.pixels(manager, 0, 0, sample.height(), sample.width()).squeeze(0)),
                new NDList(manager.create(sample.labels(), shape)));
    }

    @Override
    public Sampler getSampler() {
        return sampler;
    }

    @Override
    public void setEpoch(int epoch) {
        this.epoch = epoch;
    }

    @Override
    public int countBatches() {
        int batch = sampler.getBatchSize();
        return (samples.size() + batch - 1) / batch;
    }

    @Override
    public int getHeight(long index) {
        return open(index).height();
    }

    @Override
    public int getWidth(long index) {
        return open(index).width();
    }

    @Override
    public Sample open(long index) {
        return samples.get(Math.toIntExact(index));
    }

    @Override
    public List<String> getClassNames() {
        return classNames;
    }

    @Override
    public int getIgnoreLabel() {
        return IGNORE;
    }

    @Override
    public Normalization getNormalization() {
        return Normalization.imageNet();
    }

    @Override
    public long[][] countPixels() {
        long[][] counts = new long[samples.size()][classNames.size()];
        for (int i = 0; i < counts.length; i++) {
            for (int label : samples.get(i).labels()) {
                if (label != IGNORE) {
                    counts[i][label]++;
                }
            }
        }
        return counts;
    }

    @Override
    public List<Item> getItems() {
        return LongStream.range(0, size())
                .mapToObj(i -> new Item("sample " + i, fingerprint(open(i))))
                .toList();
    }

    private static String fingerprint(Sample sample) {
        int image = Arrays.hashCode(sample.image());
        return Integer.toHexString(Objects.hash(image, Arrays.hashCode(sample.labels())));
    }

    private static final class Builder extends BaseBuilder<Builder> {

        private List<String> classNames;
        private List<Sample> samples;

        @Override
        protected Builder self() {
            return this;
        }
    }
}
