package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceSortTest {

    private static double[] weights(float[] errors, boolean[] foreground, boolean unitInterval) {
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            long count = 0;
            for (boolean f : foreground) {
                count += f ? 1 : 0;
            }
            return LossTesting.doubles(
                    DeviceSort.weights(
                                    rightness(manager.create(errors), unitInterval),
                                    manager.create(foreground).expandDims(0),
                                    null,
                                    new long[] {count},
                                    unitInterval,
                                    1)
                            .get(0));
        }
    }

    private static NDArray rightness(NDArray errors, boolean unitInterval) {
        NDArray negative = errors.neg().expandDims(0);
        return unitInterval ? negative.add(1) : negative;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void knownWeights(boolean unitInterval) {
        float[] errors = {0.9f, 0.8f, 0.7f, 0.6f};
        assertArrayEquals(
                new double[] {0.5, 0.5, 0, 0},
                weights(errors, new boolean[] {true, true, false, false}, unitInterval),
                1e-7);
        assertArrayEquals(
                new double[] {1 / 3.0, 1 / 3.0, 1 / 12.0, 1 / 4.0},
                weights(errors, new boolean[] {false, true, false, true}, unitInterval),
                1e-7);
        assertArrayEquals(
                new double[] {1, 0, 0, 0}, weights(errors, new boolean[4], unitInterval), 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void weightsEqualReferenceAndSumToOne(long seed) {
        Random random = new Random(seed);
        int size = 1 + random.nextInt(2000);
        float[] errors = new float[size];
        double[] exact = new double[size];
        boolean[] foreground = new boolean[size];
        double share = random.nextDouble();
        for (int i = 0; i < size; i++) {
            exact[i] = errors[i] = random.nextFloat();
            foreground[i] = random.nextDouble() < share;
        }
        double[] expected = Reference.extensionGradient(exact, foreground);
        for (boolean unitInterval : new boolean[] {false, true}) {
            double[] actual = weights(errors, foreground, unitInterval);
            double sum = 0;
            for (int i = 0; i < size; i++) {
                // Three roundings of 2⁻²⁴ each at the most.
                assertEquals(expected[i], actual[i], 2e-7 * Math.max(expected[i], 1e-9), "" + i);
                sum += actual[i];
            }
            assertEquals(1, sum, 1e-6);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void countsAreExactBeyondTwoToThe24(DataType type) {
        // All background stands before all foreground. In float32 a count stops at 2²⁴: the unions
        // below would all be 2²⁴ + 1 or + 2.
        long foreground = 3;
        int size = (1 << 24) + 1001;
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray labels =
                    manager.ones(new Shape(size), DataType.INT32).cumSum(0).gt(size - foreground);
            NDArray errors =
                    manager.full(new Shape(size), 0.75f, type)
                            .sub(labels.toType(type, true).mul(0.5));
            NDArray weights =
                    DeviceSort.weights(
                                    rightness(errors, false),
                                    labels.expandDims(0),
                                    null,
                                    new long[] {foreground},
                                    false,
                                    1)
                            .get(0)
                            .toType(DataType.FLOAT64, false);
            // Of float32, three roundings.
            double rounding = type == DataType.FLOAT32 ? 3 * 0x1p-24 : 1e-9;
            for (int i = 1; i <= foreground; i++) {
                assertEquals(1.0 / size, weights.getDouble(size - i), rounding / size);
            }
            // The background in any order has the weights of ranks 1 to size − 3.
            double sum = weights.sum().getDouble();
            assertEquals(1, sum, type == DataType.FLOAT32 ? 1e-6 : 1e-12);
            double smallest = weights.get(new NDIndex(":" + (size - foreground))).min().getDouble();
            double union = size;
            double expected = foreground / (union * (union - 1));
            assertEquals(expected, smallest, rounding * expected);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void differencesOfCountsAreExactBeyondTwoToThe24(DataType type) {
        // All but three foreground pixels, then the background, then the three: I is 3, which
        // is the difference of two counts that float32 rounds to even numbers.
        int foreground = (1 << 24) + 1003;
        int background = 1000;
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray place =
                    manager.ones(new Shape(foreground + background), DataType.INT32).cumSum(0);
            NDArray last = place.gt(foreground + background - 3);
            NDArray middle = place.gt(foreground - 3).logicalXor(last);
            NDArray errors =
                    manager.full(place.getShape(), 0.75f, type)
                            .sub(middle.toType(type, true).mul(0.25))
                            .sub(last.toType(type, true).mul(0.5));
            NDArray weights =
                    DeviceSort.weights(
                                    rightness(errors, false),
                                    middle.logicalNot().expandDims(0),
                                    null,
                                    new long[] {foreground},
                                    false,
                                    1)
                            .get(0)
                            .get(new NDIndex((foreground - 3) + ":" + (foreground + 997)))
                            .toType(DataType.FLOAT64, false);
            double union = foreground + 1;
            double first = 3 / (union * (union - 1));
            double rounding = type == DataType.FLOAT32 ? 4 * 0x1p-24 : 1e-9;
            assertEquals(first, weights.max().getDouble(), rounding * first);
            union = foreground + background;
            double least = 3 / (union * (union - 1));
            assertEquals(least, weights.min().getDouble(), rounding * least);
        }
    }

    @Tag("slow")
    @Test
    void rowsThatAreSortedApartHaveTheirOwnWeights() {
        // Too many for one sort of 2²³ errors.
        int rows = 3;
        int size = (1 << 22) + 1;
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray errors = manager.randomUniform(0, 1, new Shape(rows, size));
            NDArray foreground = errors.gt(0.7f);
            long[] counts = foreground.sum(new int[] {1}).toLongArray();
            NDArray rightness = errors.neg().add(1);
            NDArray together = DeviceSort.weights(rightness, foreground, null, counts, true, 1);
            for (int r = 0; r < rows; r++) {
                NDArray alone =
                        DeviceSort.weights(
                                rightness.get(r).expandDims(0),
                                foreground.get(r).expandDims(0),
                                null,
                                new long[] {counts[r]},
                                true,
                                1);
                assertEquals(alone.get(0), together.get(r), "row " + r);
            }
        }
    }

    @Test
    void pixelsNotLookedAtHaveNoWeight() {
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray errors = manager.create(new float[] {0.9f, 0.95f, 0.8f, 0.99f, 0.7f, 0.6f});
            boolean[] foreground = {false, false, true, false, false, true};
            NDArray weights =
                    DeviceSort.weights(
                                    rightness(errors, true),
                                    manager.create(foreground).expandDims(0),
                                    manager.create(
                                                    new boolean[] {
                                                        true, false, true, false, true, true
                                                    })
                                            .expandDims(0),
                                    new long[] {2},
                                    true,
                                    1)
                            .get(0);
            assertArrayEquals(
                    new double[] {1 / 3.0, 0, 1 / 3.0, 0, 1 / 12.0, 1 / 4.0},
                    LossTesting.doubles(weights),
                    1e-7);
        }
    }
}
