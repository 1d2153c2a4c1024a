package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that is to be turned is refused, not read as if it were not. */
class ImageOrientationTest {

    private static final Path FOLDER = Path.of("src", "test", "resources", "images");

    @TempDir private Path temp;

    /** A TIFF structure: the maker's name, and the orientation as a number of 16 or 32 bits. */
    static byte[] exif(ByteOrder order, int type, int orientation) {
        boolean little = order == ByteOrder.LITTLE_ENDIAN;
        ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 2 * 12 + 4).order(order);
        tiff.put((byte) (little ? 'I' : 'M')).put((byte) (little ? 'I' : 'M')).putShort((short) 42);
        tiff.putInt(8).putShort((short) 2);
        tiff.putShort((short) 0x010f)
                .putShort((short) 2)
                .putInt(4)
                .put(new byte[] {'C', 'a', 'm', 0});
        tiff.putShort((short) 0x0112).putShort((short) type).putInt(1);
        if (type == 3) {
            tiff.putShort((short) orientation).putShort((short) 0);
        } else {
            tiff.putInt(orientation);
        }
        return tiff.putInt(0).array();
    }

    /** Puts an APP1 segment behind the JFIF mark. */
    static byte[] jpeg(byte[] image, byte[] exif) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int jfif = 2 + 2 + 16;
        out.write(image, 0, jfif);
        ByteBuffer head = ByteBuffer.allocate(10).putShort((short) 0xffe1);
        head.putShort((short) (2 + 6 + exif.length))
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        out.write(head.array());
        out.write(exif);
        out.write(image, jfif, image.length - jfif);
        return out.toByteArray();
    }

    /** Puts an eXIf chunk behind the header. */
    static byte[] png(byte[] image, byte[] exif) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int header = 8 + 12 + 13;
        out.write(image, 0, header);
        byte[] name = "eXIf".getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(name);
        sum.update(exif);
        out.write(ByteBuffer.allocate(4).putInt(exif.length).array());
        out.write(name);
        out.write(exif);
        out.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
        out.write(image, header, image.length - header);
        return out.toByteArray();
    }

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(FOLDER.resolve(name));
    }

    private void assertTurned(String name, byte[] bytes, int orientation) throws IOException {
        Path file = Files.write(temp.resolve(name), bytes);
        assertEquals(
                file
                        + ": expected pixels stored as they are to be seen (EXIF orientation 1), got"
                        + " orientation "
                        + orientation
                        + "; turn the pixels first, such as with 'exiftran -ai' or ImageMagick's"
                        + " 'mogrify -auto-orient'",
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file))
                        .getMessage());
    }

    private void assertRead(String name, byte[] bytes) throws IOException {
        Path file = Files.write(temp.resolve(name), bytes);
        assertEquals(32, ImageFiles.readImage(file).getWidth());
    }

    @Test
    void anOrientationIsRefusedAndNone() throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (int type = 3; type <= 4; type++) {
                for (int orientation = 0; orientation <= 9; orientation++) {
                    byte[] exif = exif(order, type, orientation);
                    byte[] jpeg = jpeg(file("jfif.jpg"), exif);
                    byte[] png = png(file("rgba.png"), exif);
                    if (orientation >= 2 && orientation <= 8) {
                        assertTurned("x.jpg", jpeg, orientation);
                        assertTurned("x.png", png, orientation);
                    } else {
                        assertRead("x.jpg", jpeg);
                        assertRead("x.png", png);
                    }
                }
            }
        }
    }

    @Test
    void labelsThatAreToBeTurnedAreRefused() throws IOException {
        byte[] exif = exif(ByteOrder.BIG_ENDIAN, 3, 3);
        byte[] label = TestFiles.png(32, 32, 8, null, null, (x, y) -> 1);
        Path file = Files.write(temp.resolve("x.png"), png(label, exif));
        String message =
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readLabels(file))
                        .getMessage();
        assertEquals(file + ": expected pixels stored as they are", message.split(" to be")[0]);
    }

    /** Of a broken note nothing is known; the image is sound. */
    @Test
    void aBrokenNoteIsNone() throws IOException {
        byte[] exif = exif(ByteOrder.LITTLE_ENDIAN, 3, 6);
        int orientation = 8 + 2 + 12 + 12;
        for (int length = 0; length < orientation; length++) {
            assertRead("x.jpg", jpeg(file("jfif.jpg"), Arrays.copyOf(exif, length)));
            assertRead("x.png", png(file("rgba.png"), Arrays.copyOf(exif, length)));
        }
        byte[] elsewhere = exif.clone();
        ByteBuffer.wrap(elsewhere).putInt(4, -1);
        assertRead("x.jpg", jpeg(file("jfif.jpg"), elsewhere));
        byte[] damaged = png(file("rgba.png"), exif);
        damaged[8 + 12 + 13 + 8 + exif.length] ^= 1;
        assertRead("x.png", damaged);
    }

    @Test
    void lengthsThatLieAreNoOrientation() throws IOException {
        byte[] png = png(file("rgba.png"), exif(ByteOrder.BIG_ENDIAN, 3, 8));
        byte[] jpeg = jpeg(file("jfif.jpg"), exif(ByteOrder.BIG_ENDIAN, 3, 8));
        int[] lengths = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE - 40};
        for (int length : lengths) {
            ByteBuffer.wrap(png).putInt(8 + 12 + 13, length);
            assertEquals(OptionalInt.empty(), ImageHeader.of(png).orientation());
        }
        for (int length : new int[] {0, 1, 0xffff}) {
            ByteBuffer.wrap(jpeg).putShort(2 + 2 + 16 + 2, (short) length);
            assertEquals(OptionalInt.empty(), ImageHeader.of(jpeg).orientation());
        }
    }

    @Test
    void whateverTheBytesNothingIsThrown() throws IOException {
        byte[] exif = exif(ByteOrder.BIG_ENDIAN, 3, 8);
        List<byte[]> files = List.of(jpeg(file("jfif.jpg"), exif), png(file("rgba.png"), exif));
        Random random = new Random(14);
        for (int trial = 0; trial < 20_000; trial++) {
            byte[] bytes = files.get(trial % 2).clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(Math.min(bytes.length, 120))] = (byte) random.nextInt();
            }
            bytes = Arrays.copyOf(bytes, bytes.length - random.nextInt(2) * random.nextInt(90));
            int orientation = ImageHeader.of(bytes).orientation().orElse(1);
            assertEquals(Math.max(1, Math.min(orientation, 8)), orientation);
        }
    }
}
