package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Exports of Label Studio, written after https://labelstud.io/guide/task_format and the pages of
 * the tags BrushLabels, PolygonLabels, RectangleLabels and EllipseLabels there.
 */
class LabelStudioReaderTest {

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void writeImage() throws IOException {
        files = new ImportTesting(temp).image("a.png", 10, 5);
    }

    private Path tasks(String... tasks) throws IOException {
        return files.write("export.json", "[" + String.join(", ", tasks) + "]");
    }

    private static String task(String image, String... results) {
        return "{\"id\": 5, \"data\": {\"image\": \""
                + image
                + "\"}, \"predictions\": [{\"result\": [7]}], \"annotations\": [{\"id\": 9,"
                + " \"was_cancelled\": false, \"result\": ["
                + String.join(", ", results)
                + "]}]}";
    }

    private static String result(String type, String value) {
        return "{\"id\": \"Dx_aB91ISN\", \"from_name\": \"tag\", \"to_name\": \"img\", \"type\": \""
                + type
                + "\", \"original_width\": 10, \"original_height\": 5, \"image_rotation\": 0,"
                + " \"value\": {"
                + value
                + "}}";
    }

    private static String polygon(String label, String points) {
        return result(
                "polygonlabels",
                "\"points\": "
                        + points
                        + ", \"closed\": true, \"polygonlabels\": [\""
                        + label
                        + "\"]");
    }

    /** A brush over the pixels of a map that are '#'. */
    private static String brush(String label, String map) {
        int[] values = new int[4 * map.length()];
        for (int i = 0; i < map.length(); i++) {
            values[4 * i + 3] = map.charAt(i) == '#' ? 255 : 0;
        }
        byte[] packed = BrushPacking.pack(values, new Random(5));
        StringBuilder bytes = new StringBuilder();
        for (byte b : packed) {
            bytes.append(bytes.isEmpty() ? "" : ", ").append(b & 0xff);
        }
        return result(
                "brushlabels",
                "\"format\": \"rle\", \"rle\": ["
                        + bytes
                        + "], \"brushlabels\": [\""
                        + label
                        + "\"]");
    }

    private static final String BRUSH = "..........###.......####......................####";

    @Test
    void numbersArePercentsAndLaterRegionsLieOnTop() throws IOException {
        Path file =
                tasks(
                        task(
                                "a.png",
                                polygon("road", "[[0, 0], [50, 0], [50, 60], [0, 60]]"),
                                brush("car", BRUSH)));
        files.run(ImportFormat.LABEL_STUDIO, file);
        assertEquals(List.of("background", "car", "road"), files.classes());
        assertEquals(
                "2222200000\n1112200000\n1111200000\n0000000000\n0000001111\n", files.labels("a"));
    }

    @Test
    void rectanglesAndEllipsesAreFilled() throws IOException {
        Path file =
                tasks(
                        task(
                                "a.png",
                                result(
                                        "rectanglelabels",
                                        "\"x\": 10, \"y\": 20, \"width\": 30, \"height\": 40,"
                                                + " \"rotation\": 0, \"rectanglelabels\": [\"r\"]"),
                                // Turned about its upper left corner at (8, 0), to the left of it.
                                result(
                                        "rectanglelabels",
                                        "\"x\": 80, \"y\": 0, \"width\": 30, \"height\": 20,"
                                                + " \"rotation\": 90, \"rectanglelabels\": [\"s\"]"),
                                result(
                                        "ellipselabels",
                                        "\"x\": 50, \"y\": 90, \"radiusX\": 14, \"radiusY\": 10,"
                                                + " \"rotation\": 0, \"ellipselabels\": [\"e\"]")));
        files.run(ImportFormat.LABEL_STUDIO, file);
        assertEquals(List.of("background", "e", "r", "s"), files.classes());
        assertEquals(
                "0000000300\n0222000300\n0222000300\n0000000000\n0000110000\n", files.labels("a"));
    }

    @Test
    void minimalExportsAreReadToo() throws IOException {
        String region = polygon("road", "[[0, 0], [50, 0], [50, 60], [0, 60]]");
        String value =
                region.substring(region.indexOf("\"value\": {") + 10, region.length() - 2)
                        + ", \"original_width\": 10, \"original_height\": 5";
        Path file =
                tasks(
                        "{\"image\": \"/data/upload/1/0a1b2c3d-a.png\", \"id\": 1, \"label\": [{"
                                + value
                                + "}], \"annotator\": 1, \"choice\": [\"x\"]}");
        files.run(ImportFormat.LABEL_STUDIO, file);
        assertEquals(
                "1111100000\n1111100000\n1111100000\n0000000000\n0000000000\n", files.labels("a"));
    }

    @ParameterizedTest
    @CsvSource({
        "a.png",
        "/data/upload/3/1234abcd-a.png",
        "/data/local-files/?d=photos%2Fa.png",
        "https://example.com/photos/a.png?token=x/y.png",
        "s3://bucket/photos/a.png",
        "../../a.png",
        "/image2",
    })
    void imagesAreFoundByTheirAddress(String address) throws IOException {
        String task = task(address, polygon("road", "[[0, 0], [50, 0], [50, 60]]"));
        Path file =
                tasks(
                        address.equals("/image2")
                                ? task.replace("5,", "5, \"file_upload\": \"e97d4735-a.png\",")
                                : task);
        assertEquals(1, files.run(ImportFormat.LABEL_STUDIO, file).count());
        assertTrue(Files.exists(files.out().resolve("train/images/a.png")));
    }

    @Test
    void theKeyOfTheImageMayHaveAnotherName() throws IOException {
        String task = task("a.png", polygon("road", "[[0, 0], [50, 0], [50, 60]]"));
        Path file = tasks(task.replace("\"image\":", "\"note\": \"x\", \"photo\":"));
        assertEquals(1, files.run(ImportFormat.LABEL_STUDIO, file).count());
    }

    @Test
    void theFirstAnnotationThatWasNotCancelledCounts() throws IOException {
        String one = task("a.png", polygon("road", "[[0, 0], [50, 0], [50, 60]]"));
        String cancelled = "{\"was_cancelled\": true, \"result\": []}, ";
        String other = ", {\"result\": [" + polygon("x", "[[0, 0], [9, 0], [9, 9]]") + "]}]}";
        String several =
                one.replace("\"annotations\": [", "\"annotations\": [" + cancelled)
                        .replaceFirst("]}$", other);
        files.image("b.png", 10, 5).image("c.png", 10, 5);
        String none = "{\"id\": 1, \"data\": {\"image\": \"b.png\"}, \"annotations\": []}";
        String turned =
                task("c.png", polygon("road", "[[0, 0], [50, 0], [50, 60]]"))
                        .replace("\"image_rotation\": 0", "\"image_rotation\": 90");
        ImportResult result = files.run(ImportFormat.LABEL_STUDIO, tasks(several, none, turned));
        assertEquals(List.of("background", "road"), files.classes());
        assertEquals(Map.of("annotations cancelled, or by further people", 2), result.passedOver());
        assertEquals(
                List.of(
                        "b.png: nobody annotated it",
                        "c.png: turned by 90.0 degrees in Label Studio"),
                result.leftOut());
    }

    @Test
    void whatHasNoPixelsIsCounted() throws IOException {
        Path file =
                tasks(
                        task(
                                "a.png",
                                result("choices", "\"choices\": [\"good\"]"),
                                result(
                                        "keypointlabels",
                                        "\"x\": 1, \"y\": 1, \"width\": 0.3, \"keypointlabels\":"
                                                + " [\"k\"]"),
                                polygon("road", "[[0, 0], [50, 0]]"),
                                result("polygon", "\"points\": [[0, 0], [50, 0], [50, 60]]"),
                                result("labels", "\"labels\": []")));
        assertEquals(
                Map.of(
                        "results without a region", 2,
                        "regions without a label", 1,
                        "regions of other kinds", 2),
                files.run(ImportFormat.LABEL_STUDIO, file).passedOver());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[0, 0] | [0, 5000000] | [0].result[0]: expected coordinates from -1000 to 1010",
                "[0, 0] | [0, 1e999] | [0].annotations[0].result[0].value: points[0]: expected two",
                "'original_width': 10 | 'original_width': 11 | [0].annotations[0].result[1]: exp",
                "'original_width' | 'width' | expected original_width and original_height, got 0x5",
                "'image': 'a.png' | 'text': 'a' | [0]: expected the name of an image in data.image",
                "'rle': [0 | 'rle': [256 | value: rle[0]: expected a byte from 0 to 255, got 256",
                "'rle': [0 | 'rle': [[0] | value: rle[0]: expected a byte from 0 to 255, got a li",
                "'rle': [0 | 'rle': [1 | [0].result[1]: expected 200 values of the brush, got 1677",
                "'value': { | 'value': [], 'old': { | value: expected an object {...}, got a list",
                "false, 'result': | false, 'result': 7, 'x': | [0].annotations[0]: result: expected a list",
                "[{'id' | {'id' | expected JSON in UTF-8 of this format: Expected BEGIN_ARRAY",
                "[{'id' | [7, {'id' | [0]: expected an object {...}, got 7",
            })
    void whatIsNoExportIsRefused(String from, String to, String message) throws IOException {
        Path file =
                tasks(
                        task(
                                "a.png",
                                polygon("road", "[[0, 0], [50, 0], [50, 60]]"),
                                brush("car", BRUSH)));
        String text = Files.readString(file);
        String pattern = from.replace('\'', '"');
        int at = text.indexOf(pattern);
        assertTrue(at >= 0, from);
        String changed =
                text.substring(0, at)
                        + to.replace('\'', '"')
                        + text.substring(at + pattern.length());
        Files.writeString(file, changed);
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.LABEL_STUDIO, file));
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(Files.notExists(files.out()));
    }
}
