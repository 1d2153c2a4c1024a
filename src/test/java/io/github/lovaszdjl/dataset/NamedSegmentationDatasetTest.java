package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.basicdataset.cv.ImageDataset;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import io.github.lovaszdjl.Loopback;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The named sets as DJL's users meet them. */
class NamedSegmentationDatasetTest {

    @TempDir Path temp;

    /** The four lines of docs/data.md. */
    @Test
    void fourLinesAreEnough() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            // data.md begins
            Earth train = Earth.builder().optUsage(Usage.TRAIN).setSampling(8, true).build();
            for (Batch batch : train.getData(manager)) {
                batch.close(); // images (8, 3, 128, 128) and labels (8, 128, 128)
            }
            // data.md ends
            assertEquals(177, train.size());
            try (Batch batch = train.getData(manager).iterator().next()) {
                assertEquals(
                        new Shape(8, 3, 128, 128), batch.getData().singletonOrThrow().getShape());
                assertEquals(
                        new Shape(8, 128, 128), batch.getLabels().singletonOrThrow().getShape());
            }
        }
    }

    @Test
    void theFourLinesAreThoseOfThePage() throws Exception {
        String source =
                Files.readString(
                                Path.of(
                                        "src/test/java/io/github/lovaszdjl/dataset",
                                        "NamedSegmentationDatasetTest.java"))
                        .replace("\r", "");
        String begin = "// data.md begins\n";
        String compiled =
                source.substring(
                        source.indexOf(begin) + begin.length(),
                        source.indexOf("            // data.md ends"));
        String page = Files.readString(Path.of("docs", "data.md")).replace("\r", "");
        String snippet = compiled.stripTrailing().stripIndent() + "\n";
        assertTrue(page.contains("```java\n" + snippet + "```"), snippet);
    }

    @Test
    void aUsageIsASplit() throws Exception {
        Map<Usage, Integer> sizes =
                Map.of(
                        Usage.TRAIN, 177,
                        Usage.VALIDATION, 14,
                        Usage.TEST, 31);
        for (Map.Entry<Usage, Integer> usage : sizes.entrySet()) {
            Earth data = Earth.builder().optUsage(usage.getKey()).setSampling(4, false).build();
            data.prepare();
            assertEquals(usage.getValue().longValue(), data.size());
        }
        assertEquals("train", Earth.builder().setSampling(1, false).build().getSplit());
        assertEquals(
                "usage: expected that of a split of voc2012 (train, val), got test",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Voc2012.builder().optUsage(Usage.TEST))
                        .getMessage());
    }

    /** The same as its folder, record by record, and with every option of that. */
    @Test
    void recordsAreThoseOfTheFolder() throws Exception {
        Augmentation flips = Augmentation.builder().optHorizontalFlip(true).build();
        Earth named =
                Earth.builder()
                        .optUsage(Usage.VALIDATION)
                        .setSampling(5, true)
                        .optSeed(3)
                        .optSize(96, 64)
                        .optAugmentation(flips)
                        .build();
        FolderSegmentationDataset folder =
                FolderSegmentationDataset.builder()
                        .setRoot(SegmentationDatasets.find("earth").root())
                        .setSplit("val")
                        .setSampling(5, true)
                        .optSeed(3)
                        .optSize(96, 64)
                        .optAugmentation(flips)
                        .build();
        ImageDataset djl = named;
        assertEquals(Optional.of(64), djl.getImageWidth());
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int epoch = 0; epoch < 2; epoch++) {
                Iterator<Batch> expected = folder.getData(manager).iterator();
                for (Batch batch : named.getData(manager)) {
                    Batch other = expected.next();
                    assertEquals(other.getIndices(), batch.getIndices());
                    assertArrayEquals(
                            other.getData().singletonOrThrow().toFloatArray(),
                            batch.getData().singletonOrThrow().toFloatArray());
                    assertArrayEquals(
                            other.getLabels().singletonOrThrow().toIntArray(),
                            batch.getLabels().singletonOrThrow().toIntArray());
                    other.close();
                    batch.close();
                }
                assertFalse(expected.hasNext());
            }
        }
        RandomAccessDataset half = named.subDataset(0, 7);
        assertEquals(7, half.size());
    }

    /** The set is fetched by prepare, once, and brings its ignore label. */
    @Test
    void prepareFetches() throws Exception {
        String cache = System.getProperty("DJL_CACHE_DIR");
        String offline = System.getProperty("ai.djl.offline");
        String url = System.getProperty("lovasz.url.camvid");
        byte[] archive = camVid();
        try (Loopback server = new Loopback(archive)) {
            System.setProperty("DJL_CACHE_DIR", temp.toString());
            System.setProperty("ai.djl.offline", "false");
            System.setProperty("lovasz.url.camvid", server.url());
            NamedDataset set = CamVid.set(NamedDataset.splits(1, 1, 1), Loopback.FAST);
            CamVid test =
                    CamVid.builder()
                            .setSource(set)
                            .optUsage(Usage.TEST)
                            .setSampling(1, false)
                            .build();
            assertFalse(set.isPresent());
            assertThrows(IllegalStateException.class, test::size);
            test.prepare();
            test.prepare();
            assertTrue(set.isPresent());
            assertEquals(1, server.requests.size());
            assertEquals(11, test.getIgnoreLabel());
            assertEquals(set.root(), test.getRoot());
            assertArrayEquals(new int[] {10, 11, 0}, test.readLabels(0)[0]);
        } finally {
            restore("DJL_CACHE_DIR", cache);
            restore("ai.djl.offline", offline);
            restore("lovasz.url.camvid", url);
        }
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    private static byte[] camVid() throws IOException {
        Packed tar = new Packed();
        for (String split : List.of("train", "val", "test")) {
            ByteArrayOutputStream image = new ByteArrayOutputStream();
            ImageIO.write(TestFiles.rgb(3, 1, (x, y) -> x), "png", image);
            ByteArrayOutputStream labels = new ByteArrayOutputStream();
            ImageIO.write(TestFiles.grey(3, 1, (x, y) -> (x + 10) % 12), "png", labels);
            tar.file("top/CamVid/" + split + "/a.png", image.toByteArray());
            tar.file("top/CamVid/" + split + "annot/a.png", labels.toByteArray());
        }
        return tar.tar();
    }
}
