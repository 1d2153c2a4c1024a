package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The segmentation part of PASCAL VOC 2012: everyday photographs, 20 classes of objects and the
 * background, 1,464 images to train and 1,449 to validate. The labels of the test images are not
 * published.
 *
 * <pre>{@code
 * Voc2012 train =
 *         Voc2012.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}, and the ignore label is 255.
 */
public final class Voc2012 extends NamedSegmentationDataset {

    static final NamedDataset SET = set();

    private Voc2012(Builder builder) {
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

    private static NamedDataset set() {
        RemoteFile archive =
                new RemoteFile(
                        "VOCtrainval_11-May-2012.tar",
                        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
                        "lovasz.url.voc2012",
                        -1,
                        Optional.of(Checksum.md5("6cd6e144f989b92b3379bac3b3de84fd")));
        return set(NamedDataset.splits(1464, 1449, 0), archive, Download.DEFAULT);
    }

    static NamedDataset set(Map<String, Integer> splits, RemoteFile archive, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "voc2012",
                        "everyday photographs",
                        List.of(
                                "background",
                                "aeroplane",
                                "bicycle",
                                "bird",
                                "boat",
                                "bottle",
                                "bus",
                                "car",
                                "cat",
                                "chair",
                                "cow",
                                "diningtable",
                                "dog",
                                "horse",
                                "motorbike",
                                "person",
                                "pottedplant",
                                "sheep",
                                "sofa",
                                "train",
                                "tvmonitor"),
                        splits,
                        "varies",
                        OptionalInt.of(255),
                        "photographs under Flickr's terms of use");
        Pattern wanted =
                Pattern.compile(
                        "VOCdevkit/VOC2012/(ImageSets/Segmentation/(train|val)\\.txt"
                                + "|JPEGImages/[^/.][^/]*\\.jpg"
                                + "|SegmentationClass/[^/.][^/]*\\.png)");
        return new NamedDataset(
                card,
                new ArchiveSource(
                        List.of(archive), wanted, Voc2012::arrange, 2_200_000_000L, download));
    }

    /** The segmentation lists of VOC; images without labels are left. */
    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        Path source = unpacked.resolve("VOCdevkit").resolve("VOC2012");
        for (String split : counts.keySet()) {
            Path images = Layouts.images(root, split);
            Path labels = Layouts.labels(root, split);
            Path list = source.resolve("ImageSets").resolve("Segmentation").resolve(split + ".txt");
            for (String name : Layouts.names(list)) {
                Layouts.move(source.resolve("JPEGImages"), images, name + ".jpg", list);
                Layouts.move(source.resolve("SegmentationClass"), labels, name + ".png", list);
            }
        }
        return Map.of();
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
         * Builds the data set; nothing is fetched or read yet.
         *
         * @return the data set
         * @throws NullPointerException if the sampling is not set
         */
        public Voc2012 build() {
            return new Voc2012(this);
        }
    }
}
