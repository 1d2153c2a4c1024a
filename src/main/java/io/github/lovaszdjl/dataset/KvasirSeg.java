package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.RemoteFile;
import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Polyps in images of colonoscopy, Kvasir-SEG: 1,000 images, background and polyp. For research and
 * education.
 *
 * <p>The source has no splits; 800 images to train, 100 to validate and 100 to test on are drawn by
 * their names. Its masks are JPEGs: a pixel of at least 128 is a polyp's.
 *
 * <pre>{@code
 * KvasirSeg train =
 *         KvasirSeg.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}, and no pixel is ignored.
 */
public final class KvasirSeg extends NamedSegmentationDataset {

    private static final String JPEG = ".jpg";

    static final NamedDataset SET = set(NamedDataset.splits(800, 100, 100), Download.DEFAULT);

    private KvasirSeg(Builder builder) {
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
                        "kvasir-seg",
                        "polyps in colonoscopy",
                        List.of("background", "polyp"),
                        splits,
                        "varies",
                        OptionalInt.empty(),
                        "research and education; other uses need the authors' permission");
        RemoteFile archive =
                new RemoteFile(
                        "kvasir-seg.zip",
                        "https://datasets.simula.no/downloads/kvasir-seg.zip",
                        "lovasz.url.kvasir-seg",
                        -1,
                        Optional.empty());
        Pattern wanted = Pattern.compile("Kvasir-SEG/(images|masks)/[\\w-]+\\.jpg");
        return new NamedDataset(
                card,
                new ArchiveSource(
                        List.of(archive), wanted, KvasirSeg::arrange, 200_000_000, download));
    }

    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        Path source = unpacked.resolve("Kvasir-SEG");
        TreeSet<String> names = new TreeSet<>();
        Path all = Files.createDirectories(source.resolve("images"));
        try (Stream<Path> files = Files.list(all)) {
            files.map(file -> file.getFileName().toString())
                    .forEach(name -> names.add(name.substring(0, name.length() - JPEG.length())));
        }
        return Layouts.arrange(
                unpacked,
                root,
                Layouts.draw(all, names),
                (name, images, labels) -> {
                    Path image = all.resolve(name + JPEG);
                    Path mask = source.resolve("masks").resolve(name + JPEG);
                    LabelImage polyps = polyps(mask);
                    BufferedImage pixels = ImageFiles.readImage(image);
                    Layouts.checkSize(
                            mask,
                            polyps.width(),
                            polyps.height(),
                            pixels.getWidth(),
                            pixels.getHeight());
                    Layouts.writeLabels(labels.resolve(name + ".png"), polyps);
                    Files.move(image, images.resolve(name + JPEG));
                });
    }

    private static LabelImage polyps(Path file) throws IOException {
        RgbImage mask = RgbImage.of(ImageFiles.readImage(file));
        byte[] ids = new byte[mask.width() * mask.height()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (byte) (Layouts.isWhite(mask, i % mask.width(), i / mask.width()) ? 1 : 0);
        }
        return new LabelImage(mask.width(), mask.height(), ids);
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
        public KvasirSeg build() {
            return new KvasirSeg(this);
        }
    }
}
