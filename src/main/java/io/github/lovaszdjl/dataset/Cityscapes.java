package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Cityscapes, streets of 50 cities: 19 classes, 2,975 images to train and 500 to validate,
 * 2048×1024. It needs a login and is never fetched: unpack {@code leftImg8bit_trainvaltest.zip} and
 * {@code gtFine_trainvaltest.zip} from its site into one folder.
 *
 * <pre>{@code
 * Cityscapes train =
 *         Cityscapes.builder().setRoot(Path.of("/data/cityscapes")).setSampling(8, true).build();
 * train.prepare();
 * }</pre>
 *
 * <p>Without {@code setRoot} the folder is the one that the environment variable or system property
 * {@value #PROPERTY} names (the variable of Cityscapes' own scripts), else {@code
 * datasets/cityscapes}. Files are read where they are. Of the label files, {@code
 * _gtFine_labelIds.png} is read, and its ids are made the 19 train ids; the others are ignored as
 * 255. The labels of the test images are not published. Batches are those of {@link
 * FolderSegmentationDataset}.
 */
public final class Cityscapes extends NamedSegmentationDataset {

    static final String PROPERTY = "CITYSCAPES_DATASET";

    private static final String IMAGES = "leftImg8bit";
    private static final String LABELS = "gtFine";

    /** In the order of their train ids. */
    static final List<String> NAMES =
            List.of(
                    "road",
                    "sidewalk",
                    "building",
                    "wall",
                    "fence",
                    "pole",
                    "traffic light",
                    "traffic sign",
                    "vegetation",
                    "terrain",
                    "sky",
                    "person",
                    "rider",
                    "car",
                    "truck",
                    "bus",
                    "train",
                    "motorcycle",
                    "bicycle");

    /** Of ids, to train ids. With "*" it would take files of train ids, too, and spoil them. */
    static final FolderLayout LAYOUT =
            FolderLayout.builder()
                    .optImages(IMAGES + "/SPLIT")
                    .optLabels(LABELS + "/SPLIT")
                    .optImageSuffix("_leftImg8bit")
                    .optLabelSuffix("_gtFine_labelIds")
                    .optLabelMap(
                            "0..6=255,7=0,8=1,9..10=255,11=2,12=3,13=4,14..16=255,17=5,18=255,"
                                    + "19=6,20=7,21=8,22=9,23=10,24=11,25=12,26=13,27=14,28=15,"
                                    + "29..30=255,31=16,32=17,33=18")
                    .optIgnoreLabel(255)
                    .build();

    static final NamedDataset SET = set(NamedDataset.splits(2975, 500, 0), new Folder(null));

    private Cityscapes(Builder builder) {
        super(builder);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder, of the split "train"
     */
    public static Builder builder() {
        return new Builder();
    }

    static NamedDataset set(Map<String, Integer> splits, DatasetSource source) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "cityscapes",
                        "streets of 50 cities",
                        NAMES,
                        splits,
                        "2048x1024",
                        OptionalInt.of(255),
                        "non-commercial, after a login at www.cityscapes-dataset.com",
                        LAYOUT);
        return new NamedDataset(card, source);
    }

    /** Tells whether a folder is that of Cityscapes, and does not say itself what it is. */
    static boolean isRoot(Path root) {
        return Files.isDirectory(root.resolve(IMAGES))
                && Files.isDirectory(root.resolve(LABELS))
                && !Files.exists(root.resolve(FolderLayout.FILE_NAME))
                && !Files.exists(ClassNames.file(root));
    }

    /**
     * A folder of the user's.
     *
     * @param given the folder, or null for the one that {@link #PROPERTY} names
     */
    record Folder(Path given) implements DatasetSource {

        @Override
        public Path root(NamedDataset.Card card) {
            if (given != null) {
                return given;
            }
            String named = Utils.getEnvOrSystemProperty(PROPERTY);
            return named == null || named.isBlank()
                    ? new ProjectFolder().root(card)
                    : Path.of(named);
        }

        @Override
        public boolean isPresent(NamedDataset.Card card) {
            Path root = root(card);
            return isRoot(root)
                    && card.splits().keySet().stream().allMatch(s -> LAYOUT.hasSplit(root, s));
        }

        @Override
        public void fetch(NamedDataset.Card card, Progress progress) throws IOException {
            throw new IOException(
                    root(card)
                            + ": expected the folders leftImg8bit and gtFine of Cityscapes, with"
                            + " train and val in both, got none; it needs a login and is never"
                            + " fetched: unpack leftImg8bit_trainvaltest.zip and"
                            + " gtFine_trainvaltest.zip, and name their folder by "
                            + PROPERTY);
        }
    }

    /** Builds the data set. Sampling must be set. */
    public static final class Builder extends NamedBuilder<Builder> {

        private Builder() {
            super(SET);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the folder of the data set.
         *
         * @param root the folder with leftImg8bit and gtFine; that of {@value Cityscapes#PROPERTY}
         *     by default
         * @return this builder
         */
        public Builder setRoot(Path root) {
            return setSource(
                    set(SET.getSplits(), new Folder(Objects.requireNonNull(root, "root"))));
        }

        /**
         * Builds the data set; nothing is fetched or read yet.
         *
         * @return the data set
         * @throws NullPointerException if the sampling is not set
         */
        public Cityscapes build() {
            return new Cityscapes(this);
        }
    }
}
