package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files of LabelMe, written after what its {@code _label_file.py} reads. The labels expected of
 * shapes are those that its {@code _utils/shape.py} makes with Pillow 12.3.0
 * (https://github.com/wkentaro/labelme, version 7.1.0).
 */
class LabelMeReaderTest {

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void writeImage() throws IOException {
        files = new ImportTesting(temp).image("a.png", 8, 6);
    }

    private Path labelMe(String name, String... shapes) throws IOException {
        return files.write(
                name,
                "{\"version\": \"5.5.0\", \"flags\": {}, \"shapes\": ["
                        + String.join(", ", shapes)
                        + "], \"imagePath\": \"a.png\", \"imageData\": \""
                        + "QUJD".repeat(1000)
                        + "\", \"imageHeight\": 6, \"imageWidth\": 8}");
    }

    private static String shape(String label, String type, String points) {
        return "{\"label\": \""
                + label
                + "\", \"points\": "
                + points
                + ", \"group_id\": null, \"description\": \"\", \"shape_type\": \""
                + type
                + "\", \"flags\": {}, \"mask\": null}";
    }

    private static String mask(String label, String points, BufferedImage image)
            throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        String text = Base64.getEncoder().encodeToString(png.toByteArray());
        return shape(label, "mask", points).replace("\"mask\": null", "\"mask\": \"" + text + '"');
    }

    @Test
    void shapesAreFilledOneOverTheOther() throws IOException {
        labelMe(
                "a.json",
                shape("tree", "polygon", "[[0, 0], [4, 0], [4, 3], [0, 3]]"),
                shape("house", "rectangle", "[[6, 4], [3, 2]]"),
                shape("_background_", "polygon", "[[0, 0], [1, 0], [1, 1], [0, 1]]"),
                shape("__ignore__", "rectangle", "[[7, 0], [8, 6]]"));
        ImportResult result = files.run(ImportFormat.LABELME, files.source());
        assertEquals(List.of("background", "house", "tree"), files.classes());
        assertEquals(
                "0022200-\n0022200-\n2221111-\n2221111-\n0001111-\n0000000-\n", files.labels("a"));
        assertEquals(Map.of(), result.passedOver());
    }

    @Test
    void circlesHaveACentreAndAPointOfTheirOutline() throws IOException {
        labelMe("a.json", shape("eye", "circle", "[[4, 3], [4, 1]]"));
        files.run(ImportFormat.LABELME, files.source());
        assertEquals(
                "00000000\n00011100\n00111110\n00111110\n00111110\n00011100\n", files.labels("a"));
    }

    @Test
    void masksBeginAtTheirFirstPoint() throws IOException {
        // An image of 3x2 whose pixels are 0 or 1, as LabelMe writes it, and one of one bit.
        BufferedImage grey = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setPixels(0, 0, 3, 2, new int[] {0, 1, 1, 1, 0, 1});
        BufferedImage bits = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_BINARY);
        bits.getRaster().setPixels(0, 0, 3, 2, new int[] {1, 1, 0, 0, 0, 1});
        labelMe(
                "a.json",
                mask("b", "[[2, 1], [4, 2]]", grey),
                mask("c", "[[6.4, 4.6], [9, 6]]", bits));
        files.run(ImportFormat.LABELME, files.source());
        assertEquals(
                "00000000\n00011000\n00101000\n00000000\n00000000\n00000022\n", files.labels("a"));
    }

    @Test
    void masksOfWholeCornersEndAtTheSecond() throws IOException {
        BufferedImage full = new BufferedImage(4, 3, BufferedImage.TYPE_BYTE_GRAY);
        Arrays.fill(((DataBufferByte) full.getRaster().getDataBuffer()).getData(), (byte) 1);
        labelMe(
                "a.json",
                mask("b", "[[-2, 1], [0, 2]]", full),
                mask("c", "[[3, 0], [7, 1]]", full),
                mask("d", "[[3, 3.5], [4, 5]]", full),
                mask("e", "[[5, 5], [4, 5]]", full));
        files.run(ImportFormat.LABELME, files.source());
        assertEquals(
                "00022220\n10022220\n10000000\n00000000\n00033330\n00033330\n", files.labels("a"));
    }

    @Test
    void pointsAndLinesHaveNoPixels() throws IOException {
        labelMe(
                "a.json",
                shape("tree", "point", "[[1, 1]]"),
                shape("tree", "line", "[[1, 1], [5, 5]]"),
                shape("tree", "linestrip", "[[1, 1], [5, 5], [7, 5]]"),
                shape("tree", "line", "[[1, 1], [5, 5]]"),
                shape("tree", "polygon", "[[1, 1], [5, 5]]"));
        ImportResult result = files.run(ImportFormat.LABELME, files.source());
        assertEquals(
                Map.of(
                        "shapes of type point", 1,
                        "shapes of type line", 2,
                        "shapes of type linestrip", 1,
                        "polygons of fewer than 3 points", 1),
                result.passedOver());
        assertEquals(48, result.pixels()[0]);
        assertEquals(List.of("background"), files.classes());
    }

    @Test
    void theImageIsFoundWhereItLiesNow() throws IOException {
        files.image("photos/b.jpg", 8, 6);
        labelMe("b.json", shape("tree", "rectangle", "[[0, 0], [1, 1]]"));
        Path json = files.source().resolve("b.json");
        String text = Files.readString(json);
        Files.writeString(json, text.replace("a.png", "C:\\\\work\\\\photos\\\\b.jpg"));
        // Of another name than the image; and one whose path leads out of the folder.
        labelMe("a.json", shape("tree", "rectangle", "[[0, 0], [1, 1]]"));
        Path out = labelMe("c.json", shape("tree", "rectangle", "[[0, 0], [1, 1]]"));
        Files.writeString(out, Files.readString(out).replace("a.png", "../source/photos/b.jpg"));
        Path gone = labelMe("d.json", shape("tree", "rectangle", "[[0, 0], [1, 1]]"));
        Files.writeString(gone, Files.readString(gone).replace("a.png", "gone\\ud800.png"));
        // A path that is wrong, beside an image of the file's own name.
        files.image("e.png", 8, 6);
        Path named = labelMe("e.json", shape("tree", "rectangle", "[[0, 0], [1, 1]]"));
        Files.writeString(named, Files.readString(named).replace("a.png", "old name.png"));
        ImportResult result = files.run(ImportFormat.LABELME, files.source());
        assertEquals(4, result.count());
        // With half a character, which UTF-8 cannot hold.
        assertEquals(List.of("gone\ud800.png: not found in " + files.source()), result.leftOut());
        assertEquals(
                List.of("gone?.png: not found in " + files.source()),
                Files.readAllLines(files.out().resolve("train/left-out.txt")));
        try (var images = Files.list(files.out().resolve("train/images"))) {
            assertEquals(
                    "[a.png, e.png, photos_b-2.jpg, photos_b.jpg]",
                    images.map(p -> p.getFileName().toString()).sorted().toList().toString());
        }
    }

    @Test
    void aFileAloneIsRead() throws IOException {
        Path file = labelMe("a.json", shape("tree", "rectangle", "[[0, 0], [8, 6]]"));
        labelMe("other.json", "}");
        assertEquals(48, files.run(ImportFormat.LABELME, file).pixels()[1]);
        // Of any name.
        Path other = Files.move(file, files.source().resolve("a"));
        ImportResult val = files.run(files.request(ImportFormat.LABELME, other, "val"));
        assertEquals(48, val.pixels()[1]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'shapes' | 'shape' | : shapes: expected a list [...], got none",
                "'label' | 'name' | : shapes[0]: label: expected a text, got none",
                "'tree' | ' ' | : shapes[0]: label: expected the name of a class, got an empty one",
                "'points' | 'point' | : shapes[0]: points: expected a list [...], got none",
                "[0, 0] | [0] | : shapes[0]: points[0]: expected two numbers [x, y], got a list",
                "[0, 0] | 0 | : shapes[0]: points[0]: expected two numbers [x, y], got 0",
                "[0, 0] | [0, 'x'] | : shapes[0]: points[0]: expected two numbers [x, y], got [0",
                "[0, 0] | [0, NaN] | : shapes[0]: points[0]: expected two numbers [x, y], got [0",
                "[0, 0] | [0, 1e9] | : shapes[0]: expected coordinates from -1000 to 1008",
                "rectangle | circle | ",
                "[0, 0], [8, 6] | [0, 0] | : shapes[0]: points: expected 2 or 4 corners, got 1",
                "'imagePath' | 'image' | : imagePath: expected a text, got none",
                "'imageWidth': 8 | 'imageWidth': -8 | : imageWidth: expected 1 to 134217728",
                "rectangle | mask | : shapes[0]: mask: expected a text, got null",
                "{'label' | {}, {'label' | : shapes[0]: label: expected a text, got none",
                "{'label' | 7, {'label' | : shapes[0]: expected an object {...}, got 7",
                "{'version' | ['version' | : expected JSON in UTF-8 of this format: Expected BEGIN_",
            })
    void whatIsNoLabelMeIsRefused(String from, String to, String message) throws IOException {
        Path file = labelMe("a.json", shape("tree", "rectangle", "[[0, 0], [8, 6]]"));
        String text = Files.readString(file);
        String changed = text.replace(from.replace('\'', '"'), to.replace('\'', '"'));
        assertTrue(!changed.equals(text), from);
        Files.writeString(file, changed);
        if (message == null) {
            files.run(ImportFormat.LABELME, files.source());
            return;
        }
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.LABELME, files.source()));
        assertTrue(e.getMessage().startsWith(file + message), e.getMessage());
        assertTrue(Files.notExists(files.out()));
    }

    @Test
    void masksThatAreNoneAreRefused() throws IOException {
        BufferedImage large = new BufferedImage(9, 1, BufferedImage.TYPE_BYTE_GRAY);
        Path file = labelMe("a.json", mask("b", "[[0, 0], [8, 0]]", large));
        assertRefused(file, "shapes[0]: mask: expected a PNG of at most 8x6, got 9x1 pixels");
        labelMe("a.json", shape("b", "mask", "[[0, 0]]").replace("null}", "\"QUJD\"}"));
        assertRefused(file, "shapes[0]: mask: expected a PNG of at most 8x6, got ");
        labelMe("a.json", shape("b", "mask", "[[0, 0]]").replace("null}", "\"Q_JD\"}"));
        assertRefused(file, "shapes[0]: mask: expected a PNG in base 64");
        labelMe("a.json", mask("b", "[[1e300, 0]]", large));
        assertRefused(file, "shapes[0]: points: expected the upper left pixel");
        Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertRefused(file, "expected JSON in UTF-8 of this format: bytes that are not UTF-8");
        Files.delete(file);
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.LABELME, files.source()));
        assertEquals(
                files.source() + ": expected files of LabelMe, NAME.json, got none",
                e.getMessage());
    }

    private void assertRefused(Path file, String message) {
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.LABELME, files.source()));
        assertTrue(e.getMessage().startsWith(file + ": " + message), e.getMessage());
    }
}
