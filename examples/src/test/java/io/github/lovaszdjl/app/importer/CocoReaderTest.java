package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** COCO's instances, as https://cocodataset.org/#format-data describes them. */
class CocoReaderTest {

    private static final String IMAGES =
            "\"images\": [{\"id\": 7, \"file_name\": \"a.png\", \"width\": 8, \"height\": 6}]";
    private static final String CATEGORIES =
            "\"categories\": [{\"id\": 18, \"name\": \"dog\"}, {\"id\": 3, \"name\": \"car\"}]";

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void writeImage() throws IOException {
        files = new ImportTesting(temp).image("a.png", 8, 6);
    }

    private Path coco(String... annotations) throws IOException {
        StringBuilder list = new StringBuilder();
        for (String annotation : annotations) {
            list.append(list.isEmpty() ? "{" : ", {").append(annotation).append('}');
        }
        // The annotations may come before what they are about.
        return files.write(
                "coco.json",
                "{\"info\": {\"year\": 2026}, \"annotations\": ["
                        + list
                        + "], "
                        + IMAGES
                        + ", "
                        + CATEGORIES
                        + "}");
    }

    private static String annotation(int category, String segmentation) {
        return "\"id\": 1, \"image_id\": 7, \"category_id\": "
                + category
                + ", \"iscrowd\": 0, \"area\": 1.5, \"segmentation\": "
                + segmentation;
    }

    @Test
    void categoriesAreClassesInTheOrderOfTheirIds() throws IOException {
        Path file =
                coco(
                        annotation(18, "[[0, 0, 2, 0, 2, 2, 0, 2]]"),
                        annotation(3, "[[4, 2, 8, 2, 8, 6, 4, 6], [0, 5, 3, 5, 3, 6, 0, 6]]"));
        ImportResult result = files.run(ImportFormat.COCO, file);
        assertEquals(List.of("background", "car", "dog"), files.classes());
        assertEquals(
                "22000000\n22000000\n00001111\n00001111\n00001111\n11101111\n", files.labels("a"));
        assertEquals(25, result.pixels()[0]);
        assertEquals(19, result.pixels()[1]);
        assertEquals(1, result.images()[2]);
        // The image is the file that it was.
        assertEquals(
                -1,
                Files.mismatch(
                        files.source().resolve("a.png"),
                        files.out().resolve("train/images/a.png")));
    }

    @Test
    void holesAreLeftOutWhereTheRingGoesAroundThem() throws IOException {
        // Around the outside, along a cut to the hole, around it and back.
        Path file = coco(annotation(3, "[[1,0, 7,0, 7,6, 1,6, 1,0, 3,2, 3,4, 5,4, 5,2, 3,2]]"));
        files.run(ImportFormat.COCO, file);
        assertEquals(
                "01111110\n01111110\n01100110\n01100110\n01111110\n01111110\n", files.labels("a"));
    }

    @Test
    void masksMayBeRunLengths() throws IOException {
        // Column by column: of the second column all, of the third the upper half.
        Path file =
                coco(
                        annotation(3, "{\"size\": [6, 8], \"counts\": [6, 9, 33]}"),
                        // 42 outside, 6 inside: the last column.
                        annotation(18, "{\"counts\": \"Z16\", \"size\": [6, 8]}"));
        files.run(ImportFormat.COCO, file);
        assertEquals(
                "01100002\n01100002\n01100002\n01000002\n01000002\n01000002\n", files.labels("a"));
    }

    @Test
    void crowdsAreIgnoredBelowAllElse() throws IOException {
        String crowd = annotation(3, "{\"size\": [6, 8], \"counts\": [24, 24]}");
        String dog = annotation(18, "[[3, 1, 6, 1, 6, 3, 3, 3]]");
        for (Overlap overlap : Overlap.values()) {
            Path file = coco(dog, crowd.replace("\"iscrowd\": 0", "\"iscrowd\": 1"));
            ImportRequest request = files.request(ImportFormat.COCO, file, "train");
            files.run(with(request, overlap, true));
            assertEquals(
                    "0000----\n000222--\n000222--\n" + "0000----\n".repeat(3), files.labels("a"));
            delete();
        }
    }

    private static ImportRequest with(ImportRequest r, Overlap overlap, boolean background) {
        return new ImportRequest(
                r.format(),
                r.annotations(),
                r.images(),
                r.out(),
                r.split(),
                r.list(),
                r.classes(),
                background,
                overlap,
                r.link());
    }

    private void delete() throws IOException {
        try (var paths = Files.walk(files.out())) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void theSmallerOrTheLaterOfTwoIsOnTop() throws IOException {
        String small = annotation(18, "[[0, 0, 4, 0, 4, 1, 0, 1]]");
        String large = annotation(3, "[[2, 0, 8, 0, 8, 6, 2, 6]]");
        Path file = coco(small, large);
        String row = "111111\n";
        String rest = ("00" + row).repeat(5);
        files.run(ImportFormat.COCO, file);
        assertEquals("22221111\n" + rest, files.labels("a"));
        delete();
        files.run(with(files.request(ImportFormat.COCO, file, "train"), Overlap.ORDER, true));
        assertEquals("22111111\n" + rest, files.labels("a"));
        delete();
        files.run(ImportFormat.COCO, coco(large, small));
        assertEquals("22221111\n" + rest, files.labels("a"));
        delete();
        // Of equal size, the later one.
        files.run(
                ImportFormat.COCO,
                coco(
                        annotation(18, "[[0, 0, 4, 0, 4, 1, 0, 1]]"),
                        annotation(3, "[[2, 0, 6, 0, 6, 1, 2, 1]]")));
        assertEquals("22111100\n" + "00000000\n".repeat(5), files.labels("a"));
    }

    @Test
    void withoutBackgroundWhatIsNotAnnotatedIsIgnored() throws IOException {
        Path file = coco(annotation(18, "[[0, 0, 2, 0, 2, 2, 0, 2]]"));
        files.run(with(files.request(ImportFormat.COCO, file, "train"), null, false));
        assertEquals(List.of("car", "dog"), files.classes());
        assertEquals("11------\n11------\n" + "--------\n".repeat(4), files.labels("a"));
    }

    @Test
    void aCategoryCalledBackgroundIsTheBackground() throws IOException {
        Path file =
                files.write(
                        "coco.json",
                        "{"
                                + IMAGES
                                + ", \"categories\": [{\"id\": 0, \"name\": \"animal\"}, {\"id\": 1,"
                                + " \"name\": \"Background\"}, {\"id\": 2, \"name\": \"animal\"}],"
                                + " \"annotations\": [{"
                                + annotation(0, "[[0, 0, 8, 0, 8, 6, 0, 6]]")
                                + "}, {"
                                + annotation(1, "[[0, 0, 2, 0, 2, 2, 0, 2]]")
                                + "}, {"
                                + annotation(2, "[[0, 0, 1, 0, 1, 1, 0, 1]]")
                                + "}]}");
        files.run(ImportFormat.COCO, file);
        // Two categories of one name are one class.
        assertEquals(List.of("background", "animal"), files.classes());
        assertEquals("10111111\n00111111\n" + "11111111\n".repeat(4), files.labels("a"));
    }

    @Test
    void whatHasNoPixelsIsCounted() throws IOException {
        Path file =
                coco(
                        annotation(3, "[]"),
                        annotation(3, "null"),
                        annotation(3, "[[1, 1, 5, 5]]"),
                        annotation(3, "[[1, 1, 5, 5, 1, 1]]"),
                        "\"image_id\": 7, \"category_id\": 3, \"bbox\": [1, 1, 4, 4]",
                        annotation(3, "[[1, 1, 5, 5, 1, 5]]").replace("7", "8"));
        ImportResult result = files.run(ImportFormat.COCO, file);
        assertEquals(
                Map.of(
                        "annotations without a mask",
                        4,
                        "annotations of images that are not listed",
                        1),
                result.passedOver());
        assertEquals(48, result.pixels()[0]);
    }

    @Test
    void aListOfNumbersIsARingAndIdsMayHaveAPoint() throws IOException {
        String ring = annotation(3, "[0, 0, 2, 0, 2, 2, 0, 2]");
        files.run(ImportFormat.COCO, coco(ring.replace("\"image_id\": 7", "\"image_id\": 7.0")));
        assertEquals("11000000\n11000000\n" + "00000000\n".repeat(4), files.labels("a"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[[1, 1, 5]]              | x and y in turn, got a polygon of 3",
                "[[1, 1, 1e300, 1, 5, 5]] | coordinates from -1000 to 1008 in an image of 8x6",
                "[[1, 1, 9999, 1, 5, 5]]  | coordinates from -1000 to 1008 in an image of 8x6",
                "{'size': [8, 6], 'counts': [48]} | of the image's size, 8x6, got 6x8",
                "{'size': [6, 8], 'counts': [47]} | runs of the 48 pixels of 8x6 in all, got 47",
                "{'size': [6, 8], 'counts': [50, -2]} | from 0 on, got -2",
                "{'size': [6, 8], 'counts': [2147483647, 2147483647]} | got 4294967294",
                "{'size': [6, 8], 'counts': [9e99]} | got 9.0E99",
                "{'size': [6, 8], 'counts': [0.5, 47.5]} | got 0.5",
                "{'size': [6, 8], 'counts': 'P'} | an end within one",
                "{'size': [6, 8], 'counts': 'é'} | the character 233",
                "{'size': [6], 'counts': [48]} | [height, width], got 1",
                "{'size': [-6, -8], 'counts': [48]} | got 48",
                "{'counts': [48]} | [height, width], got 0",
            })
    void whatCannotBeAMaskIsSaidWithItsEntry(String segmentation, String message)
            throws IOException {
        Path file =
                coco(
                        annotation(3, "[[0, 0, 8, 0, 8, 6, 0, 6]]"),
                        annotation(3, segmentation.replace('\'', '"')));
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.COCO, file));
        assertTrue(e.getMessage().startsWith(file + ": annotations[1]: expected "), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
        assertTrue(Files.notExists(files.out()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'name': 'dog' | 'name': 7,,} | JSON in UTF-8",
                "'name': 'dog' | 'name': '' | categories[0]: name: expected the name of a class",
                "'name': 'dog' | 'name': '\\uD800' | half a character",
                "'name': 'dog' | 'title': 'dog' | categories[0]: name: expected a text, got none",
                "'id': 18 | 'id': 3 | categories[1]: id: expected one of its own, got 3 again",
                "'id': 18 | 'id': 'x' | categories[0]: id: expected a number, got \"x\"",
                "'id': 18 | 'id': 1.5 | categories[0]: id: expected a whole number, got 1.5",
                "'width': 8 | 'width': 0 | images[0]: width: expected 1 to 134217728 pixels, got 0",
                "'width': 8 | 'width': 2147483648 | pixels, got 2147483648",
                "'width': 8 | 'width': 1e999999999 | width: expected a number, got 1e999999999",
                "'file_name' | 'file' | images[0]: file_name: expected a text, got none",
                "'images' | 'image' | got no images",
                "'categories' | 'category' | got no categories",
                "'category_id': 3 | 'category_id': 4 | annotations[0]: category_id: expected one",
                "'category_id': 3 | 'category': 3 | annotations[0]: expected image_id and",
                "'image_id': 7 | 'image_id': [7] | JSON in UTF-8 of this format: Expected a string",
                "'iscrowd': 0 | 'iscrowd': 'x' | JSON in UTF-8",
                "[1,1 | [1,NaN | JSON in UTF-8",
                "[1,1 | [1,'x' | JSON in UTF-8",
                "[[1,1 | [[[1,1 | JSON in UTF-8",
                "} | ] | JSON in UTF-8",
                "{'info' | [{'info' | BEGIN_OBJECT but was BEGIN_ARRAY",
            })
    void whatIsNoCocoIsRefused(String from, String to, String message) throws IOException {
        Path file = coco(annotation(3, "[[1,1,5,1,5,5]]"));
        String text = Files.readString(file);
        String changed = text.replace(from.replace('\'', '"'), to.replace('\'', '"'));
        assertTrue(!changed.equals(text), from);
        Files.writeString(file, changed);
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.COCO, file));
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(Files.notExists(files.out()));
    }
}
