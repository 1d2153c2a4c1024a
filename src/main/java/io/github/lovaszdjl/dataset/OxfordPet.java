package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.RemoteFile;
import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The Oxford-IIIT Pet set: photographs of cats and dogs, background and pet, 3,312 images to train,
 * 368 to validate and 3,669 to test on.
 *
 * <pre>{@code
 * OxfordPet train =
 *         OxfordPet.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}, and the ignore label is 255, for the border.
 */
public final class OxfordPet extends NamedSegmentationDataset {

    /** Of the trainval list, every line of this number goes to val. */
    private static final int VAL_EVERY = 10;

    static final NamedDataset SET = set();

    private OxfordPet(Builder builder) {
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
        String folder = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/";
        String property = "lovasz.url.oxford-pet.";
        List<RemoteFile> archives =
                List.of(
                        new RemoteFile(
                                "images.tar.gz",
                                folder + "images.tar.gz",
                                property + "images",
                                791_918_971,
                                Optional.of(Checksum.md5("5c4f3ee8e5d25df40f4fd59a7f44e54c"))),
                        new RemoteFile(
                                "annotations.tar.gz",
                                folder + "annotations.tar.gz",
                                property + "annotations",
                                19_173_078,
                                Optional.of(Checksum.md5("95a8c909bbe2e81eed6a22bccdf3f68f"))));
        // 3,680 in trainval, of which every tenth is val.
        return set(NamedDataset.splits(3312, 368, 3669), archives, Download.DEFAULT);
    }

    static NamedDataset set(
            Map<String, Integer> splits, List<RemoteFile> archives, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "oxford-pet",
                        "cats and dogs",
                        List.of("background", "pet"),
                        splits,
                        "varies",
                        OptionalInt.of(255),
                        "CC BY-SA 4.0");
        Pattern wanted =
                Pattern.compile(
                        "images/[^/.][^/]*\\.jpg"
                                + "|annotations/(trainval|test)\\.txt"
                                + "|annotations/trimaps/[^/.][^/]*\\.png");
        return new NamedDataset(
                card,
                new ArchiveSource(archives, wanted, OxfordPet::arrange, 1_000_000_000, download));
    }

    /**
     * Trimaps to background 0, pet 1 and 255 for the border. Val is every tenth line of the
     * trainval list. Files that are not the JPEG they claim to be are written anew as PNG.
     */
    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        Path annotations = unpacked.resolve("annotations");
        List<String> trainVal = Layouts.names(annotations.resolve("trainval.txt"));
        List<String> train = new ArrayList<>();
        List<String> val = new ArrayList<>();
        for (int i = 0; i < trainVal.size(); i++) {
            (i % VAL_EVERY == VAL_EVERY - 1 ? val : train).add(trainVal.get(i));
        }
        List<String> test = Layouts.names(annotations.resolve("test.txt"));
        return Layouts.arrange(
                unpacked,
                root,
                Map.of("train", train, "val", val, "test", test),
                (name, images, labels) -> arrange(unpacked, name, images, labels));
    }

    private static void arrange(Path unpacked, String name, Path images, Path labels)
            throws IOException {
        Path source = unpacked.resolve("images").resolve(name + ".jpg");
        BufferedImage image = ImageFiles.readImage(source);
        Path trimap = unpacked.resolve("annotations").resolve("trimaps").resolve(name + ".png");
        LabelImage read = ImageFiles.readLabels(trimap);
        Layouts.checkSize(trimap, read.width(), read.height(), image.getWidth(), image.getHeight());
        byte[] mapped = new byte[read.ids().length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] =
                    switch (read.ids()[i]) {
                        case 1 -> 1;
                        case 2 -> 0;
                        case 3 -> (byte) 255;
                        default ->
                                throw new MalformedDatasetException(
                                        trimap,
                                        "1 (pet), 2 (background) or 3 (border)",
                                        String.valueOf(read.ids()[i] & 0xff));
                    };
        }
        Layouts.writeLabels(
                labels.resolve(name + ".png"), new LabelImage(read.width(), read.height(), mapped));
        if (isJpeg(source)) {
            Files.move(source, images.resolve(name + ".jpg"));
        } else {
            Layouts.write(images.resolve(name + ".png"), rgb(image));
        }
    }

    private static boolean isJpeg(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 0xff && in.read() == 0xd8;
        }
    }

    private static BufferedImage rgb(BufferedImage image) {
        RgbImage pixels = RgbImage.of(image);
        BufferedImage rgb =
                new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < pixels.height(); y++) {
            for (int x = 0; x < pixels.width(); x++) {
                rgb.setRGB(
                        x,
                        y,
                        pixels.sample(x, y, 0) << 16
                                | pixels.sample(x, y, 1) << 8
                                | pixels.sample(x, y, 2));
            }
        }
        return rgb;
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
        public OxfordPet build() {
            return new OxfordPet(this);
        }
    }
}
