package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The laws of Wang et al. (2023) about Jaccard metric and Dice semimetric losses. */
class MetricLossTest {

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    private static <B extends MetricLoss.Builder<B>> B options(
            B builder, SoftIntersection intersection, float smooth) {
        return builder.optFromLogits(false)
                .optClasses(ClassSelection.of(0))
                .optIntersection(intersection)
                .optSmooth(smooth);
    }

    private static Loss jaccard(SoftIntersection intersection, float smooth) {
        return options(JaccardMetricLoss.builder(), intersection, smooth).build();
    }

    private static Loss dice(SoftIntersection intersection, float smooth) {
        return options(DiceSemimetricLoss.builder(), intersection, smooth).build();
    }

    /** Probabilities of class 0 at some pixels, and of the other class. */
    private NDArray array(double... ofClass) {
        int pixels = ofClass.length;
        double[] both = Arrays.copyOf(ofClass, 2 * pixels);
        Arrays.setAll(both, i -> i < pixels ? ofClass[i] : 1 - ofClass[i - pixels]);
        return manager.create(both, new Shape(1, 2, pixels));
    }

    private static double distance(Loss loss, NDArray a, NDArray b) {
        return LossTesting.evaluate(loss, a, b);
    }

    private static double[] draw(Random random, int pixels) {
        return switch (random.nextInt(4)) {
            case 0 -> random.doubles(pixels).map(Math::rint).toArray();
            case 1 -> random.doubles(pixels).map(x -> Math.rint(4 * x) / 4).toArray();
            case 2 -> random.doubles(pixels).map(x -> Math.pow(x, 4)).toArray();
            default -> random.doubles(pixels).toArray();
        };
    }

    @Test
    void jaccardLossesAreMetricsAndDiceLossesSemimetrics() {
        int trials = Trials.of(60, 5_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(6);
            NDArray a = array(draw(random, pixels));
            NDArray b = array(draw(random, pixels));
            NDArray c = array(draw(random, pixels));
            float smooth = new float[] {1e-6f, 0.5f, 1, 30}[random.nextInt(4)];
            for (SoftIntersection intersection : SoftIntersection.values()) {
                for (boolean metric : new boolean[] {true, false}) {
                    Loss loss = metric ? jaccard(intersection, smooth) : dice(intersection, smooth);
                    String message =
                            "seed " + Trials.seed(trial) + loss.getName() + intersection + smooth;
                    double ab = distance(loss, a, b);
                    assertEquals(0, distance(loss, a, a), message);
                    assertEquals(ab, distance(loss, b, a), 1e-15, message);
                    assertTrue(ab > 0 == !a.contentEquals(b) && ab <= 1, message);
                    double around = distance(loss, a, c) + distance(loss, c, b);
                    assertTrue(!metric || ab <= around + 1e-12, message + ": " + ab + around);
                }
            }
        }
        Trials.report("Metrics and semimetrics", trials + " triples, four losses");
    }

    @Test
    void theTriangleInequalityDoesNotHoldForDice() {
        NDArray first = array(1, 0);
        NDArray second = array(0, 1);
        NDArray both = array(1, 1);
        for (SoftIntersection intersection : SoftIntersection.values()) {
            Loss loss = dice(intersection, 1e-6f);
            assertEquals(1, distance(loss, first, second), 1e-5);
            assertEquals(1.0 / 3, distance(loss, first, both), 1e-5);
            assertEquals(1.0 / 3, distance(loss, both, second), 1e-5);
        }
    }

    /** Of hard labels; the two intersections are then the same, and of soft ones they are not. */
    @Test
    void withHardLabelsTheyAreSoftJaccardAndSoftDice() {
        for (int trial = 0; trial < Trials.of(25, 2_000); trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(50);
            Shape shape = new Shape(2, 3, pixels);
            double[] logits = LossTesting.logits(random, 6 * pixels, 3);
            int[] labels = random.ints(2L * pixels, 0, 4).map(y -> y == 3 ? 255 : y).toArray();
            NDArray target = manager.create(labels, new Shape(2, pixels));
            boolean perImage = random.nextBoolean();
            float smooth = random.nextBoolean() ? 1 : 0.01f;
            for (SoftIntersection intersection : SoftIntersection.values()) {
                List<List<OverlapLoss.Builder<?>>> pairs =
                        List.of(
                                List.of(
                                        SoftJaccardLoss.builder(),
                                        JaccardMetricLoss.builder().optIntersection(intersection)),
                                List.of(
                                        SoftDiceLoss.builder(),
                                        DiceSemimetricLoss.builder()
                                                .optIntersection(intersection)));
                for (List<OverlapLoss.Builder<?>> pair : pairs) {
                    for (OverlapLoss.Builder<?> builder : pair) {
                        builder.optPerImage(perImage).optSmooth(smooth).optIgnoreLabel(255);
                    }
                    Reference.Result expected =
                            LossTesting.run(
                                    build(pair.get(0)), logits, shape, DataType.FLOAT64, target);
                    Reference.Result actual =
                            LossTesting.run(
                                    build(pair.get(1)), logits, shape, DataType.FLOAT64, target);
                    String message = "seed " + Trials.seed(trial) + intersection;
                    assertEquals(expected.value(), actual.value(), 1e-14, message);
                    assertTrue(LossTesting.distance(expected, actual) < 1e-14, message);
                }
            }
        }
    }

    private static Loss build(OverlapLoss.Builder<?> builder) {
        return builder instanceof SoftJaccardLoss.Builder jaccard
                ? jaccard.build()
                : builder instanceof SoftDiceLoss.Builder dice
                        ? dice.build()
                        : builder instanceof JaccardMetricLoss.Builder metric
                                ? metric.build()
                                : ((DiceSemimetricLoss.Builder) builder).build();
    }

    @Test
    void tverskyIsJaccardAndDiceForTheirNumbers() {
        Random random = new Random(11);
        Shape shape = new Shape(2, 3, 20);
        double[] logits = LossTesting.logits(random, 120, 3);
        NDArray soft = manager.create(LossTesting.logits(random, 120, 1), shape).softmax(1);
        NDArray hard = manager.create(LossTesting.labels(random, 40, 3), new Shape(2, 20));
        for (NDArray labels : new NDArray[] {soft, hard}) {
            Loss jaccard = TverskyLoss.builder().optAlpha(1).optBeta(1).build();
            assertSame(new JaccardMetricLoss(), jaccard, logits, shape, labels);
            Loss dice = TverskyLoss.builder().optAlpha(0.5f).optBeta(0.5f).optSmooth(0.5f).build();
            assertSame(new DiceSemimetricLoss(), dice, logits, shape, labels);
        }
    }

    private static void assertSame(
            Loss expected, Loss actual, double[] logits, Shape shape, NDArray labels) {
        Reference.Result one = LossTesting.run(expected, logits, shape, DataType.FLOAT64, labels);
        Reference.Result other = LossTesting.run(actual, logits, shape, DataType.FLOAT64, labels);
        assertEquals(one.value(), other.value(), 1e-14, expected.getName());
        assertTrue(LossTesting.distance(one, other) < 1e-14, expected.getName());
    }

    @Test
    void theyAreLeastAtSoftLabelsWhereSoftJaccardIsNot() {
        NDArray labels = array(0.7, 0.6);
        NDArray hard = array(1, 1);
        for (SoftIntersection intersection : SoftIntersection.values()) {
            for (Loss loss : List.of(jaccard(intersection, 1), dice(intersection, 1))) {
                assertEquals(0, distance(loss, labels, labels), loss.getName());
                assertTrue(distance(loss, hard, labels) > 0.1, loss.getName());
            }
        }
        Loss soft =
                SoftJaccardLoss.builder()
                        .optFromLogits(false)
                        .optClasses(ClassSelection.of(0))
                        .build();
        assertTrue(distance(soft, labels, labels) > distance(soft, hard, labels) + 0.05);
    }

    /**
     * To the bit for probabilities. An engine rounds softmax differently at the end of a vector,
     * and what is a vector depends on threads: of logits the value is 0 but for that.
     */
    @Test
    void theLossOfTheNetworksOwnProbabilitiesIsZero() {
        Shape shape = new Shape(2, 5, 33);
        NDArray logits = manager.create(LossTesting.logits(new Random(3), 330, 2), shape);
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
            NDArray typed = logits.toType(type, true);
            NDArray target = typed.softmax(1);
            for (boolean fromLogits : new boolean[] {true, false}) {
                for (Loss loss :
                        List.of(
                                JaccardMetricLoss.builder().optFromLogits(fromLogits).build(),
                                DiceSemimetricLoss.builder().optFromLogits(fromLogits).build(),
                                TverskyLoss.builder().optFromLogits(fromLogits).build())) {
                    NDArray predictions = fromLogits ? typed : target;
                    Reference.Result result =
                            LossTesting.run(loss, predictions.duplicate(), target);
                    String message = loss.getName() + type + fromLogits;
                    if (fromLogits) {
                        double rounding = type == DataType.FLOAT32 ? 1e-6 : 1e-15;
                        assertEquals(0, result.value(), rounding, message);
                    } else {
                        assertEquals(0, result.value(), message);
                        assertEquals(0, LossTesting.norm(result.gradient()), message);
                    }
                }
            }
        }
    }

    /** The gradient by central differences of the loss itself, in double precision. */
    @Test
    void gradientsAreThoseOfDifferences() {
        Random random = new Random(12);
        Shape shape = new Shape(2, 3, 5);
        double[] logits = LossTesting.logits(random, 30, 2);
        NDArray soft = manager.create(LossTesting.logits(random, 30, 1), shape).softmax(1);
        NDArray hard = manager.create(LossTesting.labels(random, 10, 3), new Shape(2, 5));
        for (Loss loss :
                List.of(
                        new JaccardMetricLoss(),
                        JaccardMetricLoss.builder()
                                .optIntersection(SoftIntersection.PRODUCT)
                                .optPerImage(true)
                                .build(),
                        new DiceSemimetricLoss(),
                        DiceSemimetricLoss.builder()
                                .optIntersection(SoftIntersection.PRODUCT)
                                .optLabelSmoothing(0.1f)
                                .build(),
                        JaccardMetricLoss.builder()
                                .optMiouI(0.5f)
                                .optMiouC(0.25f)
                                .optLogLoss(true)
                                .optGamma(1.5f)
                                .build(),
                        TverskyLoss.builder().optGamma(4f / 3).build())) {
            for (NDArray labels : new NDArray[] {soft, hard}) {
                Reference.Result actual =
                        LossTesting.run(loss, logits, shape, DataType.FLOAT64, labels);
                double h = 1e-5;
                for (int i = 0; i < logits.length; i++) {
                    double[] up = logits.clone();
                    double[] down = logits.clone();
                    up[i] += h;
                    down[i] -= h;
                    double difference =
                            value(loss, up, shape, labels) - value(loss, down, shape, labels);
                    assertEquals(difference / (2 * h), actual.gradient()[i], 1e-9, loss.getName());
                }
            }
        }
    }

    private double value(Loss loss, double[] logits, Shape shape, NDArray labels) {
        try (NDArray array = manager.create(logits, shape)) {
            return loss.evaluate(new NDList(labels), new NDList(array)).getDouble();
        }
    }

    /** Options, and the loss of a class over some pixels. */
    private record Options(float d, float i, float c, boolean log, float gamma, boolean dice) {

        double ofClass(double[] p, double[] y, int[] at) {
            double common = 0;
            double wrong = 0;
            for (int k : at) {
                common += Math.min(p[k], y[k]);
                wrong += Math.abs(p[k] - y[k]);
            }
            double above = (dice ? 2 : 1) * common + 1;
            double loss = log ? -Math.log(above / (above + wrong)) : wrong / (above + wrong);
            return Math.pow(loss, gamma);
        }
    }

    private static double mean(double[] values, double[] weights) {
        double sum = 0;
        double of = 0;
        for (int k = 0; k < values.length; k++) {
            sum += weights[k] * values[k];
            of += weights[k];
        }
        return of == 0 ? 0 : sum / of;
    }

    /** By loops over (2, 3, 4) probabilities; a class is selected where a pixel has so much. */
    private static double byLoops(
            Options options, double[] p, double[] y, float[] weights, boolean all, float most) {
        int images = 2;
        int classes = 3;
        int pixels = 4;
        double[][] losses = new double[images][classes];
        double[][] selected = new double[images][classes];
        double[] together = new double[classes];
        double[] selectedOnce = new double[classes];
        for (int c = 0; c < classes; c++) {
            int[] both = new int[images * pixels];
            for (int n = 0; n < images; n++) {
                int[] at = new int[pixels];
                for (int k = 0; k < pixels; k++) {
                    at[k] = (n * classes + c) * pixels + k;
                    both[n * pixels + k] = at[k];
                    if (all || y[at[k]] > most) {
                        selected[n][c] = weights[c];
                        selectedOnce[c] = weights[c];
                    }
                }
                losses[n][c] = options.ofClass(p, y, at);
            }
            together[c] = options.ofClass(p, y, both);
        }
        double[] ofImage = new double[images];
        double[] hasClass = new double[images];
        for (int n = 0; n < images; n++) {
            ofImage[n] = mean(losses[n], selected[n]);
            hasClass[n] = Arrays.stream(selected[n]).sum() > 0 ? 1 : 0;
        }
        double[] ofClass = new double[classes];
        for (int c = 0; c < classes; c++) {
            double[] column = {losses[0][c], losses[1][c]};
            double[] in = {selected[0][c] > 0 ? 1 : 0, selected[1][c] > 0 ? 1 : 0};
            ofClass[c] = mean(column, in);
        }
        return options.d * mean(together, selectedOnce)
                + options.i * mean(ofImage, hasClass)
                + options.c * mean(ofClass, selectedOnce);
    }

    private static <B extends MetricLoss.Builder<B>> B with(
            B builder, Options options, float[] weights, boolean all, float most) {
        builder.optSoftClasses(all ? ClassSelection.all() : ClassSelection.present());
        return builder.optFromLogits(false)
                .optMiouD(options.d)
                .optMiouI(options.i)
                .optMiouC(options.c)
                .optLogLoss(options.log)
                .optGamma(options.gamma)
                .optClassWeights(weights)
                .optPresence(most);
    }

    @Test
    void theAuthorsOptionsAreThoseByLoops() {
        for (int trial = 0; trial < Trials.of(60, 3_000); trial++) {
            Random random = Trials.random(trial);
            Options options =
                    new Options(
                            random.nextInt(3) / 2f,
                            random.nextInt(3) / 2f,
                            0.25f + random.nextInt(2),
                            random.nextBoolean(),
                            1 + random.nextInt(3) / 2f,
                            random.nextBoolean());
            float most = new float[] {0, 0.01f, 0.5f, 0.9f}[random.nextInt(4)];
            boolean all = random.nextBoolean();
            float[] weights = {1, random.nextInt(2), random.nextFloat()};
            Shape shape = new Shape(2, 3, 4);
            NDArray p = manager.create(LossTesting.logits(random, 24, 2), shape).softmax(1);
            NDArray y = manager.create(LossTesting.logits(random, 24, 4), shape).softmax(1);
            Loss loss =
                    options.dice
                            ? with(DiceSemimetricLoss.builder(), options, weights, all, most)
                                    .build()
                            : with(JaccardMetricLoss.builder(), options, weights, all, most)
                                    .build();
            double expected =
                    byLoops(options, p.toDoubleArray(), y.toDoubleArray(), weights, all, most);
            String message = "seed " + Trials.seed(trial) + options + all + most;
            assertEquals(expected, distance(loss, p, y), 1e-12, message);
        }
    }

    /** Also those of the batch as one and of images by themselves, from the options before. */
    @Test
    void theMeansOfHardLabelsKnowWhatIsIgnored() {
        Random random = new Random(17);
        Shape shape = new Shape(2, 3, 6);
        double[] logits = LossTesting.logits(random, 36, 2);
        int[] labels = {0, 0, 1, 1, 0, 255, 0, 2, 255, 2, 0, 2};
        NDArray target = manager.create(labels, new Shape(2, 6));
        JaccardMetricLoss.Builder byImage = JaccardMetricLoss.builder().optMiouD(0).optMiouI(1);
        assertSame(
                JaccardMetricLoss.builder().optIgnoreLabel(255).optPerImage(true).build(),
                byImage.optIgnoreLabel(255).build(),
                logits,
                shape,
                target);
        // Class 0 is in both images, 1 and 2 are in one: the mean of single losses.
        double expected = 0;
        for (int c = 0; c < 3; c++) {
            Loss ofClass =
                    JaccardMetricLoss.builder()
                            .optIgnoreLabel(255)
                            .optClasses(ClassSelection.of(c))
                            .build();
            double sum = 0;
            int images = 0;
            for (int n = 0; n < 2; n++) {
                if (c == 0 || n == c - 1) {
                    double[] own = Arrays.copyOfRange(logits, 18 * n, 18 * (n + 1));
                    NDArray ownTarget =
                            manager.create(
                                    Arrays.copyOfRange(labels, 6 * n, 6 * (n + 1)),
                                    new Shape(1, 6));
                    sum += value(ofClass, own, new Shape(1, 3, 6), ownTarget);
                    images++;
                }
            }
            expected += sum / images / 3;
        }
        Loss byClass =
                JaccardMetricLoss.builder().optIgnoreLabel(255).optMiouD(0).optMiouC(1).build();
        assertEquals(expected, value(byClass, logits, shape, target), 1e-14);
        // Labels of another kind have classes of their own.
        Loss soft =
                JaccardMetricLoss.builder()
                        .optIgnoreLabel(255)
                        .optSoftClasses(ClassSelection.all())
                        .build();
        assertSame(
                JaccardMetricLoss.builder().optIgnoreLabel(255).build(),
                soft,
                logits,
                shape,
                target);
    }

    @Test
    void badOptionsAreRefused() {
        assertRefused("miouD: expected", () -> JaccardMetricLoss.builder().optMiouD(-1));
        assertRefused("miouI: expected", () -> JaccardMetricLoss.builder().optMiouI(Float.NaN));
        assertRefused(
                "miouD, miouI, miouC: expected",
                () -> DiceSemimetricLoss.builder().optMiouD(0).build());
        assertRefused(
                "perImage: expected false, as miouD is 1.0, miouI 0.0 and miouC 2.0, got true",
                () -> DiceSemimetricLoss.builder().optPerImage(true).optMiouC(2).build());
        assertRefused("gamma: expected", () -> JaccardMetricLoss.builder().optGamma(0.5f));
        assertRefused("presence: expected", () -> JaccardMetricLoss.builder().optPresence(1));
        assertRefused(
                "minKeptPixels: expected",
                () -> OhemCrossEntropyLoss.builder().optMinKeptPixels(-1));
        assertRefused(
                "minKept: expected 0.2, the default, as minKeptPixels is 5, got 0.5",
                () -> OhemCrossEntropyLoss.builder().optMinKept(0.5f).optMinKeptPixels(5).build());
        assertRefused("alpha: expected", () -> TverskyLoss.builder().optAlpha(-1));
        assertRefused("beta: expected", () -> TverskyLoss.builder().optBeta(Float.NaN));
        assertRefused(
                "gamma: expected a number from 1", () -> TverskyLoss.builder().optGamma(0.5f));
        assertRefused(
                "alpha, beta: expected",
                () -> TverskyLoss.builder().optAlpha(0).optBeta(0).build());
        assertRefused(
                "labelSmoothing: expected",
                () -> JaccardMetricLoss.builder().optLabelSmoothing(1.5f));
        assertRefused("threshold: expected", () -> OhemCrossEntropyLoss.builder().optThreshold(2));
        assertRefused("minKept: expected", () -> OhemCrossEntropyLoss.builder().optMinKept(-1));
    }

    private static void assertRefused(
            String start, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(start), message);
    }
}
