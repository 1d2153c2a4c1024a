package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lovász losses of other functions of wrong pixels, by the definition in which nothing is sorted:
 * the extension at the errors m is the largest over all orders π of Σ_i m(π_i) (f({π_1 … π_i}) −
 * f({π_1 … π_{i−1}})).
 */
@Tag(Trials.TAG)
class SetFunctionTest {

    private static final int IGNORED = 255;

    private static final ErrorSetFunction DICE =
            (fn, fp, g, b) -> 2 * g - fn + fp == 0 ? 0 : (fn + fp) / (2 * g - fn + fp);

    private static final Map<String, ErrorSetFunction> SUBMODULAR =
            Map.of(
                    "Jaccard", ErrorSetFunction.JACCARD,
                    "Hamming", (fn, fp, g, b) -> g + b == 0 ? 0 : (fn + fp) / (g + b),
                    "root", (fn, fp, g, b) -> Math.sqrt(2 * fn + fp),
                    "missed twice",
                            (fn, fp, g, b) -> g + fp == 0 ? 0 : (2 * fn + fp) / (g + fn + fp),
                    "Tversky, α = 0.4, β = 1",
                            (fn, fp, g, b) ->
                                    g + 0.4 * fp == 0 ? 0 : (fn + 0.4 * fp) / (g + 0.4 * fp));

    /** Falls where all pixels of a kind are wrong: submodular, and not increasing. */
    private static final ErrorSetFunction CUT = (fn, fp, g, b) -> (fn + fp) * (g + b - fn - fp);

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** The largest over all orders: the best order of a set ends with one of its pixels. */
    private static double extension(
            ErrorSetFunction function, double[] errors, boolean[] foreground) {
        double[] costs = new double[1 << errors.length];
        double[] best = new double[costs.length];
        int all = 0;
        for (boolean f : foreground) {
            all += f ? 1 : 0;
        }
        for (int set = 0; set < costs.length; set++) {
            int missed = 0;
            for (int i = 0; i < errors.length; i++) {
                missed += foreground[i] && (set >> i & 1) == 1 ? 1 : 0;
            }
            int wrong = Integer.bitCount(set) - missed;
            costs[set] = function.cost(missed, wrong, all, errors.length - all);
        }
        for (int set = 1; set < best.length; set++) {
            best[set] = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < errors.length; i++) {
                int before = set & ~(1 << i);
                if (before != set) {
                    double last = errors[i] * (costs[set] - costs[before]);
                    best[set] = Math.max(best[set], best[before] + last);
                }
            }
        }
        return best[best.length - 1];
    }

    @Test
    void lossesAreTheLargestOverAllOrders() {
        int trials = Trials.of(12, 2_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(8);
            int classes = 2 + random.nextInt(2);
            int[] labels = LossTesting.labels(random, pixels, classes);
            int[] mask = Arrays.stream(labels).map(y -> y % 2).toArray();
            double[] logits = LossTesting.logits(random, classes * pixels, 2);
            String message = "seed " + Trials.seed(trial) + " ";
            SUBMODULAR.forEach(
                    (name, function) -> {
                        double softmax = 0;
                        double[] sigmoid = new double[pixels];
                        double[] hinge = new double[pixels];
                        boolean[] foreground = new boolean[pixels];
                        for (int c = 0; c < classes; c++) {
                            double[] errors = new double[pixels];
                            for (int i = 0; i < pixels; i++) {
                                double sum = 0;
                                for (int k = 0; k < classes; k++) {
                                    sum += Math.exp(logits[k * pixels + i]);
                                }
                                double p = Math.exp(logits[c * pixels + i]) / sum;
                                foreground[i] = labels[i] == c;
                                errors[i] = foreground[i] ? 1 - p : p;
                            }
                            softmax += extension(function, errors, foreground) / classes;
                        }
                        for (int i = 0; i < pixels; i++) {
                            foreground[i] = mask[i] == 1;
                            double p = 1 / (1 + Math.exp(-logits[i]));
                            sigmoid[i] = foreground[i] ? 1 - p : p;
                            hinge[i] = Math.max(0, 1 - logits[i] * (2 * mask[i] - 1));
                        }
                        double[] scores = Arrays.copyOf(logits, pixels);
                        Shape one = new Shape(1, pixels);
                        Shape several = new Shape(1, classes, pixels);
                        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                            double tolerance = type == DataType.FLOAT64 ? 1e-12 : 1e-5;
                            String what = message + name + " " + type;
                            assertEquals(
                                    softmax,
                                    run(softmax(function, true), type, logits, several, labels)
                                            .value(),
                                    tolerance,
                                    what);
                            assertEquals(
                                    extension(function, sigmoid, foreground),
                                    run(
                                                    LovaszSigmoidLoss.builder()
                                                            .optSetFunction(function)
                                                            .build(),
                                                    type,
                                                    scores,
                                                    one,
                                                    mask)
                                            .value(),
                                    tolerance,
                                    what);
                            assertEquals(
                                    extension(function, hinge, foreground),
                                    run(
                                                    LovaszHingeLoss.builder()
                                                            .optSetFunction(function)
                                                            .build(),
                                                    type,
                                                    scores,
                                                    one,
                                                    mask)
                                            .value(),
                                    10 * tolerance,
                                    what);
                        }
                    });
        }
        Trials.report(
                "Extensions of five functions are the largest over all orders", trials + " cases");
    }

    private static LovaszSoftmaxLoss softmax(ErrorSetFunction function, boolean all) {
        LovaszSoftmaxLoss.Builder builder =
                LovaszSoftmaxLoss.builder()
                        .optClasses(all ? ClassSelection.all() : ClassSelection.present());
        return function == null ? builder.build() : builder.optSetFunction(function).build();
    }

    private Reference.Result run(
            Loss loss, DataType type, double[] values, Shape shape, int... labels) {
        Shape ofLabels = shape.dimension() == 3 ? new Shape(1, shape.get(2)) : shape;
        try (NDArray target = manager.create(labels, ofLabels)) {
            return LossTesting.run(loss, values, shape, type, target);
        }
    }

    @Test
    void theJaccardFunctionGivesTheClosedForm() {
        for (int trial = 0; trial < Trials.of(15, 500); trial++) {
            Random random = Trials.random(trial);
            int images = 1 + random.nextInt(3);
            int pixels = 1 + random.nextInt(300);
            int[] labels =
                    random.ints((long) images * pixels, 0, 4)
                            .map(y -> y == 3 ? IGNORED : y)
                            .toArray();
            Shape shape = new Shape(images, 3, pixels);
            double[] logits = LossTesting.logits(random, (int) shape.size(), 3);
            boolean perImage = random.nextBoolean();
            boolean fromLogits = random.nextBoolean();
            if (!fromLogits) {
                Arrays.setAll(logits, i -> random.nextFloat());
            }
            LovaszSoftmaxLoss.Builder builder =
                    LovaszSoftmaxLoss.builder()
                            .optPerImage(perImage)
                            .optFromLogits(fromLogits)
                            .optIgnoreLabel(IGNORED);
            NDArray target = manager.create(labels, new Shape(images, pixels));
            Reference.Result expected =
                    LossTesting.run(builder.build(), logits, shape, DataType.FLOAT64, target);
            Loss general = builder.optSetFunction(ErrorSetFunction.JACCARD).build();
            Reference.Result actual =
                    LossTesting.run(general, logits, shape, DataType.FLOAT64, target);
            String message = "seed " + Trials.seed(trial);
            assertEquals(expected.value(), actual.value(), 1e-12, message);
            assertTrue(LossTesting.distance(expected, actual) < 1e-12, message);
        }
    }

    @Test
    void garbageCollectionBetweenForwardAndBackwardChangesNothing() {
        Random random = new Random(3);
        double[] logits = LossTesting.logits(random, 3 * 50, 2);
        NDArray labels = manager.create(LossTesting.labels(random, 50, 3), new Shape(1, 50));
        LossTesting.assertSurvivesCollection(
                softmax(SUBMODULAR.get("root"), true),
                LossTesting.create(manager, logits, new Shape(1, 3, 50), DataType.FLOAT32),
                labels);
    }

    @Test
    void diceIsNeitherSubNorSupermodularAndRefused() {
        // Missed pixels of two cost 1/3 and then 2/3 more; wrong ones 1/3 of one, then 1/6.
        assertEquals(1.0 / 3, DICE.cost(1, 0, 2, 2), 1e-12);
        assertEquals(1, DICE.cost(2, 0, 2, 2), 1e-12);
        assertEquals(1.0 / 3, DICE.cost(0, 1, 1, 2), 1e-12);
        assertEquals(1.0 / 2, DICE.cost(0, 2, 1, 2), 1e-12);
        String message = refused(DICE);
        assertEquals(
                "setFunction: expected a submodular function, got one that is neither sub- nor"
                        + " supermodular: with 0 of 2 foreground and 0 of 0 background pixels wrong,"
                        + " one false negative more costs 0.3333, and 0.6667 after one false"
                        + " negative",
                message);
    }

    private static String refused(ErrorSetFunction function) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> LovaszSoftmaxLoss.builder().optSetFunction(function))
                .getMessage();
    }

    @Test
    void functionsThatCannotBeExtendedAreRefused() {
        SUBMODULAR.values().forEach(f -> assertDoesNotThrow(() -> softmax(f, true)));
        assertTrue(refused((fn, fp, g, b) -> (fn + fp) * (fn + fp)).contains("is supermodular"));
        assertTrue(refused((fn, fp, g, b) -> 1).contains("expected 0 where nothing is wrong"));
        assertTrue(refused((fn, fp, g, b) -> fn / g).contains("expected a finite cost, got NaN"));
        // As many pixels are free as the small sets have.
        assertEquals(
                "setFunction: expected a submodular function, got one that is supermodular, whose"
                        + " extension is not convex: with 8 of 64 foreground and 0 of 16 background"
                        + " pixels wrong, 8 false negatives more cost 0.000, and 16.00 after 8 false"
                        + " negatives",
                refused((fn, fp, g, b) -> Math.pow(Math.max(0, fn - 20), 2)));
        // Tversky with β below 1 is convex in the missed pixels.
        assertTrue(
                refused((fn, fp, g, b) -> g == 0 ? 0 : (0.5 * fn + fp) / (g - 0.5 * fn + fp))
                        .contains("expected a submodular function"));
        assertThrows(
                NullPointerException.class, () -> LovaszSoftmaxLoss.builder().optSetFunction(null));
    }

    @Test
    void aHingeTakesIncreasingFunctionsOnly() {
        assertDoesNotThrow(() -> softmax(CUT, true));
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LovaszHingeLoss.builder().optSetFunction(CUT))
                        .getMessage();
        assertTrue(message.contains("never falls when a pixel more is wrong"), message);
    }
}
