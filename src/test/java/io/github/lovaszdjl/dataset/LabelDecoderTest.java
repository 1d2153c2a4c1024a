package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Label files of every kind, written by Java and read as a data set, give the ids they stand for.
 */
class LabelDecoderTest {

    private static final int WIDTH = 7;
    private static final int HEIGHT = 5;
    private static final List<Integer> COLOURS = List.of(0x000000, 0x804080, 0x808080, 0xe0e0c0);

    @TempDir private Path root;

    private TestFiles files;

    @BeforeEach
    void writeImage() throws Exception {
        files = new TestFiles(root, "a", "b", "c");
        files.add("x", WIDTH, HEIGHT, (x, y) -> 0x123456, (x, y) -> 0);
    }

    /** The ids that all tests expect; 3 is not a class. */
    private static int id(int x, int y) {
        return (x * x + y) % 3;
    }

    private static int[][] ids() {
        int[][] ids = new int[HEIGHT][WIDTH];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                ids[y][x] = id(x + y, y);
            }
        }
        return ids;
    }

    private static int colour(int x, int y) {
        return COLOURS.get(id(x + y, y));
    }

    private void label(BufferedImage image) throws Exception {
        TestFiles.write(files.label("x.png"), image);
    }

    private void classes(String... lines) throws Exception {
        Files.write(root.resolve("classes.txt"), List.of(lines));
    }

    private void coloured() throws Exception {
        classes("a #000000", "b #804080", "c #808080");
    }

    private FolderSegmentationDataset read(String labelMap, Integer ignored) throws Exception {
        FolderSegmentationDataset.Builder builder = files.builder();
        if (labelMap != null) {
            builder.optLayout(FolderLayout.builder().optLabelMap(labelMap).build());
        }
        if (ignored != null) {
            builder.optIgnoreLabel(ignored);
        }
        FolderSegmentationDataset data = builder.build();
        data.prepare();
        return data;
    }

    private void assertRead(String labelMap) throws Exception {
        FolderSegmentationDataset data = read(labelMap, null);
        assertArrayEquals(ids(), data.readLabels(0));
        // Of a draw that changes nothing, so does a batch.
        assertEquals(id(3, 0), data.open(0).labels(0)[3]);
        assertEquals(List.of("a", "b", "c"), data.getClassNames());
    }

    private void assertFault(String labelMap, String fault) {
        assertEquals(
                files.label("x.png") + ": expected " + fault,
                assertThrows(MalformedDatasetException.class, () -> read(labelMap, null))
                        .getMessage());
    }

    @Test
    void coloursOfClassesAreIds() throws Exception {
        coloured();
        label(TestFiles.rgb(WIDTH, HEIGHT, LabelDecoderTest::colour));
        assertRead(null);
        label(alpha(LabelDecoderTest::colour, 0xff));
        assertRead(null);
        // What a tool that packs PNGs makes of it.
        label(palette(0xff, 0x808080, 0x000000, 0x804080));
        assertRead(null);
    }

    @Test
    void coloursOfAMapAreIds() throws Exception {
        label(TestFiles.rgb(WIDTH, HEIGHT, LabelDecoderTest::colour));
        assertRead("#000000=0,#804080=1,#808080=2");
        assertRead("#000000=0,#804080=1,*=2");
        coloured();
        label(TestFiles.rgb(WIDTH, HEIGHT, (x, y) -> y == 0 ? COLOURS.get(3) : colour(x, y)));
        FolderSegmentationDataset data = read("#E0E0C0=255", 255);
        assertEquals(255, data.readLabels(0)[0][0]);
        assertArrayEquals(ids()[1], data.readLabels(0)[1]);
        assertEquals(
                WIDTH * (HEIGHT - 1),
                data.countPixels()[0][0] + data.countPixels()[0][1] + data.countPixels()[0][2]);
    }

    @Test
    void greyIsAColourWhereColoursCount() throws Exception {
        classes("a #000000", "b #808080", "c #ffffff");
        int[] levels = {0, 128, 255};
        IntBinaryOperator level = (x, y) -> levels[id(x + y, y)];
        label(TestFiles.grey(WIDTH, HEIGHT, level));
        assertRead(null);
        BufferedImage deep = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        label(TestFiles.raster(deep, (x, y) -> level.applyAsInt(x, y) * 257));
        assertRead(null);
    }

    @Test
    void valuesOfAMapAreIds() throws Exception {
        int[] levels = {0, 127, 255};
        IntBinaryOperator level = (x, y) -> levels[id(x + y, y)];
        label(TestFiles.grey(WIDTH, HEIGHT, level));
        assertRead("0=0,127=1,255=2");
        assertRead("0..60=0,100..200=1,*=2");
        label(TestFiles.palette(WIDTH, HEIGHT, 8, level));
        assertRead("0=0,127=1,255=2");
        label(TestFiles.rgb(WIDTH, HEIGHT, (x, y) -> level.applyAsInt(x, y) * 0x010101));
        assertRead("0=0,127=1,255=2");
        BufferedImage deep = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        label(TestFiles.raster(deep, (x, y) -> level.applyAsInt(x, y) * 257));
        assertRead("0=0,32639=1,65535=2");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void fewBitsAreValuesToo(int bits) throws Exception {
        label(TestFiles.palette(WIDTH, HEIGHT, bits, (x, y) -> id(x + y, y) % 2));
        int[][] expected = ids();
        for (int[] row : expected) {
            for (int x = 0; x < row.length; x++) {
                row[x] = 2 - row[x] % 2;
            }
        }
        assertArrayEquals(expected, read("0=2,1=1", null).readLabels(0));
    }

    @Test
    void sixteenBitsRgbOfEqualChannelsAndOpaqueAlphaAreIds() throws Exception {
        IntBinaryOperator id = (x, y) -> id(x + y, y);
        BufferedImage deep = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        label(TestFiles.raster(deep, id));
        assertRead(null);
        label(TestFiles.rgb(WIDTH, HEIGHT, (x, y) -> id.applyAsInt(x, y) * 0x010101));
        assertRead(null);
        label(alpha((x, y) -> id.applyAsInt(x, y) * 0x010101, 0xff));
        assertRead(null);
    }

    @Test
    void alphaThatIsNotOpaqueIsRefused() throws Exception {
        String opaque = "labels that are opaque all over, got 35 pixel(s) that are not";
        label(alpha((x, y) -> 0, 0xfe));
        assertFault(null, opaque);
        label(alpha((x, y) -> 0, 0));
        assertFault("0=0", opaque);
        coloured();
        assertFault(null, opaque);
        label(palette(0, 0x808080, 0x000000, 0x804080));
        assertFault(null, opaque);
    }

    @Test
    void aColourThatIsNotKnownIsCountedAndTheNearestNamed() throws Exception {
        coloured();
        IntBinaryOperator off = (x, y) -> x < 2 ? colour(x, y) : y == 0 ? 0x7f4182 : 0x010203;
        label(TestFiles.rgb(WIDTH, HEIGHT, off));
        String colours = "colours of the classes or of the label map, got ";
        assertFault(
                null,
                colours
                        + "#010203 in 20 pixel(s), nearest to #000000 (a); 1 more value(s) are not"
                        + " known");
        label(
                TestFiles.rgb(
                        WIDTH, HEIGHT, (x, y) -> y == 0 ? colour(x, y) : 0x10203 + x + 256 * y));
        assertFault(
                null,
                colours
                        + "#010303 in 1 pixel(s), nearest to #000000 (a); 27 more value(s) are not"
                        + " known, as in a mask that was smoothed or a JPEG");
        label(TestFiles.rgb(WIDTH, HEIGHT, (x, y) -> y == 4 ? 0x7f4182 : 0));
        assertFault(null, colours + "#7F4182 in 7 pixel(s), nearest to #804080 (b)");
        assertFault("#7F4181=0", colours + "#7F4182 in 7 pixel(s), nearest to #7F4181");
        label(TestFiles.grey(WIDTH, HEIGHT, (x, y) -> 3));
        assertFault(null, colours + "#030303 in 35 pixel(s), nearest to #000000 (a)");
        label(palette(0xff, 0x808080, 0x000000, 0x804181));
        long ones = Arrays.stream(ids()).flatMapToInt(Arrays::stream).filter(i -> i == 1).count();
        assertFault(null, colours + "#804181 in " + ones + " pixel(s), nearest to #804080 (b)");
    }

    @Test
    void aValueThatIsNotKnownIsCountedAndTheNearestNamed() throws Exception {
        label(TestFiles.grey(WIDTH, HEIGHT, (x, y) -> y == 0 ? 254 : 255));
        String map = "values of the label map 0=0,255=1, got ";
        assertFault("255=1,0=0", map + "254 in 7 pixel(s), nearest to 255");
        BufferedImage deep = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        label(TestFiles.raster(deep, (x, y) -> y == 0 ? 300 : 0));
        assertFault("255=1,0=0", map + "300 in 7 pixel(s), nearest to 255");
        assertFault(
                null,
                "ids of at most 255, or a label map that makes such of others, got 300 in 7"
                        + " pixel(s)");
    }

    @Test
    void coloursWithoutClassesOfColourAreRefused() throws Exception {
        label(TestFiles.rgb(WIDTH, HEIGHT, (x, y) -> y < 2 ? 0x804080 : 0));
        assertFault(
                null,
                "labels as numbers, or classes with their colours in classes.txt (such as road"
                        + " #804080), got #804080 in 14 pixel(s)");
        BufferedImage deep = ImageIO.read(Path.of("src/test/resources/images/rgb-16.png").toFile());
        label(deep);
        assertFault(
                null,
                "labels as one channel of at most 16 bits, or as colours, of 8 bits each, got 3"
                        + " channel(s) of 16 bits");
    }

    @Test
    void mapsThatDoNotFitAreRefusedAtOnce() throws Exception {
        assertEquals(
                root
                        + ": expected a label map to class ids 0 to 2 (no ignore label is set), got 7"
                        + " in 0=0,5=7",
                assertThrows(MalformedDatasetException.class, () -> read("0=0,5=7", null))
                        .getMessage());
        read("0=0,5=7", 7);
        coloured();
        assertEquals(
                root
                        + ": expected a label map of colours (#RRGGBB=ID), as the classes have colours,"
                        + " got 0=0",
                assertThrows(MalformedDatasetException.class, () -> read("0=0", null))
                        .getMessage());
        assertEquals(
                root
                        + ": expected one id for every colour, got #804080 as that of class 1 and, in"
                        + " the label map, of 2",
                assertThrows(MalformedDatasetException.class, () -> read("#804080=2", null))
                        .getMessage());
        assertEquals(
                OptionalInt.of(1),
                OptionalInt.of(read("#804080=1", null).getClassNames().indexOf("b")));
    }

    private static BufferedImage alpha(IntBinaryOperator rgb, int alpha) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_4BYTE_ABGR);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int colour = rgb.applyAsInt(x, y);
                image.getRaster()
                        .setPixel(
                                x,
                                y,
                                new int[] {colour >> 16, colour >> 8 & 0xff, colour & 0xff, alpha});
            }
        }
        return image;
    }

    /** The colours of all tests by a palette in another order than that of the ids. */
    private static BufferedImage palette(int alpha, int... rgb) {
        int[] colours = new int[4];
        for (int i = 0; i < rgb.length; i++) {
            colours[i] = alpha << 24 | rgb[i];
        }
        IndexColorModel model =
                new IndexColorModel(8, 4, colours, 0, true, -1, DataBuffer.TYPE_BYTE);
        BufferedImage image =
                new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_INDEXED, model);
        int[] index = {1, 2, 0};
        return TestFiles.raster(image, (x, y) -> index[id(x + y, y)]);
    }
}
