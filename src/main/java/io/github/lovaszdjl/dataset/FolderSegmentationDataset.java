package io.github.lovaszdjl.dataset;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Images and label maps in folders.
 *
 * <pre>
 * ROOT/classes.txt            the names of classes 0, 1, ..., one a line (UTF-8)
 * ROOT/SPLIT/images/NAME.png  or .jpg, .tif; RGB, grey, palette or more bands, any size
 * ROOT/SPLIT/labels/NAME.png  the class id of each pixel: grey, palette or RGB of equal channels
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
 * <p><b>Records.</b> The data is one image (C, H, W), FLOAT32, normalised, of as many channels as
 * the {@linkplain #getNormalization() normalization} has; the labels are one map (H, W), INT32, of
 * class ids and the {@linkplain #getIgnoreLabel() ignore label}. In a batch they are (N, C, H, W)
 * and (N, H, W). Samples come in the order of their names. A sample has the size of {@link
 * Builder#optSize} or, without it, of its image; in a batch of images of several sizes each is
 * padded at the bottom and on the right to the largest, with 0 in the image and the ignore label in
 * the labels.
 *
 * <p><b>Checks.</b> {@link #prepare()} decodes every file once, on all cores, and meets whatever is
 * wrong with a {@link MalformedDatasetException} that names the file: a missing partner, a file
 * that does not decode, sizes that differ, an id that is neither a class nor the ignore label, a
 * colour or value that stands for no id. Unless classes have colours, a label's palette gives
 * colours for the eye only: its indices are the ids, transparent or not. Files whose names begin
 * with a dot are left out. An image in CMYK or of other channels is refused. One that EXIF says is
 * to be turned is turned; its labels are taken for those of the turned image, unless their file
 * notes the same orientation.
 *
 * <p><b>Other layouts.</b> {@link FolderLayout} has the options of folders, of names of files, and
 * of splits by lists or a draw, and {@link FolderLayout.Builder#optLabelMap gives ids} to the
 * values of label files. A file {@value FolderLayout#FILE_NAME} in the root may hold them all.
 * Where {@code classes.txt} has the colours of its classes ({@code road #804080}), label files hold
 * colours. The folder of {@link Cityscapes} is known as it was unpacked.
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
 * three equal channels, or in one where the normalization has one. Transforms ({@code optPipeline},
 * {@code addTransform}) come after augmentation and change the image alone. With a {@code ToTensor}
 * among them they begin with (H, W, channels) of 0 to 255 that is not normalised, as with DJL's own
 * data sets; else with the image of the record. Transforms of labels begin with (H, W).
 *
 * <p><b>Threads.</b> With an executor (training's {@code optExecutorService}), batches are decoded
 * and augmented on its threads ahead of their use. After {@link #prepare()} all methods may be
 * called from several threads.
 */
public final class FolderSegmentationDataset extends FolderDataset {

    private FolderSegmentationDataset(Builder builder) {
        super(builder);
    }

    /** Some of a data set's samples, from its current epoch on. */
    FolderSegmentationDataset(FolderDataset other, ResolvedLayout layout, FolderContents contents) {
        super(new Builder(other, layout), contents);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link FolderSegmentationDataset}. Root, split and sampling must be set. */
    public static final class Builder extends FolderBuilder<Builder> {

        private Builder() {}

        private Builder(FolderDataset dataset, ResolvedLayout layout) {
            super(dataset, layout);
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
