package io.github.lovaszdjl.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntBinaryOperator;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
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
        Files.write(root.resolve("classes.txt"), List.of(classes));
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
                new IndexColorModel(bits, size, colors, 0, false, -1, DataBuffer.TYPE_BYTE);
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
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        try (OutputStream out = Files.newOutputStream(file)) {
            if (!ImageIO.write(image, name.endsWith("png") ? "png" : "jpg", out)) {
                throw new IOException("no writer for " + file);
            }
        }
    }

    /**
     * A PNG file put together byte by byte, where Java's own writer would choose the form.
     *
     * @param bits the bits of a pixel
     * @param palette the palette, three bytes an entry; null for grey
     * @param transparency the palette's alpha values, or null
     */
    static byte[] png(
            int width,
            int height,
            int bits,
            byte[] palette,
            byte[] transparency,
            IntBinaryOperator sample)
            throws IOException {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(rows)) {
            for (int y = 0; y < height; y++) {
                byte[] row = new byte[1 + (width * bits + 7) / 8];
                for (int x = 0; x < width; x++) {
                    int shift = 8 - bits - x * bits % 8;
                    row[1 + x * bits / 8] |= (byte) (sample.applyAsInt(x, y) << shift);
                }
                out.write(row);
            }
        }
        byte colorType = (byte) (palette == null ? 0 : 3);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {(byte) 137, 'P', 'N', 'G', 13, 10, 26, 10});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) bits).put(colorType);
        writeChunk(file, "IHDR", header.array());
        if (palette != null) {
            writeChunk(file, "PLTE", palette);
        }
        if (transparency != null) {
            writeChunk(file, "tRNS", transparency);
        }
        writeChunk(file, "IDAT", rows.toByteArray());
        writeChunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void writeChunk(OutputStream out, String type, byte[] data) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.write(ByteBuffer.allocate(4).putInt(data.length).array());
        out.write(name);
        out.write(data);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
