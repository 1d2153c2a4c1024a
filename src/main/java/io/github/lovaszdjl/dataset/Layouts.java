package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** How the files of each source become the folders that {@link FolderSegmentationDataset} reads. */
final class Layouts {

    /** Of the trainval list of oxford-pet, every line of this number goes to val. */
    static final int VAL_EVERY = 10;

    private Layouts() {}

    /** Moves unpacked files into place. */
    interface Layout {

        /**
         * Moves files.
         *
         * @param unpacked the folder of the unpacked files
         * @param root where the splits are to be
         * @param counts how many images each list or folder of the source must have, by split
         * @return how many samples of each split were left out as damaged; splits without are
         *     absent
         */
        Map<String, Integer> arrange(Path unpacked, Path root, Map<String, Integer> counts)
                throws IOException;
    }

    /** SegNet's folders: train and trainannot, and so on; the archive has a folder of its own. */
    static Map<String, Integer> camVid(Path unpacked, Path root, Map<String, Integer> counts)
            throws IOException {
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

    /** The segmentation lists of VOC; images without labels are left. */
    static Map<String, Integer> voc(Path unpacked, Path root, Map<String, Integer> counts)
            throws IOException {
        Path source = unpacked.resolve("VOCdevkit").resolve("VOC2012");
        for (String split : counts.keySet()) {
            Path images = Files.createDirectories(root.resolve(split).resolve("images"));
            Path labels = Files.createDirectories(root.resolve(split).resolve("labels"));
            Path list = source.resolve("ImageSets").resolve("Segmentation").resolve(split + ".txt");
            for (String name : names(list)) {
                move(source.resolve("JPEGImages"), images, name + ".jpg", list);
                move(source.resolve("SegmentationClass"), labels, name + ".png", list);
            }
        }
        return Map.of();
    }

    private static void move(Path from, Path to, String name, Path list) throws IOException {
        if (!Files.isRegularFile(from.resolve(name))) {
            throw new IOException(
                    from.getFileName()
                            + ": expected "
                            + name
                            + ", which "
                            + list.getFileName()
                            + " lists, got none");
        }
        Files.move(from.resolve(name), to.resolve(name));
    }

    /**
     * Trimaps to background 0, pet 1 and 255 for the border. Val is every tenth line of the
     * trainval list. Files that are not the JPEG they claim to be are written anew as PNG; samples
     * that do not decode are left out and named in left-out.txt.
     */
    static Map<String, Integer> oxfordPet(Path unpacked, Path root, Map<String, Integer> counts)
            throws IOException {
        Path annotations = unpacked.resolve("annotations");
        List<String> trainVal = names(annotations.resolve("trainval.txt"));
        List<String> train = new ArrayList<>();
        List<String> val = new ArrayList<>();
        for (int i = 0; i < trainVal.size(); i++) {
            (i % VAL_EVERY == VAL_EVERY - 1 ? val : train).add(trainVal.get(i));
        }
        Map<String, List<String>> splits =
                Map.of("train", train, "val", val, "test", names(annotations.resolve("test.txt")));
        Map<String, Integer> leftOut = new TreeMap<>();
        List<String> report = new ArrayList<>();
        for (String split : counts.keySet()) {
            Path folder = root.resolve(split);
            Files.createDirectories(folder.resolve("images"));
            Files.createDirectories(folder.resolve("labels"));
            for (String name : splits.get(split)) {
                try {
                    addPet(unpacked, folder, name);
                } catch (MalformedDatasetException e) {
                    leftOut.merge(split, 1, Integer::sum);
                    Path file = unpacked.relativize(e.file());
                    report.add(split + " " + name + ": " + file + ": " + e.fault());
                }
            }
        }
        if (!report.isEmpty()) {
            Files.write(root.resolve("left-out.txt"), report);
        }
        return leftOut;
    }

    private static void addPet(Path unpacked, Path folder, String name) throws IOException {
        Path source = unpacked.resolve("images").resolve(name + ".jpg");
        BufferedImage image = ImageFiles.readImage(source);
        Path trimap = unpacked.resolve("annotations").resolve("trimaps").resolve(name + ".png");
        LabelImage labels = ImageFiles.readLabels(trimap);
        if (labels.width() != image.getWidth() || labels.height() != image.getHeight()) {
            throw new MalformedDatasetException(
                    trimap,
                    "the size of its image, " + image.getWidth() + "x" + image.getHeight(),
                    labels.width() + "x" + labels.height());
        }
        BufferedImage ids =
                new BufferedImage(labels.width(), labels.height(), BufferedImage.TYPE_BYTE_GRAY);
        byte[] mapped = new byte[labels.ids().length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] =
                    switch (labels.ids()[i]) {
                        case 1 -> 1;
                        case 2 -> 0;
                        case 3 -> (byte) 255;
                        default ->
                                throw new MalformedDatasetException(
                                        trimap,
                                        "1 (pet), 2 (background) or 3 (border)",
                                        String.valueOf(labels.ids()[i] & 0xff));
                    };
        }
        ids.getRaster().setDataElements(0, 0, labels.width(), labels.height(), mapped);
        write(folder.resolve("labels").resolve(name + ".png"), ids);
        if (isJpeg(source)) {
            Files.move(source, folder.resolve("images").resolve(name + ".jpg"));
        } else {
            write(folder.resolve("images").resolve(name + ".png"), rgb(image));
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

    private static void write(Path png, BufferedImage image) throws IOException {
        try (OutputStream out = Files.newOutputStream(png)) {
            ImageIO.write(image, "png", out);
        }
    }

    /** The first word of every line that is neither blank nor a comment. */
    private static List<String> names(Path list) throws IOException {
        if (!Files.isRegularFile(list)) {
            throw new IOException(list.getFileName() + ": expected in the archive, got none");
        }
        List<String> names = new ArrayList<>();
        for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
            String name = line.strip().split("\\s+")[0];
            if (name.isEmpty() || name.startsWith("#")) {
                continue;
            }
            // Names become paths.
            if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
                throw new IOException(list.getFileName() + ": expected a file name, got " + name);
            }
            names.add(name);
        }
        return names;
    }
}
