package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplingTest {

    @TempDir private Path root;

    /** Ten images: nine show class 0 alone, one shows 0 and 1, and class 2 is nowhere. */
    private static long[][] nineToOne() {
        return IntStream.range(0, 10)
                .mapToObj(i -> i == 3 ? new long[] {5, 1, 0} : new long[] {6, 0, 0})
                .toArray(long[][]::new);
    }

    /** LVIS: r(c) = max(1, √(t / f(c))), of an image the largest. */
    @ParameterizedTest
    @CsvSource({"1, 3.1622776601683795", "0.4, 2", "0.1, 1", "0.001, 1"})
    void factorsAreThoseOfThePaper(double threshold, double rare) {
        double[] expected = new double[10];
        Arrays.fill(expected, 1);
        expected[3] = rare;
        assertArrayEquals(expected, RepeatFactors.of(nineToOne(), threshold).factors(), 1e-15);
    }

    @Test
    void anImageWithoutAValidPixelIsTakenAsOneOfCommonClasses() {
        long[][] pixels = {{1, 0}, {0, 0}, {1, 1}, {1, 0}};
        double[] factors = RepeatFactors.of(pixels, 1).factors();
        assertArrayEquals(new double[] {Math.sqrt(4 / 3.0), 1, 2, Math.sqrt(4 / 3.0)}, factors);
    }

    /** How often each image is drawn in epochs of several seeds. */
    private static int[] drawn(RepeatFactors factors, int epochs) {
        int count = factors.factors().length;
        double sum = Arrays.stream(factors.factors()).sum();
        int[] drawn = new int[count];
        for (int epoch = 0; epoch < epochs; epoch++) {
            int[] now = new int[count];
            Set<Long> different = new HashSet<>();
            for (long index : factors.draw(Seeds.order(7, epoch))) {
                assertTrue(different.add(index), "index twice: " + index);
                now[(int) (index % count)]++;
            }
            assertEquals(count, different.size());
            for (int i = 0; i < count; i++) {
                double expected = count * factors.factors()[i] / sum;
                // Rounding of the sums may be in the way of a whole number.
                assertTrue(now[i] >= Math.floor(expected - 1e-9), i + ": " + now[i]);
                assertTrue(now[i] <= Math.ceil(expected + 1e-9), i + ": " + now[i]);
                drawn[i] += now[i];
            }
        }
        return drawn;
    }

    @Test
    void eachImageIsDrawnAsOftenAsExpectedRoundedUpOrDown() {
        SplittableRandom random = new SplittableRandom(5);
        double[] factors = random.doubles(23, 1, 9).toArray();
        double sum = Arrays.stream(factors).sum();
        int epochs = 4000;
        int[] drawn = drawn(new RepeatFactors(factors), epochs);
        for (int i = 0; i < factors.length; i++) {
            // The standard error of the mean of one rounding is below 0.5 / √4000 = 0.008.
            assertEquals(23 * factors[i] / sum, drawn[i] / (double) epochs, 5 * 0.008, "" + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 177})
    void imagesOfOneFactorAreDrawnOnceEach(int count) {
        double[] factors = new double[count];
        Arrays.fill(factors, 1.1);
        int[] expected = new int[count];
        Arrays.fill(expected, 20);
        assertArrayEquals(expected, drawn(new RepeatFactors(factors), 20));
    }

    /** Of 100 images 90 show one class and 10 the other: 9 : 1 becomes √9 : √1. */
    @Test
    void whereImagesShowOneClassSharesBecomeTheirRoots() {
        long[][] pixels =
                IntStream.range(0, 100)
                        .mapToObj(i -> i < 90 ? new long[] {1, 0} : new long[] {0, 1})
                        .toArray(long[][]::new);
        int[] drawn = drawn(RepeatFactors.of(pixels, 1), 400);
        double common = Arrays.stream(drawn, 0, 90).sum();
        double rare = Arrays.stream(drawn, 90, 100).sum();
        assertEquals(3, common / rare, 0.1);
    }

    private static long[] order(FolderSegmentationDataset dataset, int epoch) throws Exception {
        dataset.setEpoch(epoch);
        List<Long> order = new ArrayList<>();
        Iterator<List<Long>> batches = dataset.getSampler().sample(dataset);
        batches.forEachRemaining(order::addAll);
        return order.stream().mapToLong(i -> i).toArray();
    }

    /** How many images of an epoch show each class, on average over 100 epochs. */
    private static double[] seen(FolderSegmentationDataset dataset) throws Exception {
        long[][] pixels = dataset.countPixels();
        double[] seen = new double[pixels[0].length];
        for (int epoch = 0; epoch < 100; epoch++) {
            for (long index : order(dataset, epoch)) {
                long[] image = pixels[(int) (index % pixels.length)];
                for (int c = 0; c < seen.length; c++) {
                    seen[c] += image[c] > 0 ? 0.01 : 0;
                }
            }
        }
        return seen;
    }

    /**
     * Of ocean, land, ice and lake. Nearly all tiles with ice or lakes show ocean and land as well,
     * so that no sampling makes all four equal.
     */
    @Test
    void classesOfEarthAreSeenMoreEquallyOften() throws Exception {
        FolderSegmentationDataset.Builder earth =
                FolderSegmentationDataset.builder()
                        .setRoot(Path.of("datasets", "earth"))
                        .setSplit("train")
                        .setSampling(8, true);
        FolderSegmentationDataset uniform = earth.build();
        uniform.prepare();
        FolderSegmentationDataset rare = earth.optSampling(Sampling.rareClasses()).build();
        rare.prepare();
        assertEquals(uniform.countBatches(), rare.countBatches());
        assertArrayEquals(new double[] {163, 154, 81, 84}, seen(uniform), 1e-6);
        double[] expected = new double[4];
        double[] factors = RepeatFactors.of(rare.countPixels(), 1).factors();
        for (int i = 0; i < factors.length; i++) {
            for (int c = 0; c < 4; c++) {
                expected[c] +=
                        rare.countPixels()[i][c] > 0
                                ? factors.length * factors[i] / Arrays.stream(factors).sum()
                                : 0;
            }
        }
        assertArrayEquals(new double[] {162.2, 152.4, 86.8, 88.9}, expected, 0.05);
        assertArrayEquals(expected, seen(rare), 1);
    }

    /** Nine images of class 0 and, the fourth by name, one of both. */
    private FolderSegmentationDataset.Builder files() throws Exception {
        TestFiles files = new TestFiles(root, "common", "rare");
        for (int i = 0; i < 10; i++) {
            int image = i;
            files.add(
                    "s" + i,
                    20,
                    15,
                    (x, y) -> x * 12 << 16 | y * 17,
                    (x, y) -> image == 3 ? x % 2 : 0);
        }
        return files.builder()
                .setSampling(4, true)
                .optSeed(3)
                .optSampling(Sampling.rareClasses())
                .optSize(8, 8)
                .optAugmentation(Augmentation.builder().optRandomCrop(true).build());
    }

    @Test
    void whatIsDrawnDependsOnSeedAndEpochAlone() throws Exception {
        FolderSegmentationDataset dataset = files().build();
        dataset.prepare();
        assertEquals(3, dataset.countBatches());
        long[] third = order(dataset, 2);
        assertNotEquals(Arrays.toString(third), Arrays.toString(order(dataset, 1)));
        assertArrayEquals(third, order(dataset, 2));
        FolderSegmentationDataset other = files().optSeed(4).build();
        other.prepare();
        assertNotEquals(Arrays.toString(third), Arrays.toString(order(other, 2)));
    }

    @Test
    void repetitionsAreOfTheSameFileAndAugmentedAnew() throws Exception {
        FolderSegmentationDataset dataset = files().setSampling(10, true).build();
        try (NDManager manager = NDManager.newBaseManager();
                Batch batch = dataset.getData(manager).iterator().next()) {
            List<Long> indices = batch.getIndices().stream().map(i -> (Long) i).toList();
            List<String> names = dataset.getNames(batch);
            List<Integer> rare =
                    IntStream.range(0, 10).filter(i -> indices.get(i) % 10 == 3).boxed().toList();
            // 10 √10 / (9 + √10) = 2.6 times.
            assertTrue(rare.size() == 2 || rare.size() == 3, indices.toString());
            Set<Integer> different = new HashSet<>();
            for (int i : rare) {
                assertEquals("s3.png", names.get(i));
                different.add(Arrays.hashCode(batch.getData().head().get(i).toFloatArray()));
            }
            assertEquals(rare.size(), different.size());
        }
    }

    @Test
    void aSubsetHasSharesOfItsOwn() throws Exception {
        FolderSegmentationDataset dataset = files().build();
        dataset.prepare();
        RandomAccessDataset pair = dataset.subDataset(List.of(3L, 4L));
        FolderSegmentationDataset subset = (FolderSegmentationDataset) pair;
        assertEquals(2, order(subset, 0).length);
        // √2 : 1 of the two, so that both are drawn in most epochs: in none is the first missing.
        for (int epoch = 0; epoch < 20; epoch++) {
            assertTrue(Arrays.stream(order(subset, epoch)).anyMatch(i -> i == 0));
        }
    }

    @Test
    void anOrderThatIsNotRandomIsRefused() throws Exception {
        FolderSegmentationDataset.Builder builder = files().setSampling(4, false);
        String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertEquals(
                "sampling: expected uniform, as setSampling asks for no random order, got"
                        + " rare-classes below 1.0",
                message);
        builder.optSampling(Sampling.uniform()).build();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 1.01, Double.NaN})
    void aThresholdIsAShare(double threshold) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Sampling.rareClasses(threshold))
                        .getMessage();
        assertEquals("rareThreshold: expected above 0 to 1, got " + threshold, message);
    }
}
