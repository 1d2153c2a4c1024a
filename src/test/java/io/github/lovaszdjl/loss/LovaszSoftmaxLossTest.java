package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LovaszSoftmaxLossTest {

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
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void equalsReferenceForRandomOptions(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int images = 1 + random.nextInt(3);
            int classes = 2 + random.nextInt(7);
            int pixels = 1 + random.nextInt(40);
            boolean fromLogits = random.nextInt(3) > 0;
            double scale = new double[] {0.01, 1, 5, 30}[random.nextInt(4)];
            double[] predictions = LossTesting.logits(random, images * classes * pixels, scale);
            if (!fromLogits) {
                for (int i = 0; i < predictions.length; i++) {
                    // Beyond 0 and 1 by what passes for rounding: the formulas hold there.
                    predictions[i] = random.nextFloat() * 1.006f - 0.003f;
                }
            }
            int[] labels = LossTesting.labels(random, images * pixels, classes);
            Integer ignore = random.nextBoolean() ? null : random.nextBoolean() ? 255 : -1;
            double ignored = random.nextDouble();
            if (ignore != null) {
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = random.nextDouble() < ignored ? ignore : labels[i];
                }
            }
            boolean perImage = random.nextBoolean();
            LovaszSoftmaxLoss.Builder builder =
                    LovaszSoftmaxLoss.builder().optFromLogits(fromLogits).optPerImage(perImage);
            if (ignore != null) {
                builder.optIgnoreLabel(ignore);
            }
            double[] classWeights = null;
            if (random.nextBoolean()) {
                float[] weights = new float[classes];
                for (int c = 0; c < classes; c++) {
                    weights[c] = random.nextInt(4) * 0.5f;
                }
                builder.optClassWeights(weights);
                classWeights = IntStream.range(0, classes).mapToDouble(c -> weights[c]).toArray();
            }
            int[] selected = null;
            int kind = random.nextInt(3);
            if (kind == 1) {
                selected = IntStream.range(0, classes).toArray();
                builder.optClasses(ClassSelection.all());
            } else if (kind == 2) {
                selected = random.ints(1 + random.nextInt(3), 0, classes).toArray();
                builder.optClasses(ClassSelection.of(selected));
            }
            Reference.Options options =
                    new Reference.Options(fromLogits, selected, classWeights, perImage, ignore);
            Reference.Result expected =
                    Reference.lovaszSoftmax(predictions, labels, images, classes, options);
            NDArray target = manager.create(labels, new Shape(images, pixels));
            Shape shape = new Shape(images, classes, pixels);
            String message = "seed " + seed + " round " + round;
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(builder.build(), predictions, shape, type, target),
                        message + " " + type);
            }
        }
    }

    @Tag("slow")
    @Test
    void equalsReferenceOnFourMillionPixels() {
        Engines.assumePyTorch("the plain loops are the same, and half a minute a second time");
        int classes = 3;
        int pixels = 1 << 22;
        Random random = new Random(7);
        int[] labels = new int[pixels];
        double[] logits = new double[classes * pixels];
        for (int i = 0; i < pixels; i++) {
            labels[i] = random.nextInt(100) == 0 ? 2 : random.nextInt(2);
            for (int c = 0; c < classes; c++) {
                double right = c == labels[i] ? 2 : 0;
                logits[c * pixels + i] = (float) (random.nextGaussian() * 1.5 + right);
            }
        }
        Reference.Result expected =
                Reference.lovaszSoftmax(logits, labels, 1, classes, Reference.Options.NONE);
        NDArray target = manager.create(labels, new Shape(1, 2048, 2048));
        LossTesting.assertClose(
                expected,
                LossTesting.run(
                        new LovaszSoftmaxLoss(),
                        logits,
                        new Shape(1, classes, 2048, 2048),
                        DataType.FLOAT32,
                        target),
                "4 million pixels");
    }

    @Test
    void perfectPredictionGivesZero() {
        int[] labels = {0, 1, 2, 2, 1, 0};
        double[] logits = hardLogits(labels, 3);
        Reference.Result result = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        assertEquals(0, result.value());
        assertArrayEquals(new double[logits.length], result.gradient());
        LovaszSoftmaxLoss ofProbabilities =
                LovaszSoftmaxLoss.builder().optFromLogits(false).build();
        double[] probabilities = Arrays.stream(logits).map(z -> z > 0 ? 1 : 0).toArray();
        assertEquals(0, run(ofProbabilities, probabilities, 3, labels).value());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void hardPredictionsGiveOneMinusIou(long seed) {
        Random random = new Random(seed);
        int classes = 5;
        int[] labels = LossTesting.labels(random, 1000, classes);
        int[] predicted = LossTesting.labels(random, 1000, classes);
        double expected = 0;
        for (int c = 0; c < classes; c++) {
            int id = c;
            double intersection =
                    IntStream.range(0, 1000)
                            .filter(i -> labels[i] == id && predicted[i] == id)
                            .count();
            double union =
                    IntStream.range(0, 1000)
                            .filter(i -> labels[i] == id || predicted[i] == id)
                            .count();
            expected += (1 - intersection / union) / classes;
        }
        assertEquals(
                expected,
                run(new LovaszSoftmaxLoss(), hardLogits(predicted, classes), classes, labels)
                        .value(),
                2e-7);
    }

    @Test
    void zeroLogitsGiveTheShareOfTheOtherClasses() {
        // Every error of class c is 1/C where background and 1 − 1/C where foreground, which comes
        // first: the loss of a present class is (C − 1) / C.
        for (int classes : new int[] {2, 4, 21}) {
            int[] labels = IntStream.range(0, 84).map(i -> i % classes).toArray();
            double expected = (classes - 1.0) / classes;
            assertEquals(
                    expected,
                    run(new LovaszSoftmaxLoss(), new double[84 * classes], classes, labels).value(),
                    2e-7);
        }
    }

    @Test
    void constantErrorGivesThatError() {
        // Two classes: p(true) = 1 − e everywhere, so that each error of both classes is e.
        double e = 0.3;
        double z = Math.log((1 - e) / e);
        int[] labels = {0, 1, 1, 0, 1};
        double[] logits = new double[10];
        for (int i = 0; i < 5; i++) {
            logits[labels[i] * 5 + i] = z;
        }
        assertEquals(e, run(new LovaszSoftmaxLoss(), logits, 2, labels).value(), 1e-7);
    }

    @Test
    void onePixelCostsItsError() {
        double[] logits = {0.5, -1, 2};
        double sum = Math.exp(0.5) + Math.exp(-1) + Math.exp(2);
        assertEquals(
                1 - Math.exp(-1) / sum,
                run(new LovaszSoftmaxLoss(), logits, 3, new int[] {1}).value(),
                1e-7);
    }

    @Test
    void absentSelectedClassCostsItsLargestProbability() {
        float[] probabilities = {0.9f, 0.6f, 0.3f, 0.05f, 0.3f, 0.2f, 0.05f, 0.1f, 0.5f};
        NDArray predictions = manager.create(probabilities, new Shape(1, 3, 3));
        NDArray labels = manager.create(new int[] {0, 0, 0}, new Shape(1, 3));
        LovaszSoftmaxLoss loss =
                LovaszSoftmaxLoss.builder()
                        .optFromLogits(false)
                        .optClasses(ClassSelection.of(2))
                        .build();
        Reference.Result result = LossTesting.run(loss, predictions, labels);
        assertEquals(0.5, result.value(), 1e-7);
        assertArrayEquals(new double[] {0, 0, 0, 0, 0, 0, 0, 0, 1}, result.gradient(), 1e-7);
    }

    @Test
    void presentClassesAreThoseOfTheValidPixels() {
        double[] logits = LossTesting.logits(new Random(3), 12, 2);
        int[] labels = {0, 1, 2, 0};
        // Class 2 stands only at an ignored pixel: with ids taken from all pixels it would count.
        LovaszSoftmaxLoss loss = LovaszSoftmaxLoss.builder().optIgnoreLabel(2).build();
        Reference.Options options = new Reference.Options(true, null, null, false, 2);
        LossTesting.assertClose(
                Reference.lovaszSoftmax(logits, labels, 1, 3, options),
                run(loss, logits, 3, labels),
                "ignored class");
    }

    @Test
    void classesGivenTwiceCountOnce() {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        int[] labels = LossTesting.labels(new Random(5), 20, 3);
        Reference.Result once =
                run(loss(b -> b.optClasses(ClassSelection.of(0, 2))), logits, 3, labels);
        Reference.Result twice =
                run(loss(b -> b.optClasses(ClassSelection.of(2, 0, 2, 0))), logits, 3, labels);
        assertEquals(once.value(), twice.value());
        assertArrayEquals(once.gradient(), twice.gradient());
    }

    @Test
    void equalClassWeightsChangeNothing() {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        int[] labels = LossTesting.labels(new Random(5), 20, 3);
        assertEquals(
                run(new LovaszSoftmaxLoss(), logits, 3, labels).value(),
                run(loss(b -> b.optClassWeights(2, 2, 2)), logits, 3, labels).value(),
                1e-7);
    }

    @Test
    void weightsThatSumToZeroGiveZeroStillConnected() {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        int[] labels = new int[20];
        Reference.Result result = run(loss(b -> b.optClassWeights(0, 1, 1)), logits, 3, labels);
        assertEquals(0, result.value());
        assertArrayEquals(new double[60], result.gradient());
    }

    @Test
    void weightScalesValueAndGradient() {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        int[] labels = LossTesting.labels(new Random(5), 20, 3);
        Reference.Result one = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        Reference.Result three = run(loss(b -> b.optWeight(3)), logits, 3, labels);
        assertEquals(3 * one.value(), three.value(), 1e-6);
        for (int i = 0; i < 60; i++) {
            assertEquals(3 * one.gradient()[i], three.gradient()[i], 1e-7);
        }
    }

    @Test
    void perImageOverOneImageEqualsBatch() {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        int[] labels = LossTesting.labels(new Random(5), 20, 3);
        Reference.Result batch = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        Reference.Result perImage = run(loss(b -> b.optPerImage(true)), logits, 3, labels);
        assertEquals(batch.value(), perImage.value(), 1e-7);
        assertArrayEquals(batch.gradient(), perImage.gradient(), 1e-7);
    }

    @Test
    void pixelOrderChangesNothing() {
        Random random = new Random(11);
        int pixels = 500;
        double[] logits = LossTesting.logits(random, 4 * pixels, 2);
        int[] labels = LossTesting.labels(random, pixels, 4);
        Integer[] order = IntStream.range(0, pixels).boxed().toArray(Integer[]::new);
        Collections.shuffle(Arrays.asList(order), random);
        double[] permuted = new double[logits.length];
        int[] permutedLabels = new int[pixels];
        for (int i = 0; i < pixels; i++) {
            permutedLabels[i] = labels[order[i]];
            for (int c = 0; c < 4; c++) {
                permuted[c * pixels + i] = logits[c * pixels + order[i]];
            }
        }
        Reference.Result expected = run(new LovaszSoftmaxLoss(), logits, 4, labels);
        Reference.Result actual = run(new LovaszSoftmaxLoss(), permuted, 4, permutedLabels);
        double[] back = new double[logits.length];
        for (int i = 0; i < pixels; i++) {
            for (int c = 0; c < 4; c++) {
                back[c * pixels + order[i]] = actual.gradient()[c * pixels + i];
            }
        }
        LossTesting.assertClose(
                expected, new Reference.Result(actual.value(), back), "permuted pixels");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ignoredEqualsRemoved(boolean perImage) {
        Random random = new Random(12);
        int pixels = 300;
        double[] logits = LossTesting.logits(random, 3 * pixels, 2);
        int[] labels = LossTesting.labels(random, pixels, 3);
        int[] kept = IntStream.range(0, pixels).filter(i -> random.nextInt(3) > 0).toArray();
        double[] fewer = new double[3 * kept.length];
        for (int j = 0; j < kept.length; j++) {
            for (int c = 0; c < 3; c++) {
                fewer[c * kept.length + j] = logits[c * pixels + kept[j]];
            }
        }
        int[] fewerLabels = Arrays.stream(kept).map(i -> labels[i]).toArray();
        int[] ignoring = new int[pixels];
        Arrays.fill(ignoring, 255);
        Arrays.stream(kept).forEach(i -> ignoring[i] = labels[i]);
        LovaszSoftmaxLoss loss = loss(b -> b.optIgnoreLabel(255).optPerImage(perImage));
        Reference.Result removed = run(loss, fewer, 3, fewerLabels);
        Reference.Result ignored = run(loss, logits, 3, ignoring);
        double[] gradient = new double[logits.length];
        for (int j = 0; j < kept.length; j++) {
            for (int c = 0; c < 3; c++) {
                gradient[c * pixels + kept[j]] = removed.gradient()[c * kept.length + j];
            }
        }
        LossTesting.assertClose(
                new Reference.Result(removed.value(), gradient), ignored, "ignored pixels");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingValidGivesZeroStillConnected(boolean fromLogits) {
        LovaszSoftmaxLoss loss = loss(b -> b.optIgnoreLabel(9).optFromLogits(fromLogits));
        double[] logits = LossTesting.logits(new Random(1), 12, 1);
        int[] labels = {9, 9, 9, 9};
        Reference.Result result = run(loss, logits, 3, labels);
        assertEquals(0, result.value());
        assertArrayEquals(new double[12], result.gradient(), 0);
    }

    @Test
    void perImageIsTheMeanOverImagesWithAValidPixel() {
        Random random = new Random(13);
        double[] logits = LossTesting.logits(random, 3 * 2 * 4, 2);
        int[] labels = {0, 1, 1, 0, 9, 9, 9, 9, 1, 9, 0, 0};
        LovaszSoftmaxLoss loss = loss(b -> b.optIgnoreLabel(9).optPerImage(true));
        LovaszSoftmaxLoss single = loss(b -> b.optIgnoreLabel(9));
        double first =
                run(single, Arrays.copyOfRange(logits, 0, 8), 2, Arrays.copyOf(labels, 4)).value();
        double third =
                run(
                                single,
                                Arrays.copyOfRange(logits, 16, 24),
                                2,
                                Arrays.copyOfRange(labels, 8, 12))
                        .value();
        NDArray target = manager.create(labels, new Shape(3, 4));
        double mean =
                LossTesting.run(loss, logits, new Shape(3, 2, 4), DataType.FLOAT32, target).value();
        assertEquals((first + third) / 2, mean, 2e-7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, -1, -2, -3})
    void classAxisMayStandAnywhereButFirst(int axis) {
        Random random = new Random(14);
        double[] logits = LossTesting.logits(random, 2 * 3 * 4 * 5, 2);
        int[] labels = LossTesting.labels(random, 2 * 4 * 5, 3);
        Shape shape = new Shape(2, 3, 4, 5);
        NDArray target = manager.create(labels, new Shape(2, 4, 5));
        Reference.Result expected =
                LossTesting.run(new LovaszSoftmaxLoss(), logits, shape, DataType.FLOAT32, target);
        int positive = axis < 0 ? axis + 4 : axis;
        int[] there =
                switch (positive) {
                    case 1 -> new int[] {0, 1, 2, 3};
                    case 2 -> new int[] {0, 2, 1, 3};
                    default -> new int[] {0, 2, 3, 1};
                };
        int[] back =
                switch (positive) {
                    case 1 -> new int[] {0, 1, 2, 3};
                    case 2 -> new int[] {0, 2, 1, 3};
                    default -> new int[] {0, 3, 1, 2};
                };
        NDArray moved =
                LossTesting.create(manager, logits, shape, DataType.FLOAT32)
                        .transpose(there)
                        .duplicate();
        for (boolean singleton : new boolean[] {false, true}) {
            NDArray shaped = singleton ? target.expandDims(positive) : target;
            Reference.Result actual =
                    LossTesting.run(loss(b -> b.optClassAxis(axis)), moved.duplicate(), shaped);
            double[] gradient =
                    LossTesting.doubles(
                            manager.create(actual.gradient(), moved.getShape()).transpose(back));
            assertEquals(expected.value(), actual.value(), 1e-7);
            assertArrayEquals(expected.gradient(), gradient, 1e-8);
        }
    }

    @Test
    void spatialAxesMayBeAnyNumber() {
        Random random = new Random(15);
        double[] logits = LossTesting.logits(random, 12 * 3, 2);
        int[] labels = LossTesting.labels(random, 12, 3);
        // Points: (N, C). The same pixels as one image of any rank, class axis last.
        Reference.Result expected =
                LossTesting.run(
                        loss(b -> {}),
                        logits,
                        new Shape(12, 3),
                        DataType.FLOAT32,
                        manager.create(labels));
        for (long[] spatial : new long[][] {{12}, {3, 4}, {2, 3, 2}, {1, 2, 3, 2}}) {
            Shape shape = new Shape(1).addAll(new Shape(spatial));
            Reference.Result actual =
                    LossTesting.run(
                            loss(b -> b.optClassAxis(-1)),
                            logits,
                            shape.add(3),
                            DataType.FLOAT32,
                            manager.create(labels, shape));
            assertEquals(expected.value(), actual.value(), 1e-7);
            assertArrayEquals(expected.gradient(), actual.gradient(), 1e-8);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"UINT8", "INT8", "INT32", "INT64", "FLOAT16", "FLOAT32", "FLOAT64"})
    void labelsMayBeOfAnyType(DataType type) {
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        NDArray labels = manager.create(LossTesting.labels(new Random(5), 20, 3), new Shape(1, 20));
        double expected =
                LossTesting.run(
                                loss(b -> {}),
                                logits,
                                new Shape(1, 3, 20),
                                DataType.FLOAT32,
                                labels)
                        .value();
        double actual =
                LossTesting.run(
                                loss(b -> {}),
                                logits,
                                new Shape(1, 3, 20),
                                DataType.FLOAT32,
                                labels.toType(type, true))
                        .value();
        assertEquals(expected, actual);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientEqualsFiniteDifferences(boolean fromLogits) {
        Random random = new Random(16);
        int[] labels = LossTesting.labels(random, 7, 3);
        double[] predictions = LossTesting.logits(random, 21, 1);
        if (!fromLogits) {
            Arrays.setAll(predictions, i -> random.nextDouble());
        }
        LovaszSoftmaxLoss loss = loss(b -> b.optFromLogits(fromLogits));
        Reference.Result result =
                LossTesting.run(
                        loss,
                        predictions,
                        new Shape(1, 3, 7),
                        DataType.FLOAT64,
                        manager.create(labels, new Shape(1, 7)));
        double h = 1e-6;
        for (int i = 0; i < 21; i++) {
            double[] up = predictions.clone();
            double[] down = predictions.clone();
            up[i] += h;
            down[i] -= h;
            double slope = (value(loss, up, labels) - value(loss, down, labels)) / (2 * h);
            assertEquals(slope, result.gradient()[i], 1e-8, "prediction " + i);
        }
    }

    private double value(LovaszSoftmaxLoss loss, double[] predictions, int[] labels) {
        NDArray array = manager.create(predictions, new Shape(1, 3, 7));
        return LossTesting.evaluate(loss, array, manager.create(labels, new Shape(1, 7)));
    }

    @Test
    void floatingTypesAreKeptAndHalfIsComputedInFloat() {
        Engines.assumePyTorch("DJL has no gradients of FLOAT16 arrays on MXNet");
        double[] logits = LossTesting.logits(new Random(4), 60, 2);
        Arrays.setAll(logits, i -> Math.rint(logits[i] * 64) / 64);
        NDArray labels = manager.create(LossTesting.labels(new Random(5), 20, 3), new Shape(1, 20));
        NDArray half = LossTesting.create(manager, logits, new Shape(1, 3, 20), DataType.FLOAT16);
        half.setRequiresGradient(true);
        Reference.Result single =
                LossTesting.run(
                        loss(b -> {}), logits, new Shape(1, 3, 20), DataType.FLOAT32, labels);
        Reference.Result result = LossTesting.run(loss(b -> {}), half, labels);
        assertEquals(single.value(), result.value(), 1e-7);
        // The gradient itself comes in half precision: 11 bits, and 2⁻²⁵ at the lower end.
        for (int i = 0; i < 60; i++) {
            double expected = single.gradient()[i];
            assertEquals(expected, result.gradient()[i], Math.abs(expected) * 1e-3 + 3e-8);
        }
        assertEquals(DataType.FLOAT32, typeOf(DataType.FLOAT16, labels));
        assertEquals(DataType.FLOAT32, typeOf(DataType.FLOAT32, labels));
        assertEquals(DataType.FLOAT64, typeOf(DataType.FLOAT64, labels));
    }

    private DataType typeOf(DataType input, NDArray labels) {
        NDArray predictions = manager.zeros(new Shape(1, 3, 20), input);
        return new LovaszSoftmaxLoss()
                .evaluate(new NDList(labels), new NDList(predictions))
                .getDataType();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void badLogitAtAValidPixelGivesNan(float bad) {
        for (boolean perImage : new boolean[] {false, true}) {
            for (int at = 0; at < 12; at++) {
                double[] logits = LossTesting.logits(new Random(4), 12, 2);
                logits[at] = bad;
                LovaszSoftmaxLoss loss = loss(b -> b.optPerImage(perImage));
                assertTrue(Double.isNaN(run(loss, logits, 3, new int[] {0, 1, 0, 1}).value()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void badLogitAtAnIgnoredPixelChangesNothing(float bad) {
        double[] logits = LossTesting.logits(new Random(4), 12, 2);
        int[] labels = {0, 7, 2, 1};
        LovaszSoftmaxLoss loss = loss(b -> b.optIgnoreLabel(7));
        Reference.Result expected = run(loss, logits, 3, labels);
        for (int c = 0; c < 3; c++) {
            double[] spoiled = logits.clone();
            spoiled[c * 4 + 1] = bad;
            Reference.Result actual = run(loss, spoiled, 3, labels);
            assertEquals(expected.value(), actual.value());
            assertArrayEquals(expected.gradient(), actual.gradient());
        }
    }

    @Test
    void minusInfinityIsAProbabilityOfZero() {
        double[] logits = {1, 2, Double.NEGATIVE_INFINITY, 0.5, 0.1, -1};
        int[] labels = {0, 1};
        Reference.Result result = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        assertTrue(Double.isFinite(result.value()));
        assertTrue(Arrays.stream(result.gradient()).allMatch(Double::isFinite));
    }

    @Test
    void sameInputGivesSameBits() {
        double[] logits = LossTesting.logits(new Random(4), 3 * 100_000, 2);
        // Many ties: few distinct values.
        Arrays.setAll(logits, i -> Math.rint(logits[i]));
        int[] labels = LossTesting.labels(new Random(5), 100_000, 3);
        Reference.Result first = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        Reference.Result second = run(new LovaszSoftmaxLoss(), logits, 3, labels);
        assertEquals(first.value(), second.value());
        assertArrayEquals(first.gradient(), second.gradient());
    }

    @Test
    void hugeAndConfidentLogitsKeepThePrecision() {
        Random random = new Random(17);
        // Whichever of errors that are as good as equal stands first, it is the same on every CPU.
        double near = Engines.device().isGpu() ? 0x1p-23 : -1;
        Reference.Options options = new Reference.Options(true, null, null, false, null, near);
        for (double scale : new double[] {1e-4, 20, 60}) {
            for (int round = 0; round < 50; round++) {
                int pixels = 1 + random.nextInt(6);
                double[] logits = LossTesting.logits(random, 3 * pixels, scale);
                int[] labels = LossTesting.labels(random, pixels, 3);
                LossTesting.assertClose(
                        Reference.lovaszSoftmax(logits, labels, 1, 3, options),
                        run(new LovaszSoftmaxLoss(), logits, 3, labels),
                        "scale " + scale + " round " + round);
            }
        }
    }

    private static LovaszSoftmaxLoss loss(Consumer<LovaszSoftmaxLoss.Builder> options) {
        LovaszSoftmaxLoss.Builder builder = LovaszSoftmaxLoss.builder();
        options.accept(builder);
        return builder.build();
    }

    private Reference.Result run(
            LovaszSoftmaxLoss loss, double[] predictions, int classes, int[] labels) {
        return LossTesting.run(
                loss,
                predictions,
                new Shape(1, classes, labels.length),
                DataType.FLOAT32,
                manager.create(labels, new Shape(1, labels.length)));
    }

    /** Logits so far apart that softmax gives 0 and 1. */
    private static double[] hardLogits(int[] predicted, int classes) {
        double[] logits = new double[classes * predicted.length];
        Arrays.fill(logits, -500);
        for (int i = 0; i < predicted.length; i++) {
            logits[predicted[i] * predicted.length + i] = 500;
        }
        return logits;
    }
}
