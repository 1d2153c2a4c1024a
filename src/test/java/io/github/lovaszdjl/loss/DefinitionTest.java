package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.loss.LovaszHingeLoss.ErrorActivation;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The Lovász extension by its other definition, in which nothing is sorted: the Jaccard loss Δ of a
 * set of wrong pixels is submodular, so the extension at the errors m is the largest over all
 * orders π of Σ_i m(π_i) (Δ({π_1 … π_i}) − Δ({π_1 … π_{i−1}})), or, the same, the largest ⟨w, m⟩
 * over all w with w(S) ≤ Δ(S) for every set S of pixels and equality for all. The gradients are
 * those w that reach it.
 */
@Tag(Trials.TAG)
class DefinitionTest {

    /** Orders of 7 pixels are enumerated, sets of 12. */
    private static final int ENUMERATED = 7;

    private static final int SETS = 12;

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /**
     * Returns 1 − intersection / union of the foreground and what a set of wrong pixels makes of
     * it.
     */
    private static double jaccard(int wrong, boolean[] foreground) {
        int intersection = 0;
        int union = 0;
        for (int i = 0; i < foreground.length; i++) {
            boolean isWrong = (wrong >> i & 1) == 1;
            boolean predicted = foreground[i] != isWrong;
            intersection += foreground[i] && predicted ? 1 : 0;
            union += foreground[i] || predicted ? 1 : 0;
        }
        return union == 0 ? 0 : 1 - (double) intersection / union;
    }

    private static double[] jaccards(boolean[] foreground) {
        return IntStream.range(0, 1 << foreground.length)
                .mapToDouble(set -> jaccard(set, foreground))
                .toArray();
    }

    /** The maximum over all orders, one by one. */
    private static double ofOrders(double[] errors, double[] jaccards, int chosen, double sum) {
        double most = chosen == jaccards.length - 1 ? sum : Double.NEGATIVE_INFINITY;
        for (int i = 0; i < errors.length; i++) {
            int more = chosen | 1 << i;
            if (more != chosen) {
                double gain = errors[i] * (jaccards[more] - jaccards[chosen]);
                most = Math.max(most, ofOrders(errors, jaccards, more, sum + gain));
            }
        }
        return most;
    }

    /** The maximum over all orders: the best order of a set ends with one of its pixels. */
    private static double ofSets(double[] errors, double[] jaccards) {
        double[] best = new double[jaccards.length];
        for (int set = 1; set < best.length; set++) {
            best[set] = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < errors.length; i++) {
                int before = set & ~(1 << i);
                if (before != set) {
                    double last = errors[i] * (jaccards[set] - jaccards[before]);
                    best[set] = Math.max(best[set], best[before] + last);
                }
            }
        }
        return best[best.length - 1];
    }

    private static double extension(double[] errors, boolean[] foreground) {
        return ofSets(errors, jaccards(foreground));
    }

    /** Asserts that w(S) ≤ Δ(S) for every set of pixels, and w(all) = Δ(all). */
    private static void assertAllowed(
            double[] weights, double[] jaccards, double tolerance, String message) {
        for (int set = 0; set < jaccards.length; set++) {
            double sum = 0;
            for (int i = 0; i < weights.length; i++) {
                sum += (set >> i & 1) == 1 ? weights[i] : 0;
            }
            if (sum > jaccards[set] + tolerance) {
                throw new AssertionError(message + ": set " + set + " weighs " + sum);
            }
            if (set == jaccards.length - 1) {
                assertEquals(jaccards[set], sum, tolerance, message + ": all pixels");
            }
        }
    }

    /** Draws errors with ties, in [0, 1] or beyond. */
    private static double[] errors(Random random, int pixels) {
        return switch (random.nextInt(4)) {
            case 0 -> random.doubles(pixels).map(e -> Math.rint(e * 3) / 3).toArray();
            case 1 -> random.doubles(pixels).map(Math::rint).toArray();
            case 2 -> random.doubles(pixels, -2, 3).toArray();
            default -> random.doubles(pixels).toArray();
        };
    }

    private static boolean[] foreground(Random random, int pixels) {
        double share = new double[] {0, 0.5, 0.2, 0.9, 1}[random.nextInt(5)];
        boolean[] foreground = new boolean[pixels];
        for (int i = 0; i < pixels; i++) {
            foreground[i] = random.nextDouble() < share;
        }
        return foreground;
    }

    @Test
    void theReferenceIsTheLargestOverAllOrders() {
        int trials = Trials.of(300, 20_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            String message = "seed " + Trials.seed(trial);
            int pixels = 1 + random.nextInt(trial % 4 == 0 ? SETS : ENUMERATED);
            double[] errors = errors(random, pixels);
            boolean[] foreground = foreground(random, pixels);
            double[] jaccards = jaccards(foreground);
            double expected = ofSets(errors, jaccards);
            if (pixels <= ENUMERATED) {
                assertEquals(ofOrders(errors, jaccards, 0, 0), expected, 1e-12, message);
            }
            double[] weights = Reference.extensionGradient(errors, foreground);
            assertEquals(expected, dot(weights, errors), 1e-12, message);
            assertAllowed(weights, jaccards, 1e-12, message);
        }
        Trials.report("The reference is the largest over all orders", trials + " cases");
    }

    private static double dot(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    /** One batch on one path: what the loss computes, outside of a trainer. */
    private Reference.Result run(
            OnPath loss, boolean onHost, DataType type, double[] values, Shape shape, NDArray y) {
        Loss placed =
                new Loss("placed") {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        return loss.compute(labels, predictions, onHost);
                    }
                };
        return LossTesting.run(placed, values, shape, type, y);
    }

    private interface OnPath {
        NDArray compute(NDList labels, NDList predictions, boolean onHost);
    }

    private interface Path {
        void check(boolean onHost, DataType type, String message);
    }

    /** Runs on the CPU's path, the GPU's, and in double precision. */
    private void everywhere(String message, Path path) {
        for (boolean onHost : Engines.paths()) {
            path.check(
                    onHost,
                    DataType.FLOAT32,
                    message + (onHost ? " on the host" : " in operations"));
        }
        path.check(false, DataType.FLOAT64, message + " in double precision");
    }

    @Test
    void softmaxIsTheLargestOverAllOrdersAndItsGradientReachesIt() {
        int trials = Trials.of(40, 5_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(random.nextInt(8) == 0 ? SETS : 8);
            int classes = 2 + random.nextInt(3);
            int[] labels = LossTesting.labels(random, pixels, classes);
            double[] values = new double[classes * pixels];
            for (int c = 0; c < classes; c++) {
                double[] drawn = errors(random, pixels);
                for (int i = 0; i < pixels; i++) {
                    // Probabilities, so their errors lie in [0, 1] too.
                    values[c * pixels + i] = (float) Math.max(0, Math.min(drawn[i], 1));
                }
            }
            LovaszSoftmaxLoss loss =
                    LovaszSoftmaxLoss.builder()
                            .optFromLogits(false)
                            .optClasses(ClassSelection.all())
                            .build();
            everywhere(
                    "seed " + Trials.seed(trial),
                    (onHost, type, message) -> {
                        Reference.Result result;
                        try (NDArray target = manager.create(labels, new Shape(1, pixels))) {
                            Shape shape = new Shape(1, classes, pixels);
                            result = run(loss::compute, onHost, type, values, shape, target);
                        }
                        double tolerance = type == DataType.FLOAT64 ? 1e-12 : 1e-6;
                        double expected = 0;
                        for (int c = 0; c < classes; c++) {
                            double[] errors = new double[pixels];
                            double[] weights = new double[pixels];
                            boolean[] foreground = new boolean[pixels];
                            for (int i = 0; i < pixels; i++) {
                                foreground[i] = labels[i] == c;
                                double p = values[c * pixels + i];
                                double slope = result.gradient()[c * pixels + i] * classes;
                                errors[i] = foreground[i] ? 1 - p : p;
                                weights[i] = foreground[i] ? -slope : slope;
                            }
                            double[] jaccards = jaccards(foreground);
                            double ofClass = ofSets(errors, jaccards);
                            String where = message + " class " + c;
                            assertAllowed(weights, jaccards, tolerance, where);
                            assertEquals(ofClass, dot(weights, errors), 5 * tolerance, where);
                            expected += ofClass / classes;
                        }
                        assertEquals(expected, result.value(), 2 * tolerance, message);
                    });
        }
        Trials.report(
                "Lovász-Softmax is the largest over all orders, its gradient reaches it",
                trials + " cases on three paths");
    }

    @Test
    void softmaxOfLogitsIsTheLargestOverAllOrders() {
        int trials = Trials.of(40, 5_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(random.nextInt(8) == 0 ? SETS : 8);
            int classes = 2 + random.nextInt(3);
            int[] labels = LossTesting.labels(random, pixels, classes);
            double scale = new double[] {0.1, 1, 5, 20}[random.nextInt(4)];
            double[] logits = LossTesting.logits(random, classes * pixels, scale);
            double[][] p = new double[classes][pixels];
            for (int i = 0; i < pixels; i++) {
                double sum = 0;
                for (int c = 0; c < classes; c++) {
                    sum += Math.exp(logits[c * pixels + i]);
                }
                for (int c = 0; c < classes; c++) {
                    p[c][i] = Math.exp(logits[c * pixels + i]) / sum;
                }
            }
            double expected = 0;
            for (int c = 0; c < classes; c++) {
                double[] errors = new double[pixels];
                boolean[] foreground = new boolean[pixels];
                for (int i = 0; i < pixels; i++) {
                    foreground[i] = labels[i] == c;
                    errors[i] = foreground[i] ? 1 - p[c][i] : p[c][i];
                }
                expected += extension(errors, foreground) / classes;
            }
            double largest = expected;
            LovaszSoftmaxLoss loss =
                    LovaszSoftmaxLoss.builder().optClasses(ClassSelection.all()).build();
            everywhere(
                    "seed " + Trials.seed(trial),
                    (onHost, type, message) -> {
                        double tolerance =
                                type == DataType.FLOAT64 ? 1e-12 : LossTesting.VALUE_TOLERANCE;
                        try (NDArray target = manager.create(labels, new Shape(1, pixels))) {
                            Shape shape = new Shape(1, classes, pixels);
                            assertEquals(
                                    largest,
                                    run(loss::compute, onHost, type, logits, shape, target).value(),
                                    tolerance,
                                    message);
                        }
                    });
        }
        Trials.report(
                "Lovász-Softmax of logits is the largest over all orders",
                trials + " cases on three paths");
    }

    @Test
    void binaryLossesAreTheLargestOverAllOrders() {
        int trials = Trials.of(40, 5_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int pixels = 1 + random.nextInt(random.nextInt(8) == 0 ? SETS : 8);
            int[] labels = LossTesting.labels(random, pixels, 2);
            double scale = new double[] {0.1, 1, 10}[random.nextInt(3)];
            double[] scores = LossTesting.logits(random, pixels, scale);
            if (random.nextBoolean()) {
                Arrays.setAll(scores, i -> Math.rint(scores[i]));
            }
            boolean[] foreground = new boolean[pixels];
            double[] relu = new double[pixels];
            double[] elu = new double[pixels];
            double[] sigmoid = new double[pixels];
            for (int i = 0; i < pixels; i++) {
                foreground[i] = labels[i] == 1;
                double m = 1 - scores[i] * (2 * labels[i] - 1);
                relu[i] = Math.max(0, m);
                elu[i] = m > 0 ? m + 1 : Math.exp(m);
                double p = 1 / (1 + Math.exp(-scores[i]));
                sigmoid[i] = foreground[i] ? 1 - p : p;
            }
            boolean[] background = new boolean[pixels];
            IntStream.range(0, pixels).forEach(i -> background[i] = !foreground[i]);
            everywhere(
                    "seed " + Trials.seed(trial),
                    (onHost, type, message) -> {
                        for (int kind = 0; kind < 4; kind++) {
                            OnPath loss =
                                    switch (kind) {
                                        case 0 -> new LovaszHingeLoss()::compute;
                                        case 1 ->
                                                LovaszHingeLoss.builder()
                                                                .optActivation(
                                                                        ErrorActivation
                                                                                .ELU_PLUS_ONE)
                                                                .build()
                                                        ::compute;
                                        case 2 ->
                                                LovaszHingeLoss.builder().optSymmetric(true).build()
                                                        ::compute;
                                        default -> new LovaszSigmoidLoss()::compute;
                                    };
                            double expected =
                                    switch (kind) {
                                        case 0 -> extension(relu, foreground);
                                        case 1 -> extension(elu, foreground);
                                        case 2 ->
                                                (extension(relu, foreground)
                                                                + extension(relu, background))
                                                        / 2;
                                        default -> extension(sigmoid, foreground);
                                    };
                            double tolerance =
                                    type == DataType.FLOAT64 ? 1e-12 : LossTesting.VALUE_TOLERANCE;
                            try (NDArray target = manager.create(labels, new Shape(1, pixels))) {
                                double actual =
                                        run(
                                                        loss,
                                                        onHost,
                                                        type,
                                                        scores,
                                                        new Shape(1, pixels),
                                                        target)
                                                .value();
                                assertEquals(
                                        expected,
                                        actual,
                                        tolerance * Math.max(1, expected),
                                        message + " loss " + kind);
                            }
                        }
                    });
        }
        Trials.report(
                "Lovász hinge and sigmoid are the largest over all orders",
                trials + " cases, four losses on three paths");
    }

    @Test
    void theJaccardLossIsSubmodular() {
        // What makes the extension the largest over all orders, and convex.
        for (int foregroundBits = 0; foregroundBits < 1 << 5; foregroundBits++) {
            boolean[] foreground = new boolean[5];
            for (int i = 0; i < 5; i++) {
                foreground[i] = (foregroundBits >> i & 1) == 1;
            }
            double[] jaccards = jaccards(foreground);
            for (int a = 0; a < jaccards.length; a++) {
                for (int b = 0; b < jaccards.length; b++) {
                    assertTrue(
                            jaccards[a] + jaccards[b] >= jaccards[a | b] + jaccards[a & b] - 1e-12);
                }
            }
        }
    }
}
