package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentationCrossEntropyLossTest {

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void equalsReferenceForRandomOptions(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int images = 1 + random.nextInt(3);
            int classes = 2 + random.nextInt(7);
            int pixels = 1 + random.nextInt(40);
            double scale = new double[] {0.01, 1, 20}[random.nextInt(3)];
            double[] logits = LossTesting.logits(random, images * classes * pixels, scale);
            int[] labels = LossTesting.labels(random, images * pixels, classes);
            Integer ignore = random.nextBoolean() ? null : -1;
            if (ignore != null) {
                double ignored = random.nextDouble();
                Arrays.setAll(labels, i -> random.nextDouble() < ignored ? -1 : labels[i]);
            }
            double[] weights =
                    random.nextBoolean()
                            ? null
                            : random.doubles(classes).map(w -> (float) w).toArray();
            float smoothing = random.nextBoolean() ? 0 : random.nextFloat();
            Reference.Result expected =
                    Reference.crossEntropy(
                            logits, labels, images, classes, weights, ignore, smoothing);
            SegmentationCrossEntropyLoss loss =
                    loss(
                            b -> {
                                b.optLabelSmoothing(smoothing);
                                if (ignore != null) {
                                    b.optIgnoreLabel(ignore);
                                }
                                if (weights != null) {
                                    b.optClassWeights(toFloats(weights));
                                }
                            });
            NDArray target = manager.create(labels, new Shape(images, pixels));
            Shape shape = new Shape(images, classes, pixels);
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                Reference.Result actual = LossTesting.run(loss, logits, shape, type, target);
                String message = "seed " + seed + " round " + round + " " + type;
                double tolerance = 2e-6 * Math.max(1, expected.value());
                assertEquals(expected.value(), actual.value(), tolerance, message);
                // p − 1 of a confident pixel is rounded to 2⁻²⁴.
                assertArrayEquals(expected.gradient(), actual.gradient(), 5e-7, message);
            }
        }
    }

    private static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @Test
    void equalsDjlsOwnWhereThatWorks() {
        double[] logits = LossTesting.logits(new Random(1), 40, 2);
        NDArray labels = manager.create(LossTesting.labels(new Random(2), 10, 4), new Shape(10, 1));
        Loss djl = Loss.softmaxCrossEntropyLoss("djl", 1, 1, true, true);
        NDArray predictions = manager.create(logits, new Shape(10, 4));
        assertEquals(
                LossTesting.evaluate(djl, predictions, labels),
                LossTesting.evaluate(new SegmentationCrossEntropyLoss(), predictions, labels),
                1e-12);
    }

    @Test
    void ignoredPixelsChangeNothingWhateverStandsThere() {
        double[] logits = LossTesting.logits(new Random(1), 12, 2);
        int[] labels = {0, 7, 2, 1};
        SegmentationCrossEntropyLoss loss = loss(b -> b.optIgnoreLabel(7).optLabelSmoothing(0.1f));
        Reference.Result expected = run(loss, logits, 3, labels);
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            logits[1] = bad;
            Reference.Result actual = run(loss, logits, 3, labels);
            assertEquals(expected.value(), actual.value());
            assertArrayEquals(expected.gradient(), actual.gradient());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void badLogitAtAValidPixelGivesNan(double bad) {
        for (int at = 0; at < 12; at++) {
            double[] logits = LossTesting.logits(new Random(1), 12, 2);
            logits[at] = bad;
            assertTrue(Double.isNaN(run(loss(b -> {}), logits, 3, new int[] {0, 1, 2, 1}).value()));
        }
    }

    @Test
    void nothingValidOrOfWeightGivesZeroStillConnected() {
        double[] logits = LossTesting.logits(new Random(1), 12, 2);
        for (SegmentationCrossEntropyLoss loss :
                new SegmentationCrossEntropyLoss[] {
                    loss(b -> b.optIgnoreLabel(0)), loss(b -> b.optClassWeights(0, 1, 1))
                }) {
            Reference.Result result = run(loss, logits, 3, new int[4]);
            assertEquals(0, result.value());
            assertArrayEquals(new double[12], result.gradient(), 0);
        }
    }

    @Test
    void classAxisMayBeLast() {
        double[] logits = LossTesting.logits(new Random(1), 12, 2);
        double[] last = new double[12];
        IntStream.range(0, 12).forEach(i -> last[i % 4 * 3 + i / 4] = logits[i]);
        NDArray labels = manager.create(new int[] {0, 1, 2, 1}, new Shape(1, 4));
        assertEquals(
                LossTesting.evaluate(
                        loss(b -> {}), manager.create(logits, new Shape(1, 3, 4)), labels),
                LossTesting.evaluate(
                        loss(b -> b.optClassAxis(-1)),
                        manager.create(last, new Shape(1, 4, 3)),
                        labels),
                1e-12);
    }

    @Test
    void weightScalesTheLoss() {
        double[] logits = LossTesting.logits(new Random(1), 12, 2);
        int[] labels = {0, 1, 2, 1};
        double one = run(loss(b -> {}), logits, 3, labels).value();
        assertEquals(0.5 * one, run(loss(b -> b.optWeight(0.5f)), logits, 3, labels).value(), 1e-6);
    }

    /** Smoothed wholly, no class is the true one: the mean of −log p over the classes. */
    @Test
    void labelsThatAreSpreadWhollySayNothing() {
        SegmentationCrossEntropyLoss.Builder builder = SegmentationCrossEntropyLoss.builder();
        assertSame(builder, builder.optLabelSmoothing(1));
        NDArray logits = manager.create(new float[] {0, 0, 0, 3, 1, -1}, new Shape(1, 3, 2));
        for (int label = 0; label < 3; label++) {
            NDArray labels = manager.full(new Shape(1, 2), label, DataType.INT32);
            double first = 0;
            double second = 0;
            double[] a = {0, 0, 1};
            double[] b = {0, 3, -1};
            for (int c = 0; c < 3; c++) {
                first -= Math.log(Math.exp(a[c]) / (2 + Math.E)) / 3;
                second -= Math.log(Math.exp(b[c]) / (1 + Math.exp(3) + Math.exp(-1))) / 3;
            }
            float value =
                    builder.build().evaluate(new NDList(labels), new NDList(logits)).getFloat();
            assertEquals((first + second) / 2, value, 1e-6);
        }
    }

    private static SegmentationCrossEntropyLoss loss(
            Consumer<SegmentationCrossEntropyLoss.Builder> options) {
        SegmentationCrossEntropyLoss.Builder builder = SegmentationCrossEntropyLoss.builder();
        options.accept(builder);
        return builder.build();
    }

    private Reference.Result run(
            SegmentationCrossEntropyLoss loss, double[] logits, int classes, int[] labels) {
        return LossTesting.run(
                loss,
                logits,
                new Shape(1, classes, labels.length),
                DataType.FLOAT32,
                manager.create(labels, new Shape(1, labels.length)));
    }
}
