package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.github.lovaszdjl.Engines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BilinearTest {

    private static final String SIZES =
            """
            4, 6, 16, 24
            11, 15, 44, 60
            5, 7, 5, 7
            5, 7, 5, 14
            5, 7, 10, 7
            5, 7, 13, 9
            16, 24, 4, 6
            13, 9, 5, 7
            1, 1, 3, 5
            1, 6, 4, 1
            7, 5, 1, 1
            """;

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(5);
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void valuesAreThoseOfTheDefinition(int h, int w, int height, int width) {
        NDArray maps = manager.randomNormal(new Shape(2, 3, h, w));
        NDArray resized = Bilinear.resize(maps, height, width);
        assertEquals(new Shape(2, 3, height, width), resized.getShape());
        // Means of two values at a time: a few roundings of numbers below 5.
        assertArrayEquals(
                reference(maps.toFloatArray(), 6, h, w, height, width),
                toDouble(resized.toFloatArray()),
                4e-6);
    }

    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void gradientIsTheAdjoint(int h, int w, int height, int width) {
        NDArray maps = manager.randomNormal(new Shape(2, 3, h, w));
        NDArray weights = manager.randomNormal(new Shape(2, 3, height, width));
        float[] gradient = gradient(maps, weights, false);
        float[] toward = weights.toFloatArray();
        // <R x, y> = <x, R* y> for every unit vector x, by the definition of R.
        for (int i = 0; i < gradient.length; i += 5) {
            float[] unit = new float[gradient.length];
            unit[i] = 1;
            double[] image = reference(unit, 6, h, w, height, width);
            double expected = 0;
            for (int o = 0; o < toward.length; o++) {
                expected += image[o] * toward[o];
            }
            assertEquals(expected, gradient[i], 1e-5, "value " + i);
        }
    }

    @ParameterizedTest // larger only: for a smaller size DJL has PyTorch smooth first
    @CsvSource({"4, 6, 16, 24", "11, 15, 44, 60", "5, 7, 13, 9", "1, 6, 4, 7"})
    void valuesEqualPyTorchInterpolation(int h, int w, int height, int width) {
        Engines.assumePyTorch("MXNet has no interpolation");
        NDArray maps = manager.randomNormal(new Shape(2, 3, h, w));
        NDArray expected =
                maps.getNDArrayInternal().interpolation(new long[] {height, width}, 1, false);
        assertArrayEquals(
                expected.toFloatArray(),
                Bilinear.resize(maps, height, width).toFloatArray(),
                4e-6f);
    }

    @Test
    void sameSizeGivesTheSameBitsInANewArray() {
        NDArray maps = manager.randomNormal(new Shape(1, 2, 3, 4));
        float[] before = maps.toFloatArray();
        NDArray resized = Bilinear.resize(maps, 3, 4);
        assertArrayEquals(before, resized.toFloatArray());
        resized.close();
        assertArrayEquals(before, maps.toFloatArray());
    }

    @Test
    void constantsStayConstant() {
        float[] values =
                Bilinear.resize(manager.full(new Shape(1, 1, 5, 7), 3f), 19, 3).toFloatArray();
        for (float value : values) {
            assertEquals(3, value, 1e-6);
        }
    }

    @Test
    void doublesKeepTheirPrecision() {
        NDArray maps = manager.randomNormal(0, 1, new Shape(1, 2, 5, 7), DataType.FLOAT64);
        NDArray resized = Bilinear.resize(maps, 13, 9);
        assertEquals(DataType.FLOAT64, resized.getDataType());
        assertArrayEquals(
                reference(maps.toDoubleArray(), 2, 5, 7, 13, 9), resized.toDoubleArray(), 1e-14);
    }

    @ParameterizedTest
    @CsvSource({"8, 12", "9, 5"})
    void garbageCollectionBetweenForwardAndBackwardChangesNoBit(int height, int width) {
        NDArray maps = manager.randomNormal(new Shape(1, 2, 4, 6));
        NDArray weights = manager.randomNormal(new Shape(1, 2, height, width));
        float[] expected = gradient(maps, weights, false);
        for (int round = 0; round < 12; round++) {
            assertArrayEquals(expected, gradient(maps, weights, true), "round " + round);
        }
    }

    @Test
    void badInputIsRejected() {
        NDArray maps = manager.ones(new Shape(1, 2, 4, 6));
        assertMessage("height and width", () -> Bilinear.resize(maps, 0, 3));
        assertMessage("height and width", () -> Bilinear.resize(maps, 3, -1));
        assertMessage("maps: expected (N, C, H, W)", () -> Bilinear.resize(maps.flatten(), 3, 3));
    }

    private static void assertMessage(String expected, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(expected), message);
    }

    /** Returns d(sum of resized times weights) / d maps. */
    private float[] gradient(NDArray maps, NDArray weights, boolean collect) {
        try (NDArray input = maps.duplicate();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            input.setRequiresGradient(true);
            Shape size = weights.getShape();
            NDArray loss;
            try (NDArray resized = Bilinear.resize(input, size.get(2), size.get(3));
                    NDArray weighted = resized.mul(weights)) {
                loss = weighted.sum();
            }
            if (collect) {
                System.gc();
                for (int i = 0; i < 200; i++) {
                    manager.create(new float[] {i, -i, 1e30f}).close();
                    manager.full(new Shape(1 + i), 1e30f).close();
                }
            }
            collector.backward(loss);
            return input.getGradient().toFloatArray();
        }
    }

    private static double[] reference(
            float[] maps, int planes, int h, int w, int height, int width) {
        return reference(toDouble(maps), planes, h, w, height, width);
    }

    /** The definition: the four values around the place of every pixel, one after another. */
    private static double[] reference(
            double[] maps, int planes, int h, int w, int height, int width) {
        double[] result = new double[planes * height * width];
        for (int i = 0; i < result.length; i++) {
            int plane = i / (height * width);
            double y = ((i / width % height) + 0.5) * h / height - 0.5;
            double x = (i % width + 0.5) * w / width - 0.5;
            for (int v = (int) Math.floor(y); v <= Math.floor(y) + 1; v++) {
                for (int u = (int) Math.floor(x); u <= Math.floor(x) + 1; u++) {
                    double weight = (1 - Math.abs(y - v)) * (1 - Math.abs(x - u));
                    int row = Math.min(Math.max(v, 0), h - 1);
                    int column = Math.min(Math.max(u, 0), w - 1);
                    result[i] += weight * maps[(plane * h + row) * w + column];
                }
            }
        }
        return result;
    }

    private static double[] toDouble(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
