package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lovaszdjl.Trials;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DistanceTransformTest {

    private static final int IGNORED = -1;

    @Test
    void distancesAreThoseToTheNearestOfAllPoints() {
        for (int trial = 0; trial < 60; trial++) {
            Random random = Trials.random(trial);
            long[] sizes = random.longs(random.nextInt(4), 1, 9).toArray();
            int size = (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
            double[] squares = new double[size];
            double share = new double[] {0, 0.02, 0.3, 1}[random.nextInt(4)];
            Arrays.setAll(squares, i -> random.nextDouble() < share ? 0 : Double.POSITIVE_INFINITY);
            double[] expected = new double[size];
            Arrays.fill(expected, Double.POSITIVE_INFINITY);
            for (int i = 0; i < size; i++) {
                for (int k = 0; k < size; k++) {
                    if (squares[k] == 0) {
                        expected[i] = Math.min(expected[i], square(i, k, sizes));
                    }
                }
            }
            DistanceTransform.transform(squares, sizes);
            assertArrayEquals(expected, squares, "seed " + Trials.seed(trial));
        }
    }

    private static double square(int a, int b, long... sizes) {
        double sum = 0;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            double away = a % sizes[axis] - b % sizes[axis];
            sum += away * away;
            a /= (int) sizes[axis];
            b /= (int) sizes[axis];
        }
        return sum;
    }

    @Test
    void signsAndZerosAreThoseOfTheBoundary() {
        int[] line = {0, 0, 1, 1, 1, 0, IGNORED, 0};
        assertArrayEquals(
                new double[] {2, 1, 0, -1, 0, 1, 0, 3},
                DistanceTransform.signed(line, 0, 1, IGNORED, 8));
        int[] square = {0, 0, 0, 0, 1, 0, 0, 0, 0};
        double diagonal = Math.sqrt(2);
        assertArrayEquals(
                new double[] {diagonal, 1, diagonal, 1, 0, 1, diagonal, 1, diagonal},
                DistanceTransform.signed(square, 0, 1, IGNORED, 3, 3));
    }

    @Test
    void aClassThatFillsTheGridOrIsAbsentHasNoBoundary() {
        int[] all = {2, 2, IGNORED, 2};
        assertArrayEquals(new double[4], DistanceTransform.signed(all, 0, 2, IGNORED, 2, 2));
        assertArrayEquals(new double[4], DistanceTransform.signed(all, 0, 1, IGNORED, 4));
    }

    @Test
    void longLinesAreExact() {
        double[] squares = new double[100_000];
        Arrays.fill(squares, Double.POSITIVE_INFINITY);
        squares[0] = 0;
        squares[99_999] = 0;
        DistanceTransform.transform(squares, squares.length);
        assertEquals(49_999.0 * 49_999, squares[49_999]);
        assertEquals(49_999.0 * 49_999, squares[50_000]);
    }
}
