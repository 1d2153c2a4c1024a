package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleCheckTest {

    private static final Path FILE = Path.of("a.png");

    @TempDir Path root;

    private static LabelImage labels(int... ids) {
        byte[] bytes = new byte[ids.length];
        for (int i = 0; i < ids.length; i++) {
            bytes[i] = (byte) ids[i];
        }
        return new LabelImage(ids.length, 1, bytes);
    }

    @Test
    void validPixelsOfEachClassAreCounted() throws Exception {
        SampleCheck check = new SampleCheck(3, OptionalInt.of(255), LabelDecoder.IDS, 3);
        assertArrayEquals(new long[] {2, 0, 1}, check.count(FILE, labels(0, 255, 2, 0)));
    }

    @Test
    void aClassThatIsTheIgnoreLabelHasNoValidPixel() throws Exception {
        SampleCheck check = new SampleCheck(3, OptionalInt.of(0), LabelDecoder.IDS, 3);
        assertArrayEquals(new long[] {0, 1, 1}, check.count(FILE, labels(0, 1, 2, 0)));
    }

    @Test
    void theIgnoreLabelIsUnknownUnlessItIsSet() {
        SampleCheck check = new SampleCheck(3, OptionalInt.empty(), LabelDecoder.IDS, 3);
        Exception e =
                assertThrows(
                        MalformedDatasetException.class,
                        () -> check.count(FILE, labels(0, 1, 255)));
        assertEquals(
                "a.png: expected class ids 0 to 2 (no ignore label is set), got 255 in 1 pixel(s)",
                e.getMessage());
    }

    @Test
    void contentsAreToldInTheOrderOfTheSamples() throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        files.add("x", 5, 4, (x, y) -> 0, (x, y) -> y == 0 ? 255 : x % 2);
        files.add("y", 2, 3, (x, y) -> 0, (x, y) -> 1);
        List<CheckedSample> checked =
                new SampleCheck(2, OptionalInt.of(255), LabelDecoder.IDS, 3)
                        .checkAll(
                                SampleFinder.find(root, FolderLayout.standard(), "train"),
                                null,
                                "");
        assertEquals(2, checked.size());
        CheckedSample x = checked.get(0);
        assertEquals(new ImageSize(4, 5), x.size());
        assertArrayEquals(new long[] {9, 6}, x.pixels());
        assertEquals(5, x.ignored());
        assertEquals(Fingerprint.of(Files.readAllBytes(files.label("x.png"))), x.labels());
        assertEquals(Fingerprint.of(Files.readAllBytes(files.image("x.png"))), x.image());
        assertEquals("y", checked.get(1).files().name());
    }

    @Test
    void theFaultOfTheFirstNameIsReported() throws Exception {
        TestFiles files = new TestFiles(root, "a");
        for (String name : List.of("p", "q", "r")) {
            files.add(name, 4, 4, (x, y) -> 0, (x, y) -> 0);
        }
        Files.write(files.image("q.png"), new byte[0]);
        Files.write(files.image("r.png"), new byte[0]);
        SampleCheck check = new SampleCheck(1, OptionalInt.empty(), LabelDecoder.IDS, 3);
        List<SampleFiles> found = SampleFinder.find(root, FolderLayout.standard(), "train");
        Exception e =
                assertThrows(
                        MalformedDatasetException.class, () -> check.checkAll(found, null, ""));
        assertTrue(e.getMessage().startsWith(files.image("q.png") + ": "), e.getMessage());
    }
}
