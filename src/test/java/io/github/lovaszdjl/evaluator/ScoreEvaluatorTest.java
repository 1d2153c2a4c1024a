package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Trials;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Evaluators of scores of images. */
class ScoreEvaluatorTest {

    private static final int IGNORE = 255;

    // A float of a double.
    private static final double EPSILON = 1e-6;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Returns builders of each evaluator. */
    static List<Supplier<EvaluatorBuilder<?>>> builders() {
        return List.of(
                FineGrainedIoU::builder,
                BoundaryIoU::builder,
                HausdorffDistance::builder,
                CalibrationError::builder);
    }

    private static ScoreEvaluator<?> build(EvaluatorBuilder<?> builder) {
        if (builder instanceof FineGrainedIoU.Builder b) {
            return b.build();
        }
        if (builder instanceof BoundaryIoU.Builder b) {
            return b.build();
        }
        return builder instanceof HausdorffDistance.Builder b
                ? b.build()
                : ((CalibrationError.Builder) builder).build();
    }

    // Three images of 5 x 7 pixels and 3 classes.
    private static final Random RANDOM = Trials.random(1);
    private static final int[] TRUTH =
            RANDOM.ints(105, -1, 3).map(t -> t < 0 ? IGNORE : t).toArray();
    private static final float[] LOGITS = new float[315];

    static {
        for (int i = 0; i < LOGITS.length; i++) {
            LOGITS[i] = (float) RANDOM.nextGaussian();
        }
    }

    private NDArray labels() {
        return manager.create(TRUTH, new Shape(3, 5, 7));
    }

    private NDArray logits() {
        return manager.create(LOGITS, new Shape(3, 3, 5, 7));
    }

    /** Returns what is expected of each evaluator. */
    private static double expected(ScoreEvaluator<?> evaluator) {
        FineGrainedScores fine = FineGrainedScores.of(List.of());
        Optional<BoundaryCounts> boundary = Optional.empty();
        Optional<HausdorffDistances> distances = Optional.empty();
        double[][] probabilities = new double[105][3];
        for (int n = 0; n < 3; n++) {
            int[] truth = new int[35];
            int[] predicted = new int[35];
            ConfusionMatrix matrix = new ConfusionMatrix(3);
            for (int i = 0; i < 35; i++) {
                truth[i] = TRUTH[n * 35 + i] == IGNORE ? -1 : TRUTH[n * 35 + i];
                double sum = 0;
                for (int c = 0; c < 3; c++) {
                    float logit = LOGITS[(n * 3 + c) * 35 + i];
                    predicted[i] =
                            logit > LOGITS[(n * 3 + predicted[i]) * 35 + i] ? c : predicted[i];
                    probabilities[n * 35 + i][c] = Math.exp(logit);
                    sum += Math.exp(logit);
                }
                for (int c = 0; c < 3; c++) {
                    probabilities[n * 35 + i][c] /= sum;
                }
            }
            matrix.add(truth, predicted);
            fine = fine.plus(FineGrainedScores.of(List.of(ImageCounts.of(matrix))));
            BoundaryCounts b = BoundaryCounts.of(truth, predicted, 7, 3);
            boundary = Optional.of(boundary.map(b::plus).orElse(b));
            HausdorffDistances d = HausdorffDistances.of(truth, predicted, 7, 3);
            distances = Optional.of(distances.map(d::plus).orElse(d));
        }
        if (evaluator instanceof FineGrainedIoU) {
            return fine.meanIouC();
        }
        if (evaluator instanceof BoundaryIoU) {
            return boundary.orElseThrow().meanIou();
        }
        return evaluator instanceof HausdorffDistance
                ? distances.orElseThrow().mean()
                : ScoreReference.calibrationError(
                        Arrays.stream(TRUTH).map(t -> t == IGNORE ? -1 : t).toArray(),
                        probabilities,
                        15);
    }

    @ParameterizedTest
    @MethodSource("builders")
    void batchesAndShapesOfTheSameImagesHaveTheSameValue(Supplier<EvaluatorBuilder<?>> builder) {
        ScoreEvaluator<?> evaluator = build(builder.get().optIgnoreLabel(IGNORE));
        double expected = expected(evaluator);
        NDArray logits = logits();
        NDArray labels = labels();
        NDArray value = evaluator.evaluate(new NDList(labels), new NDList(logits));
        assertEquals(expected, value.getFloat(), EPSILON);
        assertEquals(DataType.FLOAT32, value.getDataType());

        evaluator.addAccumulator("a");
        evaluator.addAccumulator("b");
        assertEquals(Float.NaN, evaluator.getAccumulator("a"));
        assertEquals(Optional.empty(), evaluator.getScore("a"));
        evaluator.updateAccumulator("b", new NDList(labels), new NDList(logits));
        for (String batch : List.of(":1", "1:")) {
            evaluator.updateAccumulators(
                    new String[] {"a", "b"},
                    new NDList(labels.get(batch)),
                    new NDList(logits.get(batch)));
        }
        assertEquals(expected, evaluator.getAccumulator("a"), EPSILON);
        evaluator.resetAccumulator("b");
        assertEquals(Float.NaN, evaluator.getAccumulator("b"));
        assertEquals(expected, evaluator.getAccumulator("a"), EPSILON);

        // Classes last, labels of another type and with an axis of 1.
        ScoreEvaluator<?> last = build(builder.get().optIgnoreLabel(IGNORE).optClassAxis(-1));
        NDArray moved = logits.transpose(0, 2, 3, 1);
        NDArray floats = labels.toType(DataType.FLOAT32, true).reshape(3, 5, 7, 1);
        assertEquals(
                expected, last.evaluate(new NDList(floats), new NDList(moved)).getFloat(), EPSILON);
    }

    @ParameterizedTest
    @MethodSource("builders")
    void oneScoreAPixelIsTwoClasses(Supplier<EvaluatorBuilder<?>> builder) {
        // A score s is as the logits 0 and s.
        NDArray labels = labels().clip(0, 1);
        NDArray scores = logits().get(":, 0");
        NDArray both = scores.zerosLike().expandDims(1).concat(scores.expandDims(1), 1);
        float expected =
                build(builder.get()).evaluate(new NDList(labels), new NDList(both)).getFloat();
        ScoreEvaluator<?> binary = build(builder.get().optBinary(true));
        for (NDArray shaped : List.of(scores, scores.expandDims(1))) {
            assertEquals(
                    expected,
                    binary.evaluate(new NDList(labels), new NDList(shaped)).getFloat(),
                    EPSILON);
        }
    }

    @Test
    void foregroundOfAChannelIsAClass() {
        NDArray labels = logits().gt(0.5).toType(DataType.INT32, true);
        NDArray scores = logits().flip(2);
        BoundaryIoU boundary = BoundaryIoU.builder().optMultilabel(true).build();
        HausdorffDistance distance = HausdorffDistance.builder().optMultilabel(true).build();
        FineGrainedIoU fine = FineGrainedIoU.builder().optMultilabel(true).build();
        CalibrationError error = CalibrationError.builder().optMultilabel(true).build();
        double[] expected = new double[3];
        for (int c = 0; c < 3; c++) {
            NDList ofLabels = new NDList(labels.get(":, " + c));
            NDList ofScores = new NDList(scores.get(":, " + c));
            BoundaryIoU b = BoundaryIoU.builder().optBinary(true).build();
            b.addAccumulator("a");
            b.updateAccumulator("a", ofLabels, ofScores);
            expected[0] += b.getScore("a").orElseThrow().iou(1) / 3;
            HausdorffDistance d = HausdorffDistance.builder().optBinary(true).build();
            d.addAccumulator("a");
            d.updateAccumulator("a", ofLabels, ofScores);
            expected[1] += d.getScore("a").orElseThrow().mean(1) / 3;
            FineGrainedIoU f = FineGrainedIoU.builder().optBinary(true).build();
            f.addAccumulator("a");
            f.updateAccumulator("a", ofLabels, ofScores);
            expected[2] += f.getScore("a").orElseThrow().iouC(1) / 3;
        }
        NDList all = new NDList(labels);
        NDList ofAll = new NDList(scores);
        assertEquals(expected[0], boundary.evaluate(all, ofAll).getFloat(), EPSILON);
        assertEquals(expected[1], distance.evaluate(all, ofAll).getFloat(), EPSILON);
        assertEquals(expected[2], fine.evaluate(all, ofAll).getFloat(), EPSILON);
        CalibrationError one = CalibrationError.builder().optBinary(true).build();
        assertEquals(
                one.evaluate(
                                new NDList(labels.reshape(1, 9, 5, 7)),
                                new NDList(scores.reshape(1, 9, 5, 7)))
                        .getFloat(),
                error.evaluate(all, ofAll).getFloat());
    }

    // The examples in the documentation of torchmetrics' CalibrationError, norm "l1".
    @Test
    void calibrationErrorsAreThePublishedOnes() {
        NDArray labels = manager.create(new int[] {0, 1, 2, 0});
        NDArray probabilities =
                manager.create(
                        new float[] {
                            0.25f, 0.20f, 0.55f, 0.55f, 0.05f, 0.40f, 0.10f, 0.30f, 0.60f, 0.90f,
                            0.05f, 0.05f
                        },
                        new Shape(4, 3));
        CalibrationError error = CalibrationError.builder().optFromLogits(false).optBins(3).build();
        assertEquals(
                0.2,
                error.evaluate(new NDList(labels), new NDList(probabilities)).getFloat(),
                1e-6);
        // There, the confidence is that of foreground, whichever is predicted.
        assertEquals(
                0.29,
                CalibrationBins.of(
                                new int[] {0, 0, 1, 1, 1},
                                new int[] {1, 1, 1, 1, 1},
                                new float[] {0.25f, 0.25f, 0.55f, 0.75f, 0.75f},
                                2)
                        .expectedError(),
                1e-6);
    }

    @Test
    void probabilitiesHaveTheErrorOfTheirLogits() {
        CalibrationError ofLogits = CalibrationError.builder().optIgnoreLabel(IGNORE).build();
        CalibrationError of =
                CalibrationError.builder().optIgnoreLabel(IGNORE).optFromLogits(false).build();
        assertEquals(
                ofLogits.evaluate(new NDList(labels()), new NDList(logits())).getFloat(),
                of.evaluate(new NDList(labels()), new NDList(logits().softmax(1))).getFloat(),
                1e-5);
        CalibrationError binary = CalibrationError.builder().optBinary(true).build();
        CalibrationError half =
                CalibrationError.builder().optBinary(true).optFromLogits(false).build();
        NDList labels = new NDList(labels().clip(0, 1));
        NDArray scores = logits().get(":, 0");
        NDArray sigmoid = scores.neg().exp().add(1).pow(-1);
        assertEquals(
                binary.evaluate(labels, new NDList(scores)).getFloat(),
                half.evaluate(labels, new NDList(sigmoid)).getFloat(),
                1e-5);
        assertMessage(
                "confidences: expected probabilities from 0 to 1, got 2.0",
                () -> of.evaluate(new NDList(labels()), new NDList(logits().zerosLike().add(2))));
    }

    @Test
    void valueIsThatOfTheWorstImagesWhereAsked() {
        FineGrainedIoU all =
                FineGrainedIoU.builder()
                        .optIgnoreLabel(IGNORE)
                        .optMean(FineGrainedIoU.Mean.IMAGES)
                        .optWorst(5)
                        .build();
        all.addAccumulator("a");
        all.updateAccumulator("a", new NDList(labels()), new NDList(logits()));
        FineGrainedScores scores = all.getScore("a").orElseThrow();
        assertEquals(scores.meanIouI(5), all.getAccumulator("a"), EPSILON);
        assertTrue(scores.meanIouI(5) < scores.meanIouI());
    }

    @ParameterizedTest
    @MethodSource("builders")
    void noValidPixelIsNotANumberAndWrongInputIsRefused(Supplier<EvaluatorBuilder<?>> builder) {
        ScoreEvaluator<?> evaluator = build(builder.get().optIgnoreLabel(IGNORE));
        NDList ignored = new NDList(manager.full(new Shape(3, 5, 7), IGNORE, DataType.INT32));
        assertEquals(Float.NaN, evaluator.evaluate(ignored, new NDList(logits())).getFloat());
        evaluator.addAccumulator("a");
        assertMessage(
                "key: expected an added accumulator, one of [a], got x",
                () -> evaluator.updateAccumulator("x", ignored, new NDList(logits())));
        assertMessage(
                "labels: expected whole values from 0 to 2 or the ignore label 255, got 9 at 105 of"
                        + " 105 pixels",
                () ->
                        evaluator.updateAccumulator(
                                "a",
                                new NDList(manager.full(new Shape(3, 5, 7), 9, DataType.INT32)),
                                new NDList(logits())));
        assertEquals(Optional.empty(), evaluator.getScore("a"));
        if (evaluator instanceof BoundaryIoU || evaluator instanceof HausdorffDistance) {
            assertMessage(
                    "predictions: expected images of height and width, got axes (35)",
                    () ->
                            evaluator.evaluate(
                                    new NDList(labels().reshape(3, 35)),
                                    new NDList(logits().reshape(3, 3, 35))));
        }
    }

    @Test
    void nothingIsLeftBehind() {
        NDList labels = new NDList(labels());
        NDList logits = new NDList(logits());
        int before = manager.getManagedArrays().size();
        for (Supplier<EvaluatorBuilder<?>> builder : builders()) {
            ScoreEvaluator<?> evaluator = build(builder.get().optIgnoreLabel(IGNORE));
            evaluator.addAccumulator("a");
            evaluator.updateAccumulator("a", labels, logits);
        }
        assertEquals(before, manager.getManagedArrays().size());
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
