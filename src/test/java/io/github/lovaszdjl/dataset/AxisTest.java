package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AxisTest {

    private static final float[] NO_WEIGHT = new float[5];

    @Test
    void nothingDrawnIsTheIdentity() {
        Axis axis = Axis.of(5, 5, 1, false, 0.5);
        assertArrayEquals(new int[] {0, 1, 2, 3, 4}, axis.near());
        assertArrayEquals(axis.near(), axis.low());
        assertArrayEquals(NO_WEIGHT, axis.weight());
    }

    @Test
    void flippingReversesExactly() {
        Axis axis = Axis.of(5, 5, 1, true, 0.5);
        assertArrayEquals(new int[] {4, 3, 2, 1, 0}, axis.near());
        assertArrayEquals(axis.near(), axis.low());
        assertArrayEquals(NO_WEIGHT, axis.weight());
    }

    @Test
    void aSmallerWindowIsCentredAndALargerOnePadded() {
        assertArrayEquals(new int[] {2, 3, 4}, Axis.of(7, 3, 1, false, 0.5).near());
        assertArrayEquals(new int[] {-1, 0, 1, 2, -1}, Axis.of(3, 5, 1, false, 0.5).near());
    }

    @Test
    void positionsCoverEveryPlaceEquallyOften() {
        int[] cut = new int[5];
        int[] padded = new int[5];
        for (int i = 0; i < 1000; i++) {
            double position = (i + 0.5) / 1000;
            cut[Axis.of(7, 3, 1, false, position).near()[0]]++;
            int[] near = Axis.of(3, 7, 1, false, position).near();
            padded[IntStream.range(0, 7).filter(t -> near[t] == 0).findFirst().orElseThrow()]++;
        }
        assertArrayEquals(new int[] {200, 200, 200, 200, 200}, cut);
        assertArrayEquals(new int[] {200, 200, 200, 200, 200}, padded);
    }

    @Test
    void doublingInterpolatesAtQuarters() {
        Axis axis = Axis.of(3, 6, 2, false, 0.5);
        assertArrayEquals(new int[] {0, 0, 1, 1, 2, 2}, axis.near());
        assertArrayEquals(new int[] {0, 0, 0, 1, 1, 2}, axis.low());
        assertArrayEquals(new int[] {1, 1, 1, 2, 2, 2}, axis.high());
        assertArrayEquals(new float[] {0, 0.25f, 0.75f, 0.25f, 0.75f, 0}, axis.weight());
    }

    @Test
    void halvingLooksAtTheMiddleOfTwo() {
        Axis axis = Axis.of(4, 2, 0.5, false, 0.5);
        assertArrayEquals(new int[] {0, 2}, axis.low());
        assertArrayEquals(new float[] {0.5f, 0.5f}, axis.weight());
    }

    @Test
    void onePixelFillsWhatItIsScaledTo() {
        Axis axis = Axis.of(1, 5, 3, false, 0.5);
        assertArrayEquals(new int[] {-1, 0, 0, 0, -1}, axis.near());
        assertArrayEquals(NO_WEIGHT, axis.weight());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theNearestPixelIsOneOfTheTwoInterpolated(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int source = 1 + random.nextInt(50);
        int target = 1 + random.nextInt(50);
        double scale = 0.1 + 4 * random.nextDouble();
        Axis axis = Axis.of(source, target, scale, random.nextInt(2) == 1, random.nextDouble());
        int inside = 0;
        for (int t = 0; t < target; t++) {
            assertTrue(axis.low()[t] >= 0 && axis.high()[t] < source);
            assertTrue(axis.weight()[t] >= 0 && axis.weight()[t] <= 1);
            if (axis.near()[t] >= 0) {
                inside++;
                int closer = axis.weight()[t] < 0.5 ? axis.low()[t] : axis.high()[t];
                assertEquals(closer, axis.near()[t], axis.weight()[t] == 0.5 ? 1 : 0);
            }
        }
        int scaled = Math.max(1, (int) Math.round(source * scale));
        assertEquals(Math.min(scaled, target), inside);
    }
}
