package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.BinaryReference;
import io.github.lovaszdjl.reference.ErrorFunction;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LovaszSigmoidLossTest {

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
            boolean multilabel = random.nextBoolean();
            int channels = multilabel ? 1 + random.nextInt(3) : 1;
            int pixels = 1 + random.nextInt(30);
            int size = images * channels * pixels;
            boolean fromLogits = random.nextInt(3) > 0;
            double scale = new double[] {0.1, 1, 10, 40}[random.nextInt(4)];
            double[] predictions = LossTesting.logits(random, size, scale);
            if (!fromLogits) {
                // Beyond 0 and 1 by what passes for rounding: the formulas hold there.
                Arrays.setAll(predictions, i -> random.nextFloat() * 1.006f - 0.003f);
            }
            double share = random.nextDouble();
            int[] labels = new int[size];
            Arrays.setAll(labels, i -> random.nextDouble() < share ? 1 : 0);
            Integer ignore = random.nextBoolean() ? null : 255;
            if (ignore != null) {
                double ignored = random.nextDouble();
                Arrays.setAll(labels, i -> random.nextDouble() < ignored ? 255 : labels[i]);
            }
            boolean perImage = random.nextBoolean();
            LovaszSigmoidLoss loss =
                    loss(
                            b -> {
                                b.optPerImage(perImage).optMultilabel(multilabel);
                                b.optFromLogits(fromLogits);
                                if (ignore != null) {
                                    b.optIgnoreLabel(ignore);
                                }
                            });
            Reference.Result expected =
                    BinaryReference.binary(
                            predictions,
                            labels,
                            images,
                            channels,
                            perImage,
                            ignore,
                            false,
                            fromLogits ? ErrorFunction.SIGMOID : ErrorFunction.PROBABILITY);
            Shape shape = new Shape(images, channels, pixels);
            NDArray target = manager.create(labels, shape);
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(loss, predictions, shape, type, target),
                        "seed " + seed + " round " + round + " " + type);
            }
        }
    }

    @Test
    void perfectPredictionGivesZero() {
        assertEquals(
                0,
                run(new LovaszSigmoidLoss(), new double[] {200, -200, 200}, new int[] {1, 0, 1})
                        .value());
    }

    @Test
    void hardPredictionsGiveOneMinusIou() {
        // One hit, one miss, two false alarms: IoU = 1/4.
        double[] scores = {200, -200, 200, 200, -200};
        int[] labels = {1, 1, 0, 0, 0};
        assertEquals(0.75, run(new LovaszSigmoidLoss(), scores, labels).value(), 1e-7);
    }

    @Test
    void absentForegroundCostsTheLargestProbability() {
        Reference.Result result =
                run(loss(b -> b.optFromLogits(false)), new double[] {0.25, 0.75, 0.5}, new int[3]);
        assertEquals(0.75, result.value(), 1e-7);
        assertArrayEquals(new double[] {0, 1, 0}, result.gradient(), 1e-7);
    }

    @Test
    void equalsSoftmaxOverTheForegroundClass() {
        double[] x = LossTesting.logits(new Random(3), 20, 2);
        int[] labels = LossTesting.labels(new Random(4), 20, 2);
        double[] two = new double[40];
        System.arraycopy(x, 0, two, 20, 20);
        NDArray target = manager.create(labels, new Shape(1, 20));
        LovaszSoftmaxLoss softmax =
                LovaszSoftmaxLoss.builder().optClasses(ClassSelection.of(1)).build();
        Reference.Result expected =
                LossTesting.run(softmax, two, new Shape(1, 2, 20), DataType.FLOAT32, target);
        Reference.Result actual = run(new LovaszSigmoidLoss(), x, labels);
        assertEquals(expected.value(), actual.value(), 2e-7);
        assertArrayEquals(Arrays.copyOfRange(expected.gradient(), 20, 40), actual.gradient(), 1e-7);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void badLogitGivesNanOrChangesNothingWhereIgnored(double bad) {
        LovaszSigmoidLoss loss = loss(b -> b.optIgnoreLabel(9));
        for (int label = 0; label < 2; label++) {
            double[] spoiled = {0.5, bad, -0.3, 0.1};
            assertTrue(Double.isNaN(run(loss, spoiled, new int[] {1, label, 0, 1}).value()));
            int[] ignoring = {1, 9, 0, 1};
            Reference.Result expected = run(loss, new double[] {0.5, 3, -0.3, 0.1}, ignoring);
            Reference.Result actual = run(loss, spoiled, ignoring);
            assertEquals(expected.value(), actual.value());
            assertArrayEquals(expected.gradient(), actual.gradient());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingValidGivesZeroStillConnected(boolean fromLogits) {
        Reference.Result result =
                run(
                        loss(b -> b.optIgnoreLabel(2).optFromLogits(fromLogits)),
                        new double[] {1, Double.NaN, -1},
                        new int[] {2, 2, 2});
        assertEquals(0, result.value());
        assertArrayEquals(new double[3], result.gradient(), 0);
    }

    @Test
    void weightScalesTheLoss() {
        double[] scores = LossTesting.logits(new Random(1), 24, 1);
        int[] labels = LossTesting.labels(new Random(2), 24, 2);
        double one = run(new LovaszSigmoidLoss(), scores, labels).value();
        assertEquals(2.5 * one, run(loss(b -> b.optWeight(2.5f)), scores, labels).value(), 1e-6);
    }

    @Test
    void everyOptionReturnsTheBuilder() {
        LovaszSigmoidLoss.Builder builder = LovaszSigmoidLoss.builder();
        assertSame(builder, builder.optFromLogits(true));
        assertSame(builder, builder.optPerImage(true));
        assertSame(builder, builder.optMultilabel(true));
    }

    private static LovaszSigmoidLoss loss(Consumer<LovaszSigmoidLoss.Builder> options) {
        LovaszSigmoidLoss.Builder builder = LovaszSigmoidLoss.builder();
        options.accept(builder);
        return builder.build();
    }

    private Reference.Result run(LovaszSigmoidLoss loss, double[] scores, int[] labels) {
        Shape shape = new Shape(1, labels.length);
        return LossTesting.run(
                loss, scores, shape, DataType.FLOAT32, manager.create(labels, shape));
    }
}
