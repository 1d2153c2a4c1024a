package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/** How the files of a source become the folders that {@link FolderSegmentationDataset} reads. */
final class Layouts {

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

    /** Moves or makes the two files of a sample. */
    interface SampleLayout {

        /**
         * Brings a sample.
         *
         * @param name its name
         * @param images where its image is to be
         * @param labels where its label file is to be
         * @throws MalformedDatasetException if it is damaged, and is to be left out
         */
        void arrange(String name, Path images, Path labels) throws IOException;
    }

    /**
     * Brings the samples of all splits. Those that are damaged are left out and named in
     * left-out.txt.
     *
     * @param unpacked the folder of the unpacked files
     * @param root where the splits are to be
     * @param splits the names of the samples of each split
     * @param sample brings one
     * @return how many of each split were left out
     */
    static Map<String, Integer> arrange(
            Path unpacked,
            Path root,
            Map<String, ? extends Collection<String>> splits,
            SampleLayout sample)
            throws IOException {
        Map<String, Integer> leftOut = new TreeMap<>();
        List<String> report = new ArrayList<>();
        for (Map.Entry<String, ? extends Collection<String>> split : splits.entrySet()) {
            Path images = images(root, split.getKey());
            Path labels = labels(root, split.getKey());
            for (String name : split.getValue()) {
                try {
                    sample.arrange(name, images, labels);
                } catch (MalformedDatasetException e) {
                    leftOut.merge(split.getKey(), 1, Integer::sum);
                    Path file = unpacked.relativize(e.file());
                    report.add(split.getKey() + " " + name + ": " + file + ": " + e.fault());
                }
            }
        }
        if (!report.isEmpty()) {
            Files.write(root.resolve("left-out.txt"), report);
        }
        return leftOut;
    }

    /** Makes the folder of the images of a split. */
    static Path images(Path root, String split) throws IOException {
        return Files.createDirectories(root.resolve(split).resolve("images"));
    }

    /** Makes the folder of the label files of a split. */
    static Path labels(Path root, String split) throws IOException {
        return Files.createDirectories(root.resolve(split).resolve("labels"));
    }

    /**
     * Draws a tenth of the names for val and a tenth for test. The draw depends on the names alone.
     *
     * @param folder the folder of the names, for messages
     */
    static Map<String, Collection<String>> draw(Path folder, Collection<String> names)
            throws IOException {
        SplitShares shares = new SplitShares(0.1, 0.1, 0, Optional.empty());
        Map<String, Collection<String>> splits = new LinkedHashMap<>();
        for (String split : List.of("train", "val", "test")) {
            splits.put(split, shares.names(folder, names, split));
        }
        return splits;
    }

    /** Moves a file that a list names. */
    static void move(Path from, Path to, String name, Path list) throws IOException {
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

    /** Checks that labels have the size of their image. */
    static void checkSize(Path file, int width, int height, int imageWidth, int imageHeight)
            throws MalformedDatasetException {
        if (width != imageWidth || height != imageHeight) {
            throw new MalformedDatasetException(
                    file,
                    "the size of its image, " + imageWidth + "x" + imageHeight,
                    width + "x" + height);
        }
    }

    /** Tells whether a pixel of a black and white mask is white: its mean is at least 128. */
    static boolean isWhite(RgbImage mask, int x, int y) {
        return mask.sample(x, y, 0) + mask.sample(x, y, 1) + mask.sample(x, y, 2) >= 3 * 128;
    }

    /** Writes class ids as a grey PNG. */
    static void writeLabels(Path png, LabelImage labels) throws IOException {
        BufferedImage ids =
                new BufferedImage(labels.width(), labels.height(), BufferedImage.TYPE_BYTE_GRAY);
        ids.getRaster().setDataElements(0, 0, labels.width(), labels.height(), labels.ids());
        write(png, ids);
    }

    static void write(Path png, BufferedImage image) throws IOException {
        try (OutputStream out = Files.newOutputStream(png)) {
            ImageIO.write(image, "png", out);
        }
    }

    /** The first word of every line that is neither blank nor a comment. */
    static List<String> names(Path list) throws IOException {
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
