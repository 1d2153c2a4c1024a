package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.DataIterable;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.util.Progress;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.RgbImage;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Images and label maps in folders.
 *
 * <pre>
 * ROOT/classes.txt            the names of classes 0, 1, ..., one a line (UTF-8)
 * ROOT/SPLIT/images/NAME.png  or .jpg, .jpeg; RGB, grey or palette, any size
 * ROOT/SPLIT/labels/NAME.png  the class id of each pixel: grey or palette, at most 8 bits
 * </pre>
 *
 * <pre>{@code
 * FolderSegmentationDataset train =
 *         FolderSegmentationDataset.builder()
 *                 .setRoot(Path.of("datasets/earth"))
 *                 .setSplit("train")
 *                 .setSampling(16, true)
 *                 .optSize(128, 128)
 *                 .optAugmentation(Augmentation.builder().optHorizontalFlip(true).build())
 *                 .build();
 * train.prepare();
 * }</pre>
 *
 * <p><b>Records.</b> The data is one image (3, H, W), FLOAT32, normalised; the labels are one map
 * (H, W), INT32, of class ids and the {@linkplain #getIgnoreLabel() ignore label}. In a batch they
 * are (N, 3, H, W) and (N, H, W). Samples come in the order of their names. A sample has the size
 * of {@link Builder#optSize} or, without it, of its image; in a batch of images of several sizes
 * each is padded at the bottom and on the right to the largest, with 0 in the image and the ignore
 * label in the labels.
 *
 * <p><b>Checks.</b> {@link #prepare()} decodes every file once, on all cores, and meets whatever is
 * wrong with a {@link MalformedDatasetException} that names the file: a missing partner, a file
 * that does not decode, a label file with colours or 16 bits, sizes that differ, an id that is
 * neither a class nor the ignore label. A label's palette gives colours for the eye only: its
 * indices are the ids, transparent or not. Files whose names begin with a dot are left out. An
 * image in CMYK, or one that EXIF says is to be turned, is refused.
 *
 * <p><b>Epochs.</b> Order and augmentation depend on the seed, the epoch and the sample's place in
 * the split alone, never on threads. The first call of {@code getData} serves epoch 0, or the one
 * given to {@link #setEpoch(int)}, each later call the next one. What {@code getData} returned
 * keeps its epoch to its end, whatever happens to the data set meanwhile. {@link #get} uses the
 * epoch of the last {@code getData}.
 *
 * <p><b>Subsets</b> ({@code subDataset}, {@code randomSplit}) are of this class too. They share
 * nothing but the settings, among them the augmentation, and count epochs of their own, beginning
 * with the data set's current one.
 *
 * <p><b>Threads.</b> With an executor (training's {@code optExecutorService}), batches are decoded
 * and augmented on its threads ahead of their use. After {@link #prepare()} all methods may be
 * called from several threads.
 */
public final class FolderSegmentationDataset extends RandomAccessDataset
        implements SegmentationDataset {

    /** Pads labels where the data set ignores none; the customary choice since PASCAL VOC. */
    private static final int DEFAULT_PADDING = 255;

    /** A guard against another file of that name; 256 names of a thousand letters fit. */
    private static final long MAX_CLASSES_BYTES = 1 << 20;

    private final Path root;
    private final String split;
    private final OptionalInt ignoreLabel;
    private final Augmentation augmentation;
    private final Optional<Size> size;
    private final long seed;
    private final Normalization normalization;
    private final int batchSize;
    private final boolean dropLast;

    // Guarded by this; null before prepare().
    private List<String> classNames;
    private List<Sample> samples;

    // Guarded by this.
    private int epoch;
    private boolean epochServed;

    private FolderSegmentationDataset(Builder builder) {
        super(builder);
        root = Objects.requireNonNull(builder.root, "The root must be set");
        split = Objects.requireNonNull(builder.split, "The split must be set");
        ignoreLabel = builder.ignoreLabel;
        augmentation = builder.augmentation;
        size = builder.size;
        seed = builder.seed;
        normalization = builder.normalization;
        batchSize = builder.batchSize;
        dropLast = builder.dropLast;
        if (dataBatchifier == null) {
            dataBatchifier = new PaddingBatchifier(0);
        }
        if (labelBatchifier == null) {
            labelBatchifier = new PaddingBatchifier(getIgnoreLabel());
        }
    }

    /** Some of another data set's samples, from its current epoch on. */
    private FolderSegmentationDataset(FolderSegmentationDataset other, List<Sample> samples) {
        this(new Builder(other));
        this.classNames = other.getClassNames();
        this.samples = samples;
        this.epoch = other.currentEpoch();
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Finds the files and checks them all, without telling of progress.
     *
     * @throws MalformedDatasetException if a file or folder is missing or not what it should be
     * @throws IOException if a folder cannot be listed
     */
    @Override
    public void prepare() throws IOException {
        prepare(null);
    }

    /**
     * Finds the files and checks them all; see the class description. The work is done once, later
     * calls do nothing. {@code getData} calls it.
     *
     * @param progress counts the samples checked, or null
     * @throws MalformedDatasetException if a file or folder is missing or not what it should be
     * @throws IOException if a folder cannot be listed
     */
    @Override
    public synchronized void prepare(Progress progress) throws IOException {
        if (samples != null) {
            return;
        }
        List<String> names = readClassNames();
        List<Sample> found = findSamples();
        if (found.isEmpty()) {
            throw new MalformedDatasetException(root.resolve(split), "at least one image", "none");
        }
        samples = List.of(checkSamples(found, names.size(), progress));
        classNames = names;
    }

    private List<String> readClassNames() throws IOException {
        Path file = root.resolve("classes.txt");
        List<String> names = new ArrayList<>();
        if (!Files.isRegularFile(file)) {
            throw new MalformedDatasetException(
                    file,
                    "a file with the name of class 0, of class 1, ..., one a line",
                    Files.isDirectory(file) ? "a folder" : "none");
        }
        try {
            if (Files.size(file) > MAX_CLASSES_BYTES) {
                throw new MalformedDatasetException(
                        file,
                        "at most " + MAX_CLASSES_BYTES + " bytes",
                        String.valueOf(Files.size(file)));
            }
            Files.readAllLines(file, StandardCharsets.UTF_8).forEach(s -> names.add(s.strip()));
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedDatasetException(
                    file, "the names of the classes in UTF-8", WholeFile.reason(e));
        }
        if (!names.isEmpty() && names.get(0).startsWith("\uFEFF")) {
            names.set(0, names.get(0).substring(1).strip());
        }
        while (!names.isEmpty() && names.get(names.size() - 1).isEmpty()) {
            names.remove(names.size() - 1);
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() || !seen.add(name)) {
                throw new MalformedDatasetException(
                        file,
                        "a name of its own in line " + (i + 1),
                        name.isEmpty() ? "a blank line" : "'" + Names.shortened(name) + "' again");
            }
        }
        // Ids are bytes; where none is ignored, 255 is needed for padding.
        int most = ignoreLabel.isPresent() ? 256 : DEFAULT_PADDING;
        if (names.isEmpty() || names.size() > most) {
            throw new MalformedDatasetException(
                    file, "1 to " + most + " names", String.valueOf(names.size()));
        }
        return List.copyOf(names);
    }

    private List<Sample> findSamples() throws IOException {
        Map<String, Path> images = list("images", Set.of("png", "jpg", "jpeg"));
        Map<String, Path> labels = list("labels", Set.of("png"));
        List<Sample> found = new ArrayList<>();
        for (Map.Entry<String, Path> image : images.entrySet()) {
            String name = image.getKey();
            Path label = labels.remove(name);
            if (label == null) {
                throw new MalformedDatasetException(
                        image.getValue(), "a label file labels/" + name + ".png", "none");
            }
            found.add(new Sample(found.size(), name, image.getValue(), label, null));
        }
        for (Map.Entry<String, Path> label : labels.entrySet()) {
            throw new MalformedDatasetException(
                    label.getValue(), "an image images/" + label.getKey() + ".png or .jpg", "none");
        }
        return new ArrayList<>(found.subList(0, (int) Math.min(limit, found.size())));
    }

    private Map<String, Path> list(String folderName, Set<String> extensions) throws IOException {
        Path folder = root.resolve(split).resolve(folderName);
        if (!Files.isDirectory(folder)) {
            throw new MalformedDatasetException(
                    folder, "a folder", Files.exists(folder) ? "a file" : "nothing there");
        }
        Map<String, Path> files = new TreeMap<>();
        List<Path> entries;
        try (Stream<Path> stream = Files.list(folder)) {
            entries = stream.sorted().toList();
        }
        for (Path file : entries) {
            String fileName = file.getFileName().toString();
            if (fileName.startsWith(".")) {
                continue;
            }
            int dot = fileName.lastIndexOf('.');
            String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
            if (dot < 0 || !extensions.contains(extension) || !Files.isRegularFile(file)) {
                throw new MalformedDatasetException(
                        file,
                        "only files ending in " + extensions.stream().sorted().toList(),
                        Files.isDirectory(file) ? "a folder" : "this one");
            }
            Path twin = files.put(fileName.substring(0, dot), file);
            if (twin != null) {
                throw new MalformedDatasetException(
                        file, "a name of its own", "the same as " + twin.getFileName());
            }
        }
        return files;
    }

    /** Decodes all samples and returns them with what is known of their contents. */
    private Sample[] checkSamples(List<Sample> found, int classes, Progress progress)
            throws IOException {
        if (progress != null) {
            progress.reset("Checking " + split, found.size());
            progress.start(0);
        }
        Sample[] checked = new Sample[found.size()];
        // The first failure by name, not by time, so that every run reports the same one.
        Optional<IOException> failure =
                IntStream.range(0, found.size())
                        .parallel()
                        .mapToObj(
                                i -> {
                                    Optional<IOException> fault = Optional.empty();
                                    try {
                                        checked[i] = check(found.get(i), classes);
                                    } catch (IOException e) {
                                        fault = Optional.of(e);
                                    }
                                    if (progress != null) {
                                        synchronized (progress) {
                                            progress.increment(1);
                                        }
                                    }
                                    return fault;
                                })
                        .flatMap(Optional::stream)
                        .findFirst();
        if (progress != null) {
            progress.end();
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
        return checked;
    }

    private Sample check(Sample sample, int classes) throws IOException {
        // Read once, for the decoder and the fingerprint.
        byte[] image = ImageFiles.readImageBytes(sample.imagePath());
        byte[] labels = ImageFiles.readLabelBytes(sample.labelPath());
        LabelImage ids = decode(sample, image, labels).labels();
        long[] pixels = count(sample, ids, classes);
        long ignored = ids.ids().length - Arrays.stream(pixels).sum();
        return sample.checked(
                new Contents(
                        new Size(ids.height(), ids.width()),
                        pixels,
                        ignored,
                        Fingerprint.of(image),
                        Fingerprint.of(labels)));
    }

    private long[] count(Sample sample, LabelImage labels, int classes) throws IOException {
        int[] counts = labels.histogram();
        int ignored = ignoreLabel.orElse(-1);
        for (int id = classes; id < counts.length; id++) {
            if (counts[id] > 0 && id != ignored) {
                String orIgnored =
                        ignoreLabel.isPresent()
                                ? " or the ignore label " + ignored
                                : " (no ignore label is set)";
                throw new MalformedDatasetException(
                        sample.labelPath(),
                        "class ids 0 to " + (classes - 1) + orIgnored,
                        id + " in " + counts[id] + " pixel(s)" + aboutMasks(counts));
            }
        }
        long[] pixels = new long[classes];
        Arrays.setAll(pixels, c -> c == ignored ? 0 : counts[c]);
        return pixels;
    }

    /** Who is told of 255 alone ignores it, and trains on background. */
    private static String aboutMasks(int[] counts) {
        int all = Arrays.stream(counts).sum();
        return counts[255] > 0 && counts[0] + counts[255] == all
                ? " and nothing but 0 beside it, as in a black and white mask; write 1 in place of"
                        + " 255 first (to ignore 255 would leave class 0 alone)"
                : "";
    }

    private static Pixels read(Sample sample) throws IOException {
        return decode(
                sample,
                ImageFiles.readImageBytes(sample.imagePath()),
                ImageFiles.readLabelBytes(sample.labelPath()));
    }

    private static Pixels decode(Sample sample, byte[] imageBytes, byte[] labelBytes)
            throws IOException {
        BufferedImage image = ImageFiles.decodeImage(sample.imagePath(), imageBytes);
        LabelImage labels = ImageFiles.decodeLabels(sample.labelPath(), labelBytes);
        if (labels.width() != image.getWidth() || labels.height() != image.getHeight()) {
            throw new MalformedDatasetException(
                    sample.labelPath(),
                    "the size of its image, " + image.getWidth() + "x" + image.getHeight(),
                    labels.width() + "x" + labels.height());
        }
        return new Pixels(image, labels);
    }

    /**
     * Starts the next epoch in the order of {@link Builder#setSampling}; see the class description.
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
        FolderSegmentationDataset fixed;
        synchronized (this) {
            if (epochServed) {
                epoch++;
            }
            epochServed = true;
            fixed = new FolderSegmentationDataset(this, samples);
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
     * Loads a sample, augmented for the current epoch.
     *
     * @param manager the manager of the arrays
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the image (3, H, W), FLOAT32, and the labels (H, W), INT32
     * @throws MalformedDatasetException if a file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public Record get(NDManager manager, long index) throws IOException {
        RenderedSample sample = render(index);
        int height = sample.height();
        int width = sample.width();
        NDArray data = manager.create(sample.values(), new Shape(RgbImage.CHANNELS, height, width));
        NDArray ids = manager.create(sample.labels(), new Shape(height, width));
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
        return render(index);
    }

    private RenderedSample render(long index) throws IOException {
        Sample sample = sample(index);
        Pixels pixels = read(sample);
        // The file may have changed since it was prepared.
        count(sample, pixels.labels(), getClassNames().size());
        RgbImage image = RgbImage.of(pixels.image());
        Size target = size.orElse(new Size(image.height(), image.width()));
        Augmentation.Draw draw =
                augmentation.draw(Seeds.sample(seed, currentEpoch(), sample.position()));
        return new RenderedSample(
                image,
                pixels.labels(),
                draw.rows(image.height(), target.height()),
                draw.columns(image.width(), target.width()),
                inputs(draw),
                getIgnoreLabel());
    }

    /**
     * Returns the height of a sample, as it was when it was checked.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return that of {@link Builder#optSize} or else of its image, in pixels
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public int getHeight(long index) {
        return size.orElse(sample(index).contents().size()).height();
    }

    /**
     * Returns the width of a sample, as it was when it was checked.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return that of {@link Builder#optSize} or else of its image, in pixels
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public int getWidth(long index) {
        return size.orElse(sample(index).contents().size()).width();
    }

    /** The network's input for each channel and sample value. */
    private float[][] inputs(Augmentation.Draw draw) {
        float[][] inputs = new float[RgbImage.CHANNELS][256];
        for (int c = 0; c < inputs.length; c++) {
            for (int value = 0; value < 256; value++) {
                inputs[c][value] = normalization.apply(draw.light(value), c);
            }
        }
        return inputs;
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

    /**
     * Returns what orders and groups the samples.
     *
     * @return that of {@link Builder#setSampling}
     */
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
        return pipeline != null && !pipeline.getTransforms().isEmpty()
                || targetPipeline != null && !targetPipeline.getTransforms().isEmpty();
    }

    /**
     * Counts the batches of an epoch.
     *
     * @return the number of batches that one call of {@code getData} gives
     * @throws IllegalStateException before {@link #prepare()}
     */
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
     * Returns the names of the classes; a name's place is its id.
     *
     * @return the names from classes.txt
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public synchronized List<String> getClassNames() {
        checkPrepared(classNames);
        return classNames;
    }

    /**
     * Returns the id that losses and evaluators are to ignore. It is always there, since padding
     * has it, even if no file does.
     *
     * @return the id given to {@link Builder#optIgnoreLabel}, else 255
     */
    @Override
    public int getIgnoreLabel() {
        return ignoreLabel.orElse(DEFAULT_PADDING);
    }

    /**
     * Returns how samples become the network's input.
     *
     * @return the shift and scale given to {@link Builder#optNormalization}
     */
    @Override
    public Normalization getNormalization() {
        return normalization;
    }

    /**
     * Returns the name of a sample: that of its files without the extension.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the name
     * @throws IllegalStateException before {@link #prepare()}
     */
    public String getName(long index) {
        return sample(index).name();
    }

    /**
     * Returns the image file of a sample.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the file
     * @throws IllegalStateException before {@link #prepare()}
     */
    public Path getImagePath(long index) {
        return sample(index).imagePath();
    }

    /**
     * Returns the image files that a batch of this data set was made of.
     *
     * @param batch a batch of {@code getData}, of any epoch and sampler
     * @return the files, in the order of the batch
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public List<Path> getImagePaths(Batch batch) {
        return batch.getIndices().stream()
                .map(index -> getImagePath(((Number) index).longValue()))
                .toList();
    }

    /**
     * Returns the label file of a sample.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the file
     * @throws IllegalStateException before {@link #prepare()}
     */
    public Path getLabelPath(long index) {
        return sample(index).labelPath();
    }

    /**
     * Decodes the image of a sample as it is in the file, for display.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the image, in the file's colours and size
     * @throws IOException if the file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    public BufferedImage readImage(long index) throws IOException {
        return ImageFiles.readImage(sample(index).imagePath());
    }

    /**
     * Decodes the labels of a sample as they are in the file.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the ids, {@code [height][width]}
     * @throws IOException if the file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    public int[][] readLabels(long index) throws IOException {
        return ImageFiles.readLabels(sample(index).labelPath()).toRows();
    }

    /**
     * Counts the pixels of each class in the label files, as {@link #prepare()} found them. Nothing
     * is decoded again.
     *
     * @return the counts, (samples, classes), in the order of the samples; ignored pixels are not
     *     counted
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public long[][] countPixels() {
        List<Sample> all;
        synchronized (this) {
            checkPrepared(samples);
            all = samples;
        }
        return all.stream()
                .map(sample -> sample.contents().pixels().clone())
                .toArray(long[][]::new);
    }

    /**
     * Tells whether the label files look like black and white masks whose foreground is ignored:
     * the ignore label is 255, there are pixels of it and of class 0, and none of another class.
     *
     * @return whether they do
     * @throws IllegalStateException before {@link #prepare()}
     */
    @Override
    public boolean looksLikeMasks() {
        List<String> names = getClassNames();
        List<Sample> all;
        synchronized (this) {
            all = samples;
        }
        return names.size() > 1
                && ignoreLabel.equals(OptionalInt.of(255))
                && all.stream().anyMatch(sample -> sample.contents().ignored() > 0)
                && getMissingClasses().equals(names.subList(1, names.size()));
    }

    /**
     * Returns what tells the contents of an image file from others, as {@link #prepare()} read
     * them: the size in bytes and the first 64 bits of the SHA-256.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the size, a hyphen and 16 hexadecimal digits, such as {@code 4711-0123456789abcdef}
     * @throws IllegalStateException before {@link #prepare()}
     */
    public String getImageFingerprint(long index) {
        return sample(index).contents().image().toString();
    }

    /**
     * Returns what tells the contents of a label file from others, see {@link
     * #getImageFingerprint}.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the size, a hyphen and 16 hexadecimal digits
     * @throws IllegalStateException before {@link #prepare()}
     */
    public String getLabelFingerprint(long index) {
        return sample(index).contents().labels().toString();
    }

    /** Returns the image and the label file of each sample, named by their paths below the root. */
    @Override
    public List<Item> getItems() {
        List<Item> items = new ArrayList<>();
        for (long i = 0; i < size(); i++) {
            items.add(new Item(pathBelowRoot(getImagePath(i)), getImageFingerprint(i)));
            items.add(new Item(pathBelowRoot(getLabelPath(i)), getLabelFingerprint(i)));
        }
        return items;
    }

    private String pathBelowRoot(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /** Returns the path of a file. */
    @Override
    public String locate(String name) {
        // As text: a damaged list may hold what no path can.
        return root.toString().isEmpty() ? name : root + "/" + name;
    }

    /** Returns the path of classes.txt. */
    @Override
    public String locateClassNames() {
        return root.resolve("classes.txt").toString();
    }

    /** Returns the names of the image files. */
    @Override
    public List<String> getNames(Batch batch) {
        return getImagePaths(batch).stream().map(file -> file.getFileName().toString()).toList();
    }

    /**
     * Returns the folder of the data set.
     *
     * @return the folder given to {@link Builder#setRoot}
     */
    public Path getRoot() {
        return root;
    }

    /** {@inheritDoc} */
    @Override
    protected synchronized long availableSize() {
        checkPrepared(samples);
        return samples.size();
    }

    /** {@inheritDoc} */
    @Override
    protected RandomAccessDataset newSubDataset(int[] indices, int from, int to) {
        return newSubDataset(Arrays.stream(indices, from, to).asLongStream().boxed().toList());
    }

    /** {@inheritDoc} */
    @Override
    protected RandomAccessDataset newSubDataset(List<Long> subIndices) {
        return new FolderSegmentationDataset(this, subIndices.stream().map(this::sample).toList());
    }

    /** The random stream that orders the samples of the current epoch. */
    SplittableRandom orderStream() {
        return Seeds.order(seed, currentEpoch());
    }

    private synchronized int currentEpoch() {
        return epoch;
    }

    private synchronized Sample sample(long index) {
        checkPrepared(samples);
        return samples.get(Math.toIntExact(Objects.checkIndex(index, (long) samples.size())));
    }

    private static void checkPrepared(Object state) {
        if (state == null) {
            throw new IllegalStateException("prepare() must be called first");
        }
    }

    /**
     * The files of a sample.
     *
     * @param position its place in the split, by which its random stream is chosen
     * @param name the name that both files share
     * @param imagePath the image
     * @param labelPath the labels
     * @param contents what is in them; null until the files are checked
     */
    private record Sample(
            int position, String name, Path imagePath, Path labelPath, Contents contents) {

        Sample checked(Contents found) {
            return new Sample(position, name, imagePath, labelPath, found);
        }
    }

    /**
     * What is in the files of a sample.
     *
     * @param size the size of both
     * @param pixels the valid pixels of each class
     * @param ignored the pixels that are ignored
     * @param image the fingerprint of the image file
     * @param labels the fingerprint of the label file
     */
    private record Contents(
            Size size, long[] pixels, long ignored, Fingerprint image, Fingerprint labels) {}

    /**
     * The decoded files of a sample, of one size.
     *
     * @param image the image
     * @param labels the labels
     */
    private record Pixels(BufferedImage image, LabelImage labels) {}

    /**
     * The size of an image.
     *
     * @param height the height in pixels
     * @param width the width in pixels
     */
    private record Size(int height, int width) {}

    /** Builds a {@link FolderSegmentationDataset}. Root, split and sampling must be set. */
    public static final class Builder extends BaseBuilder<Builder> {

        private Path root;
        private String split;
        private OptionalInt ignoreLabel = OptionalInt.empty();
        private Augmentation augmentation = Augmentation.none();
        private Optional<Size> size = Optional.empty();
        private long seed;
        private Normalization normalization = Normalization.imageNet();
        private int batchSize = 1;
        private boolean dropLast;

        private Builder() {
            // Null stands for padding, whose value is known when the ignore label is.
            dataBatchifier = null;
            labelBatchifier = null;
        }

        private Builder(FolderSegmentationDataset dataset) {
            root = dataset.root;
            split = dataset.split;
            ignoreLabel = dataset.ignoreLabel;
            augmentation = dataset.augmentation;
            size = dataset.size;
            seed = dataset.seed;
            normalization = dataset.normalization;
            batchSize = dataset.batchSize;
            dropLast = dataset.dropLast;
            sampler = dataset.sampler;
            dataBatchifier = dataset.dataBatchifier;
            labelBatchifier = dataset.labelBatchifier;
            pipeline = dataset.pipeline;
            targetPipeline = dataset.targetPipeline;
            prefetchNumber = dataset.prefetchNumber;
            device = dataset.device;
        }

        /**
         * Sets the folder of the data set.
         *
         * @param root the folder with classes.txt and the splits
         * @return this builder
         */
        public Builder setRoot(Path root) {
            this.root = root;
            return this;
        }

        /**
         * Sets the split.
         *
         * @param split the name of its folder, such as "train"
         * @return this builder
         */
        public Builder setSplit(String split) {
            this.split = split;
            return this;
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
        public Builder setSampling(int batchSize, boolean random, boolean dropLast) {
            if (batchSize < 1) {
                throw new IllegalArgumentException(
                        "batchSize: expected at least 1, got " + batchSize);
            }
            Sampler.SubSampler order = random ? new ShuffleSampler() : new SequenceSampler();
            sampler = new BatchSampler(order, batchSize, dropLast);
            this.batchSize = batchSize;
            this.dropLast = dropLast;
            return this;
        }

        /**
         * Sets the order and grouping of the samples.
         *
         * @param sampler the sampler; DJL's own random ones do not follow the seed
         * @return this builder
         */
        @Override
        public Builder setSampling(Sampler sampler) {
            this.sampler = sampler;
            batchSize = 1;
            dropLast = false;
            return this;
        }

        /**
         * Sets the id in the label files that is ignored. It may also be the id of a class.
         *
         * @param ignoreLabel the id, 0 to 255; by default every id must be a class
         * @return this builder
         * @throws IllegalArgumentException if it is outside 0 to 255
         */
        public Builder optIgnoreLabel(int ignoreLabel) {
            if (ignoreLabel < 0 || ignoreLabel > 255) {
                throw new IllegalArgumentException(
                        "ignoreLabel: expected 0 to 255, got " + ignoreLabel);
            }
            this.ignoreLabel = OptionalInt.of(ignoreLabel);
            return this;
        }

        /**
         * Sets the random changes to the samples.
         *
         * @param augmentation the changes; none by default
         * @return this builder
         */
        public Builder optAugmentation(Augmentation augmentation) {
            this.augmentation = Objects.requireNonNull(augmentation, "augmentation");
            return this;
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
        public Builder optSize(int height, int width) {
            if (height < 1 || width < 1 || (long) height * width > ImageFiles.MAX_PIXELS) {
                throw new IllegalArgumentException(
                        "size: expected 1 to 2^27 pixels, got " + height + "x" + width);
            }
            size = Optional.of(new Size(height, width));
            return this;
        }

        /**
         * Sets the seed of order and augmentation.
         *
         * @param seed the seed; 0 by default
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets how samples become the network's input.
         *
         * @param normalization the shift and scale; {@link Normalization#imageNet()} by default
         * @return this builder
         */
        public Builder optNormalization(Normalization normalization) {
            this.normalization = Objects.requireNonNull(normalization, "normalization");
            return this;
        }

        /** {@inheritDoc} */
        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the data set. Nothing is read yet.
         *
         * @return the data set
         * @throws NullPointerException if root, split or sampling are not set
         */
        public FolderSegmentationDataset build() {
            return new FolderSegmentationDataset(this);
        }
    }
}
