package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs of image and label files of all kinds and damages. */
@Tag(Trials.TAG)
class ImageFuzzTest {

    private static final int WIDTH = 9;
    private static final int HEIGHT = 6;
    private static final int CLASSES = 3;
    private static final int IGNORED = 255;

    /** Of a file, so that the next bound is a low one. */
    private static final int MAX_LENGTH = 2048;

    /** Two files of as many pixels as their bytes can hold, of 8 bytes, and 32 MB for the rest. */
    private static final long MAX_ALLOCATED = 2L * MAX_LENGTH * 8256 * 8 + (32 << 20);

    /** Texts, of which one unpacks to a thousand times as much. */
    private static final List<byte[]> TEXTS =
            List.of(deflated(new byte[100], 0), deflated(new byte[1 << 20], 0));

    @TempDir(factory = Fuzz.Memory.class)
    private Path temp;

    @Test
    void pairsAreReadOrRefused() throws Exception {
        TestFiles files = new TestFiles(temp, "a", "b", "c");
        List<byte[]> images = images();
        List<byte[]> labels = labels();
        List<byte[]> tiffs = tiffs();
        Path imageFile = files.image("x.png");
        Path labelFile = files.label("x.png");
        Fuzz fuzz =
                new Fuzz(
                        "image/label pairs",
                        "x.png: expected ",
                        MAX_ALLOCATED,
                        Set.of(MalformedDatasetException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(500, 100_000),
                        random -> {
                            int which = random.nextInt(4);
                            byte[] image = Mutator.any(images, random);
                            byte[] label = Mutator.any(labels, random);
                            if (which != 0) {
                                label = bad(labels, tiffs, random);
                            }
                            if (which < 2) {
                                image = bad(images, tiffs, random);
                            }
                            Files.write(imageFile, image);
                            Files.write(labelFile, label);
                            return read(files, imageFile, labelFile);
                        });
        // Neither all good nor all bad, or this would test little.
        assertTrue(outcomes.getOrDefault("accepted", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedDatasetException") > 10, outcomes.toString());
    }

    @Test
    void whatTheBytesCannotHoldIsRefusedByTheHeader() throws Exception {
        // A JPEG of a hundred million pixels in some hundred bytes: grey all over, once decoded.
        byte[] jpeg = encoded(TestFiles.grey(WIDTH, HEIGHT, (x, y) -> 1), "jpeg", true);
        int frame = 0;
        while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc2) {
            frame++;
        }
        ByteBuffer.wrap(jpeg)
                .putShort(frame + 5, (short) 10_000)
                .putShort(frame + 7, (short) 10_000);
        Path file = Files.write(temp.resolve("x.jpg"), jpeg);
        MalformedDatasetException e =
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file));
        assertEquals(
                file
                        + ": expected a whole image (PNG, JPEG, TIFF, BMP or GIF), got 10000x10000 pixels in "
                        + jpeg.length
                        + " bytes, which hold fewer",
                e.getMessage());
    }

    @Test
    void pngMayPackAsWellAsItCan() throws Exception {
        // All black, one bit a pixel: nothing packs better, and nothing good is to be refused.
        BufferedImage black = new BufferedImage(4000, 4000, BufferedImage.TYPE_BYTE_BINARY);
        Path file = Files.write(temp.resolve("x.png"), encoded(black, "png", false));
        assertTrue(4000 * 4000 / Files.size(file) > 7000, "packs well");
        assertEquals(4000, ImageFiles.readImage(file).getWidth());
    }

    @Test
    void longFilesAreRefusedUnread() throws Exception {
        Path file = temp.resolve("x.png");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 1L << 33);
        }
        MalformedDatasetException e =
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file));
        assertEquals(file + ": expected at most 1073741824 bytes, got 8589934593", e.getMessage());
    }

    @Test
    void aFormatThatNoSetHasIsRefused() throws Exception {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_BINARY);
        Path file = Files.write(temp.resolve("x.png"), encoded(image, "wbmp", false));
        assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file));
    }

    private static String read(TestFiles files, Path imageFile, Path labelFile) throws Exception {
        FolderSegmentationDataset data = files.builder().optIgnoreLabel(IGNORED).build();
        data.prepare();
        // What another way to read the same file says.
        BufferedImage image = ImageFiles.readImage(imageFile);
        Raster label = ImageIO.read(labelFile.toFile()).getRaster();
        assertEquals(image.getWidth(), label.getWidth());
        assertEquals(image.getHeight(), label.getHeight());
        long[] counts = new long[CLASSES];
        for (int y = 0; y < label.getHeight(); y++) {
            for (int x = 0; x < label.getWidth(); x++) {
                int id = label.getSample(x, y, 0);
                assertTrue(id < CLASSES || id == IGNORED, "accepted the id " + id);
                if (id != IGNORED) {
                    counts[id]++;
                }
            }
        }
        assertEquals(Arrays.toString(counts), Arrays.toString(data.countPixels()[0]));
        return "accepted";
    }

    private static byte[] bad(List<byte[]> files, List<byte[]> tiffs, Random random)
            throws IOException {
        byte[] file =
                switch (random.nextInt(11)) {
                    case 8, 9, 10 -> tiff(tiffs, random);
                    case 0 -> Mutator.any(files, random);
                    case 1, 2, 3 -> png(random);
                    default -> Mutator.mutate(files, random);
                };
        return Arrays.copyOf(file, Math.min(file.length, MAX_LENGTH));
    }

    /** A PNG with chunks in some order, of which most are right and some are not. */
    private static byte[] png(Random random) throws IOException {
        int width = random.nextInt(8) == 0 ? (int) Mutator.extreme(random) : WIDTH;
        int height = random.nextInt(8) == 0 ? (int) Mutator.extreme(random) : HEIGHT;
        int bits = 1 << random.nextInt(random.nextInt(8) == 0 ? 7 : 5);
        int type = Mutator.any(List.of(0, 0, 0, 2, 3, 3, 4, 6, random.nextInt(256)), random);
        byte[] header =
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) bits)
                        .put((byte) type)
                        .put(10 + random.nextInt(20) == 10 ? (byte) random.nextInt() : 0)
                        .put(11, random.nextInt(20) == 0 ? (byte) random.nextInt() : 0)
                        .put(12, (byte) (random.nextInt(8) == 0 ? random.nextInt(3) : 0))
                        .array();
        byte[] palette = new byte[3 * random.nextInt(random.nextInt(4) == 0 ? 300 : 17)];
        random.nextBytes(palette);
        List<Object[]> chunks = new ArrayList<>();
        chunks.add(new Object[] {"IHDR", header});
        if (type == 3 || random.nextInt(8) == 0) {
            chunks.add(new Object[] {"PLTE", palette});
        }
        if (random.nextInt(4) == 0) {
            chunks.add(new Object[] {"tRNS", new byte[random.nextInt(20)]});
        }
        if (random.nextInt(4) == 0) {
            byte[] text = Mutator.any(TEXTS, random);
            byte[] named = ByteBuffer.allocate(3 + text.length).put(2, (byte) 0).array();
            named[0] = 'k';
            System.arraycopy(text, 0, named, 3, text.length);
            String kind = Mutator.any(List.of("zTXt", "iCCP", "iTXt", "tEXt", "gAMA"), random);
            chunks.add(new Object[] {kind, named});
        }
        byte[] pixels = new byte[HEIGHT * (1 + WIDTH * 8)];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] =
                    (byte) (random.nextInt(60) == 0 ? random.nextInt() : random.nextInt(CLASSES));
        }
        int row = 1 + (WIDTH * bits * List.of(1, 1, 3, 1, 2, 1, 4).get(type % 7) + 7) / 8;
        for (int i = 0; i < pixels.length; i += row) {
            pixels[i] = (byte) random.nextInt(random.nextInt(40) == 0 ? 256 : 5);
        }
        byte[] data = deflated(pixels, random.nextInt(10) == 0 ? random.nextInt(20) : 0);
        int cut = random.nextInt(4) == 0 ? random.nextInt(data.length) : data.length;
        chunks.add(new Object[] {"IDAT", Arrays.copyOf(data, cut)});
        if (cut < data.length) {
            chunks.add(new Object[] {"IDAT", Arrays.copyOfRange(data, cut, data.length)});
        }
        chunks.add(new Object[] {"IEND", new byte[0]});
        if (random.nextInt(4) == 0) {
            int from = random.nextInt(chunks.size());
            Object[] moved = random.nextBoolean() ? chunks.remove(from) : chunks.get(from);
            if (random.nextBoolean()) {
                chunks.add(random.nextInt(chunks.size() + 1), moved);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {(byte) 137, 'P', 'N', 'G', 13, 10, 26, 10});
        for (Object[] chunk : chunks) {
            int length = ((byte[]) chunk[1]).length;
            if (random.nextInt(60) == 0) {
                length = (int) Mutator.extreme(random);
            }
            byte[] name = ((String) chunk[0]).getBytes(StandardCharsets.US_ASCII);
            CRC32 crc = new CRC32();
            crc.update(name);
            crc.update((byte[]) chunk[1]);
            file.write(ByteBuffer.allocate(4).putInt(length).array());
            file.write(name);
            file.write((byte[]) chunk[1]);
            file.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        }
        return file.toByteArray();
    }

    private static byte[] deflated(byte[] bytes, int cut) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(out.toByteArray(), Math.max(0, out.size() - cut));
    }

    /** Small TIFFs with strips and tiles, of every compression, of one channel to three. */
    private static List<byte[]> tiffs() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String compression : Arrays.asList(null, "LZW", "ZLib", "Deflate", "PackBits")) {
            for (int tile = 0; tile <= 16; tile += 16) {
                BufferedImage grey = TestFiles.grey(WIDTH, HEIGHT, (x, y) -> y % CLASSES);
                files.add(tiff(grey, compression, tile));
                BufferedImage rgb = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
                files.add(tiff(rgb, compression, tile));
                BufferedImage wide =
                        new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
                files.add(tiff(wide, compression, tile));
            }
        }
        return files;
    }

    private static byte[] tiff(BufferedImage image, String compression, int tile)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (compression != null) {
                parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                parameters.setCompressionType(compression);
            }
            if (tile > 0) {
                parameters.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
                parameters.setTiling(tile, tile, 0, 0);
            }
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A TIFF of which one number of a tag is another one, so that it mostly contradicts itself. */
    private static byte[] tiff(List<byte[]> tiffs, Random random) {
        byte[] file = Mutator.any(tiffs, random).clone();
        ByteBuffer tags = ByteBuffer.wrap(file);
        tags.order(file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tags.getInt(4);
        int count = tags.getShort(directory);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int entry = directory + 2 + 12 * random.nextInt(count);
            switch (random.nextInt(6)) {
                case 0 -> tags.putInt(entry + 8, (int) Mutator.extreme(random));
                case 1 -> tags.putInt(entry + 4, random.nextInt(5));
                case 2 -> tags.putShort(entry + 8, (short) random.nextInt(20));
                case 3 -> tags.putShort(entry + 2, (short) random.nextInt(15));
                case 4 -> tags.putShort(entry, (short) (254 + random.nextInt(90)));
                default -> file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
        }
        return file;
    }

    private static List<byte[]> labels() throws IOException {
        List<byte[]> files = new ArrayList<>(tiffs().subList(0, 1));
        files.add(encoded(TestFiles.grey(WIDTH, HEIGHT, (x, y) -> x % CLASSES), "png", false));
        files.add(encoded(TestFiles.grey(WIDTH, HEIGHT, (x, y) -> y % CLASSES), "png", true));
        for (int bits = 2; bits <= 8; bits *= 2) {
            BufferedImage label = TestFiles.palette(WIDTH, HEIGHT, bits, (x, y) -> x % CLASSES);
            files.add(encoded(label, "png", false));
        }
        files.add(TestFiles.png(WIDTH, HEIGHT, 4, new byte[48], new byte[3], (x, y) -> y % 3));
        files.add(TestFiles.png(WIDTH, HEIGHT, 2, null, null, (x, y) -> y % CLASSES));
        files.add(
                encoded(
                        TestFiles.grey(WIDTH, HEIGHT, (x, y) -> x == 0 ? IGNORED : 1),
                        "png",
                        false));
        return files;
    }

    private static List<byte[]> images() throws IOException {
        List<byte[]> files = labels();
        int[] types = {
            BufferedImage.TYPE_INT_RGB,
            BufferedImage.TYPE_INT_ARGB,
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_BYTE_BINARY
        };
        for (int type : types) {
            BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
            for (int i = 0; i < WIDTH * HEIGHT; i++) {
                image.setRGB(i % WIDTH, i / WIDTH, 0x80ff3010 * i);
            }
            files.add(encoded(image, "png", false));
            files.add(encoded(image, "png", true));
            for (String format : List.of("jpeg", "bmp", "gif", "tiff", "wbmp")) {
                files.add(encoded(image, format, false));
            }
            files.add(encoded(image, "jpeg", true));
        }
        files.addAll(tiffs());
        files.add(cmyk());
        BufferedImage rgb = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int orientation = 1; orientation <= 6; orientation += 5) {
            byte[] exif = ImageOrientationTest.exif(ByteOrder.BIG_ENDIAN, 3, orientation);
            files.add(ImageOrientationTest.jpeg(encoded(rgb, "jpeg", false), exif));
            files.add(ImageOrientationTest.png(encoded(rgb, "png", false), exif));
        }
        files.add(new byte[0]);
        files.removeIf(file -> file == null);
        return files;
    }

    /** Returns a file of an image, interlaced or progressive or not; null where it cannot be. */
    private static byte[] encoded(BufferedImage image, String format, boolean progressive)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        if (!writer.getOriginatingProvider().canEncodeImage(image)) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (progressive) {
                parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A JPEG of four channels. */
    private static byte[] cmyk() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            Raster raster = Raster.createInterleavedRaster(0, WIDTH, HEIGHT, 4, null);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
