package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.translate.Batchifier;
import ai.djl.translate.StackBatchifier;
import io.github.lovaszdjl.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** Five samples in three batches: none valid, one valid pixel, all valid but one. */
    private SegmentationDataset withIgnored(String kind) throws Exception {
        int[] first = {9, 9, 5, 9, 0};
        if (kind.equals("memory")) {
            List<InMemoryDataset.Sample> samples = new ArrayList<>();
            for (int from : first) {
                int[] labels = new int[9];
                Arrays.fill(labels, 0, from, 255);
                Arrays.fill(labels, from == 5 ? 6 : 9, 9, 255);
                samples.add(new InMemoryDataset.Sample(3, 3, new float[27], labels));
            }
            return InMemoryDataset.of(List.of("a"), samples, 2);
        }
        return ignoring(first).builder().optIgnoreLabel(255).build();
    }

    /** Images of 3×3 pixels, ignored but for one pixel, number 5, or for all from number 0. */
    private TestFiles ignoring(int... first) throws Exception {
        TestFiles files = new TestFiles(root, "a");
        for (int i = 0; i < first.length; i++) {
            int from = first[i];
            files.add(
                    "s" + i,
                    3,
                    3,
                    (x, y) -> 0,
                    (x, y) -> {
                        int pixel = 3 * y + x;
                        return pixel >= from && (from != 5 || pixel == 5) ? 0 : 255;
                    });
        }
        return files;
    }

    /** The batches that have a valid pixel, in the order of the samples. */
    private static List<Boolean> valid(SegmentationDataset data, boolean closed, boolean ahead)
            throws Exception {
        List<Boolean> valid = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            ExecutorService executor = ahead ? Executors.newFixedThreadPool(2) : null;
            try {
                Sampler inOrder = new BatchSampler(new SequenceSampler(), 2);
                for (Batch batch : data.getData(manager, inOrder, executor)) {
                    if (closed) {
                        batch.getLabels().head().close();
                    }
                    valid.add(data.hasValidPixel(batch));
                    batch.close();
                }
            } finally {
                if (ahead) {
                    // Before the manager of what they make is closed.
                    executor.shutdown();
                    assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
                }
            }
        }
        return valid;
    }

    @ParameterizedTest
    @CsvSource({"folder, false", "folder, true", "memory, false", "memory, true"})
    void oneValidPixelMakesABatchValid(String kind, boolean ahead) throws Exception {
        assertEquals(List.of(false, true, true), valid(withIgnored(kind), false, ahead));
    }

    /** On a GPU, reading them would wait for all that it has been told to do. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void labelsMadeOnTheHostAreNotReadBack(boolean ahead) throws Exception {
        assertEquals(List.of(false, true, true), valid(withIgnored("folder"), true, ahead));
        SegmentationDataset other = withIgnored("memory");
        assertThrows(IllegalStateException.class, () -> valid(other, true, ahead));
    }

    /** Two batches are copied to the device of the training while the network is at another. */
    @Test
    void batchesAreMadeAheadOnTheDeviceOfTheManager() throws Exception {
        Engines.assumePyTorch("MXNet has no devices but one here");
        Device device = Engines.secondProcessor();
        List<Device> devices = Collections.synchronizedList(new ArrayList<>());
        SegmentationDataset data =
                ignoring(0, 0, 0, 0, 0)
                        .builder()
                        .optIgnoreLabel(255)
                        .setSampling(1, false)
                        .addTransform(
                                image -> {
                                    devices.add(image.getDevice());
                                    return image.duplicate();
                                })
                        .build();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            ExecutorService executor = Executors.newSingleThreadExecutor();
            try {
                Iterator<Batch> batches =
                        data.getData(manager, data.getSampler(), executor).iterator();
                // Comes after all that was asked for before.
                executor.submit(() -> {}).get();
                assertEquals(List.of(device, device), devices);
                Batch first = batches.next();
                executor.submit(() -> {}).get();
                assertEquals(List.of(device, device, device), devices);
                assertEquals(device, first.getLabels().head().getDevice());
            } finally {
                executor.shutdown();
                assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
            }
        }
    }

    @Test
    void theWindowOfAnImageDecides() throws Exception {
        // The centre alone is seen, and ignored.
        SegmentationDataset data = ignoring(5).builder().optSize(1, 1).optIgnoreLabel(255).build();
        assertEquals(List.of(false), valid(data, true, false));
    }

    @Test
    void labelsThatChangeAfterTheyWereMadeAreRead() throws Exception {
        FolderSegmentationDataset.Builder builder = ignoring(9, 0).builder().optIgnoreLabel(255);
        SegmentationDataset transformed =
                builder.addTargetTransform(labels -> labels.onesLike().mul(255)).build();
        assertEquals(List.of(false), valid(transformed, false, false));
        Batchifier firstOnly =
                new StackBatchifier() {
                    @Override
                    public NDList batchify(NDList[] inputs) {
                        return super.batchify(new NDList[] {inputs[0]});
                    }
                };
        SegmentationDataset batched =
                ignoring(9, 0).builder().optIgnoreLabel(255).optLabelBatchifier(firstOnly).build();
        assertEquals(List.of(false), valid(batched, false, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n"})
    void aFingerprintIsOneWord(String text) {
        assertThrows(IllegalArgumentException.class, () -> new SegmentationDataset.Item("a", text));
    }
}
