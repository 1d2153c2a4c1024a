package io.github.lovaszdjl.dataset;

import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.util.Progress;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
 * that does not decode, sizes that differ, an id that is neither a class nor the ignore label, a
 * colour or value that stands for no id. Unless classes have colours, a label's palette gives
 * colours for the eye only: its indices are the ids, transparent or not. Files whose names begin
 * with a dot are left out. An image in CMYK is refused. One that EXIF says is to be turned is
 * turned; its labels are taken for those of the turned image, unless their file notes the same
 * orientation.
 *
 * <p><b>Other layouts.</b> {@link FolderLayout} has the options of folders, of names of files, and
 * of splits by lists or a draw, and {@link FolderLayout.Builder#optLabelMap gives ids} to the
 * values of label files. A file {@value FolderLayout#FILE_NAME} in the root may hold them all.
 * Where {@code classes.txt} has the colours of its classes ({@code road #804080}), label files hold
 * colours.
 *
 * <p><b>Epochs.</b> Order and augmentation depend on the seed, the epoch and the sample's place in
 * the split alone, never on threads. The first call of {@code getData} serves epoch 0, or the one
 * given to {@link #setEpoch(int)}, each later call the next one. What {@code getData} returned
 * keeps its epoch to its end, whatever happens to the data set meanwhile. {@link #get} uses the
 * epoch of the last {@code getData}.
 *
 * <p>An epoch takes every sample once, unless {@link Builder#optSampling} says otherwise.
 *
 * <p><b>Subsets</b> ({@code subDataset}, {@code randomSplit}) are of this class too. They share
 * nothing but the settings, among them the augmentation, and count epochs of their own, beginning
 * with the data set's current one.
 *
 * <p><b>DJL's options of images.</b> {@code optFlag(GRAYSCALE)} takes the colour out of images, in
 * three equal channels. Transforms ({@code optPipeline}, {@code addTransform}) come after
 * augmentation and change the image alone. With a {@code ToTensor} among them they begin with (H,
 * W, 3) of 0 to 255 that is not normalised, as with DJL's own data sets; else with the image of the
 * record. Transforms of labels begin with (H, W).
 *
 * <p><b>Threads.</b> With an executor (training's {@code optExecutorService}), batches are decoded
 * and augmented on its threads ahead of their use. After {@link #prepare()} all methods may be
 * called from several threads.
 */
public final class FolderSegmentationDataset extends AugmentedDataset {

    private final Path root;
    private final String split;
    private final ResolvedLayout layout;

    // Guarded by this; null before prepare().
    private FolderContents contents;

    FolderSegmentationDataset(FolderBuilder<?> builder) {
        super(builder);
        root = builder.root;
        split = Objects.requireNonNull(builder.split, "The split must be set");
        layout = builder.resolved();
    }

    /** Some of another data set's samples, from its current epoch on. */
    private FolderSegmentationDataset(FolderSegmentationDataset other, FolderContents contents) {
        this(new Builder(other));
        this.contents = contents;
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
     * Finds the files and checks them all; see the class description. The work is done once, later
     * calls do nothing. {@code getData} calls it.
     *
     * @param progress counts the samples checked, or null
     * @throws MalformedDatasetException if a file or folder is missing or not what it should be
     * @throws IOException if a folder cannot be listed
     */
    @Override
    public synchronized void prepare(Progress progress) throws IOException {
        if (contents == null) {
            contents =
                    FolderContents.read(
                            root, split, layout.checked(), ignoreLabel, limit, progress);
        }
    }

    @Override
    DecodedSample decode(long index) throws IOException {
        return contents().decode(index);
    }

    @Override
    int position(long index) {
        return sample(index).files().position();
    }

    @Override
    ImageSize imageSize(long index) {
        return sample(index).size();
    }

    @Override
    public List<String> getClassNames() {
        return contents().classNames();
    }

    /**
     * Returns the name of a sample: that of its files without the extension, with the folders that
     * they lie in below {@code images} and {@code labels}.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the name
     * @throws IllegalStateException before {@link #prepare()}
     */
    public String getName(long index) {
        return sample(index).files().name();
    }

    /**
     * Returns the image file of a sample.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the file
     * @throws IllegalStateException before {@link #prepare()}
     */
    public Path getImagePath(long index) {
        return sample(index).files().image();
    }

    /**
     * Returns the label file of a sample.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the file
     * @throws IllegalStateException before {@link #prepare()}
     */
    public Path getLabelPath(long index) {
        return sample(index).files().labels();
    }

    @Override
    public List<Path> getImagePaths(Batch batch) {
        return batch.getIndices().stream()
                .map(index -> getImagePath(sampleOf(((Number) index).longValue())))
                .toList();
    }

    /** Returns the names of the image files. */
    @Override
    public List<String> getNames(Batch batch) {
        return getImagePaths(batch).stream().map(file -> file.getFileName().toString()).toList();
    }

    /**
     * Returns the EXIF orientation by which the image of a sample is turned.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return 1 to 8; 1 where the image is as it is stored
     * @throws IllegalStateException before {@link #prepare()}
     */
    public int getOrientation(long index) {
        return sample(index).orientation();
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
        return ImageFiles.readImage(getImagePath(index));
    }

    /**
     * Decodes the labels of a sample as they are in the file, made ids.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the ids, {@code [height][width]}
     * @throws IOException if the file went bad after {@link #prepare()}
     * @throws IllegalStateException before {@link #prepare()}
     */
    public int[][] readLabels(long index) throws IOException {
        return contents().decodeLabels(index).toRows();
    }

    /** Counts as {@link #prepare()} found them; nothing is decoded again. */
    @Override
    public long[][] countPixels() {
        return contents().countPixels();
    }

    /** Tells whether the ignore label is 255, and there are pixels of it and of class 0 alone. */
    @Override
    public boolean looksLikeMasks() {
        return contents().looksLikeMasks(getMissingClasses());
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
        return sample(index).image().toString();
    }

    /**
     * Returns the same of a label file.
     *
     * @param index the sample, 0 to {@link #size()} − 1
     * @return the size, a hyphen and 16 hexadecimal digits
     * @throws IllegalStateException before {@link #prepare()}
     */
    public String getLabelFingerprint(long index) {
        return sample(index).labels().toString();
    }

    /** Returns the image and the label file of each sample, named by their paths below the root. */
    @Override
    public List<Item> getItems() {
        return contents().items();
    }

    /** Returns the path of a file. */
    @Override
    public String locate(String name) {
        // As text: a damaged list may hold what no path can.
        return root.toString().isEmpty() ? name : root + "/" + name;
    }

    /** Returns the path of classes.txt, or of labelmap.txt where that is in its place. */
    @Override
    public String locateClassNames() {
        return ClassNames.file(root).toString();
    }

    /** Returns the options of the layout, and "flag" where images are made grey. */
    @Override
    public Map<String, String> getSettings() {
        Map<String, String> settings = layout.settings();
        settings.putAll(super.getSettings());
        return settings;
    }

    /**
     * Returns the folder of the data set.
     *
     * @return the folder given to {@link Builder#setRoot}
     */
    public Path getRoot() {
        return root;
    }

    /**
     * Returns the split.
     *
     * @return its name, such as "train"
     */
    public String getSplit() {
        return split;
    }

    @Override
    protected long availableSize() {
        return contents().samples().size();
    }

    @Override
    protected RandomAccessDataset newSubDataset(int[] indices, int from, int to) {
        return newSubDataset(Arrays.stream(indices, from, to).asLongStream().boxed().toList());
    }

    @Override
    protected RandomAccessDataset newSubDataset(List<Long> subIndices) {
        return new FolderSegmentationDataset(this, contents().subset(subIndices));
    }

    @Override
    EpochDataset copy() {
        return new FolderSegmentationDataset(this, contents());
    }

    private CheckedSample sample(long index) {
        return contents().sample(index);
    }

    private synchronized FolderContents contents() {
        if (contents == null) {
            throw new IllegalStateException("prepare() must be called first");
        }
        return contents;
    }

    /** Builds a {@link FolderSegmentationDataset}. Root, split and sampling must be set. */
    public static final class Builder extends FolderBuilder<Builder> {

        private Builder() {}

        private Builder(FolderSegmentationDataset dataset) {
            super(dataset, dataset.layout);
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
         * @param split its name, such as "train"
         * @return this builder
         */
        public Builder setSplit(String split) {
            this.split = split;
            return this;
        }

        /**
         * Sets where the files are, and what label files store. It goes before the root's {@value
         * FolderLayout#FILE_NAME}.
         *
         * @param layout the layout; {@link FolderLayout#standard()} by default
         * @return this builder
         */
        public Builder optLayout(FolderLayout layout) {
            this.layout = Objects.requireNonNull(layout, "layout");
            return this;
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the data set. Nothing is read yet but the file {@value FolderLayout#FILE_NAME}, if
         * there is one; what is wrong with it, {@link #prepare()} says.
         *
         * @return the data set
         * @throws NullPointerException if root, split or sampling are not set
         */
        public FolderSegmentationDataset build() {
            return new FolderSegmentationDataset(resolve());
        }
    }
}
