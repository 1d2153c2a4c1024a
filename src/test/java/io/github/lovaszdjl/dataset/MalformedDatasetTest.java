package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a folder is found before training, and the message says where. */
class MalformedDatasetTest {

    @TempDir Path root;
    private TestFiles files;

    @BeforeEach
    void writeTwoGoodPairs() throws IOException {
        files = new TestFiles(root, "sky", "road", "tree");
        files.add("a", 8, 6, (x, y) -> x * 0x111111, (x, y) -> x % 3);
        files.add("b", 8, 6, (x, y) -> y * 0x111111, (x, y) -> y % 3);
    }

    @Test
    void aGoodFolderPasses() throws Exception {
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        assertEquals(2, dataset.size());
        assertEquals(List.of("sky", "road", "tree"), dataset.getClassNames());
        assertEquals("b", dataset.getName(1));
        assertEquals(files.image("b.png"), dataset.getImagePath(1));
        assertEquals(files.label("b.png"), dataset.getLabelPath(1));
    }

    @Test
    void preparingTwiceDoesTheWorkOnce() throws Exception {
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        Files.delete(files.label("a.png"));
        dataset.prepare();
        assertEquals(2, dataset.size());
    }

    @Test
    void nothingCanBeAskedBeforePrepare() throws Exception {
        FolderSegmentationDataset dataset = files.builder().build();
        assertThrows(IllegalStateException.class, dataset::size);
        assertThrows(IllegalStateException.class, dataset::getClassNames);
        assertThrows(IllegalStateException.class, () -> dataset.getName(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"classes.txt", "train/images", "train/labels"})
    void aMissingPartIsNamed(String part) throws Exception {
        Files.move(root.resolve(part), root.resolve("gone"));
        assertMessage(root.resolve(part) + ": expected ");
    }

    @Test
    void aMissingListOfClassesIsSaidInWords() throws Exception {
        Path file = root.resolve("classes.txt");
        Files.delete(file);
        String expected = ": expected a file with the name of class 0, of class 1, ..., one a line";
        assertEquals(file + expected + ", got none", message());
        Files.createDirectory(file);
        assertEquals(file + expected + ", got a folder", message());
    }

    @Test
    void anEmptySplitIsRefused() throws Exception {
        for (String name : List.of("a.png", "b.png")) {
            Files.delete(files.image(name));
            Files.delete(files.label(name));
        }
        assertMessage(root.resolve("train") + ": expected at least one image, got none");
    }

    @Test
    void aMissingPartnerIsNamed() throws Exception {
        Files.delete(files.label("b.png"));
        assertMessage(files.image("b.png") + ": expected a label file labels/b.png, got none");
        Files.delete(files.image("b.png"));
        Files.delete(files.image("a.png"));
        assertMessage(files.label("a.png") + ": expected an image images/a.png or .jpg, got none");
    }

    @Test
    void twoImagesOfOneNameAreRefused() throws Exception {
        Files.copy(files.image("a.png"), files.image("a.JPG"));
        assertMessage("expected a name of its own, got the same as a.JPG");
    }

    @Test
    void otherFilesAreRefusedAndDotFilesLeftOut() throws Exception {
        Files.writeString(files.image(".DS_Store"), "x");
        files.builder().build().prepare();
        Files.writeString(files.image("a.txt"), "x");
        assertMessage(
                files.image("a.txt")
                        + ": expected only files ending in [bmp, gif, jpeg,"
                        + " jpg, png, tif, tiff], got this one");
        Files.delete(files.image("a.txt"));
        Path folder = Files.createDirectory(files.label("more.png"));
        Path text = Files.writeString(folder.resolve("a.txt"), "x");
        assertMessage(
                text + ": expected only files ending in [bmp, gif, png, tif, tiff], got this one");
        Path jpeg = Files.move(text, files.label("a.jpg"));
        assertMessage(
                jpeg
                        + ": expected only files ending in [bmp, gif, png, tif, tiff], got a JPEG, which changes"
                        + " the values of labels");
    }

    @Test
    void sizesThatDifferAreRefused() throws Exception {
        TestFiles.write(files.label("b.png"), TestFiles.grey(6, 8, (x, y) -> 0));
        assertMessage(files.label("b.png") + ": expected the size of its image, 8x6, got 6x8");
    }

    @Test
    void anUnknownIdIsCounted() throws Exception {
        TestFiles.write(files.label("a.png"), TestFiles.grey(8, 6, (x, y) -> y == 0 ? 255 : 2));
        assertMessage(
                files.label("a.png")
                        + ": expected class ids 0 to 2 (no ignore label is set), got 255 in 8"
                        + " pixel(s)");
        files.builder().optIgnoreLabel(255).build().prepare();
        String message =
                assertThrows(
                                MalformedDatasetException.class,
                                () -> files.builder().optIgnoreLabel(7).build().prepare())
                        .getMessage();
        assertTrue(message.contains("0 to 2 or the ignore label 7, got 255 in 8"), message);
    }

    @Test
    void aBlackAndWhiteMaskIsCalledOne() throws Exception {
        TestFiles.write(files.label("a.png"), TestFiles.grey(8, 6, (x, y) -> y == 0 ? 255 : 0));
        String message =
                assertThrows(
                                MalformedDatasetException.class,
                                () -> files.builder().build().prepare())
                        .getMessage();
        assertEquals(
                files.label("a.png")
                        + ": expected class ids 0 to 2 (no ignore label is set), got 255 in 8"
                        + " pixel(s) and nothing but 0 beside it, as in a black and white mask; the"
                        + " label map 0=0,255=1 (--label-map) makes 255 class 1 (to ignore 255 would"
                        + " leave no class but 0)",
                message);
    }

    @Test
    void missingClassesAreTold() throws Exception {
        TestFiles.write(files.label("a.png"), TestFiles.grey(8, 6, (x, y) -> y == 0 ? 255 : 0));
        TestFiles.write(files.label("b.png"), TestFiles.grey(8, 6, (x, y) -> y == 0 ? 2 : 0));
        FolderSegmentationDataset dataset = files.builder().optIgnoreLabel(255).build();
        dataset.prepare();
        assertEquals(List.of("road"), dataset.getMissingClasses());
        assertFalse(dataset.looksLikeMasks());
        TestFiles.write(files.label("b.png"), TestFiles.grey(8, 6, (x, y) -> 0));
        dataset = files.builder().optIgnoreLabel(255).build();
        dataset.prepare();
        assertEquals(List.of("road", "tree"), dataset.getMissingClasses());
        assertTrue(dataset.looksLikeMasks());
        // A class that is ignored is not missed; nothing is ignored where no 255 is.
        TestFiles.write(files.label("a.png"), TestFiles.grey(8, 6, (x, y) -> 0));
        dataset = files.builder().optIgnoreLabel(1).build();
        dataset.prepare();
        assertEquals(List.of("tree"), dataset.getMissingClasses());
        dataset = files.builder().optIgnoreLabel(255).build();
        dataset.prepare();
        assertFalse(dataset.looksLikeMasks());
    }

    @Test
    void anIdThatComesLaterIsNamed() throws Exception {
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        TestFiles.write(files.label("a.png"), TestFiles.grey(8, 6, (x, y) -> y == 0 ? 77 : 2));
        try (NDManager manager = NDManager.newBaseManager()) {
            MalformedDatasetException e =
                    assertThrows(MalformedDatasetException.class, () -> dataset.get(manager, 0));
            assertEquals(
                    files.label("a.png")
                            + ": expected class ids 0 to 2 (no ignore label is set), got 77 in 8"
                            + " pixel(s)",
                    e.getMessage());
        }
    }

    @Test
    void aJpegCalledPngIsNoLabel() throws Exception {
        Path jpeg = root.resolve("x.jpg");
        TestFiles.write(jpeg, TestFiles.grey(8, 6, (x, y) -> 0));
        Files.move(jpeg, files.label("a.png"), StandardCopyOption.REPLACE_EXISTING);
        assertMessage(
                files.label("a.png")
                        + ": expected a whole label image (PNG, TIFF, BMP or GIF), got format JPEG,"
                        + " which changes the values of pixels; make the labels anew as PNG");
    }

    @ParameterizedTest
    @CsvSource({"png, 0.9", "png, 0.5", "png, 0.1", "png, 0", "jpg, 0.9", "jpg, 0.5", "jpg, 0.1"})
    void aTruncatedFileIsNamed(String format, double part) throws Exception {
        Path file = files.image("b." + format);
        Files.delete(files.image("b.png"));
        TestFiles.write(file, TestFiles.rgb(40, 30, (x, y) -> (x + 1) * (y + 1) * 1234567));
        TestFiles.write(files.label("b.png"), TestFiles.grey(40, 30, (x, y) -> 0));
        byte[] bytes = Files.readAllBytes(file);
        files.builder().build().prepare();
        Files.write(file, Arrays.copyOf(bytes, (int) (part * bytes.length)));
        assertMessage(file + ": expected a whole image (PNG, JPEG, TIFF, BMP or GIF), got ");
    }

    @Test
    void aTextFileIsNoImage() throws Exception {
        Files.writeString(files.label("b.png"), "version https://git-lfs.github.com/spec/v1");
        assertMessage(
                files.label("b.png")
                        + ": expected a whole label image (PNG, TIFF, BMP or GIF), got an unknown");
    }

    @Test
    void aHugeDeclaredSizeIsRefusedBeforeDecoding() throws Exception {
        byte[] png = Files.readAllBytes(files.image("a.png"));
        // IHDR: width and height at 16 and 20, checksum over bytes 12 to 28 at 29.
        ByteBuffer header = ByteBuffer.wrap(png);
        header.putInt(16, 1 << 20).putInt(20, 1 << 20);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        header.putInt(29, (int) crc.getValue());
        Files.write(files.image("a.png"), png);
        assertMessage(
                files.image("a.png") + ": expected at most 134217728 pixels, got 1048576x1048576");
    }

    @Test
    void theFirstBadFileByNameIsReported() throws Exception {
        for (int i = 0; i < 40; i++) {
            files.add(String.format("c%02d", i), 3, 3, (x, y) -> 0, (x, y) -> 9);
        }
        for (int i = 0; i < 5; i++) {
            assertMessage(files.label("c00.png") + ": ");
        }
    }

    @Test
    void classNamesMayComeFromWindows() throws Exception {
        Files.write(
                root.resolve("classes.txt"),
                "\uFEFFsky\r\nroad \r\ntree\r\n\r\n \r\n".getBytes(StandardCharsets.UTF_8));
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        assertEquals(List.of("sky", "road", "tree"), dataset.getClassNames());
    }

    @ParameterizedTest
    @CsvSource({
        "'sky\n\ntree\n', 'in line 2, got a blank line'",
        "'sky\nroad\nsky\n', 'in line 3, got ''sky'' again'",
        "'\n', 'expected 1 to 255 names, got 0'",
        "'', 'expected 1 to 255 names, got 0'",
        "'sky\nroad\n', 'expected class ids 0 to 1 (no ignore label is set), got 2 in'"
    })
    void badClassNamesAreNamed(String text, String message) throws Exception {
        Files.writeString(root.resolve("classes.txt"), text);
        assertMessage(message);
    }

    @Test
    void classNamesOutsideUtf8AreRefused() throws Exception {
        Files.write(root.resolve("classes.txt"), new byte[] {'s', 'k', (byte) 0xff, '\n'});
        assertMessage(
                root.resolve("classes.txt")
                        + ": expected the names of the classes in UTF-8, got bytes that are not"
                        + " UTF-8");
    }

    @Test
    void allIdsMayBeClassesOnlyWithAnIgnoreLabel() throws Exception {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 256; i++) {
            names.append('c').append(i).append('\n');
        }
        Files.writeString(root.resolve("classes.txt"), names);
        assertMessage("expected 1 to 255 names, got 256");
        files.builder().optIgnoreLabel(0).build().prepare();
    }

    @Test
    void aFileThatGoesBadDuringTrainingIsNamed() throws Exception {
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        Files.write(files.image("b.png"), new byte[9]);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try (NDManager manager = NDManager.newBaseManager()) {
            IllegalStateException e =
                    assertThrows(
                            IllegalStateException.class,
                            () -> {
                                for (Batch batch : dataset.getData(manager, executor)) {
                                    batch.close();
                                }
                            });
            String cause = e.getCause().getMessage();
            assertTrue(cause.contains(files.image("b.png").toString()), cause);
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void theLimitIsAlsoThatOfTheChecks() throws Exception {
        Files.write(files.image("b.png"), new byte[9]);
        FolderSegmentationDataset dataset = files.builder().optLimit(1).build();
        dataset.prepare();
        assertEquals(1, dataset.size());
    }

    @Test
    void noBatchAtAllIsRefused() throws Exception {
        FolderSegmentationDataset dataset = files.builder().setSampling(3, true, true).build();
        try (NDManager manager = NDManager.newBaseManager()) {
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> dataset.getData(manager));
            assertTrue(e.getMessage().contains("expected at most 2"), e.getMessage());
        }
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        FolderSegmentationDataset.Builder builder = files.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.setSampling(0, true));
        assertThrows(IllegalArgumentException.class, () -> builder.optIgnoreLabel(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.optIgnoreLabel(256));
        assertThrows(IllegalArgumentException.class, () -> builder.optSize(0, 5));
        assertThrows(IllegalArgumentException.class, () -> builder.optSize(1 << 20, 1 << 20));
        assertThrows(IllegalArgumentException.class, () -> builder.build().setEpoch(-1));
        assertThrows(
                NullPointerException.class,
                () -> FolderSegmentationDataset.builder().setSampling(1, true).build());
    }

    private String message() {
        return assertThrows(
                        MalformedDatasetException.class, () -> files.builder().build().prepare())
                .getMessage();
    }

    private void assertMessage(String part) {
        String message = message();
        assertTrue(message.contains(part), message + "\ndoes not contain\n" + part);
    }
}
