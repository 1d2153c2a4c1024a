package io.github.lovaszdjl.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;

/** Writes small data sets. */
final class TestFiles {

    /** Black to yellow, so that no colour or grey level equals its index. */
    private static final int FIRST_COLOR = 0x102030;

    private final Path root;

    TestFiles(Path root, String... classes) throws IOException {
        this.root = root;
        Files.createDirectories(root.resolve("train/images"));
        Files.createDirectories(root.resolve("train/labels"));
        Files.write(root.resolve("classes.txt"), java.util.List.of(classes));
    }

    Path image(String fileName) {
        return root.resolve("train/images").resolve(fileName);
    }

    Path label(String fileName) {
        return root.resolve("train/labels").resolve(fileName);
    }

    FolderSegmentationDataset.Builder builder() {
        return FolderSegmentationDataset.builder()
                .setRoot(root)
                .setSplit("train")
                .setSampling(2, false);
    }

    /** Adds a pair of PNG files; pixels from functions of (x, y). */
    TestFiles add(String name, int width, int height, IntBinaryOperator rgb, IntBinaryOperator id)
            throws IOException {
        write(image(name + ".png"), rgb(width, height, rgb));
        write(label(name + ".png"), grey(width, height, id));
        return this;
    }

    static BufferedImage rgb(int width, int height, IntBinaryOperator rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb.applyAsInt(x, y));
            }
        }
        return image;
    }

    static BufferedImage grey(int width, int height, IntBinaryOperator id) {
        return raster(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), id);
    }

    /** An image of 1, 2, 4 or 8 bits with a full palette. */
    static BufferedImage palette(int width, int height, int bits, IntBinaryOperator id) {
        int size = 1 << bits;
        int[] colors = new int[size];
        for (int i = 0; i < size; i++) {
            colors[i] = 0xff000000 | (FIRST_COLOR + i * 0x030507) & 0xffffff;
        }
        IndexColorModel model =
                new IndexColorModel(
                        bits, size, colors, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE);
        int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
        return raster(new BufferedImage(width, height, type, model), id);
    }

    static BufferedImage raster(BufferedImage image, IntBinaryOperator sample) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.getRaster().setSample(x, y, 0, sample.applyAsInt(x, y));
            }
        }
        return image;
    }

    static void write(Path file, BufferedImage image) throws IOException {
        String name = file.getFileName().toString().toLowerCase(java.util.Locale.ROOT);
        try (OutputStream out = Files.newOutputStream(file)) {
            if (!ImageIO.write(image, name.endsWith("png") ? "png" : "jpg", out)) {
                throw new IOException("no writer for " + file);
            }
        }
    }
}
