package io.github.lovaszdjl.dataset;

import ai.djl.modality.cv.BufferedImageFactory;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Record;
import io.github.lovaszdjl.internal.ImageSamples;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * Records of decoded images and labels: cut or padded to a size, augmented by one random draw for
 * both, and normalised.
 */
abstract class AugmentedDataset extends EpochDataset {

    /** Pads labels where the data set ignores none; the customary choice since PASCAL VOC. */
    static final int DEFAULT_PADDING = 255;

    /** The label in the data that is ignored, if there is one. */
    final OptionalInt ignoreLabel;

    private final SampleRenderer renderer;

    /** What transforms with a {@link ToTensor} begin with: samples of 0 to 255, or null. */
    private final SampleRenderer plain;

    /** Whether a batch has a valid pixel, by its manager, which is closed and gone with it. */
    private final Map<NDManager, Boolean> valid;

    AugmentedDataset(AugmentedBuilder<?> builder) {
        super(builder, builder.ignoreLabel().orElse(DEFAULT_PADDING));
        ignoreLabel = builder.ignoreLabel();
        renderer =
                new SampleRenderer(
                        builder.augmentation,
                        builder.size,
                        builder.normalization(),
                        seed,
                        ignoreLabel.orElse(DEFAULT_PADDING));
        plain =
                hasToTensor()
                        ? renderer.with(Normalization.samples(builder.normalization().channels()))
                        : null;
        valid = builder.valid;
        int channels = getNormalization().channels();
        if (flag == Image.Flag.GRAYSCALE && channels != 1 && channels != ImageSamples.RGB) {
            throw new IllegalArgumentException(
                    "flag: expected COLOR with " + channels + " channels, got GRAYSCALE");
        }
    }

    private boolean hasToTensor() {
        return pipeline != null
                && pipeline.getTransforms().stream().anyMatch(ToTensor.class::isInstance);
    }

    /** Decodes a sample; all its labels are classes or ignored. */
    abstract DecodedSample decode(long index) throws IOException;

    /** Returns the place of a sample in the split, by which its random stream is chosen. */
    abstract int position(long index);

    /** Returns the size of the image of a sample. */
    abstract ImageSize imageSize(long index);

    /**
     * Loads a sample, augmented for the current epoch.
     *
     * @param manager the manager of the arrays
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the image (channels, H, W), FLOAT32, normalised, or as the transforms of the builder
     *     expect it; and the labels (H, W), INT32
     * @throws MalformedDatasetException if a file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public Record get(NDManager manager, long index) throws IOException {
        WholeSample sample = render(index, plain == null ? renderer : plain);
        int height = sample.height();
        int width = sample.width();
        NDArray data = manager.create(sample.values(), new Shape(sample.channels(), height, width));
        if (plain != null) {
            try (NDArray channelsFirst = data) {
                data = channelsFirst.transpose(1, 2, 0);
            }
        }
        int[] labels = sample.labels();
        boolean any = Arrays.stream(labels).anyMatch(label -> label != getIgnoreLabel());
        valid.merge(manager, any, Boolean::logicalOr);
        NDArray ids = manager.create(labels, new Shape(height, width));
        return new Record(new NDList(data), new NDList(ids));
    }

    /**
     * Decodes a sample, augmented for the current epoch, without making arrays of it: for images
     * that are too large to be taken whole.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the sample, of the values that {@link #get} gives
     * @throws MalformedDatasetException if a file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public SegmentationSample open(long index) throws IOException {
        return render(index, renderer);
    }

    private WholeSample render(long index, SampleRenderer by) throws IOException {
        long sample = sampleOf(index);
        DecodedSample decoded = decode(sample);
        if (flag == Image.Flag.GRAYSCALE) {
            decoded = decoded.toGrey();
        }
        // A stream of its own; positions are below 2^31.
        long stream = position(sample) + (repetition(index) << 32);
        return by.render(decoded, stream, currentEpoch());
    }

    /**
     * Decodes the image of a sample, in the file's colours and size.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the image, before augmentation
     * @throws MalformedDatasetException if a file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public Image getImage(long index) throws IOException {
        return new BufferedImageFactory().fromImage(decode(index).image());
    }

    /**
     * Returns the number of channels of an image in a record.
     *
     * @return 3, where the channels of grey images are equal, or those that the normalization has
     */
    @Override
    public int getImageChannels() {
        return renderer.normalization().channels();
    }

    /** Returns how many channels image files are to have; grey is made of colours. */
    final int fileChannels() {
        return flag == Image.Flag.GRAYSCALE ? ImageSamples.RGB : getImageChannels();
    }

    /**
     * Returns the width of all samples.
     *
     * @return that of {@code optSize}, else the one that all samples have, if they do
     * @throws IllegalStateException before {@link #prepare()}, without {@code optSize}
     */
    @Override
    public Optional<Integer> getImageWidth() {
        return common(ImageSize::width);
    }

    /**
     * Returns the height of all samples.
     *
     * @return that of {@code optSize}, else the one that all samples have, if they do
     * @throws IllegalStateException before {@link #prepare()}, without {@code optSize}
     */
    @Override
    public Optional<Integer> getImageHeight() {
        return common(ImageSize::height);
    }

    private Optional<Integer> common(Function<ImageSize, Integer> length) {
        if (renderer.fixedSize().isPresent()) {
            return renderer.fixedSize().map(length);
        }
        List<Integer> lengths =
                LongStream.range(0, size())
                        .mapToObj(index -> length.apply(imageSize(index)))
                        .distinct()
                        .limit(2)
                        .toList();
        return lengths.size() == 1 ? Optional.of(lengths.get(0)) : Optional.empty();
    }

    @Override
    public int getHeight(long index) {
        return renderer.size(imageSize(index)).height();
    }

    @Override
    public int getWidth(long index) {
        return renderer.size(imageSize(index)).width();
    }

    /**
     * Returns the id that losses and evaluators are to ignore. It is always there, since padding
     * has it, even if no file does.
     *
     * @return the id given to {@code optIgnoreLabel}, else 255
     */
    @Override
    public int getIgnoreLabel() {
        return ignoreLabel.orElse(DEFAULT_PADDING);
    }

    /** Known since the labels were made, on the host, unless something changes them afterwards. */
    @Override
    public boolean hasValidPixel(Batch batch) {
        Boolean known = keepsLabels() ? valid.get(batch.getManager()) : null;
        return known != null ? known : super.hasValidPixel(batch);
    }

    /** Returns "flag", where images are made grey. */
    @Override
    public Map<String, String> getSettings() {
        return flag == Image.Flag.COLOR ? Map.of() : Map.of("flag", flag.name());
    }

    @Override
    public Normalization getNormalization() {
        return renderer.normalization();
    }

    /**
     * Builds an {@link AugmentedDataset}.
     *
     * @param <T> the builder itself
     */
    abstract static class AugmentedBuilder<T extends AugmentedBuilder<T>> extends EpochBuilder<T> {

        private OptionalInt ignoreLabel = OptionalInt.empty();
        private Augmentation augmentation = Augmentation.none();
        private Optional<ImageSize> size = Optional.empty();
        private Optional<Normalization> normalization = Optional.empty();

        /** A copy that serves an epoch makes the batches that the data set is asked about. */
        private Map<NDManager, Boolean> valid = Collections.synchronizedMap(new WeakHashMap<>());

        AugmentedBuilder() {}

        AugmentedBuilder(AugmentedDataset dataset) {
            super(dataset);
            ignoreLabel = dataset.ignoreLabel;
            augmentation = dataset.renderer.augmentation();
            size = dataset.renderer.fixedSize();
            normalization = Optional.of(dataset.renderer.normalization());
            valid = dataset.valid;
        }

        /** How samples become the network's input, if it is said here. */
        final Optional<Normalization> givenNormalization() {
            return normalization;
        }

        /** How samples become the network's input. */
        Normalization normalization() {
            return normalization.orElse(Normalization.imageNet());
        }

        /** The label to ignore, if there is one. */
        OptionalInt ignoreLabel() {
            return ignoreLabel;
        }

        /**
         * Sets the id in the label files that is ignored. It may also be the id of a class.
         *
         * @param ignoreLabel the id, 0 to 255; by default every id must be a class
         * @return this builder
         * @throws IllegalArgumentException if it is outside 0 to 255
         */
        public T optIgnoreLabel(int ignoreLabel) {
            if (ignoreLabel < 0 || ignoreLabel > 255) {
                throw new IllegalArgumentException(
                        "ignoreLabel: expected 0 to 255, got " + ignoreLabel);
            }
            this.ignoreLabel = OptionalInt.of(ignoreLabel);
            return self();
        }

        /**
         * Sets whether images are in colour.
         *
         * @param flag {@code COLOR}, the default, or {@code GRAYSCALE}: each of the three channels,
         *     or the one that the {@linkplain #optNormalization normalization} has, is the luma
         *     {@code 0.299 R + 0.587 G + 0.114 B}, as DJL's own images compute it. A saved model
         *     does not know of it: predict on grey images then
         * @return this builder
         */
        @Override
        public T optFlag(Image.Flag flag) {
            return super.optFlag(Objects.requireNonNull(flag, "flag"));
        }

        /**
         * Sets the random changes to the samples.
         *
         * @param augmentation the changes; none by default
         * @return this builder
         */
        public T optAugmentation(Augmentation augmentation) {
            this.augmentation = Objects.requireNonNull(augmentation, "augmentation");
            return self();
        }

        /**
         * Sets the size of all samples. Images are not scaled to it: a larger image is cut, a
         * smaller one is padded, both around the centre unless the {@linkplain #optAugmentation
         * augmentation} crops at random.
         *
         * @param height the height in pixels; that of the image by default
         * @param width the width in pixels; that of the image by default
         * @return this builder
         * @throws IllegalArgumentException if one is below 1 or there are more than 2^27 pixels
         */
        public T optSize(int height, int width) {
            if (height < 1 || width < 1 || (long) height * width > ImageFiles.MAX_PIXELS) {
                throw new IllegalArgumentException(
                        "size: expected 1 to 2^27 pixels, got " + height + "x" + width);
            }
            size = Optional.of(new ImageSize(height, width));
            return self();
        }

        /**
         * Sets how samples become the network's input, and so how many channels images have.
         *
         * @param normalization the shift and scale of each channel; {@link
         *     Normalization#imageNet()} by default
         * @return this builder
         */
        public T optNormalization(Normalization normalization) {
            Objects.requireNonNull(normalization, "normalization");
            this.normalization = Optional.of(normalization);
            return self();
        }
    }
}
