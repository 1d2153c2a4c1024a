package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Label maps of earth, written in every format and imported, are the same to the last pixel. */
class EarthRoundTripTest {

    private static final Path EARTH = Path.of("datasets", "earth");
    private static final int SIDE = 128;

    @TempDir private Path temp;
    private final Random random = new Random(9);

    /** A tile, with the ids of its pixels, row by row. */
    private record Tile(Path image, int[] ids) {

        String name() {
            return image.getFileName().toString();
        }
    }

    private static List<Tile> tiles(String split, int count) throws IOException {
        List<Path> images;
        try (Stream<Path> files = Files.list(EARTH.resolve(split).resolve("images"))) {
            images = files.sorted().toList();
        }
        List<Tile> tiles = new ArrayList<>();
        // From all over the planet.
        for (int i = 0; i < Math.min(count, images.size()); i++) {
            Path image = images.get(i * images.size() / Math.min(count, images.size()));
            String png = image.getFileName().toString().replace(".jpg", ".png");
            Raster map =
                    ImageIO.read(EARTH.resolve(split).resolve("labels").resolve(png).toFile())
                            .getRaster();
            tiles.add(new Tile(image, map.getPixels(0, 0, SIDE, SIDE, (int[]) null)));
        }
        return tiles;
    }

    private static List<String> classes() throws IOException {
        return Files.readAllLines(EARTH.resolve("classes.txt"));
    }

    private static boolean[] pixels(Tile tile, int id) {
        boolean[] pixels = new boolean[SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = tile.ids()[i] == id;
        }
        return pixels;
    }

    /** Returns the pixels that are connected by sides, region by region. */
    private static List<boolean[]> connected(boolean[] pixels) {
        List<boolean[]> regions = new ArrayList<>();
        boolean[] left = pixels.clone();
        for (int start = 0; start < left.length; start++) {
            if (left[start]) {
                boolean[] region = new boolean[left.length];
                Deque<Integer> open = new ArrayDeque<>(List.of(start));
                left[start] = false;
                while (!open.isEmpty()) {
                    int at = open.pop();
                    region[at] = true;
                    int x = at % SIDE;
                    int[] neighbours = {
                        x > 0 ? at - 1 : at, x < SIDE - 1 ? at + 1 : at, at - SIDE, at + SIDE
                    };
                    for (int next : neighbours) {
                        if (next >= 0 && next < left.length && left[next]) {
                            left[next] = false;
                            open.push(next);
                        }
                    }
                }
                regions.add(region);
            }
        }
        return regions;
    }

    /** The lengths of runs, the first of what is not in it. */
    private static List<Integer> runs(boolean[] pixels, boolean byColumns) {
        List<Integer> runs = new ArrayList<>();
        boolean inside = false;
        int length = 0;
        for (int i = 0; i < pixels.length; i++) {
            boolean next = pixels[byColumns ? i % SIDE * SIDE + i / SIDE : i];
            if (next != inside) {
                runs.add(length);
                length = 0;
                inside = next;
            }
            length++;
        }
        runs.add(length);
        return runs;
    }

    /** COCO's compressed form of run lengths. */
    private static String compressed(List<Integer> runs) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < runs.size(); i++) {
            int value = runs.get(i) - (i > 2 ? runs.get(i - 2) : 0);
            boolean more;
            do {
                int bits = value & 31;
                value >>= 5;
                more = (bits & 16) != 0 ? value != -1 : value != 0;
                text.append((char) ('0' + (more ? bits | 32 : bits)));
            } while (more);
        }
        return text.toString().replace("\\", "\\\\");
    }

    /** A part for each row of each run: what COCO's tools fill of it are its pixels. */
    private static String polygons(boolean[] region) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < region.length; i++) {
            if (region[i] && (i % SIDE == 0 || !region[i - 1])) {
                int end = i;
                while (end % SIDE < SIDE - 1 && region[end + 1]) {
                    end++;
                }
                int x0 = i % SIDE;
                int x1 = end % SIDE + 1;
                int y = i / SIDE;
                parts.add(List.of(x0, y, x1, y, x1, y + 1, x0, y + 1).toString());
            }
        }
        return parts.toString();
    }

    private Path coco(List<Tile> tiles, String name) throws IOException {
        List<String> classes = classes();
        List<String> images = new ArrayList<>();
        List<String> annotations = new ArrayList<>();
        for (Tile tile : tiles) {
            int id = images.size() + 1;
            images.add(
                    String.format(
                            "{\"id\": %d, \"file_name\": \"%s\", \"width\": 128, \"height\": 128}",
                            id, tile.name()));
            for (int c = 0; c < classes.size(); c++) {
                boolean[] pixels = pixels(tile, c);
                List<String> masks = new ArrayList<>();
                List<Integer> runs = runs(pixels, true);
                switch (id % 3) {
                    case 0 -> masks.add("{\"size\": [128, 128], \"counts\": " + runs + "}");
                    case 1 ->
                            masks.add(
                                    "{\"size\": [128, 128], \"counts\": \""
                                            + compressed(runs)
                                            + "\"}");
                    default -> connected(pixels).forEach(region -> masks.add(polygons(region)));
                }
                for (String mask : masks) {
                    annotations.add(
                            String.format(
                                    "{\"id\": %d, \"image_id\": %d, \"category_id\": %d,"
                                            + " \"iscrowd\": 0, \"segmentation\": %s}",
                                    annotations.size(), id, 10 * c + 1, mask));
                }
            }
        }
        List<String> categories = new ArrayList<>();
        for (int c = 0; c < classes.size(); c++) {
            categories.add(
                    String.format("{\"id\": %d, \"name\": \"%s\"}", 10 * c + 1, classes.get(c)));
        }
        return Files.writeString(
                temp.resolve(name),
                String.format(
                        "{\"images\": %s, \"annotations\": %s, \"categories\": %s}",
                        images, annotations, categories));
    }

    private Path labelMe(List<Tile> tiles) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("labelme"));
        for (Tile tile : tiles) {
            List<String> shapes = new ArrayList<>();
            for (int c = 0; c < classes().size(); c++) {
                BufferedImage mask = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
                for (int i = 0; i < SIDE * SIDE; i++) {
                    mask.getRaster().setSample(i % SIDE, i / SIDE, 0, tile.ids()[i] == c ? 1 : 0);
                }
                ByteArrayOutputStream png = new ByteArrayOutputStream();
                ImageIO.write(mask, "png", png);
                shapes.add(
                        String.format(
                                "{\"label\": \"%s\", \"shape_type\": \"mask\", \"points\": [[0, 0],"
                                        + " [127, 127]], \"mask\": \"%s\"}",
                                classes().get(c),
                                Base64.getEncoder().encodeToString(png.toByteArray())));
            }
            Files.writeString(
                    folder.resolve(tile.name().replace(".jpg", ".json")),
                    String.format(
                            "{\"imagePath\": \"%s\", \"imageWidth\": 128, \"imageHeight\": 128,"
                                    + " \"imageData\": null, \"shapes\": %s}",
                            tile.name(), shapes));
        }
        return folder;
    }

    private Path labelStudio(List<Tile> tiles) throws IOException {
        List<String> tasks = new ArrayList<>();
        for (Tile tile : tiles) {
            List<String> results = new ArrayList<>();
            for (int c = 0; c < classes().size(); c++) {
                int[] values = new int[4 * SIDE * SIDE];
                for (int i = 0; i < tile.ids().length; i++) {
                    values[4 * i + 3] = tile.ids()[i] == c ? 255 : 0;
                }
                List<Integer> bytes = new ArrayList<>();
                for (byte b : BrushPacking.pack(values, random)) {
                    bytes.add(b & 0xff);
                }
                results.add(
                        String.format(
                                "{\"type\": \"brushlabels\", \"original_width\": 128,"
                                        + " \"original_height\": 128, \"image_rotation\": 0,"
                                        + " \"value\": {\"format\": \"rle\", \"rle\": %s,"
                                        + " \"brushlabels\": [\"%s\"]}}",
                                bytes, classes().get(c)));
            }
            tasks.add(
                    String.format(
                            "{\"data\": {\"image\": \"/data/upload/1/0a1b2c3d-%s\"},"
                                    + " \"annotations\": [{\"result\": %s}]}",
                            tile.name(), results));
        }
        return Files.writeString(temp.resolve("tasks.json"), tasks.toString());
    }

    private Path cvat(List<Tile> tiles) throws IOException {
        StringBuilder xml = new StringBuilder("<annotations>");
        for (Tile tile : tiles) {
            xml.append("<image name=\"").append(tile.name());
            xml.append("\" width=\"128\" height=\"128\">");
            for (int c = 0; c < classes().size(); c++) {
                String runs = runs(pixels(tile, c), false).toString().replaceAll("[\\[\\]]", "");
                xml.append("<mask left=\"0\" top=\"0\" width=\"128\" height=\"128\" rle=\"");
                xml.append(runs).append("\" label=\"").append(classes().get(c)).append("\"/>");
            }
            xml.append("</image>");
        }
        return Files.writeString(temp.resolve("annotations.xml"), xml.append("</annotations>"));
    }

    private Path voc(List<Tile> tiles) throws IOException {
        Path folder = temp.resolve("voc");
        Path labels = Files.createDirectories(folder.resolve("SegmentationClass"));
        Path lists = Files.createDirectories(folder.resolve("ImageSets").resolve("Segmentation"));
        for (Tile tile : tiles) {
            BufferedImage map = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < SIDE * SIDE; i++) {
                map.setRGB(i % SIDE, i / SIDE, LabelColours.vocColour(tile.ids()[i]));
            }
            String png = tile.name().replace(".jpg", ".png");
            ImageIO.write(map, "png", labels.resolve(png).toFile());
        }
        Files.write(
                lists.resolve("train.txt"),
                tiles.stream().map(tile -> tile.name().replace(".jpg", "")).toList());
        Files.copy(EARTH.resolve("classes.txt"), folder.resolve("class_names.txt"));
        return folder;
    }

    @ParameterizedTest
    @EnumSource(ImportFormat.class)
    void everyFormatKeepsEveryPixel(ImportFormat format) throws IOException {
        List<Tile> tiles = tiles("train", 12);
        Path source =
                switch (format) {
                    case COCO -> coco(tiles, "instances.json");
                    case LABELME -> labelMe(tiles);
                    case LABEL_STUDIO -> labelStudio(tiles);
                    case CVAT -> cvat(tiles);
                    case VOC -> voc(tiles);
                };
        ImportResult result = run(format, source, "train", temp.resolve("out"));
        assertEquals(tiles.size(), result.count());
        assertSame(tiles, "train");
        assertEquals(0, result.pixels()[ClassTable.IGNORED]);
    }

    /** All of earth as COCO's instances: the data set that comes of it is earth again. */
    @Test
    void earthAsCocoIsEarth() throws IOException {
        for (String split : List.of("train", "val", "test")) {
            List<Tile> tiles = tiles(split, Integer.MAX_VALUE);
            Path file = coco(tiles, split + ".json");
            ImportResult result = run(ImportFormat.COCO, file, split, temp.resolve("out"));
            assertEquals(tiles.size(), result.count());
            assertSame(tiles, split);
        }
        assertEquals(classes(), Files.readAllLines(temp.resolve("out").resolve("classes.txt")));
    }

    private ImportResult run(ImportFormat format, Path source, String split, Path out)
            throws IOException {
        Path names = format == ImportFormat.COCO ? null : EARTH.resolve("classes.txt");
        return DatasetImport.run(
                new ImportRequest(
                        format,
                        source,
                        EARTH.resolve(split).resolve("images"),
                        out,
                        split,
                        split,
                        names,
                        format == ImportFormat.VOC,
                        null,
                        false),
                ImportTesting.UNTOLD);
    }

    private void assertSame(List<Tile> tiles, String split) throws IOException {
        Path folder = temp.resolve("out").resolve(split);
        for (Tile tile : tiles) {
            String png = tile.name().replace(".jpg", ".png");
            Raster map = ImageIO.read(folder.resolve("labels").resolve(png).toFile()).getRaster();
            assertArrayEquals(
                    tile.ids(), map.getPixels(0, 0, SIDE, SIDE, (int[]) null), tile.name());
            Path image = folder.resolve("images").resolve(tile.name());
            assertEquals(-1, Files.mismatch(tile.image(), image), tile.name());
        }
        try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(2 * tiles.size(), files.filter(Files::isRegularFile).count());
        }
    }
}
