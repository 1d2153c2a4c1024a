package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FolderSegmentationDatasetTest {

    /** Input = sample / 255 exactly, so that samples can be read back from inputs. */
    private static final Normalization PLAIN =
            new Normalization(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

    private static final Augmentation ALL =
            Augmentation.builder()
                    .optHorizontalFlip(true)
                    .optVerticalFlip(true)
                    .optScale(0.5, 2)
                    .optRandomCrop(true)
                    .optBrightness(0.2f)
                    .optContrast(0.2f)
                    .build();

    private static final Augmentation WARPING =
            ALL.toBuilder()
                    .optQuarterTurns(true)
                    .optRotation(20)
                    .optElastic(34, 4)
                    .optSaturation(0.2f)
                    .optHue(0.1f)
                    .optBlur(0, 1)
                    .optNoise(0.1f)
                    .optCutout(1, 5)
                    .build();

    @TempDir Path root;

    @Test
    void recordsHaveTheFilesPixels() throws Exception {
        TestFiles files = new TestFiles(root, "a", "b", "c");
        files.add("x", 5, 4, (x, y) -> x << 16 | y << 8 | 200, (x, y) -> (x + y) % 3);
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        Normalization normalization = Normalization.imageNet();
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = dataset.get(manager, 0);
            assertEquals(new Shape(3, 4, 5), record.getData().head().getShape());
            assertEquals(DataType.FLOAT32, record.getData().head().getDataType());
            assertEquals(new Shape(4, 5), record.getLabels().head().getShape());
            assertEquals(DataType.INT32, record.getLabels().head().getDataType());
            float[] data = record.getData().head().toFloatArray();
            int[] labels = record.getLabels().head().toIntArray();
            for (int y = 0; y < 4; y++) {
                for (int x = 0; x < 5; x++) {
                    int i = y * 5 + x;
                    assertEquals(normalization.apply(x, 0), data[i]);
                    assertEquals(normalization.apply(y, 1), data[20 + i]);
                    assertEquals(normalization.apply(200, 2), data[40 + i]);
                    assertEquals((x + y) % 3, labels[i]);
                    assertEquals((x + y) % 3, dataset.readLabels(0)[y][x]);
                    assertEquals(
                            0xff000000 | x << 16 | y << 8 | 200, dataset.readImage(0).getRGB(x, y));
                }
            }
        }
    }

    @Test
    void imagesOfEveryKindAreRead() throws Exception {
        TestFiles files = new TestFiles(root, "a");
        for (String name : List.of("grey.PNG", "jpeg.JPEG", "jpg.jpg", "palette.png", "rgb.png")) {
            BufferedImage image =
                    switch (name) {
                        case "grey.PNG", "jpg.jpg" -> TestFiles.grey(8, 8, (x, y) -> 100);
                        case "palette.png" -> TestFiles.palette(8, 8, 2, (x, y) -> 1);
                        default -> TestFiles.rgb(8, 8, (x, y) -> 0x646464);
                    };
            TestFiles.write(files.image(name), image);
            String stem = name.substring(0, name.indexOf('.'));
            TestFiles.write(files.label(stem + ".Png"), TestFiles.grey(8, 8, (x, y) -> 0));
        }
        FolderSegmentationDataset dataset = files.builder().optNormalization(PLAIN).build();
        dataset.prepare();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int i = 0; i < 5; i++) {
                float[] data = dataset.get(manager, i).getData().head().toFloatArray();
                boolean palette = dataset.getName(i).equals("palette");
                int[] expected = palette ? new int[] {0x13, 0x25, 0x37} : new int[] {100, 100, 100};
                for (int c = 0; c < 3; c++) {
                    // Even areas survive JPEG up to its rounding.
                    assertEquals(expected[c], 255 * data[c * 64 + 9], 1.01, dataset.getName(i));
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} bits")
    @ValueSource(ints = {1, 2, 4, 8})
    void labelsAreTheNumbersInTheFile(int bits) throws Exception {
        int ids = Math.min(1 << bits, 5);
        // Fewer entries than 8 bits could name, colours unlike the indices, the first transparent.
        byte[] palette = new byte[3 * ids];
        for (int i = 0; i < palette.length; i++) {
            palette[i] = (byte) (250 - 11 * i);
        }
        TestFiles files = new TestFiles(root, names(ids));
        for (String name : List.of("grey", "palette", "transparent")) {
            files.add(name, 7, 3, (x, y) -> 0, (x, y) -> 0);
            byte[] png =
                    TestFiles.png(
                            7,
                            3,
                            bits,
                            name.equals("grey") ? null : palette,
                            name.equals("transparent") ? new byte[] {0} : null,
                            (x, y) -> (x + y) % ids);
            Files.write(files.label(name + ".png"), png);
        }
        FolderSegmentationDataset dataset = files.builder().build();
        dataset.prepare();
        for (int i = 0; i < 3; i++) {
            int[][] labels = dataset.readLabels(i);
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 7; x++) {
                    assertEquals((x + y) % ids, labels[y][x], dataset.getName(i));
                }
            }
        }
    }

    @Test
    void smallerSamplesAreCutFromTheCentreAndLargerOnesPadded() throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        files.add("x", 4, 4, (x, y) -> x << 16 | y << 8, (x, y) -> 1);
        FolderSegmentationDataset dataset =
                files.builder().optSize(2, 6).optNormalization(PLAIN).build();
        dataset.prepare();
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = dataset.get(manager, 0);
            float[] data = record.getData().head().toFloatArray();
            assertArrayEquals(
                    new int[] {255, 1, 1, 1, 1, 255, 255, 1, 1, 1, 1, 255},
                    record.getLabels().head().toIntArray());
            assertArrayEquals(
                    new float[] {0, 0, 1 / 255f, 2 / 255f, 3 / 255f, 0}, Arrays.copyOf(data, 6));
            assertEquals(1 / 255f, data[12 + 1]);
            assertEquals(2 / 255f, data[12 + 6 + 1]);
        }
    }

    @ParameterizedTest
    @CsvSource({"255, false", "7, true", "0, true"})
    void aBatchOfSeveralSizesIsPadded(int ignoreLabel, boolean set) throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        files.add("p", 3, 5, (x, y) -> 0xff0000, (x, y) -> 1);
        files.add("q", 4, 2, (x, y) -> 0x00ff00, (x, y) -> 1);
        files.add("r", 1, 1, (x, y) -> 0x0000ff, (x, y) -> 1);
        FolderSegmentationDataset.Builder builder =
                files.builder().setSampling(3, false).optNormalization(PLAIN);
        FolderSegmentationDataset dataset =
                (set ? builder.optIgnoreLabel(ignoreLabel) : builder).build();
        assertEquals(ignoreLabel, dataset.getIgnoreLabel());
        try (NDManager manager = NDManager.newBaseManager();
                Batch batch = dataset.getData(manager).iterator().next()) {
            assertEquals(new Shape(3, 3, 5, 4), batch.getData().head().getShape());
            assertEquals(new Shape(3, 5, 4), batch.getLabels().head().getShape());
            assertEquals(DataType.INT32, batch.getLabels().head().getDataType());
            float[] data = batch.getData().head().toFloatArray();
            int[] labels = batch.getLabels().head().toIntArray();
            int[][] sizes = {{3, 5}, {4, 2}, {1, 1}};
            for (int i = 0; i < data.length; i++) {
                int n = i / 60;
                boolean inside = i % 4 < sizes[n][0] && i / 4 % 5 < sizes[n][1];
                assertEquals(inside && i / 20 % 3 == n ? 1 : 0, data[i]);
                assertEquals(inside ? 1 : ignoreLabel, labels[n * 20 + i % 20]);
            }
            Device[] devices = {Device.cpu(), Device.cpu()};
            assertEquals(
                    new Shape(2, 3, 5, 4),
                    batch.split(devices, false)[0].getData().head().getShape());
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void imageAndLabelsGoTogether(long seed) throws Exception {
        // The image says where each pixel is, red = 4x and green = 4y; the label is x + 10 y.
        TestFiles files = new TestFiles(root, names(200));
        files.add("x", 10, 20, (x, y) -> 4 * x << 16 | 4 * y << 8 | 255, (x, y) -> x + 10 * y);
        FolderSegmentationDataset dataset =
                files.builder()
                        .optSeed(seed)
                        .optSize(16, 16)
                        .optNormalization(PLAIN)
                        .optAugmentation(
                                Augmentation.builder()
                                        .optHorizontalFlip(true)
                                        .optVerticalFlip(true)
                                        .optScale(0.7, 3)
                                        .optRandomCrop(true)
                                        .build())
                        .build();
        dataset.prepare();
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = dataset.get(manager, 0);
            float[] data = record.getData().head().toFloatArray();
            int[] labels = record.getLabels().head().toIntArray();
            int inside = 0;
            for (int i = 0; i < 256; i++) {
                if (labels[i] == 255) {
                    assertEquals(0, data[512 + i], "blue is 0 only in padding");
                    continue;
                }
                inside++;
                assertEquals(1, data[512 + i], 1e-6);
                // The nearest pixel is at most half a pixel from the interpolated position.
                assertEquals(labels[i] % 10, 255 * data[i] / 4, 0.5 + 1e-4);
                assertEquals(labels[i] / 10, 255 * data[256 + i] / 4, 0.5 + 1e-4);
            }
            assertTrue(inside > 0);
        }
    }

    @Test
    void doublingIsBilinearInTheImageAndNearestInTheLabels() throws Exception {
        TestFiles files = new TestFiles(root, "a", "b", "c", "d");
        files.add("x", 2, 2, (x, y) -> 80 * (x + 2 * y * y) << 16, (x, y) -> x + 2 * y);
        FolderSegmentationDataset dataset =
                files.builder()
                        .optSize(4, 4)
                        .optNormalization(PLAIN)
                        .optAugmentation(Augmentation.builder().optScale(2, 2).build())
                        .build();
        dataset.prepare();
        double[] weight = {0, 0.25, 0.75, 1};
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = dataset.get(manager, 0);
            float[] data = record.getData().head().toFloatArray();
            int[] labels = record.getLabels().head().toIntArray();
            for (int y = 0; y < 4; y++) {
                for (int x = 0; x < 4; x++) {
                    double expected = 80 * weight[x] + 160 * weight[y];
                    assertEquals(expected, 255 * data[y * 4 + x], 1e-4);
                    assertEquals(x / 2 + 2 * (y / 2), labels[y * 4 + x]);
                }
            }
        }
    }

    @Test
    void lightChangesTheWholeImageAndNoLabels() throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        files.add("x", 2, 1, (x, y) -> 0x646464, (x, y) -> x);
        FolderSegmentationDataset dataset =
                files.builder()
                        .optSize(1, 4)
                        .optNormalization(PLAIN)
                        .optAugmentation(Augmentation.builder().optBrightness(0.2f).build())
                        .build();
        dataset.prepare();
        float shift =
                Augmentation.builder()
                        .optBrightness(0.2f)
                        .build()
                        .draw(Seeds.sample(0, 0, 0))
                        .brightness();
        assertNotEquals(0, shift);
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = dataset.get(manager, 0);
            float light = 100 / 255f + shift;
            float[] row = {0, light, light, 0};
            for (int c = 0; c < 3; c++) {
                float[] data = record.getData().head().toFloatArray();
                // Two more roundings in the data set, of values below 1.
                assertArrayEquals(row, Arrays.copyOfRange(data, 4 * c, 4 * c + 4), 1e-6f);
            }
            assertArrayEquals(new int[] {255, 0, 1, 255}, record.getLabels().head().toIntArray());
        }
    }

    @Test
    void flipsAndCropsAloneKeepThePixelsExactly() throws Exception {
        TestFiles files = new TestFiles(root, names(200));
        files.add("x", 10, 20, (x, y) -> x << 16 | y << 8, (x, y) -> x + 10 * y);
        FolderSegmentationDataset dataset =
                files.builder()
                        .optSize(6, 7)
                        .optNormalization(PLAIN)
                        .optAugmentation(
                                Augmentation.builder()
                                        .optHorizontalFlip(true)
                                        .optVerticalFlip(true)
                                        .optRandomCrop(true)
                                        .build())
                        .build();
        dataset.prepare();
        Set<Integer> corners = new HashSet<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int epoch = 0; epoch < 100; epoch++) {
                dataset.setEpoch(epoch);
                Record record = dataset.get(manager, 0);
                float[] data = record.getData().head().toFloatArray();
                int[] labels = record.getLabels().head().toIntArray();
                for (int i = 0; i < 42; i++) {
                    assertEquals(labels[i] % 10 / 255f, data[i]);
                    assertEquals(labels[i] / 10 / 255f, data[42 + i]);
                }
                assertEquals(1, Math.abs(labels[1] - labels[0]));
                assertEquals(10, Math.abs(labels[7] - labels[0]));
                corners.add(labels[0]);
            }
        }
        // 4 · 15 places times 4 mirrorings; 100 draws that met few of them would not be random.
        assertTrue(corners.size() > 50, corners.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void samplesDependOnSeedEpochAndIndexAlone(boolean warped) throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        for (int i = 0; i < 12; i++) {
            files.add("s" + i, 20, 15, (x, y) -> x * 12 << 16 | y * 17, (x, y) -> (x / 3 + y) % 2);
        }
        FolderSegmentationDataset.Builder builder =
                files.builder()
                        .setSampling(4, true)
                        .optSize(12, 12)
                        .optAugmentation(warped ? WARPING : ALL);
        List<Integer> alone = epoch(builder.optSeed(5).build(), 3, 0);
        assertEquals(alone, epoch(builder.build(), 3, 1));
        assertEquals(alone, epoch(builder.optPrefetchNumber(3).build(), 3, 4));
        assertNotEquals(alone, epoch(builder.build(), 4, 0));
        assertNotEquals(alone, epoch(builder.optSeed(6).build(), 3, 0));
    }

    /** The hashes of an epoch's batches, in their order. */
    private static List<Integer> epoch(FolderSegmentationDataset dataset, int epoch, int threads)
            throws Exception {
        dataset.setEpoch(epoch);
        ExecutorService executor = threads == 0 ? null : Executors.newFixedThreadPool(threads);
        List<Integer> hashes = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Batch batch : dataset.getData(manager, executor)) {
                hashes.add(batch.getIndices().hashCode());
                hashes.add(Arrays.hashCode(batch.getData().head().toFloatArray()));
                hashes.add(Arrays.hashCode(batch.getLabels().head().toIntArray()));
                batch.close();
            }
        } finally {
            if (executor != null) {
                executor.shutdown();
            }
        }
        return hashes;
    }

    @Test
    void batchesAreLoadedAheadOnTheExecutor() throws Exception {
        TestFiles files = new TestFiles(root, "a");
        for (int i = 0; i < 6; i++) {
            files.add("s" + i, 4, 4, (x, y) -> 0, (x, y) -> 0);
        }
        FolderSegmentationDataset dataset =
                files.builder().setSampling(1, false).optPrefetchNumber(3).build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (NDManager manager = NDManager.newBaseManager()) {
            Iterator<Batch> batches = dataset.getData(manager, executor).iterator();
            // One thread works in order: after this, the batches asked for before it are there.
            executor.submit(() -> {}).get();
            for (int i = 0; i < 6; i++) {
                Files.delete(files.image("s" + i + ".png"));
            }
            for (int i = 0; i < 3; i++) {
                batches.next().close();
            }
            IllegalStateException e = assertThrows(IllegalStateException.class, batches::next);
            String cause = e.getCause().getMessage();
            assertTrue(cause.contains(files.image("s3.png").toString()), cause);
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void getDoesNotDependOnTheThread() throws Exception {
        FolderSegmentationDataset dataset = earth("val").optAugmentation(ALL).optSeed(11).build();
        dataset.prepare();
        dataset.setEpoch(2);
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try (NDManager manager = NDManager.newBaseManager()) {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 28; i++) {
                int index = i % 14;
                futures.add(executor.submit(() -> hash(dataset, manager, index)));
            }
            for (int i = 27; i >= 0; i--) {
                assertEquals(hash(dataset, manager, i % 14), futures.get(i).get());
            }
        } finally {
            executor.shutdown();
        }
    }

    private static int hash(FolderSegmentationDataset dataset, NDManager manager, int index)
            throws IOException {
        Record record = dataset.get(manager, index);
        return 31 * Arrays.hashCode(record.getData().head().toFloatArray())
                + Arrays.hashCode(record.getLabels().head().toIntArray());
    }

    @Test
    void everyShuffledEpochHasEverySampleOnceInAnotherOrder() throws Exception {
        FolderSegmentationDataset dataset = earth("val").setSampling(4, true).build();
        List<Long> all = LongStream.range(0, 14).boxed().toList();
        Set<List<Long>> orders = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            List<Long> order = order(dataset);
            List<Long> sorted = new ArrayList<>(order);
            Collections.sort(sorted);
            assertEquals(all, sorted);
            assertTrue(orders.add(order));
        }
        assertFalse(orders.contains(all));
        assertEquals(all, order(earth("val").setSampling(4, false).build()));
    }

    @Test
    void epochsFollowOneAnotherFromTheOneThatWasSet() throws Exception {
        FolderSegmentationDataset whole = earth("val").setSampling(4, true).build();
        List<List<Long>> run = List.of(order(whole), order(whole), order(whole));
        FolderSegmentationDataset resumed = earth("val").setSampling(4, true).build();
        resumed.setEpoch(1);
        assertEquals(run.get(1), order(resumed));
        assertEquals(run.get(2), order(resumed));
        resumed.setEpoch(0);
        assertEquals(run.get(0), order(resumed));
    }

    private static List<Long> order(FolderSegmentationDataset dataset) throws Exception {
        List<Long> order = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Batch batch : dataset.getData(manager)) {
                batch.getIndices().forEach(i -> order.add((Long) i));
                batch.close();
            }
        }
        return order;
    }

    @Test
    void batchesUnderWayKeepTheirEpoch() throws Exception {
        FolderSegmentationDataset dataset =
                earth("val").setSampling(2, true).optAugmentation(ALL).build();
        List<Integer> undisturbed = epoch(dataset, 0, 0);
        List<Integer> disturbed = new ArrayList<>();
        dataset.setEpoch(0);
        try (NDManager manager = NDManager.newBaseManager()) {
            int next = 1;
            for (Batch batch : dataset.getData(manager)) {
                dataset.setEpoch(next++);
                disturbed.add(batch.getIndices().hashCode());
                disturbed.add(Arrays.hashCode(batch.getData().head().toFloatArray()));
                disturbed.add(Arrays.hashCode(batch.getLabels().head().toIntArray()));
                batch.close();
            }
        }
        assertEquals(undisturbed, disturbed);
    }

    @Test
    void subsetsKeepTheirSamplesAndAugmentation() throws Exception {
        FolderSegmentationDataset dataset =
                earth("val").setSampling(3, true).optAugmentation(ALL).build();
        dataset.prepare();
        RandomAccessDataset part = dataset.subDataset(List.of(9L, 2L, 5L));
        assertEquals(3, part.size());
        try (NDManager manager = NDManager.newBaseManager()) {
            FolderSegmentationDataset folder = (FolderSegmentationDataset) part;
            assertEquals(dataset.getName(9), folder.getName(0));
            assertEquals(hash(dataset, manager, 9), hash(folder, manager, 0));
            assertEquals(hash(dataset, manager, 5), hash(folder, manager, 2));
        }
        RandomAccessDataset[] parts = dataset.randomSplit(5, 2);
        assertEquals(10, parts[0].size());
        assertEquals(4, parts[1].size());
        assertEquals(10, order((FolderSegmentationDataset) parts[0]).size());
    }

    @Test
    void progressCountsEverySample() throws Exception {
        long[] counted = new long[2];
        Progress progress =
                new Progress() {
                    @Override
                    public void reset(String message, long max, String trailingMessage) {
                        counted[1] = max;
                    }

                    @Override
                    public void start(long initialProgress) {
                        counted[0] = initialProgress;
                    }

                    @Override
                    public void end() {
                        assertEquals(counted[1], counted[0]);
                        counted[1] = -1;
                    }

                    @Override
                    public void increment(long increment) {
                        counted[0] += increment;
                    }

                    @Override
                    public void update(long progress, String message) {
                        counted[0] = progress;
                    }
                };
        earth("test").build().prepare(progress);
        assertArrayEquals(new long[] {31, -1}, counted);
    }

    @ParameterizedTest(name = "ignoring {0}")
    @CsvSource({"255, 4, 5", "1, 4, 0"})
    void ignoredPixelsAreNotCounted(int ignoreLabel, long first, long second) throws Exception {
        TestFiles files = new TestFiles(root, "a", "b");
        // Of the 12 pixels of a, 4 are of class 0, 5 of class 1 and 3 are 255 or 1.
        files.add(
                "a",
                4,
                3,
                (x, y) -> 0,
                (x, y) -> y * 4 + x < 4 ? 0 : y * 4 + x < 9 ? 1 : ignoreLabel);
        files.add("b", 2, 1, (x, y) -> 0, (x, y) -> 0);
        FolderSegmentationDataset data = files.builder().optIgnoreLabel(ignoreLabel).build();
        assertThrows(IllegalStateException.class, data::countPixels);
        data.prepare();
        long[][] counts = data.countPixels();
        assertArrayEquals(new long[][] {{first, second}, {2, 0}}, counts);
        counts[0][0] = -1;
        assertEquals(first, data.countPixels()[0][0], "the caller's array is its own");
        FolderSegmentationDataset part = (FolderSegmentationDataset) data.subDataset(1, 2);
        assertArrayEquals(new long[][] {{2, 0}}, part.countPixels());
    }

    @Test
    void earthIsAsItsCardSays() throws Exception {
        long[] counts = new long[4];
        FolderSegmentationDataset train = earth("train").build();
        train.prepare();
        assertEquals(List.of("ocean", "land", "ice", "lake"), train.getClassNames());
        assertEquals(177, train.size());
        for (int i = 0; i < train.size(); i++) {
            for (int[] row : train.readLabels(i)) {
                for (int id : row) {
                    counts[id]++;
                }
            }
        }
        double[] percent = {53.8, 37.1, 8.6, 0.5};
        for (int c = 0; c < 4; c++) {
            assertEquals(percent[c], 100.0 * counts[c] / (177 * 128 * 128), 0.05);
        }
        long[] counted = new long[4];
        for (long[] sample : train.countPixels()) {
            assertEquals(128 * 128, LongStream.of(sample).sum());
            Arrays.setAll(counted, c -> counted[c] + sample[c]);
        }
        assertArrayEquals(counts, counted);
        assertSize(14, earth("val"));
        assertSize(31, earth("test"));
    }

    @Test
    void camVidIsAsItsCardSays() throws Exception {
        Path camVid = Path.of("..", "shared", "data", "camvid-240x180");
        assumeTrue(Files.isDirectory(camVid), "CamVid is not in " + camVid);
        int[] sizes = {367, 101, 233};
        for (String split : List.of("train", "val", "test")) {
            FolderSegmentationDataset.Builder builder =
                    FolderSegmentationDataset.builder()
                            .setRoot(camVid)
                            .setSplit(split)
                            .setSampling(8, false)
                            .optIgnoreLabel(11);
            assertSize(sizes[List.of("train", "val", "test").indexOf(split)], builder);
            assertEquals(11, builder.build().getIgnoreLabel());
        }
    }

    private static void assertSize(long size, FolderSegmentationDataset.Builder builder)
            throws Exception {
        FolderSegmentationDataset dataset = builder.build();
        dataset.prepare();
        assertEquals(size, dataset.size());
    }

    private static FolderSegmentationDataset.Builder earth(String split) {
        return FolderSegmentationDataset.builder()
                .setRoot(Path.of("datasets", "earth"))
                .setSplit(split)
                .setSampling(8, false);
    }

    private static String[] names(int count) {
        String[] names = new String[count];
        Arrays.setAll(names, i -> "c" + i);
        return names;
    }
}
