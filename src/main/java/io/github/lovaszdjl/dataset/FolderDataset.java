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

/** Images and label maps in a folder; {@link FolderSegmentationDataset} describes it. */
abstract class FolderDataset extends AugmentedDataset {

    private final Path root;
    private final String split;
    final ResolvedLayout layout;

    /** Gives what was found elsewhere, or null. */
    final CheckedFolder.Opener found;

    // Guarded by this; null before prepare().
    private FolderContents contents;

    FolderDataset(FolderBuilder<?> builder) {
        super(builder);
        root = builder.root;
        split = Objects.requireNonNull(builder.split, "The split must be set");
        layout = builder.resolved();
        found = builder.found;
    }

    /**
     * @param contents some of another data set's samples, all checked
     */
    FolderDataset(FolderBuilder<?> builder, FolderContents contents) {
        this(builder);
        this.contents = contents;
    }

    /**
     * Finds the files and checks them all; see {@link FolderSegmentationDataset}. The work is done
     * once, later calls do nothing. {@code getData} calls it.
     *
     * @param progress counts the samples checked, or null
     * @throws MalformedDatasetException if a file or folder is missing or not what it should be
     * @throws IOException if a folder cannot be listed
     */
    @Override
    public synchronized void prepare(Progress progress) throws IOException {
        if (contents == null) {
            obtain(progress);
            int channels = fileChannels();
            contents =
                    found != null
                            ? found.open(root, channels)
                            : FolderContents.read(
                                    root,
                                    split,
                                    layout.checked(),
                                    ignoreLabel,
                                    channels,
                                    limit,
                                    progress);
        }
    }

    /** Brings the files, where they may not be here yet. */
    void obtain(Progress progress) throws IOException {}

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
        return ClassNames.place(root).toString();
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
     * @return the folder given to the builder
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
        return new FolderSegmentationDataset(this, layout, contents().subset(subIndices));
    }

    @Override
    EpochDataset copy() {
        return new FolderSegmentationDataset(this, layout, contents());
    }

    private CheckedSample sample(long index) {
        return contents().sample(index);
    }

    synchronized FolderContents contents() {
        if (contents == null) {
            throw new IllegalStateException("prepare() must be called first");
        }
        return contents;
    }
}
