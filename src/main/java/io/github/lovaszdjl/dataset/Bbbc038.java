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
 * Nuclei of cells in microscopy, BBBC038 of the Broad Bioimage Benchmark Collection (the training
 * images of stage 1 of the 2018 Data Science Bowl): 670 images of several kinds of microscopes and
 * cells.
 *
 * <p>Classes are background, nucleus, and boundary: a pixel of a nucleus that has a 4-neighbour in
 * another nucleus or in the background. Without the boundary, nuclei that touch would be one. The
 * source has no splits; 536 images to train, 67 to validate and 67 to test on are drawn by their
 * names.
 *
 * <pre>{@code
 * Bbbc038 train =
 *         Bbbc038.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}, and no pixel is ignored.
 */
public final class Bbbc038 extends NamedSegmentationDataset {

    private static final byte NUCLEUS = 1;
    private static final byte BOUNDARY = 2;

    static final NamedDataset SET = set(NamedDataset.splits(536, 67, 67), Download.DEFAULT);

    private Bbbc038(Builder builder) {
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
                        "bbbc038",
                        "nuclei in microscopy",
                        List.of("background", "nucleus", "boundary"),
                        splits,
                        "varies",
                        OptionalInt.empty(),
                        "public domain (CC0)");
        RemoteFile archive =
                new RemoteFile(
                        "stage1_train.zip",
                        "https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip",
                        "lovasz.url.bbbc038",
                        -1,
                        Optional.empty());
        Pattern wanted = Pattern.compile("(stage1_train/)?[\\w-]+/(images|masks)/[\\w-]+\\.png");
        return new NamedDataset(
                card,
                new ArchiveSource(
                        List.of(archive), wanted, Bbbc038::arrange, 500_000_000, download));
    }

    /** A folder an image, with images/ID.png and a mask for each nucleus. */
    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        Path top = unpacked.resolve("stage1_train");
        Path source = Files.isDirectory(top) ? top : unpacked;
        TreeSet<String> ids = new TreeSet<>();
        try (Stream<Path> folders = Files.list(source)) {
            folders.forEach(folder -> ids.add(folder.getFileName().toString()));
        }
        return Layouts.arrange(
                unpacked,
                root,
                Layouts.draw(source, ids),
                (id, images, labels) -> {
                    Path image = source.resolve(id).resolve("images").resolve(id + ".png");
                    BufferedImage pixels = ImageFiles.readImage(image);
                    int width = pixels.getWidth();
                    int[] nuclei =
                            nuclei(source.resolve(id).resolve("masks"), width, pixels.getHeight());
                    Layouts.writeLabels(labels.resolve(id + ".png"), label(nuclei, width));
                    Files.move(image, images.resolve(id + ".png"));
                });
    }

    /** The number of the nucleus at each pixel, from 1; the first mask by name goes first. */
    private static int[] nuclei(Path masks, int width, int height) throws IOException {
        List<Path> files;
        if (!Files.isDirectory(masks)) {
            throw new MalformedDatasetException(masks, "a folder with a mask a nucleus", "none");
        }
        try (Stream<Path> list = Files.list(masks)) {
            files = list.sorted().toList();
        }
        int[] nuclei = new int[width * height];
        for (int n = 0; n < files.size(); n++) {
            RgbImage mask = RgbImage.of(ImageFiles.readImage(files.get(n)));
            Layouts.checkSize(files.get(n), mask.width(), mask.height(), width, height);
            for (int i = 0; i < nuclei.length; i++) {
                if (nuclei[i] == 0 && Layouts.isWhite(mask, i % width, i / width)) {
                    nuclei[i] = n + 1;
                }
            }
        }
        return nuclei;
    }

    private static LabelImage label(int[] nuclei, int width) {
        int height = nuclei.length / width;
        byte[] ids = new byte[nuclei.length];
        for (int i = 0; i < ids.length; i++) {
            int x = i % width;
            int y = i / width;
            int own = nuclei[i];
            boolean inside =
                    (x == 0 || nuclei[i - 1] == own)
                            && (x == width - 1 || nuclei[i + 1] == own)
                            && (y == 0 || nuclei[i - width] == own)
                            && (y == height - 1 || nuclei[i + width] == own);
            if (own != 0) {
                ids[i] = inside ? NUCLEUS : BOUNDARY;
            }
        }
        return new LabelImage(width, height, ids);
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
        public Bbbc038 build() {
            return new Bbbc038(this);
        }
    }
}
