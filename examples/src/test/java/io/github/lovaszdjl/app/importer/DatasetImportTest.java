package io.github.lovaszdjl.app.importer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lovaszdjl.dataset.ImageFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written where, and what is left as it was. */
class DatasetImportTest {

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void prepare() throws IOException {
        files = new ImportTesting(temp);
    }

    /** Annotations of CVAT, the shortest of all: a box of a label over the first pixel. */
    private Path cvat(String file, String label, String... images) throws IOException {
        StringBuilder xml = new StringBuilder("<annotations>");
        for (String image : images) {
            xml.append("<image name=\"").append(image).append("\" width=\"4\" height=\"3\">");
            xml.append("<box xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\" label=\"").append(label);
            xml.append("\"/></image>");
        }
        return files.write(file, xml + "</annotations>");
    }

    private ImportRequest request(Path file, String split) {
        return files.request(ImportFormat.CVAT, file, split);
    }

    private List<String> tree(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(path -> !path.equals(folder))
                    .map(path -> folder.relativize(path).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    private void fails(String message, ImportRequest request) throws IOException {
        List<String> before = tree(temp);
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> DatasetImport.run(request, ImportTesting.UNTOLD),
                        message);
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertEquals(before, tree(temp));
    }

    @Test
    void aSplitIsAddedIfTheClassesAgree() throws IOException {
        files.image("a.png", 4, 3).image("b.JPG", 4, 3);
        files.run(request(cvat("train.xml", "car", "a.png"), "train"));
        files.run(request(cvat("val.xml", "car", "b.JPG"), "val"));
        assertEquals(
                List.of(
                        "classes.txt",
                        "dataset.json",
                        "train",
                        "train/images",
                        "train/images/a.png",
                        "train/labels",
                        "train/labels/a.png",
                        "val",
                        "val/images",
                        "val/images/b.JPG",
                        "val/labels",
                        "val/labels/b.png"),
                tree(files.out()));
        assertEquals("{\"ignore-label\":255}", description().strip());
        fails(
                files.out().resolve("classes.txt")
                        + ": classes: expected one of [background, car], got \"bus\"",
                request(cvat("test.xml", "bus", "a.png"), "test"));
        // Nothing is replaced, not even by the same.
        fails(
                "--out: expected a data set without val, got " + files.out().resolve("val"),
                request(cvat("val.xml", "car", "b.JPG"), "val"));
    }

    private String description() throws IOException {
        return Files.readString(files.out().resolve("dataset.json"));
    }

    @Test
    void aSetThatIsDescribedOtherwiseIsLeftAlone() throws IOException {
        files.image("a.png", 4, 3);
        ImportRequest val = request(cvat("a.xml", "car", "a.png"), "val");
        Files.createDirectories(files.out());
        Files.writeString(files.out().resolve("classes.txt"), "background\ncar\n");
        Path file = files.out().resolve("dataset.json");
        for (String other : List.of("{\"labels\": \"masks\"}", "{\"ignore-label\": 254}")) {
            Files.writeString(file, other);
            fails("--out: expected a data set that ignores 255 or nothing, in the folders", val);
        }
        Files.writeString(file, "{}");
        assertFalse(files.run(val).saysIgnored());
        assertEquals("{}", description());
        // A set that has splits already may have been read without.
        Files.delete(file);
        assertFalse(files.run(request(val.annotations(), "test")).saysIgnored());
        assertFalse(Files.exists(file));
    }

    /** Stored 4 pixels wide and 3 high, with a note that the first row is the right side. */
    @Test
    void anImageIsImportedAsItIsToBeSeen() throws IOException {
        files.image("a.jpg", 4, 3).image("b.bmp", 3, 4);
        Path image = files.source().resolve("a.jpg");
        byte[] stored = Files.readAllBytes(image);
        ByteBuffer turned = ByteBuffer.allocate(stored.length + 36).put(stored, 0, 20);
        turned.putShort((short) 0xffe1).putShort((short) 34).put("Exif\0\0".getBytes(US_ASCII));
        turned.put("MM\0*".getBytes(US_ASCII)).putInt(8).putShort((short) 1);
        turned.putShort((short) 0x0112).putShort((short) 3).putInt(1).putInt(6 << 16).putInt(0);
        Files.write(image, turned.put(stored, 20, stored.length - 20).array());
        // Annotations of the pixels as they are stored say another size.
        Path file = cvat("a.xml", "car", "a.jpg", "b.bmp");
        fails(
                "got none of 2, the first a.jpg: its annotations are for 4x3, the image is 3x4",
                request(file, "train"));
        String text = Files.readString(file).replace("\"4\" height=\"3\"", "\"3\" height=\"4\"");
        Files.writeString(file, text);
        assertEquals(2, files.run(request(file, "train")).count());
        assertEquals("100\n000\n000\n000\n", files.labels("a"));
        assertEquals("100\n000\n000\n000\n", files.labels("b"));
        for (String name : List.of("a.jpg", "b.bmp")) {
            assertArrayEquals(
                    Files.readAllBytes(files.source().resolve(name)),
                    Files.readAllBytes(files.out().resolve("train/images").resolve(name)));
        }
    }

    @Test
    void namesOfClassesGiveTheirIds() throws IOException {
        files.image("a.png", 4, 3);
        Path names = files.write("names.txt", "\uFEFFbackground\nbus\ncar\n\n");
        Path file = cvat("train.xml", "car", "a.png");
        ImportRequest request =
                new ImportRequest(
                        ImportFormat.CVAT,
                        file,
                        files.source(),
                        files.out(),
                        "train",
                        "train",
                        names,
                        true,
                        null,
                        false);
        files.run(request);
        assertEquals("2000\n0000\n0000\n", files.labels("a"));
        Path others = files.write("others.txt", "background\ncar\nbus\n");
        fails("--classes: expected those of", with(request, others, "val"));
        fails(
                "--classes: expected those of",
                with(request, files.write("few.txt", "background"), "val"));
        fails(
                ": expected the name of each class once, one a line, got [a, a]",
                with(request, files.write("twice.txt", "a\na"), "val"));
        fails("gone.txt: expected names", with(request, files.source().resolve("gone.txt"), "val"));
    }

    private static ImportRequest with(ImportRequest r, Path classes, String split) {
        return new ImportRequest(
                r.format(),
                r.annotations(),
                r.images(),
                r.out(),
                split,
                split,
                classes,
                true,
                null,
                false);
    }

    @Test
    void theFirstClassHasToBeTheBackground() throws IOException {
        files.image("a.png", 4, 3);
        Path file = cvat("train.xml", "car", "a.png");
        Path names = files.write("names.txt", "car\nroad");
        fails(
                "classes: expected [background] first (or --no-background), got [car, road]",
                with(request(file, "train"), names, "train"));
    }

    @Test
    void imagesThatCannotBeUsedAreLeftOutAndNamed() throws IOException {
        files.image("good.png", 4, 3).image("turned.png", 3, 4);
        files.write("damaged.jpg", "no image");
        files.write("x.txt", "no image");
        Path file =
                cvat("a.xml", "car", "good.png", "turned.png", "x.txt", "damaged.jpg", "gone.png");
        ImportResult result = files.run(request(file, "train"));
        assertEquals(1, result.count());
        List<String> expected =
                List.of(
                        "turned.png: its annotations are for 4x3, the image is 3x4",
                        "x.txt: expected a file ending in " + new TreeSet<>(ImageFiles.EXTENSIONS),
                        "damaged.jpg: expected a whole image (PNG, JPEG, TIFF, BMP or GIF), got an unknown format",
                        "gone.png: not found in " + files.source());
        assertEquals(expected, result.leftOut());
        assertEquals(expected, Files.readAllLines(files.out().resolve("train/left-out.txt")));
        String text = result.text();
        assertTrue(text.startsWith("train: 1 image in " + files.out().resolve("train")), text);
        assertTrue(text.contains("\ncar          1       1      8.33       1\n"), text);
        assertTrue(text.contains("\n  " + expected.get(0) + "\n"), text);
        // Names may be of any characters.
        fails(
                "got none of 1, the first line break.png: not found",
                request(cvat("a.xml", "car", "line&#10;break.png"), "val"));
        fails(
                "z_order: expected a whole number, got \"1 2\"",
                request(cvat("a.xml", "car\" z_order=\"1&#13;&#10;2", "good.png"), "val"));
        fails(
                "a.xml: expected images in "
                        + files.source()
                        + ", got none of 2, the first gone.png: not found",
                request(cvat("a.xml", "car", "gone.png", "x.txt"), "val"));
    }

    @Test
    void imagesMayBeLinkedTo() throws IOException {
        assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "links need rights there");
        files.image("photos/a.png", 4, 3);
        ImportRequest r = request(cvat("a.xml", "car", "a.png"), "train");
        files.run(
                new ImportRequest(
                        r.format(),
                        r.annotations(),
                        files.source().resolve("photos"),
                        r.out(),
                        "train",
                        "train",
                        null,
                        true,
                        null,
                        true));
        Path link = files.out().resolve("train/images/a.png");
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.readSymbolicLink(link).isAbsolute());
    }

    @Test
    void filesGetNamesOfTheirOwn() throws IOException {
        assertEquals(
                List.of("a", "b", "c-d", "A-2", "_e", "a-2-2"),
                names("d/a.png", "d/b.jpg", "d/c-d.png", "d/A.png", "d/.e.png", "d/a-2.png"));
        assertEquals(List.of("drive1_1", "drive2_1"), names("s/drive1/1.png", "s/drive2/1.png"));
        assertEquals(List.of("x_y__z", "名前", "_png"), names("x y$;z.png", "名前.png", ".png"));
        List<String> many = names(new String[] {"a.png", "a.jpg", "A.png", "a-2.png"});
        assertEquals(List.of("a", "a-2", "A-3", "a-2-2"), many);
        String name = names("é".repeat(300) + ".png").get(0);
        assertEquals("é".repeat(90), name);
    }

    private static List<String> names(String... paths) {
        return ImageNames.of(Arrays.stream(paths).map(ImageFinder::parts).toList());
    }

    @Test
    void nothingIsReplacedOrWrittenIntoOtherFolders() throws IOException {
        files.image("a.png", 4, 3);
        Path file = cvat("a.xml", "car", "a.png");
        Path out = files.out();
        Files.writeString(out, "mine");
        fails("--out: expected a folder, got the file " + out, request(file, "train"));
        Files.delete(out);
        Files.createDirectories(out);
        Files.writeString(out.resolve("thesis.txt"), "mine");
        fails(
                "--out: expected a new or empty folder, or that of a data set, got "
                        + out
                        + ", which holds thesis.txt",
                request(file, "train"));
        Files.delete(out.resolve("thesis.txt"));
        // An empty folder will do, and so will one with a split that is being looked at.
        files.run(request(file, "train"));
        fails(
                "--out: expected a folder outside of data sets",
                new ImportRequest(
                        ImportFormat.CVAT,
                        file,
                        null,
                        out.resolve("train").resolve("images"),
                        "train",
                        "train",
                        null,
                        true,
                        null,
                        false));
        // A folder without a name of its own for the classes that are there.
        Files.createDirectories(out.resolve("val"));
        fails("--out: expected a data set without val", request(file, "val"));
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        Path gone = files.source().resolve("gone.xml");
        fails("--annotations: " + gone + " does not exist", request(gone, "train"));
        Path file = cvat("a.xml", "car", "a.png");
        ImportRequest r = request(file, "train");
        Path folder = files.source().resolve("photos");
        fails(
                "--images-folder: expected the folder of the images, got " + folder,
                new ImportRequest(
                        r.format(),
                        file,
                        folder,
                        r.out(),
                        "train",
                        "train",
                        null,
                        true,
                        null,
                        false));
    }

    @Test
    void whatStopsInTheMiddleLeavesNothing() throws IOException {
        String[] names = new String[20];
        for (int i = 0; i < names.length; i++) {
            names[i] = i + ".png";
            files.image(names[i], 4, 3);
        }
        Path file = cvat("a.xml", "car", names);
        List<String> before = tree(temp);
        AtomicInteger asked = new AtomicInteger();
        Work stops = new Work(null, () -> asked.incrementAndGet() > 10);
        assertThrows(
                InterruptedIOException.class,
                () -> DatasetImport.run(request(file, "train"), stops));
        assertEquals(before, tree(temp));
        // A region that is out of place is found when its image is painted.
        String text = Files.readString(file);
        int last = text.lastIndexOf("xbr=\"1\"");
        Files.writeString(
                file, text.substring(0, last) + "xbr=\"99999\"" + text.substring(last + 7));
        fails("a.xml: image[19][0]: expected coordinates from -1000", request(file, "train"));
        // What a killed process left is cleared away by the next.
        Files.writeString(file, text);
        Path left =
                files.out().resolve(".import.0e4ad9b4-2ad4-4d35-a9cf-0123456789ab/train/images");
        Files.createDirectories(left);
        files.run(request(file, "train"));
        assertFalse(tree(files.out()).toString().contains(".import"));
    }

    @Test
    void twoAtOnceAreNot() throws IOException {
        files.image("a.png", 4, 3);
        Path file = cvat("a.xml", "car", "a.png");
        try (ImportFolder other = ImportFolder.check(files.out(), "val")) {
            other.begin();
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> DatasetImport.run(request(file, "train"), ImportTesting.UNTOLD));
            assertTrue(e.getMessage().contains("another process works on it"), e.getMessage());
        }
        assertFalse(Files.exists(files.out()));
    }

    @Test
    void moreClassesThanAByteHoldsAreRefused() throws IOException {
        files.image("a.png", 4, 3);
        StringBuilder labels = new StringBuilder("<annotations><meta><labels>");
        for (int i = 0; i < 255; i++) {
            labels.append("<label><name>").append(i).append("</name></label>");
        }
        Path file = cvat("a.xml", "1", "a.png");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("<annotations>", labels + "</labels></meta>"));
        fails("a.xml: classes: expected 1 to 255, got 256", request(file, "train"));
    }
}
