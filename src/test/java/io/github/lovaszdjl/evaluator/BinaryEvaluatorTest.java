package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.evaluator.Evaluator;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Evaluators of networks of one score a label. */
class BinaryEvaluatorTest {

    // Values are doubles rounded to float once.
    private static final float EPSILON = 1e-6f;
    private static final int IGNORE = 255;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void valuesOfSixPixelsAreThoseComputedByHand() {
        // Foreground predicted 1 1 0 0 0 1 of 1 0 1 0 0 255: TP 1, FP 1, FN 1, TN 2.
        NDArray scores = manager.create(new float[] {3, 0.1f, -2, 0, -0.1f, 9}, new Shape(1, 2, 3));
        NDArray labels = manager.create(new int[] {1, 0, 1, 0, 0, IGNORE}, new Shape(1, 2, 3));
        MeanIoU iou =
                MeanIoU.builder()
                        .optBinary(true)
                        .optIgnoreLabel(IGNORE)
                        .optClassNames(List.of("sea", "land"))
                        .build();
        PixelAccuracy accuracy =
                PixelAccuracy.builder().optBinary(true).optIgnoreLabel(IGNORE).build();

        assertEquals((1f / 3 + 1f / 2) / 2, evaluate(iou, labels, scores), EPSILON);
        assertEquals(0.6f, evaluate(accuracy, labels, scores), EPSILON);
        update(iou, labels, scores);
        assertEquals((1f / 3 + 1f / 2) / 2, iou.getAccumulator("a"), EPSILON);
        assertEquals(Map.of("sea", 1f / 2, "land", 1f / 3), iou.getIou("a"));
        assertEquals("[2, 1]\n[1, 1]", iou.getConfusionMatrix("a").toString());
        assertEquals(1.0 / 3, iou.getConfusionMatrix("a").iou(1));
        assertEquals(1, iou.getConfusionMatrices("a").size());
    }

    // What brought the binary mode about: background where everything was taken for foreground.
    @Test
    void allForegroundOnBackgroundGivesZero() {
        NDArray scores = manager.ones(new Shape(2, 1, 3, 3));
        NDArray labels = manager.zeros(new Shape(2, 3, 3), DataType.INT32);
        assertEquals(0, evaluate(MeanIoU.builder().optBinary(true).build(), labels, scores));
        assertEquals(0, evaluate(PixelAccuracy.builder().optBinary(true).build(), labels, scores));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomInputEqualsTheDefinition(long seed) {
        Random random = new Random(seed);
        boolean multilabel = seed % 2 == 0;
        int images = 1 + random.nextInt(3);
        int channels = multilabel ? 1 + random.nextInt(4) : 1;
        int pixels = 1 + random.nextInt(300);
        // Few different values, so that some equal the threshold.
        float threshold = random.nextInt(5) - 2;
        int size = images * channels * pixels;
        int[] truth = random.ints(size, -1, 2).map(v -> v < 0 ? IGNORE : v).toArray();
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            scores[i] = random.nextInt(9) - 4;
        }
        double sum = 0;
        int present = 0;
        long right = 0;
        long valid = 0;
        for (int c = 0; c < channels; c++) {
            // Of foreground, and of background where that counts too.
            for (int of = multilabel ? 1 : 0; of < 2; of++) {
                long intersection = 0;
                long union = 0;
                for (int i = 0; i < size; i++) {
                    boolean here = i / pixels % channels == c && truth[i] != IGNORE;
                    int predicted = scores[i] > threshold ? 1 : 0;
                    intersection += here && truth[i] == of && predicted == of ? 1 : 0;
                    union += here && (truth[i] == of || predicted == of) ? 1 : 0;
                    right += here && of == 1 && truth[i] == predicted ? 1 : 0;
                    valid += here && of == 1 ? 1 : 0;
                }
                if (union > 0) {
                    sum += (double) intersection / union;
                    present++;
                }
            }
        }
        Shape shape = new Shape(images, channels, pixels);
        MeanIoU iou =
                MeanIoU.builder()
                        .optBinary(!multilabel)
                        .optMultilabel(multilabel)
                        .optThreshold(threshold)
                        .optIgnoreLabel(IGNORE)
                        .build();
        PixelAccuracy accuracy = PixelAccuracy.builder().optCountsOf(iou).build();
        NDArray labels = manager.create(truth, shape);
        for (DataType type : types()) {
            NDArray predictions = manager.create(scores, shape).toType(type, false);
            float expected = (float) (sum / present);
            assertEquals(expected, evaluate(iou, labels, predictions), EPSILON);
            update(iou, labels, predictions);
            assertEquals(expected, iou.getAccumulator("a"), EPSILON);
            assertEquals((float) right / valid, accuracy.getAccumulator("a"), EPSILON);
        }
    }

    private static List<DataType> types() {
        return Engines.isPyTorch()
                ? List.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64)
                : List.of(DataType.FLOAT32, DataType.FLOAT64);
    }

    @Test
    void channelsHaveIousOfTheirOwn() {
        // Channel 0: TP 1, FN 1. Channel 1: FP 2. Channel 2: no foreground, true or predicted.
        float[] scores = {1, -1, -1, 2, 2, -1, -1, -1, -1};
        int[] truth = {1, 1, 0, 0, 0, 0, 0, 0, 0};
        MeanIoU iou = MeanIoU.builder().optMultilabel(true).build();
        NDArray labels = manager.create(truth, new Shape(1, 3, 3));
        update(iou, labels, manager.create(scores, new Shape(1, 3, 3)));
        assertEquals(0.5f / 2, iou.getAccumulator("a"));
        assertEquals(Map.of("class 0", 0.5f, "class 1", 0f, "class 2", Float.NaN), iou.getIou("a"));
        assertEquals(
                List.of("[1, 0]\n[1, 1]", "[1, 2]\n[0, 0]", "[3, 0]\n[0, 0]"),
                iou.getConfusionMatrices("a").stream().map(ConfusionMatrix::toString).toList());
        assertEquals("[5, 2]\n[1, 1]", iou.getConfusionMatrix("a").toString());
        // The third channel has no foreground to be right or wrong about.
        assertEquals(
                (1f + 0) / 2, ClassScore.precision().optCountsOf(iou).build().getAccumulator("a"));
        ClassScore recall = ClassScore.recall().optMultilabel(true).optClass(0).build();
        update(recall, labels, manager.create(scores, new Shape(1, 3, 3)));
        assertEquals(0.5f, recall.getAccumulator("a"));
        PixelAccuracy accuracy = PixelAccuracy.builder().optMultilabel(true).build();
        update(accuracy, labels, manager.create(scores, new Shape(1, 3, 3)));
        assertEquals(6f / 9, accuracy.getAccumulator("a"), EPSILON);
    }

    @Test
    void oneChannelOfManyIsForegroundOfBinary() {
        NDArray scores = manager.create(new float[] {1, -1, 1, -1}, new Shape(1, 1, 4));
        NDArray labels = manager.create(new int[] {1, 1, 0, 0}, new Shape(1, 1, 4));
        MeanIoU binary = MeanIoU.builder().optBinary(true).build();
        MeanIoU multilabel = MeanIoU.builder().optMultilabel(true).build();
        update(binary, labels, scores);
        update(multilabel, labels, scores);
        assertEquals(
                binary.getConfusionMatrix("a").toString(),
                multilabel.getConfusionMatrix("a").toString());
        assertEquals((float) binary.getConfusionMatrix("a").iou(1), multilabel.getAccumulator("a"));
        // One of two predicted is right, and one of two true is found.
        ClassScore f1 = ClassScore.f1().optBinary(true).build();
        update(f1, labels, scores);
        assertEquals(0.5f, f1.getAccumulator("a"));
        assertEquals(0.5f, ClassScore.precision().optCountsOf(binary).build().getAccumulator("a"));
    }

    // 2 ulp of FLOAT16 apart, so that every type holds the three scores.
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT16", "FLOAT32", "FLOAT64"})
    void scoreEqualToTheThresholdIsBackground(DataType type) {
        float[] scores = {0.5f, 0.5f + 1f / 1024, 0.5f - 1f / 1024};
        NDArray labels = manager.create(new int[] {0, 1, 0}, new Shape(1, 3));
        NDArray predictions = manager.create(scores, new Shape(1, 3)).toType(type, false);
        PixelAccuracy half = PixelAccuracy.builder().optBinary(true).optThreshold(0.5f).build();
        assertEquals(1f, evaluate(half, labels, predictions));
        PixelAccuracy zero = PixelAccuracy.builder().optBinary(true).build();
        NDArray shifted = predictions.sub(predictions.get(":, :1"));
        assertEquals(1f, evaluate(zero, labels, shifted));
    }

    @Test
    void scoresTooSmallForFloatAreAboveZero() {
        NDArray scores = manager.create(new double[] {1e-60, -1e-60, -0.0}, new Shape(1, 3));
        NDArray labels = manager.create(new int[] {1, 0, 0}, new Shape(1, 3));
        assertEquals(1f, evaluate(PixelAccuracy.builder().optBinary(true).build(), labels, scores));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT16", "FLOAT32", "FLOAT64"})
    void nanIsForeground(DataType type) {
        float[] scores = {
            Float.NaN, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN
        };
        NDArray labels = manager.create(new int[] {1, 0, 1, 0, IGNORE}, new Shape(1, 5));
        NDArray predictions = manager.create(scores, new Shape(1, 5)).toType(type, false);
        MeanIoU iou = MeanIoU.builder().optBinary(true).optIgnoreLabel(IGNORE).build();
        update(iou, labels, predictions);
        assertEquals("[1, 1]\n[0, 2]", iou.getConfusionMatrix("a").toString());
    }

    @Test
    void shapesAreThoseOfTheHinge() {
        float[] values = {1, -1, 2, 3, -4, -1, 1, 1};
        int[] truth = {1, 0, 0, 1, 0, 1, 1, 0};
        Shape bare = new Shape(2, 2, 2);
        Shape singleton = new Shape(2, 1, 2, 2);
        Shape[] shapes = {bare, singleton};
        MeanIoU iou = MeanIoU.builder().optBinary(true).build();
        LovaszHingeLoss hinge = new LovaszHingeLoss();
        for (Shape scores : shapes) {
            for (Shape labels : shapes) {
                NDArray s = manager.create(values, scores);
                NDArray l = manager.create(truth, labels);
                // TP 3, FP 2, FN 1, TN 2.
                assertEquals((3f / 6 + 2f / 5) / 2, evaluate(iou, l, s), EPSILON);
                assertTrue(hinge.evaluate(list(l), list(s)).getFloat() > 0);
            }
        }
        NDArray flat = manager.create(values, new Shape(8));
        NDArray bools = manager.create(truth, new Shape(8)).toType(DataType.BOOLEAN, false);
        assertEquals((3f / 6 + 2f / 5) / 2, evaluate(iou, bools, flat), EPSILON);
    }

    @Test
    void badInputIsRefusedAndNothingCounted() {
        MeanIoU binary = MeanIoU.builder().optBinary(true).build();
        MeanIoU multilabel =
                MeanIoU.builder().optMultilabel(true).optClassNames(List.of("x", "y")).build();
        binary.addAccumulator("a");
        multilabel.addAccumulator("a");
        assertRefused(
                binary,
                zeros(2, 4),
                zeros(2, 1, 5),
                "labels: expected (2, 5) or (2, 1, 5) to match predictions (2, 1, 5), got (2, 4)");
        assertRefused(
                binary,
                zeros(2, 4),
                zeros(2, 2, 4),
                "labels: expected (2, 2, 4) to match predictions (2, 2, 4), got (2, 4)");
        assertRefused(
                binary,
                manager.create(new int[] {0, 1, 2, 2}, new Shape(1, 4)),
                zeros(1, 4),
                "labels: expected whole values from 0 to 1 (no ignore label is set), got 2 at 2 of"
                        + " 4 pixels");
        assertRefused(
                binary,
                zeros(1, 4),
                zeros(1, 4).toType(DataType.INT32, false),
                "predictions: expected type FLOAT16, FLOAT32 or FLOAT64, got int32");
        assertRefused(
                multilabel,
                zeros(2, 4),
                zeros(2, 1, 4),
                "labels: expected (2, 1, 4) to match predictions (2, 1, 4), got (2, 4)");
        assertRefused(
                multilabel,
                zeros(4),
                zeros(4),
                "predictions: expected (N, C, d1, ..., dk), got (4)");
        assertRefused(
                multilabel,
                zeros(2, 3, 4),
                zeros(2, 3, 4),
                "predictions: expected 2 channels as named [x, y], got 3");
        assertEquals(List.of(), binary.getConfusionMatrices("a"));
        assertEquals(List.of(), multilabel.getConfusionMatrices("a"));
        MeanIoU unnamed = MeanIoU.builder().optMultilabel(true).build();
        update(unnamed, zeros(2, 2, 4), zeros(2, 2, 4));
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        unnamed.updateAccumulator(
                                                "a", list(zeros(2, 3, 4)), list(zeros(2, 3, 4))))
                        .getMessage();
        assertEquals("predictions: expected 2 channels as in the batches before, got 3", message);
    }

    @Test
    void badSettingsAreRefused() {
        assertMessage(
                "threshold: expected optBinary(true) or optMultilabel(true) beside it, got 0.5"
                        + " without",
                () -> MeanIoU.builder().optThreshold(0.5f).build());
        for (float threshold : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            assertMessage(
                    "threshold: expected a finite number, got " + threshold,
                    () -> PixelAccuracy.builder().optThreshold(threshold));
        }
        assertMessage(
                "classAxis: expected none beside optBinary(true) or optMultilabel(true), got 1",
                () -> MeanIoU.builder().optBinary(true).optClassAxis(1).build());
        assertMessage(
                "classNames: expected those of background and foreground, got [lake]",
                () -> MeanIoU.builder().optBinary(true).optClassNames(List.of("lake")).build());
        assertMessage(
                "countsOf: expected no option beside it that says how to count, got {binary=true,"
                        + " threshold=0.5}",
                () ->
                        PixelAccuracy.builder()
                                .optBinary(true)
                                .optThreshold(0.5f)
                                .optCountsOf(MeanIoU.builder().build())
                                .build());
    }

    @Test
    void nothingValidGivesNanAndNoArrayIsLeftBehind() {
        MeanIoU iou = MeanIoU.builder().optMultilabel(true).optIgnoreLabel(0).build();
        NDArray labels = zeros(2, 2, 4);
        for (DataType type : types()) {
            NDArray scores = zeros(2, 2, 4).toType(type, true);
            int before = manager.getManagedArrays().size();
            update(iou, labels, scores);
            assertEquals(Float.NaN, iou.getAccumulator("a"));
            assertEquals(before, manager.getManagedArrays().size());
        }
        NDArray none = manager.create(new Shape(0, 2, 4));
        update(iou, none, none);
        assertEquals(Float.NaN, iou.getAccumulator("a"));
    }

    @Test
    void viewsWhoseMemoryIsInAnotherOrderGiveTheSame() {
        int[] truth = IntStream.range(0, 60).map(i -> i % 7 % 2).toArray();
        float[] values = new float[60];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 37 % 11 - 5;
        }
        NDArray labels = manager.create(truth, new Shape(3, 4, 5));
        NDArray scores = manager.create(values, new Shape(3, 4, 5));
        MeanIoU iou = MeanIoU.builder().optMultilabel(true).build();
        float expected = evaluate(iou, labels, scores);
        NDArray view = scores.transpose(1, 0, 2).duplicate().transpose(1, 0, 2);
        assertEquals(expected, evaluate(iou, labels, view));
    }

    private NDArray zeros(long... shape) {
        return manager.zeros(new Shape(shape));
    }

    private static NDList list(NDArray array) {
        return new NDList(array);
    }

    private static float evaluate(Evaluator evaluator, NDArray labels, NDArray predictions) {
        return evaluator.evaluate(list(labels), list(predictions)).getFloat();
    }

    private static void update(Evaluator evaluator, NDArray labels, NDArray predictions) {
        evaluator.addAccumulator("a");
        evaluator.updateAccumulator("a", list(labels), list(predictions));
    }

    private static void assertRefused(
            Evaluator evaluator, NDArray labels, NDArray predictions, String message) {
        assertMessage(
                message, () -> evaluator.updateAccumulator("a", list(labels), list(predictions)));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
