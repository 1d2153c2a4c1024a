package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Soft Dice, soft Jaccard and focal loss: values from plain loops, gradients from differences. */
class ComparisonLossesTest {

    private static final int IGNORED = 255;

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** A random batch and random options. */
    private static final class Case {

        final int images;
        final int classes;
        final int pixels;
        final boolean fromLogits;
        final boolean perImage;
        final int[] selected;
        final float[] weights;
        final float smooth;
        final int[] labels;
        final double[] predictions;

        Case(Random random, boolean fromLogits) {
            images = 1 + random.nextInt(3);
            classes = 2 + random.nextInt(3);
            pixels = 1 + random.nextInt(12);
            this.fromLogits = fromLogits;
            perImage = random.nextBoolean();
            selected =
                    random.nextBoolean()
                            ? null
                            : random.ints(1 + random.nextInt(3), 0, classes).toArray();
            weights = random.nextBoolean() ? null : new float[classes];
            for (int c = 0; weights != null && c < classes; c++) {
                weights[c] = random.nextInt(4) == 0 ? 0 : random.nextFloat();
            }
            smooth = random.nextBoolean() ? 1 : 0.01f;
            labels =
                    IntStream.range(0, images * pixels)
                            .map(i -> random.nextInt(5) == 0 ? IGNORED : random.nextInt(classes))
                            .toArray();
            predictions = LossTesting.logits(random, images * classes * pixels, 2);
            if (!fromLogits) {
                Arrays.setAll(predictions, i -> random.nextFloat());
            }
        }

        <B extends ClassLossBuilder<B>> B apply(B builder) {
            builder.optFromLogits(fromLogits).optPerImage(perImage).optIgnoreLabel(IGNORED);
            if (selected != null) {
                builder.optClasses(ClassSelection.of(selected));
            }
            if (weights != null) {
                builder.optClassWeights(weights);
            }
            return builder;
        }

        double probability(double[] values, int n, int c, int d) {
            if (!fromLogits) {
                return values[(n * classes + c) * pixels + d];
            }
            double max = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < classes; k++) {
                max = Math.max(max, values[(n * classes + k) * pixels + d]);
            }
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                sum += Math.exp(values[(n * classes + k) * pixels + d] - max);
            }
            return Math.exp(values[(n * classes + c) * pixels + d] - max) / sum;
        }

        double weight(int c) {
            return weights == null ? 1 : weights[c];
        }

        double overlap(double[] values, boolean dice) {
            List<int[]> groups =
                    perImage
                            ? IntStream.range(0, images)
                                    .mapToObj(n -> new int[] {n, n + 1})
                                    .collect(Collectors.toList())
                            : List.of(new int[] {0, images});
            double sum = 0;
            int counted = 0;
            for (int[] group : groups) {
                TreeSet<Integer> present = new TreeSet<>();
                for (int i = group[0] * pixels; i < group[1] * pixels; i++) {
                    if (labels[i] != IGNORED) {
                        present.add(labels[i]);
                    }
                }
                if (present.isEmpty()) {
                    continue;
                }
                counted++;
                if (selected != null) {
                    present.clear();
                    Arrays.stream(selected).forEach(present::add);
                }
                double total = 0;
                double weighted = 0;
                for (int c : present) {
                    double intersection = 0;
                    double predicted = 0;
                    double foreground = 0;
                    for (int n = group[0]; n < group[1]; n++) {
                        for (int d = 0; d < pixels; d++) {
                            int label = labels[n * pixels + d];
                            if (label != IGNORED) {
                                double p = probability(values, n, c, d);
                                predicted += p;
                                intersection += label == c ? p : 0;
                                foreground += label == c ? 1 : 0;
                            }
                        }
                    }
                    double all = predicted + foreground;
                    double ratio =
                            dice
                                    ? (2 * intersection + smooth) / (all + smooth)
                                    : (intersection + smooth) / (all - intersection + smooth);
                    weighted += weight(c) * (1 - ratio);
                    total += weight(c);
                }
                sum += total == 0 ? 0 : weighted / total;
            }
            return counted == 0 ? 0 : sum / counted;
        }

        double focal(double[] values, double gamma) {
            double sum = 0;
            double total = 0;
            for (int n = 0; n < images; n++) {
                for (int d = 0; d < pixels; d++) {
                    int label = labels[n * pixels + d];
                    if (label != IGNORED) {
                        double p = probability(values, n, label, d);
                        sum -= weight(label) * Math.pow(1 - p, gamma) * Math.log(p);
                        total += weight(label);
                    }
                }
            }
            return total == 0 ? 0 : sum / total;
        }

        Reference.Result expected(ToDoubleFunction<double[]> value) {
            double h = 1e-5;
            double[] gradient = new double[predictions.length];
            for (int i = 0; i < gradient.length; i++) {
                double[] up = predictions.clone();
                double[] down = predictions.clone();
                up[i] += h;
                down[i] -= h;
                gradient[i] = (value.applyAsDouble(up) - value.applyAsDouble(down)) / (2 * h);
            }
            return new Reference.Result(value.applyAsDouble(predictions), gradient);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void overlapLossesEqualTheirFormulas(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            Case batch = new Case(random, round % 2 == 0);
            String message = "seed " + seed + " round " + round;
            SoftDiceLoss dice = batch.apply(SoftDiceLoss.builder()).optSmooth(batch.smooth).build();
            assertEqual(batch, batch.expected(v -> batch.overlap(v, true)), dice, message);
            SoftJaccardLoss jaccard =
                    batch.apply(SoftJaccardLoss.builder()).optSmooth(batch.smooth).build();
            assertEqual(batch, batch.expected(v -> batch.overlap(v, false)), jaccard, message);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 0.5f, 1, 2, 5})
    void focalLossEqualsItsFormula(float gamma) {
        Random random = new Random(9);
        for (int round = 0; round < 40; round++) {
            Case batch = new Case(random, true);
            FocalLoss.Builder builder = FocalLoss.builder().optGamma(gamma).optIgnoreLabel(IGNORED);
            if (batch.weights != null) {
                builder.optClassWeights(batch.weights);
            }
            if (batch.classes == 1 && gamma < 1) {
                // At p = 1 the differences of a root are no gradient.
                continue;
            }
            assertEqual(
                    batch,
                    batch.expected(v -> batch.focal(v, gamma)),
                    builder.build(),
                    "gamma " + gamma + " round " + round);
        }
    }

    private void assertEqual(Case batch, Reference.Result expected, Loss loss, String message) {
        NDArray target = manager.create(batch.labels, new Shape(batch.images, batch.pixels));
        Shape shape = new Shape(batch.images, batch.classes, batch.pixels);
        for (DataType type : new DataType[] {DataType.FLOAT64, DataType.FLOAT32}) {
            Reference.Result actual = LossTesting.run(loss, batch.predictions, shape, type, target);
            // Central differences with h = 10⁻⁵ are right to 10⁻⁹; float32 to its rounding.
            double tolerance = type == DataType.FLOAT64 ? 1e-8 : 2e-5;
            String what = message + " " + loss.getName() + " " + type;
            assertEquals(expected.value(), actual.value(), tolerance, what);
            assertArrayEquals(expected.gradient(), actual.gradient(), tolerance, what);
        }
    }

    @Test
    void perfectPredictionGivesZero() {
        NDArray labels = manager.create(new int[] {0, 1, 1, 2}, new Shape(1, 4));
        double[] logits = new double[12];
        Arrays.fill(logits, -500);
        int[] at = {0, 1, 1, 2};
        for (int i = 0; i < 4; i++) {
            logits[at[i] * 4 + i] = 500;
        }
        for (Loss loss : List.of(new SoftDiceLoss(), new SoftJaccardLoss(), new FocalLoss())) {
            Reference.Result result =
                    LossTesting.run(loss, logits, new Shape(1, 3, 4), DataType.FLOAT32, labels);
            assertEquals(0, result.value(), 1e-7, loss.getName());
            assertTrue(Arrays.stream(result.gradient()).allMatch(Double::isFinite));
        }
    }

    @Test
    void hardPredictionsGiveOneMinusIouAndOneMinusDice() {
        NDArray labels = manager.create(new int[] {0, 0, 1, 1}, new Shape(1, 4));
        double[] probabilities = {1, 1, 1, 0, 0, 0, 0, 1};
        Shape shape = new Shape(1, 2, 4);
        double jaccard =
                LossTesting.run(
                                SoftJaccardLoss.builder()
                                        .optFromLogits(false)
                                        .optSmooth(1e-6f)
                                        .build(),
                                probabilities,
                                shape,
                                DataType.FLOAT64,
                                labels)
                        .value();
        assertEquals(1 - (2.0 / 3 + 1.0 / 2) / 2, jaccard, 1e-6);
        double dice =
                LossTesting.run(
                                SoftDiceLoss.builder()
                                        .optFromLogits(false)
                                        .optSmooth(1e-6f)
                                        .build(),
                                probabilities,
                                shape,
                                DataType.FLOAT64,
                                labels)
                        .value();
        assertEquals(1 - (4.0 / 5 + 2.0 / 3) / 2, dice, 1e-6);
    }

    @Test
    void focalLossWithoutFocusIsCrossEntropy() {
        Random random = new Random(2);
        double[] logits = LossTesting.logits(random, 60, 3);
        NDArray labels = manager.create(LossTesting.labels(random, 20, 3), new Shape(1, 20));
        Shape shape = new Shape(1, 3, 20);
        Reference.Result expected =
                LossTesting.run(
                        new SegmentationCrossEntropyLoss(),
                        logits,
                        shape,
                        DataType.FLOAT32,
                        labels);
        Reference.Result actual =
                LossTesting.run(
                        FocalLoss.builder().optGamma(0).build(),
                        logits,
                        shape,
                        DataType.FLOAT32,
                        labels);
        assertEquals(expected.value(), actual.value());
        assertArrayEquals(expected.gradient(), actual.gradient());
    }

    @Test
    void nothingValidGivesZeroStillConnected() {
        NDArray labels = manager.create(new int[] {9, 9}, new Shape(1, 2));
        double[] logits = {1, Double.NaN, 2, 3};
        for (Loss loss :
                List.of(
                        SoftDiceLoss.builder().optIgnoreLabel(9).build(),
                        SoftJaccardLoss.builder().optIgnoreLabel(9).optPerImage(true).build(),
                        FocalLoss.builder().optIgnoreLabel(9).build())) {
            Reference.Result result =
                    LossTesting.run(loss, logits, new Shape(1, 2, 2), DataType.FLOAT32, labels);
            assertEquals(0, result.value(), loss.getName());
            assertArrayEquals(new double[4], result.gradient(), 0, loss.getName());
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void badLogitAtAValidPixelGivesNan(float bad) {
        NDArray labels = manager.create(new int[] {0, 1}, new Shape(1, 2));
        double[] logits = {1, bad, 2, 3};
        for (Loss loss : List.of(new SoftDiceLoss(), new SoftJaccardLoss(), new FocalLoss())) {
            double value =
                    LossTesting.run(loss, logits, new Shape(1, 2, 2), DataType.FLOAT32, labels)
                            .value();
            assertTrue(Double.isNaN(value), loss.getName());
        }
    }

    @Test
    void garbageCollectionBetweenForwardAndBackwardChangesNothing() {
        Random random = new Random(5);
        double[] logits = LossTesting.logits(random, 3 * 500, 2);
        NDArray labels = manager.create(LossTesting.labels(random, 500, 3), new Shape(1, 500));
        for (Loss loss : List.of(new SoftDiceLoss(), new SoftJaccardLoss(), new FocalLoss())) {
            Shape shape = new Shape(1, 3, 500);
            double[] expected =
                    LossTesting.run(loss, logits, shape, DataType.FLOAT32, labels).gradient();
            for (int i = 0; i < 20; i++) {
                NDArray array = LossTesting.create(manager, logits, shape, DataType.FLOAT32);
                array.setRequiresGradient(true);
                try (var collector = manager.getEngine().newGradientCollector()) {
                    NDArray value =
                            loss.evaluate(
                                    new ai.djl.ndarray.NDList(labels),
                                    new ai.djl.ndarray.NDList(array));
                    System.gc();
                    collector.backward(value);
                }
                assertArrayEquals(expected, LossTesting.doubles(array.getGradient()));
            }
        }
    }

    @Test
    void badOptionsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> SoftDiceLoss.builder().optSmooth(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> SoftJaccardLoss.builder().optSmooth(Float.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> FocalLoss.builder().optGamma(-1));
        assertThrows(IllegalArgumentException.class, () -> FocalLoss.builder().optGamma(Float.NaN));
    }
}
