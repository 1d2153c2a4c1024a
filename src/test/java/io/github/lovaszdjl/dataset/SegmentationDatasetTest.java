package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the interface promises, of the two data sets that implement it. */
class SegmentationDatasetTest {

    @TempDir Path root;

    private SegmentationDataset make(String kind) throws Exception {
        if (kind.equals("memory")) {
            return InMemoryDataset.random(1, 5, 16, 2);
        }
        TestFiles files = new TestFiles(root, "dark", "mid", "bright");
        for (int i = 0; i < 5; i++) {
            files.add("s" + i, 16, 16, (x, y) -> x << 16 | y, (x, y) -> (x + y) % 3);
        }
        return files.builder().build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "memory"})
    void batchesAreWhatTheSamplesAre(String kind) throws Exception {
        SegmentationDataset data = make(kind);
        data.prepare();
        assertEquals(5, data.size());
        assertEquals(3, data.countBatches());
        List<Object> seen = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            int batches = 0;
            for (Batch batch : data.getData(manager, data.getSampler(), null)) {
                long n = batch.getSize();
                assertEquals(new Shape(n, 3, 16, 16), batch.getData().head().getShape());
                assertEquals(new Shape(n, 16, 16), batch.getLabels().head().getShape());
                assertEquals(n, data.getNames(batch).size());
                for (int k = 0; k < n; k++) {
                    long index = ((Number) batch.getIndices().get(k)).longValue();
                    SegmentationSample sample = data.open(index);
                    assertEquals(16, data.getHeight(index));
                    assertEquals(16, data.getWidth(index));
                    assertArrayEquals(
                            batch.getData().head().get(k).toFloatArray(),
                            sample.pixels(manager, 0, 0, 16, 16).toFloatArray());
                    assertArrayEquals(
                            batch.getLabels().head().get(k).get(9).toIntArray(), sample.labels(9));
                }
                seen.addAll(batch.getIndices());
                batches++;
                batch.close();
            }
            assertEquals(3, batches);
        }
        assertEquals(List.of("0", "1", "2", "3", "4"), sortedText(seen));
    }

    private static List<String> sortedText(List<?> values) {
        return values.stream().map(Object::toString).sorted().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "memory"})
    void classesAndItemsAreTold(String kind) throws Exception {
        SegmentationDataset data = make(kind);
        data.prepare();
        assertEquals(List.of("dark", "mid", "bright"), data.getClassNames());
        assertEquals(5, data.countPixels().length);
        assertEquals(List.of(), data.getMissingClasses());
        assertFalse(data.looksLikeMasks());
        List<SegmentationDataset.Item> items = data.getItems();
        assertEquals(items.size(), items.stream().map(item -> item.name()).distinct().count());
        if (kind.equals("folder")) {
            assertEquals("train/images/s0.png", items.get(0).name());
            assertEquals("train/labels/s0.png", items.get(1).name());
            assertEquals(data.open(0).height(), 16);
            assertEquals(root + "/train/images/s0.png", data.locate(items.get(0).name()));
            assertEquals(root.resolve("classes.txt").toString(), data.locateClassNames());
        } else {
            assertEquals("sample 0", data.locate(items.get(0).name()));
            assertEquals("the data set", data.locateClassNames());
        }
    }

    @Test
    void aClassWithoutAPixelIsMissing() {
        InMemoryDataset.Sample sample =
                new InMemoryDataset.Sample(1, 2, new float[6], new int[] {1, 255});
        SegmentationDataset data = InMemoryDataset.of(List.of("a", "b", "c"), List.of(sample), 1);
        assertEquals(List.of("a", "c"), data.getMissingClasses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n"})
    void aFingerprintIsOneWord(String text) {
        assertThrows(IllegalArgumentException.class, () -> new SegmentationDataset.Item("a", text));
    }
}
