package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RegionTest {

    private static final Path RESOURCES = Path.of("examples", "src", "test", "resources");

    /** The pixels of a region, row by row. */
    private static boolean[] pixels(Region region, int width, int height) {
        PixelMask mask = new PixelMask(width, height);
        region.addTo(mask);
        boolean[] pixels = new boolean[width * height];
        int[] runs = mask.takeRuns();
        for (int i = 0; i < runs.length; i += 2) {
            for (int at = runs[i]; at < runs[i + 1]; at++) {
                pixels[at] = true;
            }
        }
        assertEquals(0, mask.takeRuns().length);
        return pixels;
    }

    private static long area(Region region, int width, int height) {
        PixelMask mask = new PixelMask(width, height);
        region.addTo(mask);
        int[] runs = mask.takeRuns();
        return IntStream.range(0, runs.length)
                .mapToLong(i -> i % 2 == 0 ? -runs[i] : runs[i])
                .sum();
    }

    /** The rows of a mask; '#' is a pixel of it. */
    private static String drawn(Region region, int width, int height) {
        boolean[] pixels = pixels(region, width, height);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pixels.length; i++) {
            text.append(pixels[i] ? '#' : '.').append(i % width == width - 1 ? "\n" : "");
        }
        return text.toString();
    }

    private static double[] numbers(JsonArray array) {
        return IntStream.range(0, array.size())
                .mapToDouble(i -> array.get(i).getAsDouble())
                .toArray();
    }

    /** Masks and areas that pycocotools 2.0.11 has for the same polygons (make.py there). */
    @Test
    void polygonsAreFilledAsCocosToolsDo() throws IOException {
        List<String> lines = Files.readAllLines(RESOURCES.resolve("coco").resolve("masks.jsonl"));
        assertTrue(lines.size() > 100);
        for (String line : lines) {
            JsonObject known = JsonParser.parseString(line).getAsJsonObject();
            int height = known.getAsJsonArray("size").get(0).getAsInt();
            int width = known.getAsJsonArray("size").get(1).getAsInt();
            List<Region> parts = new ArrayList<>();
            for (JsonElement ring : known.getAsJsonArray("segmentation")) {
                parts.add(new CocoPolygon(numbers(ring.getAsJsonArray())));
            }
            Region region = Region.union(parts);
            int[] lengths = RunLengths.decompress(known.get("counts").getAsString());
            String expected = drawn(RunLengths.ofImage(lengths, width, height), width, height);
            assertEquals(expected, drawn(region, width, height), line);
            assertEquals(known.get("area").getAsLong(), area(region, width, height), line);
        }
    }

    /**
     * The pixels that labelme 7.1.0 makes of the same shapes with Pillow 12.3.0 (make.py there).
     */
    @Test
    void shapesAreFilledAsLabelMesExportDoes() throws IOException {
        List<String> lines =
                Files.readAllLines(RESOURCES.resolve("labelme").resolve("shapes.jsonl"));
        assertTrue(lines.size() > 300);
        for (String line : lines) {
            JsonObject known = JsonParser.parseString(line).getAsJsonObject();
            int height = known.getAsJsonArray("size").get(0).getAsInt();
            int width = known.getAsJsonArray("size").get(1).getAsInt();
            JsonArray points = new JsonArray();
            known.getAsJsonArray("points").forEach(p -> points.addAll(p.getAsJsonArray()));
            double[] xy = numbers(points);
            Region region =
                    switch (known.get("type").getAsString()) {
                        case "circle" -> LabelMeCircle.through(xy[0], xy[1], xy[2], xy[3]);
                        case "rectangle" -> LabelMePolygon.rectangle(xy[0], xy[1], xy[2], xy[3]);
                        default -> new LabelMePolygon(xy);
                    };
            int[] runs =
                    Arrays.stream(numbers(known.getAsJsonArray("runs")))
                            .mapToInt(run -> (int) run)
                            .toArray();
            String expected = drawn(RunLengths.ofBox(runs, 0, 0, width, height), width, height);
            assertEquals(expected, drawn(region, width, height), line);
        }
    }

    /** Areas that Pillow 12.3.0 has. */
    @Test
    void largeCirclesAreFilledToo() {
        assertEquals(50_276_881, area(new LabelMeCircle(5000, 5000, 4000), 10_001, 10_001));
        // The terms of the equation overflow 64 bits here, their sum does not.
        assertEquals(59_957_574, area(new LabelMeCircle(0, 0, 30_000), 2000, 30_001));
        assertEquals(500_001, area(new LabelMeCircle(350_000, 0, 250_000), 600_001, 1));
        assertFails(
                "at most 500000 pixels across, got 500002",
                () -> area(new LabelMeCircle(300_000, 0, 250_001), 600_000, 1));
    }

    @Test
    void runsAreCountedByColumnsOrByRows() {
        int[] lengths = {1, 2, 2, 1};
        assertEquals(
                "...\n###\n", drawn(RunLengths.ofImage(new int[] {1, 1, 1, 1, 1, 1}, 3, 2), 3, 2));
        assertEquals(
                "#..\n.#.\n", drawn(RunLengths.ofImage(new int[] {0, 1, 2, 1, 2}, 3, 2), 3, 2));
        // A box of 3x2 at column 1, row 2: .## and ..#.
        assertEquals(
                "....\n....\n..##\n...#\n", drawn(RunLengths.ofBox(lengths, 1, 2, 3, 2), 4, 4));
        assertEquals("###\n###\n", drawn(RunLengths.ofBox(new int[] {0, 6}, 0, 0, 3, 2), 3, 2));
    }

    @Test
    void runsThatDoNotAddUpAreRefused() {
        assertFails("in all, got 5", () -> RunLengths.ofImage(new int[] {5}, 3, 2));
        assertFails("in all, got 7", () -> RunLengths.ofImage(new int[] {3, 4}, 3, 2));
        assertFails("from 0 on, got -1", () -> RunLengths.ofImage(new int[] {7, -1}, 3, 2));
        // 2^32 pixels, of which an overflow would make none.
        assertFails("got 0", () -> RunLengths.ofImage(new int[] {}, 65536, 65536));
        Region other = RunLengths.ofImage(new int[] {6}, 2, 3);
        assertFails("the image's size, 3x2, got 2x3", () -> area(other, 3, 2));
        Region beyond = RunLengths.ofBox(new int[] {4}, 2, 0, 2, 2);
        assertFails("within 3x2, got 2x2 at 2, 0", () -> area(beyond, 3, 2));
        Region before = RunLengths.ofBox(new int[] {4}, -1, 0, 2, 2);
        assertFails("got 2x2 at -1, 0", () -> area(before, 3, 2));
        Region far = RunLengths.ofBox(new int[] {4}, Integer.MAX_VALUE, 0, 2, 2);
        assertFails("got 2x2 at 2147483647, 0", () -> area(far, 3, 2));
    }

    @Test
    void damagedCompressedRunsAreRefused() {
        assertArrayEquals(new int[] {7, 3, 3, 3}, RunLengths.decompress("7330"));
        assertFails("an end within one", () -> RunLengths.decompress("P"));
        assertFails("the character 32", () -> RunLengths.decompress("7 3"));
        assertFails("the character 955", () -> RunLengths.decompress("7λ"));
        assertFails("31 bits", () -> RunLengths.decompress("oooooooooooo0"));
        assertFails("from 0 to 2147483647, got -1", () -> RunLengths.decompress("O"));
    }

    @Test
    void polygonsHaveTheCentresThatTheyGoAround() {
        // Half a pixel decides: centres at 0.5, 1.5, 2.5.
        assertEquals("....\n.##.\n....\n", drawn(new PolygonFill(1, 1, 3, 1, 3, 2, 1, 2), 4, 3));
        assertEquals(
                "....\n.##.\n", drawn(new PolygonFill(.6, .6, 2.6, .6, 2.6, 1.6, .6, 1.6), 4, 2));
        assertEquals(0, area(new PolygonFill(1.6, 1.6, 2.4, 1.6, 2.4, 2.4, 1.6, 2.4), 4, 4));
        // What lies beyond the image is cut off.
        assertEquals(12, area(new PolygonFill(-9, -9, 9, -9, 9, 9, -9, 9), 4, 3));
        // A star of five points, whose middle is gone around twice.
        double[] star = new double[10];
        for (int i = 0; i < 5; i++) {
            star[2 * i] = 10 + 10 * Math.sin(Math.PI * 4 * i / 5);
            star[2 * i + 1] = 10 - 10 * Math.cos(Math.PI * 4 * i / 5);
        }
        boolean[] pixels = pixels(new PolygonFill(star), 20, 20);
        assertTrue(!pixels[10 * 20 + 10] && pixels[3 * 20 + 10]);
    }

    @Test
    void neighboursShareNoPixelAndLeaveNoneOut() {
        Random random = new Random(7);
        for (int trial = 0; trial < 50; trial++) {
            // A point in a square divides it into four triangles; half the time on the grid.
            double x = trial % 2 == 0 ? 1 + random.nextInt(18) + 0.5 : random.nextDouble() * 20;
            double y = trial % 2 == 0 ? 1 + random.nextInt(18) + 0.5 : random.nextDouble() * 20;
            double[][] corners = {{0, 0}, {20, 0}, {20, 20}, {0, 20}};
            int[] times = new int[400];
            for (int i = 0; i < 4; i++) {
                double[] a = corners[i];
                double[] b = corners[(i + 1) % 4];
                boolean[] pixels = pixels(new PolygonFill(a[0], a[1], b[0], b[1], x, y), 20, 20);
                for (int p = 0; p < 400; p++) {
                    times[p] += pixels[p] ? 1 : 0;
                }
            }
            for (int p = 0; p < 400; p++) {
                assertEquals(1, times[p], "trial " + trial + ", pixel " + p);
            }
        }
    }

    /** The rule of Java's own shapes is the same but on the outline, which no centre is on here. */
    @Test
    void polygonsAndEllipsesAgreeWithJavasShapes() {
        Random random = new Random(11);
        for (int trial = 0; trial < 100; trial++) {
            double[] xy = random.doubles(2 * (3 + random.nextInt(8)), -5, 35).toArray();
            Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
            path.moveTo(xy[0], xy[1]);
            for (int i = 2; i < xy.length; i += 2) {
                path.lineTo(xy[i], xy[i + 1]);
            }
            path.closePath();
            assertSame(new Area(path), new PolygonFill(xy), "polygon " + trial);
            double rx = random.nextDouble() * 15;
            double ry = random.nextDouble() * 15;
            Ellipse2D ellipse = new Ellipse2D.Double(xy[0] - rx, xy[1] - ry, 2 * rx, 2 * ry);
            Region region = new EllipseFill(xy[0], xy[1], rx, ry, 0);
            for (int p = 0; p < 900; p++) {
                double x = (p % 30 + 0.5 - xy[0]) / rx;
                double y = (p / 30 + 0.5 - xy[1]) / ry;
                assertEquals(ellipse.contains(p % 30 + 0.5, p / 30 + 0.5), x * x + y * y < 1);
            }
            boolean[] pixels = pixels(region, 30, 30);
            for (int p = 0; p < 900; p++) {
                assertEquals(ellipse.contains(p % 30 + 0.5, p / 30 + 0.5), pixels[p], "" + trial);
            }
        }
    }

    private static void assertSame(Area area, Region region, String message) {
        boolean[] pixels = pixels(region, 30, 30);
        for (int p = 0; p < 900; p++) {
            assertEquals(area.contains(p % 30 + 0.5, p / 30 + 0.5), pixels[p], message + ", " + p);
        }
    }

    @Test
    void shapesAreTurnedClockwise() {
        // 4x2 about its upper left corner, by a quarter: 2 wide, 4 high, to the left of it.
        Region turned = new PolygonFill(PolygonFill.rectangle(3, 1, 7, 3, 90, 3, 1));
        assertEquals(drawn(new PolygonFill(1, 1, 3, 1, 3, 5, 1, 5), 8, 6), drawn(turned, 8, 6));
        Region still = new PolygonFill(PolygonFill.rectangle(3, 1, 7, 3, 0, 3, 1));
        assertEquals(drawn(new PolygonFill(3, 1, 7, 1, 7, 3, 3, 3), 8, 6), drawn(still, 8, 6));
        Region lying = new EllipseFill(10, 10, 8, 3, 90);
        assertEquals(drawn(new EllipseFill(10, 10, 3, 8, 0), 20, 20), drawn(lying, 20, 20));
        // By 45 degrees clockwise the long axis goes to the lower right.
        boolean[] slanted = pixels(new EllipseFill(10, 10, 8, 2, 45), 20, 20);
        assertTrue(slanted[14 * 20 + 14] && !slanted[5 * 20 + 14]);
        // Its area is that of the ellipse to what its outline can cut off.
        assertEquals(
                Math.PI * 80 * 30, area(new EllipseFill(99.3, 98.7, 80, 30, 30), 200, 200), 40);
    }

    @Test
    void whatIsFarOffIsRefused() {
        double[] wild = {1e9, Double.NaN, Double.POSITIVE_INFINITY, -1001, 1011};
        for (double x : wild) {
            assertFails("from -1000 to 1010", () -> area(new PolygonFill(x, 0, 1, 1, 0, 1), 10, 9));
            assertFails(
                    x < 0 ? "radii from 0 on" : "from -1000 to 1010",
                    () -> area(new EllipseFill(1, 1, x, 1, 0), 10, 9));
            assertFails(
                    "from -1000 to 1010", () -> area(new LabelMePolygon(x, 0, 1, 1, 0, 1), 10, 9));
            assertFails("from -1000 to 1010", () -> area(new LabelMeCircle(1, 1, x), 10, 9));
            assertFails("from -1000 to 1010", () -> area(new LabelMeCircle(1, x, 1), 10, 9));
            if (!Double.isNaN(x)) {
                double[] ring = {0, 0, 1, 1, 0, x};
                assertFails("from -1000 to 1010", () -> area(new CocoPolygon(ring), 10, 9));
            }
        }
        assertFails("an angle", () -> area(new EllipseFill(1, 1, 1, 1, Double.NaN), 10, 9));
        assertEquals(0, area(new EllipseFill(1, 1, 0, 0, 0), 10, 9));
        // A large image allows for more.
        assertEquals(0, area(new PolygonFill(3999, 0, 3999, 2, 3998, 1), 2000, 1));
    }

    /** The values and bytes of a test of Label Studio's converter, tests/test_brush.py. */
    @Test
    void brushesAreUnpackedAsLabelStudioPacksThem() {
        int[] bytes = {
            0, 0, 0, 18, 57, 27, 252, 96, 32, 1, 0, 6, 0, 40, 0, 192, 3, 128, 17, 56, 32
        };
        byte[] packed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            packed[i] = (byte) bytes[i];
        }
        List<Long> values = new ArrayList<>();
        BrushRle.unpack(
                packed,
                18,
                (from, to, value) -> {
                    for (long i = from; i < to; i++) {
                        values.add(value);
                    }
                });
        assertEquals(
                List.of(1, 1, 1, 1, 2, 3, 5, 6, 7, 8, 4, 4, 4, 4, 4, 4, 4, 4).toString(),
                values.toString());
        assertFails("16 values of the brush, got 18", () -> BrushRle.unpack(packed, 16, null));
        byte[] cut = Arrays.copyOf(packed, 12);
        assertFails("an end after 12", () -> BrushRle.unpack(cut, 18, (from, to, value) -> {}));
    }

    @Test
    void brushesAreWhereAlphaIs() {
        Random random = new Random(3);
        for (int trial = 0; trial < 100; trial++) {
            int width = 1 + random.nextInt(40);
            int height = 1 + random.nextInt(40);
            int[] values = new int[4 * width * height];
            StringBuilder expected = new StringBuilder();
            // Colours say nothing; alpha of any amount does.
            int alpha = 0;
            for (int p = 0; p < width * height; p++) {
                alpha = random.nextInt(trial % 2 == 0 ? 2 : 20) == 0 ? random.nextInt(256) : alpha;
                alpha = random.nextInt(5) == 0 ? 0 : alpha;
                values[4 * p] = random.nextInt(2) * 255;
                values[4 * p + 3] = alpha;
                expected.append(alpha > 0 ? '#' : '.').append(p % width == width - 1 ? "\n" : "");
            }
            byte[] packed = BrushPacking.pack(values, random);
            assertEquals(
                    expected.toString(), drawn(new BrushRle(packed, width, height), width, height));
        }
        Region region = new BrushRle(BrushPacking.pack(new int[24], random), 2, 3);
        assertEquals(0, area(region, 2, 3));
        assertFails("the image's size, 3x2, got 2x3", () -> area(region, 3, 2));
    }

    private static void assertFails(String message, Runnable action) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, action::run, message);
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().startsWith("expected "), e.getMessage());
    }
}
