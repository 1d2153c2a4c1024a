package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.loss.LovaszHingeLoss.ErrorActivation;
import io.github.lovaszdjl.reference.BinaryReference;
import io.github.lovaszdjl.reference.ErrorFunction;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The losses with NDArray operations only, as they run on a GPU, and in plain loops on the host:
 * both against the reference in double precision.
 */
class HostAndDeviceTest {

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

    /** A loss that computes where it is told to. */
    private static final class Placed extends Loss {

        private final BiFunction<NDList, NDList, NDArray> computation;

        Placed(BiFunction<NDList, NDList, NDArray> computation) {
            super("placed");
            this.computation = computation;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return computation.apply(labels, predictions);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void softmaxEqualsReferenceWherever(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            int images = 1 + random.nextInt(3);
            int classes = 2 + random.nextInt(5);
            int pixels = 1 + random.nextInt(60);
            int[] labels = labels(random, images * pixels, classes, 0.2);
            boolean fromLogits = random.nextBoolean();
            double[] predictions =
                    fromLogits
                            ? LossTesting.logits(random, images * classes * pixels, 1)
                            : probabilities(random, images, classes, pixels);
            int[] selected =
                    random.nextBoolean()
                            ? null
                            : random.ints(1 + random.nextInt(3), 0, classes).toArray();
            boolean perImage = random.nextBoolean();
            LovaszSoftmaxLoss.Builder builder =
                    LovaszSoftmaxLoss.builder()
                            .optFromLogits(fromLogits)
                            .optPerImage(perImage)
                            .optIgnoreLabel(IGNORED);
            if (selected != null) {
                builder.optClasses(ClassSelection.of(selected));
            }
            double[] weights = random.doubles(classes).map(w -> (float) w).toArray();
            boolean weighted = random.nextBoolean();
            if (weighted) {
                float[] floats = new float[classes];
                IntStream.range(0, classes).forEach(c -> floats[c] = (float) weights[c]);
                builder.optClassWeights(floats);
            }
            LovaszSoftmaxLoss loss = builder.build();
            Reference.Result expected =
                    Reference.lovaszSoftmax(
                            predictions,
                            labels,
                            images,
                            classes,
                            new Reference.Options(
                                    fromLogits,
                                    selected,
                                    weighted ? weights : null,
                                    perImage,
                                    IGNORED));
            Shape shape = new Shape(images, classes, pixels);
            NDArray target = manager.create(labels, new Shape(images, pixels));
            String message = "seed " + seed + " round " + round;
            for (boolean onHost : Engines.paths()) {
                Placed placed = new Placed((l, p) -> loss.compute(l, p, onHost));
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(placed, predictions, shape, DataType.FLOAT32, target),
                        message + (onHost ? " on the host" : " in operations"));
            }
            Placed operations = new Placed((l, p) -> loss.compute(l, p, false));
            LossTesting.assertClose(
                    expected,
                    LossTesting.run(operations, predictions, shape, DataType.FLOAT64, target),
                    message + " in double precision");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void binaryLossesEqualReferenceWherever(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            int images = 1 + random.nextInt(3);
            int channels = 1 + random.nextInt(3);
            int pixels = 1 + random.nextInt(60);
            double[] scores = LossTesting.logits(random, images * channels * pixels, 2);
            int[] labels = labels(random, scores.length, 2, 0.3);
            boolean perImage = random.nextBoolean();
            boolean elu = random.nextBoolean();
            boolean symmetric = random.nextBoolean();
            LovaszHingeLoss hinge =
                    LovaszHingeLoss.builder()
                            .optMultilabel(true)
                            .optPerImage(perImage)
                            .optSymmetric(symmetric)
                            .optActivation(
                                    elu ? ErrorActivation.ELU_PLUS_ONE : ErrorActivation.RELU)
                            .optIgnoreLabel(IGNORED)
                            .build();
            LovaszSigmoidLoss sigmoid =
                    LovaszSigmoidLoss.builder()
                            .optMultilabel(true)
                            .optPerImage(perImage)
                            .optIgnoreLabel(IGNORED)
                            .build();
            ErrorFunction errors = elu ? ErrorFunction.ELU_HINGE : ErrorFunction.HINGE;
            Reference.Result expectedHinge =
                    BinaryReference.binary(
                            scores, labels, images, channels, perImage, IGNORED, false, errors);
            if (symmetric) {
                expectedHinge =
                        mean(
                                expectedHinge,
                                BinaryReference.binary(
                                        scores, labels, images, channels, perImage, IGNORED, true,
                                        errors));
            }
            Reference.Result expectedSigmoid =
                    BinaryReference.binary(
                            scores,
                            labels,
                            images,
                            channels,
                            perImage,
                            IGNORED,
                            false,
                            ErrorFunction.SIGMOID);
            Shape shape = new Shape(images, channels, pixels);
            NDArray target = manager.create(labels, shape);
            for (boolean onHost : Engines.paths()) {
                String message = "seed " + seed + " round " + round + " on host " + onHost;
                LossTesting.assertClose(
                        expectedHinge,
                        LossTesting.run(
                                new Placed((l, p) -> hinge.compute(l, p, onHost)),
                                scores,
                                shape,
                                DataType.FLOAT32,
                                target),
                        message + ": hinge");
                LossTesting.assertClose(
                        expectedSigmoid,
                        LossTesting.run(
                                new Placed((l, p) -> sigmoid.compute(l, p, onHost)),
                                scores,
                                shape,
                                DataType.FLOAT32,
                                target),
                        message + ": sigmoid");
            }
        }
    }

    /** So many pixels that blocks, small errors and errors left out all come to pass. */
    @ParameterizedTest
    @ValueSource(doubles = {0.1, 2, 8, 20})
    void manyPixelsEqualReference(double scale) {
        Random random = new Random(7);
        int classes = 4;
        int pixels = 30_000;
        int[] labels = labels(random, 2 * pixels, classes, 0.1);
        double[] logits = LossTesting.logits(random, 2 * classes * pixels, 1);
        // Right at nine of ten pixels, with a margin that leaves most errors near 0.
        for (int i = 0; i < 2 * pixels; i++) {
            int c = random.nextInt(10) == 0 ? random.nextInt(classes) : labels[i] % classes;
            int at = (i / pixels * classes + c) * pixels + i % pixels;
            logits[at] = (float) (logits[at] + scale);
        }
        Reference.Result expected =
                Reference.lovaszSoftmax(
                        logits,
                        labels,
                        2,
                        classes,
                        new Reference.Options(true, null, null, false, IGNORED));
        LovaszSoftmaxLoss loss = LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
        NDArray target = manager.create(labels, new Shape(2, pixels));
        for (boolean onHost : Engines.paths()) {
            LossTesting.assertClose(
                    expected,
                    LossTesting.run(
                            new Placed((l, p) -> loss.compute(l, p, onHost)),
                            logits,
                            new Shape(2, classes, pixels),
                            DataType.FLOAT32,
                            target),
                    "scale " + scale + " on host " + onHost);
        }
    }

    @Test
    void errorsLeftOutStayWithinTheBound() {
        // All errors of the batch are at the edge of what is left out.
        double tau = 0x1p-24;
        for (int pixels : new int[] {1, 1_000, 3_598, 3_600, 20_000}) {
            double[] logits = new double[2 * pixels];
            int[] labels = new int[pixels];
            for (int i = 0; i < pixels; i++) {
                labels[i] = i % 2;
                logits[labels[i] * pixels + i] = (float) -Math.log(tau * (0.3 + 0.6 * i / pixels));
            }
            Reference.Result expected =
                    Reference.lovaszSoftmax(logits, labels, 1, 2, Reference.Options.NONE);
            Reference.Result actual =
                    LossTesting.run(
                            new LovaszSoftmaxLoss(),
                            logits,
                            new Shape(1, 2, pixels),
                            DataType.FLOAT32,
                            manager.create(labels, new Shape(1, pixels)));
            assertEquals(expected.value(), actual.value(), tau, pixels + " pixels");
            double[] difference = new double[logits.length];
            Arrays.setAll(difference, i -> expected.gradient()[i] - actual.gradient()[i]);
            double norm = LossTesting.norm(difference);
            double foreground = Math.max(1, pixels / 2);
            // What is not left out is right to the rounding of probabilities.
            assertTrue(
                    norm <= Math.sqrt(2) * tau / Math.sqrt(foreground),
                    pixels + " pixels: off by " + norm);
            LossTesting.assertClose(expected, actual, pixels + " pixels");
        }
    }

    @Test
    void onlyWhatTheBoundAllowsIsLeftOut() {
        assertFalse(HostComputation.leavesOut(0, 1));
        long enough =
                IntStream.iterate(1, g -> g + 1)
                        .filter(g -> HostComputation.leavesOut(g, 1))
                        .findFirst()
                        .getAsInt();
        assertEquals(1800, enough);
        assertTrue(Math.sqrt(2.0 / enough) * 0x1p-24 <= 2e-9);
        assertFalse(HostComputation.leavesOut(1_000_000, 2));
    }

    /** Softmax adds many probabilities to 1 and loses them all; the error is their sum. */
    @ParameterizedTest
    @ValueSource(ints = {2, 21, 150, 1000})
    void foregroundThatLooksPerfectKeepsItsError(int classes) {
        int pixels = 2_000;
        double[] logits = new double[classes * pixels];
        Arrays.fill(logits, 0, pixels, 16.9f);
        int[] labels = new int[pixels];
        Reference.Result expected =
                Reference.lovaszSoftmax(logits, labels, 1, classes, Reference.Options.NONE);
        NDArray target = manager.create(labels, new Shape(1, pixels));
        LovaszSoftmaxLoss loss = new LovaszSoftmaxLoss();
        for (boolean onHost : Engines.paths()) {
            LossTesting.assertClose(
                    expected,
                    LossTesting.run(
                            new Placed((l, p) -> loss.compute(l, p, onHost)),
                            logits,
                            new Shape(1, classes, pixels),
                            DataType.FLOAT32,
                            target),
                    classes + " classes on host " + onHost);
        }
    }

    @Test
    void aLargeWeightKeepsThePrecision() {
        int pixels = 4_000;
        double[] logits = new double[2 * pixels];
        int[] labels = IntStream.range(0, pixels).map(i -> i % 2).toArray();
        for (int i = 0; i < pixels; i++) {
            logits[labels[i] * pixels + i] = 16.7f;
        }
        Reference.Result one =
                Reference.lovaszSoftmax(logits, labels, 1, 2, Reference.Options.NONE);
        double value =
                LossTesting.run(
                                LovaszSoftmaxLoss.builder().optWeight(100).build(),
                                logits,
                                new Shape(1, 2, pixels),
                                DataType.FLOAT32,
                                manager.create(labels, new Shape(1, pixels)))
                        .value();
        // Without the gradient: all errors are equal, and foreground and background stand in any
        // order.
        assertEquals(100 * one.value(), value, LossTesting.VALUE_TOLERANCE);
    }

    @Test
    void scratchMemoryOfALargerBatchChangesNothing() {
        Random random = new Random(3);
        LovaszSoftmaxLoss used = new LovaszSoftmaxLoss();
        int[] sizes = {3_000, 50, 700, 5_000, 1};
        for (int pixels : sizes) {
            double[] logits = LossTesting.logits(random, 3 * pixels, 4);
            // Class 2 is absent: its part of the scratch memory holds another batch.
            int[] labels = random.ints(pixels, 0, 2).toArray();
            NDArray target = manager.create(labels, new Shape(1, pixels));
            Shape shape = new Shape(1, 3, pixels);
            Reference.Result fresh =
                    LossTesting.run(
                            new LovaszSoftmaxLoss(), logits, shape, DataType.FLOAT32, target);
            Reference.Result again = LossTesting.run(used, logits, shape, DataType.FLOAT32, target);
            assertEquals(fresh.value(), again.value());
            assertTrue(Arrays.equals(fresh.gradient(), again.gradient()));
        }
    }

    @Test
    void wrongLabelsAreRefusedWherever() {
        NDArray predictions = manager.zeros(new Shape(1, 3, 4));
        for (DataType type : new DataType[] {DataType.INT32, DataType.INT64, DataType.FLOAT32}) {
            NDArray labels =
                    manager.create(new float[] {0, 7, 7, 2}, new Shape(1, 4)).toType(type, true);
            String[] messages = new String[2];
            for (int i = 0; i < 2; i++) {
                boolean onHost = i == 1;
                messages[i] =
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () ->
                                                new LovaszSoftmaxLoss()
                                                        .compute(
                                                                new NDList(labels),
                                                                new NDList(predictions),
                                                                onHost))
                                .getMessage();
                assertTrue(messages[i].contains("got 7 at 2 of 4 pixels"), messages[i]);
            }
            assertEquals(messages[0], messages[1]);
        }
        NDArray fraction = manager.create(new float[] {0, 0.5f, 1, 2}, new Shape(1, 4));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new LovaszSoftmaxLoss()
                                .compute(new NDList(fraction), new NDList(predictions), false));
    }

    /** An error of −∞ is as far from the rest as an ignored pixel, which must not stand before. */
    @Test
    void scoresThatAreInfinitelyRightBesideIgnoredPixelsWherever() {
        int pixels = 64;
        int[] labels = new int[pixels];
        double[] scores = new double[pixels];
        for (int i = 0; i < pixels; i++) {
            labels[i] = i < 40 ? IGNORED : i < 60 ? 0 : i % 2;
            scores[i] = i < 40 ? 5 : i < 60 ? -1e30 : 5.5 - 0.1 * i;
        }
        double[] infinite = scores.clone();
        Arrays.fill(infinite, 40, 60, Double.NEGATIVE_INFINITY);
        Shape shape = new Shape(1, 1, pixels);
        NDArray target = manager.create(labels, new Shape(1, pixels));
        for (boolean symmetric : new boolean[] {false, true}) {
            LovaszHingeLoss hinge =
                    LovaszHingeLoss.builder()
                            .optSymmetric(symmetric)
                            .optIgnoreLabel(IGNORED)
                            .build();
            Reference.Result expected =
                    BinaryReference.binary(
                            scores, labels, 1, 1, false, IGNORED, false, ErrorFunction.HINGE);
            if (symmetric) {
                expected =
                        mean(
                                expected,
                                BinaryReference.binary(
                                        scores,
                                        labels,
                                        1,
                                        1,
                                        false,
                                        IGNORED,
                                        true,
                                        ErrorFunction.HINGE));
            }
            for (boolean onHost : Engines.paths()) {
                Placed placed = new Placed((l, p) -> hinge.compute(l, p, onHost));
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(placed, infinite, shape, DataType.FLOAT32, target),
                        "symmetric " + symmetric + " on host " + onHost);
            }
            Placed operations = new Placed((l, p) -> hinge.compute(l, p, false));
            LossTesting.assertClose(
                    expected,
                    LossTesting.run(operations, infinite, shape, DataType.FLOAT64, target),
                    "symmetric " + symmetric + " in double precision");
        }
    }

    @Test
    void infiniteScoresAtIgnoredPixelsChangeNothingWherever() {
        double[] logits = {1, 2, Double.NEGATIVE_INFINITY, 0.5, Double.NaN, -1, 3, 0.2};
        int[] labels = {0, 1, 1, 0};
        labels[0] = IGNORED;
        LovaszSoftmaxLoss loss = LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
        NDArray target = manager.create(labels, new Shape(1, 4));
        for (boolean onHost : Engines.paths()) {
            Reference.Result result =
                    LossTesting.run(
                            new Placed((l, p) -> loss.compute(l, p, onHost)),
                            logits,
                            new Shape(1, 2, 4),
                            DataType.FLOAT32,
                            target);
            assertFalse(Double.isNaN(result.value()));
            assertTrue(Arrays.stream(result.gradient()).allMatch(Double::isFinite));
            assertEquals(0, result.gradient()[0]);
            assertEquals(0, result.gradient()[4]);
        }
    }

    private static Reference.Result mean(Reference.Result a, Reference.Result b) {
        double[] gradient = new double[a.gradient().length];
        Arrays.setAll(gradient, i -> (a.gradient()[i] + b.gradient()[i]) / 2);
        return new Reference.Result((a.value() + b.value()) / 2, gradient);
    }

    private static int[] labels(Random random, int size, int classes, double ignored) {
        return IntStream.range(0, size)
                .map(i -> random.nextDouble() < ignored ? IGNORED : random.nextInt(classes))
                .toArray();
    }

    private static double[] probabilities(Random random, int images, int classes, int pixels) {
        double[] values = new double[images * classes * pixels];
        Arrays.setAll(values, i -> random.nextFloat());
        return values;
    }
}
