package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfusionMatrixTest {

    // Sums and quotients of a few small integers: a handful of roundings.
    private static final double EPSILON = 1e-12;

    /** Rows (4 1 0), (2 3 0), (0 0 0): the last class is absent. */
    private static ConfusionMatrix threeClasses() {
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        matrix.add(
                new int[] {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, new int[] {0, 0, 0, 0, 1, 0, 0, 1, 1, 1});
        return matrix;
    }

    @Test
    void measuresOfThreeClassesAreThoseComputedByHand() {
        ConfusionMatrix matrix = threeClasses();
        assertEquals(3, matrix.classes());
        assertEquals(10, matrix.total());
        assertEquals(2, matrix.count(1, 0));
        assertEquals(4.0 / 7, matrix.iou(0), EPSILON);
        assertEquals(3.0 / 6, matrix.iou(1), EPSILON);
        assertEquals((4.0 / 7 + 3.0 / 6) / 2, matrix.meanIou(), EPSILON);
        assertEquals(0.5 * 4 / 7 + 0.5 * 3 / 6, matrix.frequencyWeightedIou(), EPSILON);
        assertEquals(8.0 / 11, matrix.dice(0), EPSILON);
        assertEquals((8.0 / 11 + 6.0 / 9) / 2, matrix.meanDice(), EPSILON);
        assertEquals(4.0 / 5, matrix.accuracy(0), EPSILON);
        assertEquals((4.0 / 5 + 3.0 / 5) / 2, matrix.meanAccuracy(), EPSILON);
        assertEquals(4.0 / 6, matrix.precision(0), EPSILON);
        assertEquals(0.7, matrix.pixelAccuracy(), EPSILON);
        assertEquals("[4, 1, 0]\n[2, 3, 0]\n[0, 0, 0]", matrix.toString());
    }

    @Test
    void absentClassesAreNanAndLeftOutOfMeans() {
        ConfusionMatrix matrix = threeClasses();
        assertEquals(Double.NaN, matrix.iou(2));
        assertEquals(Double.NaN, matrix.dice(2));
        assertEquals(Double.NaN, matrix.accuracy(2));
        assertEquals(Double.NaN, matrix.precision(2));
    }

    @Test
    void classOnlyPredictedHasIouZeroAndNoAccuracy() {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        matrix.add(0, 1);
        matrix.add(0, 0);
        assertEquals(0, matrix.iou(1));
        assertEquals(Double.NaN, matrix.accuracy(1));
        assertEquals(0.25, matrix.meanIou(), EPSILON);
        assertEquals(0.5, matrix.meanAccuracy(), EPSILON);
        assertEquals(0.5, matrix.frequencyWeightedIou(), EPSILON);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void everyMeanOfNothingIsNan(int classes) {
        ConfusionMatrix matrix = new ConfusionMatrix(classes);
        assertEquals(0, matrix.total());
        assertEquals(Double.NaN, matrix.meanIou());
        assertEquals(Double.NaN, matrix.frequencyWeightedIou());
        assertEquals(Double.NaN, matrix.meanDice());
        assertEquals(Double.NaN, matrix.meanAccuracy());
        assertEquals(Double.NaN, matrix.pixelAccuracy());
    }

    @Test
    void countsGoBeyondTheRangeOfInt() {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        matrix.add(0, 0);
        matrix.add(1, 0);
        for (int i = 0; i < 40; i++) {
            matrix.add(matrix);
        }
        assertEquals(1L << 40, matrix.count(0, 0));
        assertEquals(1L << 41, matrix.total());
        assertEquals(0.5, matrix.iou(0), EPSILON);
        assertEquals(0.25, matrix.meanIou(), EPSILON);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void mergedPartsEqualTheWhole(long seed) {
        Random random = new Random(seed);
        ConfusionMatrix whole = new ConfusionMatrix(4);
        ConfusionMatrix first = new ConfusionMatrix(4);
        ConfusionMatrix second = new ConfusionMatrix(4);
        for (int i = 0; i < 500; i++) {
            int truth = random.nextInt(4);
            int prediction = random.nextInt(4);
            whole.add(truth, prediction);
            (random.nextBoolean() ? first : second).add(truth, prediction);
        }
        first.add(second);
        assertEquals(whole.toString(), first.toString());
        assertEquals(500, first.total());
    }

    @Test
    void diceFollowsFromIou() {
        ConfusionMatrix matrix = threeClasses();
        IntStream.range(0, 2)
                .forEach(
                        c -> {
                            double iou = matrix.iou(c);
                            assertEquals(2 * iou / (1 + iou), matrix.dice(c), EPSILON);
                        });
    }

    @Test
    void errorsNameArgumentExpectedAndActual() {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        assertMessage("classes: expected 0 or more, got -1", () -> new ConfusionMatrix(-1));
        assertMessage("truth: expected a class from 0 to 1, got 2", () -> matrix.add(2, 0));
        assertMessage("prediction: expected a class from 0 to 1, got -1", () -> matrix.add(0, -1));
        assertMessage("c: expected a class from 0 to 1, got 2", () -> matrix.iou(2));
        assertMessage("other: expected 2 classes, got 3", () -> matrix.add(new ConfusionMatrix(3)));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }

    @Test
    void countsMayBeGiven() {
        ConfusionMatrix matrix = ConfusionMatrix.of(new long[][] {{3, 1}, {0, 5}});
        assertEquals(9, matrix.total());
        assertEquals(1, matrix.count(0, 1));
        assertEquals(5 / 6.0, matrix.iou(1));
        assertThrows(
                IllegalArgumentException.class,
                () -> ConfusionMatrix.of(new long[][] {{1, 2}, {3}}));
        assertThrows(IllegalArgumentException.class, () -> ConfusionMatrix.of(new long[][] {{-1}}));
    }
}
