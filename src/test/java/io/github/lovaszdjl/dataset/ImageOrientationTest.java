package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image is read as it is to be seen, whatever its camera noted. */
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

    private void assertRead(String name, byte[] bytes) throws IOException {
        Path file = Files.write(temp.resolve(name), bytes);
        assertEquals(32, ImageFiles.readImage(file).getWidth());
    }

    private static final int WIDTH = 5;
    private static final int HEIGHT = 3;

    /** Where the first row and column are seen: TIFF 6.0, page 36. */
    private static final Map<Integer, String> SEEN =
            Map.of(
                    1, "top left",
                    2, "top right",
                    3, "bottom right",
                    4, "bottom left",
                    5, "left top",
                    6, "right top",
                    7, "right bottom",
                    8, "left bottom");

    /** Returns where the pixel of a row and column is seen. */
    private static int[] seen(int orientation, int column, int row) {
        String[] sides = SEEN.get(orientation).split(" ");
        int[] place = new int[2];
        int[] distances = {row, column};
        int across = orientation < 5 ? WIDTH : HEIGHT;
        int down = orientation < 5 ? HEIGHT : WIDTH;
        for (int i = 0; i < 2; i++) {
            switch (sides[i]) {
                case "left" -> place[0] = distances[i];
                case "right" -> place[0] = across - 1 - distances[i];
                case "top" -> place[1] = distances[i];
                default -> place[1] = down - 1 - distances[i];
            }
        }
        return place;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void imagesAreTurnedAndLabelsOfTheSameNote(int orientation) throws IOException {
        TestFiles files = new TestFiles(temp, "a", "b", "c");
        files.add("x", WIDTH, HEIGHT, (x, y) -> 20 * (x + WIDTH * y), (x, y) -> (x + y * y) % 3);
        byte[] exif = exif(ByteOrder.BIG_ENDIAN, 3, orientation);
        Files.write(files.image("x.png"), png(Files.readAllBytes(files.image("x.png")), exif));
        byte[] label = Files.readAllBytes(files.label("x.png"));
        Files.write(files.label("x.png"), png(label, exif));
        FolderSegmentationDataset data = files.builder().build();
        data.prepare();
        BufferedImage image = data.readImage(0);
        int[][] ids = data.readLabels(0);
        assertEquals(orientation < 5 ? WIDTH : HEIGHT, image.getWidth());
        assertEquals(orientation < 5 ? HEIGHT : WIDTH, image.getHeight());
        assertEquals(image.getWidth(), data.getWidth(0));
        assertEquals(orientation, data.getOrientation(0));
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int[] place = seen(orientation, x, y);
                int rgb = image.getRGB(place[0], place[1]) & 0xffffff;
                assertEquals(20 * (x + WIDTH * y), rgb);
                assertEquals((x + y * y) % 3, ids[place[1]][place[0]]);
            }
        }
        // Labels without a note are those of the turned image.
        Files.write(files.label("x.png"), label);
        if (orientation < 5) {
            FolderSegmentationDataset upright = files.builder().build();
            upright.prepare();
            assertEquals(4 % 3, upright.readLabels(0)[0][4]);
        } else {
            assertEquals(
                    files.label("x.png")
                            + ": expected the size of its image, 3x5 when turned by EXIF"
                            + " orientation "
                            + orientation
                            + ", got 5x3",
                    assertThrows(
                                    MalformedDatasetException.class,
                                    () -> files.builder().build().prepare())
                            .getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_USHORT_GRAY,
                BufferedImage.TYPE_BYTE_BINARY,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void imagesOfEveryKindAreTurned(int type) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
        Random random = new Random(3);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            image.setRGB(i % WIDTH, i / WIDTH, random.nextInt());
        }
        for (int orientation = 1; orientation <= 8; orientation++) {
            BufferedImage turned = Orientation.turn(image, orientation);
            assertEquals(image.getColorModel(), turned.getColorModel());
            for (int i = 0; i < WIDTH * HEIGHT; i++) {
                int[] place = seen(orientation, i % WIDTH, i / WIDTH);
                assertEquals(image.getRGB(i % WIDTH, i / WIDTH), turned.getRGB(place[0], place[1]));
            }
        }
    }

    @Test
    void everyWriterOfTheNoteIsRead() throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (int type = 3; type <= 4; type++) {
                for (int orientation = 0; orientation <= 9; orientation++) {
                    byte[] exif = exif(order, type, orientation);
                    int read = orientation >= 1 && orientation <= 8 ? orientation : 1;
                    assertEquals(read, Orientation.of(jpeg(file("jfif.jpg"), exif)));
                    assertEquals(read, Orientation.of(png(file("rgba.png"), exif)));
                    assertRead("x.jpg", jpeg(file("jfif.jpg"), exif));
                }
            }
        }
    }

    @Test
    void labelsOfAnotherNoteThanTheirImageAreRefused() throws IOException {
        TestFiles files = new TestFiles(temp, "a").add("x", 4, 4, (x, y) -> 0, (x, y) -> 0);
        byte[] label = Files.readAllBytes(files.label("x.png"));
        Files.write(files.label("x.png"), png(label, exif(ByteOrder.BIG_ENDIAN, 3, 3)));
        assertEquals(
                files.label("x.png")
                        + ": expected EXIF orientation 1, or that of its image, 1, got 3",
                assertThrows(
                                MalformedDatasetException.class,
                                () -> files.builder().build().prepare())
                        .getMessage());
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
