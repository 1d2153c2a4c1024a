package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.internal.ImageSamples;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** TIFF files that another library has written, see make.py beside them. */
class TiffFilesTest {

    private static final Path FOLDER = Path.of("src", "test", "resources", "tiff");

    @TempDir private Path temp;

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(f -> f.getFileName().toString().matches("\\d.*\\.tif"))
                    .sorted()
                    .toList();
        }
    }

    /** The formula of make.py. */
    private static int sample(int x, int y, int c, int bits) {
        int value = x * 7 + y * 13 + c * 29 + x * y * (c + 1);
        return bits == 16 ? value * 257 & 0xffff : value & 0xff;
    }

    @ParameterizedTest
    @MethodSource("files")
    void everySampleIsTheOneThatWasWritten(Path file) throws IOException {
        String[] name = file.getFileName().toString().split("-", 3);
        int bits = Integer.parseInt(name[0]);
        int channels = Integer.parseInt(name[1]);
        int white = name[2].equals("white.tif") ? (1 << bits) - 1 : 0;
        ImageSamples image = ImageSamples.of(ImageFiles.readImage(file), channels);
        assertEquals(21, image.width());
        assertEquals(18, image.height());
        int[] expected = new int[21 * 18 * channels];
        int[] got = new int[expected.length];
        for (int i = 0; i < expected.length; i++) {
            int pixel = i / channels;
            // Where 0 is white, black is the highest number.
            expected[i] = white ^ sample(pixel % 21, pixel / 21, i % channels, bits);
            got[i] = bits == 8 ? image.narrow()[i] & 0xff : image.wide()[i] & 0xffff;
        }
        assertArrayEquals(expected, got);
    }

    @ParameterizedTest
    @CsvSource({
        "signed, unsigned whole numbers as samples; got signed ones",
        "float, unsigned whole numbers as samples; got floating-point ones",
        "32-bits, channels of 8 or 16 bits; got 32",
        "big, a TIFF of 32-bit offsets; got a BigTIFF; save it as a classic one",
        "pages, one image in the file; got 3",
        "jpeg, 'grey, RGB, a palette or channels; got YCbCr; save it as one of these'",
        "cmyk, 'grey, RGB, a palette or channels; got CMYK; save it as one of these'",
        "zstd, 'a TIFF that is not compressed, or by LZW, Deflate or PackBits; got Zstandard; save"
                + " it anew'",
        "65-channels, 1 to 64 channels; got 65"
    })
    void otherKindsAreRefused(String name, String why) {
        Path file = FOLDER.resolve("refused-" + name + ".tif");
        Exception e =
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file));
        assertEquals(file + ": expected " + why.replaceFirst("; got", ", got"), e.getMessage());
    }

    /** Java passes over numbers of 32 bits, and takes 1 for the bits and the channels. */
    @ParameterizedTest
    @MethodSource("files")
    void numbersMayHave32Bits(Path file) throws IOException {
        int channels = Integer.parseInt(file.getFileName().toString().split("-", 3)[1]);
        ImageSamples expected = ImageSamples.of(ImageFiles.readImage(file), channels);
        byte[] wide = Files.readAllBytes(file);
        for (int tag : List.of(258, 259, 262, 277, 284, 317)) {
            wide = widened(wide, tag);
            Path other = Files.write(temp.resolve("wide.tif"), wide);
            ImageSamples got = ImageSamples.of(ImageFiles.readImage(other), channels);
            assertArrayEquals(expected.narrow(), got.narrow());
            assertArrayEquals(expected.wide(), got.wide());
        }
    }

    /** Returns a file with the numbers of a tag of 32 bits at its end, if it has the tag. */
    private static byte[] widened(byte[] bytes, int tag) {
        ByteBuffer file = ByteBuffer.wrap(bytes);
        file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = file.getInt(4);
        for (int i = 0; i < file.getShort(directory); i++) {
            int at = directory + 2 + 12 * i;
            if ((file.getShort(at) & 0xffff) != tag) {
                continue;
            }
            int count = file.getInt(at + 4);
            int from = count > 2 ? file.getInt(at + 8) : at + 8;
            int[] numbers = new int[count];
            Arrays.setAll(numbers, n -> file.getShort(from + 2 * n) & 0xffff);
            ByteBuffer longer =
                    ByteBuffer.allocate(bytes.length + 4 * count).order(file.order()).put(bytes);
            longer.putShort(at + 2, (short) 4);
            longer.putInt(at + 8, count == 1 ? numbers[0] : bytes.length);
            Arrays.stream(numbers).forEach(longer::putInt);
            return longer.array();
        }
        return bytes;
    }

    /** Java passes over these, too, and takes all rows for one strip. */
    @Test
    void numbersMayHave8Bits() throws IOException {
        Path file = FOLDER.resolve("8-6-lzw-differences.tif");
        byte[] bytes = Files.readAllBytes(file);
        int at = tag(bytes, 278);
        assertEquals(4, bytes[at + 3]);
        bytes[at + 3] = 1;
        bytes[at + 8] = bytes[at + 11];
        Path other = Files.write(temp.resolve("bytes.tif"), bytes);
        assertArrayEquals(
                ImageSamples.of(ImageFiles.readImage(file), 6).narrow(),
                ImageSamples.of(ImageFiles.readImage(other), 6).narrow());
    }

    @Test
    void more8BitNumbersThanFitAreRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve("8-6-lzw-differences.tif"));
        int at = tag(bytes, 258);
        bytes[at + 3] = 1;
        ByteBuffer.wrap(bytes).putInt(at + 8, bytes.length);
        bytes = Arrays.copyOf(bytes, bytes.length + 6);
        Arrays.fill(bytes, bytes.length - 6, bytes.length, (byte) 8);
        Path file = Files.write(temp.resolve("bytes.tif"), bytes);
        assertEquals(
                file + ": expected numbers of 16 bits for tag 258, got bytes",
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file))
                        .getMessage());
    }

    @ParameterizedTest
    @MethodSource("files")
    void whatIsCutOffIsRefused(Path file) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 1 + length / 3) {
            Path cut = Files.write(temp.resolve("cut.tif"), Arrays.copyOf(whole, length));
            assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(cut));
        }
    }

    /** Java decodes all of these, and leaves black what is not there. */
    @ParameterizedTest
    @CsvSource({"LZW, true", "LZW, false", "ZLib, true", "ZLib, false", "PackBits, false"})
    void piecesThatHoldTooLittleAreRefused(String compression, boolean noise) throws IOException {
        BufferedImage image = new BufferedImage(200, 150, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(1);
        for (int i = 0; i < 200 * 150; i++) {
            // Noise fills the table of LZW over and over, stripes make long strings.
            int rgb = noise ? random.nextInt(0x1000000) : i / 7 % 3 * 0x204060;
            image.setRGB(i % 200, i / 200, rgb);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionType(compression);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        byte[] whole = out.toByteArray();
        Path file = Files.write(temp.resolve("a.tif"), whole);
        assertArrayEquals(
                ImageSamples.of(image, 3).narrow(),
                ImageSamples.of(ImageFiles.readImage(file), 3).narrow());

        TiffDirectory directory = TiffDirectory.read(file, whole);
        int length = (int) directory.number(279, 0, 0);
        byte[] shorter = whole.clone();
        directory.replace(shorter, 279, length - length / 20 - 8);
        assertDamaged(Files.write(file, shorter));
        if (compression.equals("ZLib")) {
            // All bytes are there, the last of the check sum is another one.
            byte[] changed = whole.clone();
            changed[(int) directory.number(273, 0, 0) + length - 1] ^= 1;
            assertDamaged(Files.write(file, changed));
        }
    }

    private static void assertDamaged(Path file) {
        Exception e =
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file));
        assertEquals(
                file + ": expected a whole TIFF image, got strips or tiles that are damaged",
                e.getMessage());
    }

    @Test
    void alphaIsWhatTheFileCallsSo() throws IOException {
        BufferedImage alpha = ImageFiles.readImage(FOLDER.resolve("8-4-rgb-alpha.tif"));
        assertEquals(3, ImageSamples.of(alpha, 3).channels());
        assertEquals(4, ImageSamples.of(alpha, 4).channels());
        BufferedImage infrared = ImageFiles.readImage(FOLDER.resolve("8-4-rgb-infrared.tif"));
        assertEquals(
                "channels: expected 3, got 4",
                assertThrows(IllegalArgumentException.class, () -> ImageSamples.of(infrared, 3))
                        .getMessage());
    }

    @Test
    void labelsAreNumbersOrColours() throws IOException {
        Path grey = FOLDER.resolve("8-1-plain.tif");
        LabelImage labels = ImageFiles.readLabels(grey);
        for (int i = 0; i < labels.ids().length; i++) {
            assertEquals(sample(i % 21, i / 21, 0, 8), labels.ids()[i] & 0xff);
        }
        for (String name : List.of("8-1-white", "8-4-lzw", "8-2-tiles")) {
            Exception e =
                    assertThrows(
                            MalformedDatasetException.class,
                            () -> ImageFiles.readLabels(FOLDER.resolve(name + ".tif")));
            assertTrue(
                    e.getMessage()
                            .contains("labels as one channel in which 0 is black, or as colours"),
                    e.getMessage());
        }
    }

    @Test
    void theOrientationIsThatOfTheFile() throws IOException {
        // The tag takes the place of the unit of the resolution.
        byte[] bytes = Files.readAllBytes(FOLDER.resolve("8-2-tiles.tif"));
        BufferedImage stored = ImageFiles.readImage(FOLDER.resolve("8-2-tiles.tif"));
        int at = tag(bytes, 296);
        bytes[at] = 1;
        bytes[at + 1] = 18;
        bytes[at + 3] = 3;
        bytes[at + 8] = 0; // a number of 16 bits
        bytes[at + 9] = 6;
        BufferedImage turned = ImageFiles.readImage(Files.write(temp.resolve("t.tif"), bytes));
        assertEquals(stored.getHeight(), turned.getWidth());
        assertEquals(stored.getRaster().getSample(0, 17, 1), turned.getRaster().getSample(0, 0, 1));
    }

    /** Returns where a tag of a big-endian file stands. */
    private static int tag(byte[] bytes, int tag) {
        int directory = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
        for (int at = directory + 2; ; at += 12) {
            if (((bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff) == tag) {
                return at;
            }
        }
    }
}
