package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {

    /** One rounding to float. */
    private static final float ULP = 1e-6f;

    @Test
    void inverseFrequencyAveragesToOne() {
        // 10, 5 and 2 pixels: 1/10 : 1/5 : 1/2 = 1 : 2 : 5, whose mean is 8/3.
        float[] expected = {3 / 8f, 6 / 8f, 15 / 8f};
        assertArrayEquals(
                expected, ClassWeights.inverseFrequency(new long[][] {{7, 5, 0}, {3, 0, 2}}), ULP);
    }

    @Test
    void medianFrequencyCountsTheSamplesThatHaveTheClass() {
        // f = 10/17, 5/12, 2/5.
        float[] expected = {5 / 12f * 17 / 10, 1, 5 / 12f * 5 / 2};
        assertArrayEquals(
                expected, ClassWeights.medianFrequency(new long[][] {{7, 5, 0}, {3, 0, 2}}), ULP);
        // Of two, the mean of both: f = 3/4, 1/4.
        float[] two = {2 / 3f, 2};
        assertArrayEquals(two, ClassWeights.medianFrequency(new long[][] {{3, 1}}), ULP);
    }

    @Test
    void equalClassesWeighOne() {
        long[][] counts = {{4, 4, 4}, {9, 9, 9}};
        assertArrayEquals(new float[] {1, 1, 1}, ClassWeights.inverseFrequency(counts));
        assertArrayEquals(new float[] {1, 1, 1}, ClassWeights.medianFrequency(counts));
    }

    @Test
    void aClassThatNeverOccursWeighsNothingAndChangesNoOther() {
        long[][] counts = {{7, 0, 5, 0}, {3, 0, 0, 2}};
        long[][] without = {{7, 5, 0}, {3, 0, 2}};
        for (Function<long[][], float[]> weights :
                List.<Function<long[][], float[]>>of(
                        ClassWeights::inverseFrequency, ClassWeights::medianFrequency)) {
            float[] expected = weights.apply(without);
            float[] actual = weights.apply(counts);
            assertArrayEquals(new float[] {expected[0], 0, expected[1], expected[2]}, actual, ULP);
        }
        assertArrayEquals(
                new float[] {0, 1}, ClassWeights.medianFrequency(new long[][] {{0, 3}, {0, 0}}));
    }

    @Test
    void earthsWeightsAreThoseOfItsFiles() throws IOException {
        // Worked out from the label files by a program of its own, in Python: pixels 1559484,
        // 1076408, 249308, 14768; of the tiles with the class 2670592, 2523136, 1327104, 1376256.
        long[][] counts = earth();
        assertArrayEquals(
                new float[] {0.034994738f, 0.050699859f, 0.218900855f, 3.695404547f},
                ClassWeights.inverseFrequency(counts),
                ULP);
        assertArrayEquals(
                new float[] {0.526138401f, 0.720173479f, 1.635468275f, 28.63194969f},
                ClassWeights.medianFrequency(counts),
                10 * ULP);
    }

    private static long[][] earth() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("datasets/earth/train/labels"))) {
            List<Path> sorted = files.sorted().toList();
            long[][] counts = new long[sorted.size()][4];
            for (int i = 0; i < counts.length; i++) {
                Path file = sorted.get(i).toAbsolutePath();
                Raster labels = ImageIO.read(file.toFile()).getRaster();
                int[] ids =
                        labels.getSamples(
                                0, 0, labels.getWidth(), labels.getHeight(), 0, (int[]) null);
                for (int id : ids) {
                    counts[i][id]++;
                }
            }
            return counts;
        }
    }

    @Test
    void badCountsAreNamed() {
        assertRefused("counts: expected pixels by sample and class, got none", new long[0][]);
        assertRefused("counts: expected pixels by sample and class, got none", new long[1][0]);
        assertRefused(
                "counts: expected 2 classes in every sample as in the first, got 1",
                new long[][] {{1, 2}, {3}});
        assertRefused("counts: expected numbers from 0, got -1", new long[][] {{1, -1}});
        assertRefused(
                "counts: expected a class that occurs, got none", new long[][] {{0, 0}, {0, 0}});
    }

    private static void assertRefused(String message, long[]... counts) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ClassWeights.inverseFrequency(counts))
                        .getMessage());
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ClassWeights.medianFrequency(counts))
                        .getMessage());
    }
}
