package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.loss.LovaszHingeLoss.ErrorActivation;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LovaszHingeLossTest {

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    @Test
    void knownValues() {
        NDArray scores = manager.create(new float[][] {{2, -1}, {0.5f, 1.5f}});
        NDArray labels = manager.create(new int[][] {{0, 0}, {1, 1}});
        assertEquals(1.625, LossTesting.evaluate(new LovaszHingeLoss(), scores, labels), 1e-7);
        assertEquals(
                7 / 6.0,
                LossTesting.evaluate(loss(b -> b.optPerImage(false)), scores, labels),
                1e-7);
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
            double scale = new double[] {0.1, 1, 10}[random.nextInt(3)];
            double[] scores = LossTesting.logits(random, size, scale);
            double share = random.nextDouble();
            int[] labels = new int[size];
            Arrays.setAll(labels, i -> random.nextDouble() < share ? 1 : 0);
            Integer ignore = random.nextBoolean() ? null : 255;
            if (ignore != null) {
                double ignored = random.nextDouble();
                Arrays.setAll(labels, i -> random.nextDouble() < ignored ? 255 : labels[i]);
            }
            boolean perImage = random.nextBoolean();
            boolean symmetric = random.nextBoolean();
            ErrorActivation activation = ErrorActivation.values()[random.nextInt(2)];
            LovaszHingeLoss loss =
                    loss(
                            b -> {
                                b.optPerImage(perImage).optSymmetric(symmetric);
                                b.optMultilabel(multilabel).optActivation(activation);
                                if (ignore != null) {
                                    b.optIgnoreLabel(ignore);
                                }
                            });
            ErrorFunction function =
                    activation == ErrorActivation.RELU
                            ? ErrorFunction.HINGE
                            : ErrorFunction.ELU_HINGE;
            Reference.Result expected =
                    BinaryReference.binary(
                            scores, labels, images, channels, perImage, ignore, false, function);
            if (symmetric) {
                // The definition: ½ (L(x, y) + L(−x, 1 − y)).
                double[] negated = Arrays.stream(scores).map(x -> -x).toArray();
                int[] swapped = Arrays.stream(labels).map(y -> y == 255 ? y : 1 - y).toArray();
                Reference.Result other =
                        BinaryReference.binary(
                                negated, swapped, images, channels, perImage, ignore, false,
                                function);
                double[] gradient = new double[size];
                for (int i = 0; i < size; i++) {
                    gradient[i] = (expected.gradient()[i] - other.gradient()[i]) / 2;
                }
                expected = new Reference.Result((expected.value() + other.value()) / 2, gradient);
            }
            Shape shape = new Shape(images, channels, pixels);
            NDArray target = manager.create(labels, shape);
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(loss, scores, shape, type, target),
                        "seed " + seed + " round " + round + " " + type);
            }
        }
    }

    /** Pixels are read in blocks of 2,048, of which there are three here in each image. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void imagesOfSeveralBlocksEqualReference(boolean perImage) {
        int pixels = 5000;
        Random random = new Random(7);
        double[] scores = LossTesting.logits(random, 2 * pixels, 1);
        int[] labels = LossTesting.labels(random, 2 * pixels, 2);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(10) == 0 ? 255 : labels[i];
        }
        Shape shape = new Shape(2, 1, pixels);
        Reference.Result expected =
                BinaryReference.binary(
                        scores, labels, 2, 1, perImage, 255, false, ErrorFunction.HINGE);
        LovaszHingeLoss loss = loss(b -> b.optPerImage(perImage).optIgnoreLabel(255));
        LossTesting.assertClose(
                expected,
                LossTesting.run(
                        loss, scores, shape, DataType.FLOAT32, manager.create(labels, shape)),
                "seed 7");
    }

    @Test
    void scoresBeyondTheMarginGiveZero() {
        Reference.Result result =
                run(new LovaszHingeLoss(), new double[] {1, 7, -1, -3}, new int[] {1, 1, 0, 0});
        assertEquals(0, result.value());
        // At the margin itself the hinge is flat, as DJL's relu is at 0.
        assertArrayEquals(new double[4], result.gradient(), 0);
        assertTrue(
                run(
                                        loss(b -> b.optActivation(ErrorActivation.ELU_PLUS_ONE)),
                                        new double[] {1, 7, -1, -3},
                                        new int[] {1, 1, 0, 0})
                                .value()
                        > 0);
    }

    @Test
    void absentForegroundCostsTheLargestError() {
        assertEquals(
                3.5,
                run(new LovaszHingeLoss(), new double[] {-1, 2.5, 0.5}, new int[3]).value(),
                1e-7);
    }

    @Test
    void scoresAndLabelsMayHaveASingleChannel() {
        double[] scores = LossTesting.logits(new Random(1), 24, 1);
        int[] labels = LossTesting.labels(new Random(2), 24, 2);
        Shape bare = new Shape(2, 3, 4);
        Shape singleton = new Shape(2, 1, 3, 4);
        double expected =
                LossTesting.evaluate(
                        new LovaszHingeLoss(),
                        manager.create(scores, bare),
                        manager.create(labels, bare));
        for (Shape s : new Shape[] {bare, singleton}) {
            for (Shape l : new Shape[] {bare, singleton}) {
                double actual =
                        LossTesting.evaluate(
                                new LovaszHingeLoss(),
                                manager.create(scores, s),
                                manager.create(labels, l));
                assertEquals(expected, actual);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"BOOLEAN", "UINT8", "INT8", "INT32", "INT64", "FLOAT32", "FLOAT64"})
    void labelsMayBeBooleanOrAnyNumber(DataType type) {
        double[] scores = LossTesting.logits(new Random(1), 24, 1);
        NDArray labels = manager.create(LossTesting.labels(new Random(2), 24, 2), new Shape(2, 12));
        NDArray predictions = manager.create(scores, new Shape(2, 12));
        assertEquals(
                LossTesting.evaluate(new LovaszHingeLoss(), predictions, labels),
                LossTesting.evaluate(
                        new LovaszHingeLoss(), predictions, labels.toType(type, true)));
    }

    @Test
    void pointsAndVolumesWork() {
        double[] scores = LossTesting.logits(new Random(1), 24, 1);
        int[] labels = LossTesting.labels(new Random(2), 24, 2);
        LovaszHingeLoss batch = loss(b -> b.optPerImage(false));
        double expected =
                LossTesting.evaluate(
                        batch,
                        manager.create(scores, new Shape(24)),
                        manager.create(labels, new Shape(24)));
        Shape volume = new Shape(2, 3, 2, 2);
        assertEquals(
                expected,
                LossTesting.evaluate(
                        batch, manager.create(scores, volume), manager.create(labels, volume)),
                1e-12);
    }

    @ParameterizedTest
    @EnumSource(ErrorActivation.class)
    void nothingValidGivesZeroStillConnected(ErrorActivation activation) {
        Reference.Result result =
                run(
                        loss(b -> b.optIgnoreLabel(2).optActivation(activation)),
                        new double[] {1, Double.NaN, -1},
                        new int[] {2, 2, 2});
        assertEquals(0, result.value());
        assertArrayEquals(new double[3], result.gradient(), 0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void badScoreGivesNanOrChangesNothingWhereIgnored(double bad) {
        for (int label = 0; label < 2; label++) {
            for (ErrorActivation activation : ErrorActivation.values()) {
                LovaszHingeLoss loss = loss(b -> b.optIgnoreLabel(9).optActivation(activation));
                double[] spoiled = {0.5, bad, -0.3, 0.1};
                assertTrue(Double.isNaN(run(loss, spoiled, new int[] {1, label, 0, 1}).value()));
                int[] ignoring = {1, 9, 0, 1};
                double[] good = {0.5, 100, -0.3, 0.1};
                Reference.Result expected = run(loss, good, ignoring);
                Reference.Result actual = run(loss, spoiled, ignoring);
                assertEquals(expected.value(), actual.value());
                assertArrayEquals(expected.gradient(), actual.gradient());
            }
        }
    }

    @Test
    void weightScalesTheLoss() {
        double[] scores = LossTesting.logits(new Random(1), 24, 1);
        int[] labels = LossTesting.labels(new Random(2), 24, 2);
        double one = run(new LovaszHingeLoss(), scores, labels).value();
        assertEquals(2.5 * one, run(loss(b -> b.optWeight(2.5f)), scores, labels).value(), 1e-6);
    }

    private static LovaszHingeLoss loss(Consumer<LovaszHingeLoss.Builder> options) {
        LovaszHingeLoss.Builder builder = LovaszHingeLoss.builder();
        options.accept(builder);
        return builder.build();
    }

    private Reference.Result run(LovaszHingeLoss loss, double[] scores, int[] labels) {
        Shape shape = new Shape(1, labels.length);
        return LossTesting.run(
                loss, scores, shape, DataType.FLOAT32, manager.create(labels, shape));
    }

    @Test
    void largeScoresKeepTheirOrder() {
        // The errors differ by less than float32 can hold next to 65.
        double[] scores = {-Math.nextDown(64f), 64};
        assertArrayEquals(
                new double[] {-0.5, 0.5},
                run(new LovaszHingeLoss(), scores, new int[] {1, 0}).gradient());
    }

    @Test
    void onlyTheChannelAxisIsOptional() {
        // d1 = 1 is an axis as any other.
        NDArray scores = manager.randomNormal(new Shape(2, 1, 1, 3));
        for (Shape shape : new Shape[] {new Shape(2, 1, 3), new Shape(2, 1, 1, 3)}) {
            NDArray labels = manager.zeros(shape, DataType.INT32);
            assertTrue(LossTesting.evaluate(new LovaszHingeLoss(), scores, labels) > 0);
        }
        NDArray noChannel = manager.randomNormal(new Shape(2, 1, 3));
        NDArray labels = manager.zeros(new Shape(2, 1, 1, 3), DataType.INT32);
        assertTrue(LossTesting.evaluate(new LovaszHingeLoss(), noChannel, labels) > 0);
    }
}
