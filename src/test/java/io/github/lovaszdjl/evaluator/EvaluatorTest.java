package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.evaluator.Evaluator;
import java.util.LinkedHashMap;
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

class EvaluatorTest {

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
        // Predicted 0 0 1 1 2 2 against 0 1 1 1 0 255: IoU 1/3, 2/3, 0, and 3 of 5 right.
        NDArray predictions = hard(new int[] {0, 0, 1, 1, 2, 2}, 3, new Shape(1, 2, 3));
        NDArray labels = manager.create(new int[] {0, 1, 1, 1, 0, IGNORE}, new Shape(1, 2, 3));
        MeanIoU iou =
                MeanIoU.builder()
                        .optIgnoreLabel(IGNORE)
                        .optClassNames(List.of("sea", "land", "ice"))
                        .build();
        PixelAccuracy accuracy = PixelAccuracy.builder().optIgnoreLabel(IGNORE).build();

        assertEquals(1f / 3, evaluate(iou, labels, predictions), EPSILON);
        assertEquals(0.6f, evaluate(accuracy, labels, predictions), EPSILON);
        update(iou, labels, predictions);
        update(accuracy, labels, predictions);
        assertEquals(1f / 3, iou.getAccumulator("a"), EPSILON);
        assertEquals(0.6f, accuracy.getAccumulator("a"), EPSILON);
        Map<String, Float> classes = iou.getIou("a");
        assertEquals(List.of("sea", "land", "ice"), List.copyOf(classes.keySet()));
        assertEquals(1f / 3, classes.get("sea"), EPSILON);
        assertEquals(2f / 3, classes.get("land"), EPSILON);
        assertEquals(0f, classes.get("ice"));
        assertEquals("[1, 0, 1]\n[1, 2, 0]\n[0, 0, 0]", iou.getConfusionMatrix("a").toString());
    }

    @Test
    void scoresOfSixPixelsAreThoseComputedByHand() {
        // As above: TP 1 2 0, FP 1 0 1, FN 1 1 0 of the classes 0, 1 and 2.
        NDArray predictions = hard(new int[] {0, 0, 1, 1, 2, 2}, 3, new Shape(1, 2, 3));
        NDArray labels = manager.create(new int[] {0, 1, 1, 1, 0, IGNORE}, new Shape(1, 2, 3));
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        update(iou, labels, predictions);
        Map<ClassScore.Builder, float[]> expected = new LinkedHashMap<>();
        expected.put(ClassScore.precision(), new float[] {1f / 2, 1, 0, 1.5f / 3});
        // Class 2 is in no label and has no recall.
        expected.put(ClassScore.recall(), new float[] {1f / 2, 2f / 3, Float.NaN, 3.5f / 6});
        expected.put(ClassScore.f1(), new float[] {1f / 2, 4f / 5, 0, 1.3f / 3});
        expected.forEach(
                (builder, values) -> {
                    ClassScore mean = builder.optCountsOf(iou).build();
                    assertEquals(values[3], mean.getAccumulator("a"), EPSILON, mean.getName());
                    for (int c = 0; c < 3; c++) {
                        ClassScore one = builder.optClass(c).build();
                        assertEquals(values[c], one.getAccumulator("a"), EPSILON, mean.getName());
                    }
                });
        assertEquals(
                List.of("Precision", "Recall", "F1"),
                expected.keySet().stream().map(builder -> builder.build().getName()).toList());
        ClassScore own = ClassScore.recall().optIgnoreLabel(IGNORE).optClass(1).build();
        assertEquals(2f / 3, evaluate(own, labels, predictions), EPSILON);
        own.addAccumulator("empty");
        assertEquals(Float.NaN, own.getAccumulator("empty"));
        ClassScore fourth = ClassScore.f1().optIgnoreLabel(IGNORE).optClass(3).build();
        assertEquals(
                "predictions: expected more than 3 classes as class 3 is to be scored, got 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> evaluate(fourth, labels, predictions))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> ClassScore.f1().optClass(-1));
        ClassScore.Builder both = ClassScore.f1().optCountsOf(iou).optIgnoreLabel(IGNORE);
        assertThrows(IllegalArgumentException.class, both::build);
    }

    // The large plane is compared in Java, the others by the engine.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomInputEqualsTheDefinition(long seed) {
        Random random = new Random(seed);
        int classes = 2 + random.nextInt(5);
        int height = seed % 2 == 0 ? 3 : 61;
        int width = seed % 2 == 0 ? 4 : 71;
        Shape shape = new Shape(2, height, width);
        int[] truth = random.ints(shape.size(), -1, classes).map(v -> v < 0 ? IGNORE : v).toArray();
        float[] scores = new float[2 * classes * height * width];
        for (int i = 0; i < scores.length; i++) {
            // Few different values, so that ties occur.
            scores[i] = random.nextInt(8) - 4;
        }
        NDArray labels = manager.create(truth, shape);
        NDArray predictions = manager.create(scores, new Shape(2, classes, height, width));

        int plane = height * width;
        double sum = 0;
        int present = 0;
        long right = 0;
        long valid = 0;
        for (int c = 0; c < classes; c++) {
            long intersection = 0;
            long union = 0;
            for (int i = 0; i < truth.length; i++) {
                int n = i / plane;
                int p = 0;
                for (int k = 0; k < classes; k++) {
                    if (scores[(n * classes + k) * plane + i % plane]
                            > scores[(n * classes + p) * plane + i % plane]) {
                        p = k;
                    }
                }
                if (truth[i] != IGNORE) {
                    intersection += truth[i] == c && p == c ? 1 : 0;
                    union += truth[i] == c || p == c ? 1 : 0;
                    valid += c == 0 ? 1 : 0;
                }
            }
            right += intersection;
            if (union > 0) {
                sum += (double) intersection / union;
                present++;
            }
        }
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        PixelAccuracy accuracy = PixelAccuracy.builder().optIgnoreLabel(IGNORE).build();
        assertEquals((float) (sum / present), evaluate(iou, labels, predictions), EPSILON);
        assertEquals((float) right / valid, evaluate(accuracy, labels, predictions), EPSILON);
    }

    @Test
    void perfectPredictionGivesOne() {
        int[] classes = {0, 1, 2, 2, 1, 0, 0, 1};
        NDArray labels = manager.create(classes, new Shape(2, 4));
        NDArray predictions = hard(classes, 3, new Shape(2, 4));
        assertEquals(1f, evaluate(MeanIoU.builder().build(), labels, predictions));
        assertEquals(1f, evaluate(PixelAccuracy.builder().build(), labels, predictions));
    }

    @Test
    void allWrongGivesZero() {
        NDArray labels = manager.create(new int[] {0, 1, 2, 0}, new Shape(1, 4));
        NDArray predictions = hard(new int[] {1, 2, 0, 2}, 3, new Shape(1, 4));
        assertEquals(0f, evaluate(MeanIoU.builder().build(), labels, predictions));
        assertEquals(0f, evaluate(PixelAccuracy.builder().build(), labels, predictions));
    }

    @Test
    void absentClassIsNeitherZeroNorOne() {
        NDArray labels = manager.create(new int[] {0, 0, 3, 3}, new Shape(1, 4));
        NDArray predictions = hard(new int[] {0, 0, 0, 3}, 4, new Shape(1, 4));
        MeanIoU iou = MeanIoU.builder().build();
        update(iou, labels, predictions);
        assertEquals((2f / 3 + 1f / 2) / 2, iou.getAccumulator("a"), EPSILON);
        assertEquals(
                List.of("class 0", "class 1", "class 2", "class 3"),
                List.copyOf(iou.getIou("a").keySet()));
        assertTrue(iou.getIou("a").get("class 1").isNaN());
        assertEquals(0.5f, iou.getIou("a").get("class 3"), EPSILON);
    }

    @Test
    void ignoredPixelsChangeNothing() {
        int[] truth = {0, 1, IGNORE, IGNORE};
        NDArray labels = manager.create(truth, new Shape(1, 4));
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        for (int a = 0; a < 2; a++) {
            NDArray predictions = hard(new int[] {0, 0, a, 1 - a}, 2, new Shape(1, 4));
            assertEquals(0.25f, evaluate(iou, labels, predictions), EPSILON);
        }
    }

    @Test
    void aClassCanBeTheIgnoredLabel() {
        NDArray labels = manager.create(new int[] {0, 0, 1, 1}, new Shape(1, 4));
        NDArray predictions = hard(new int[] {1, 1, 1, 0}, 2, new Shape(1, 4));
        PixelAccuracy accuracy = PixelAccuracy.builder().optIgnoreLabel(0).build();
        assertEquals(0.5f, evaluate(accuracy, labels, predictions));
    }

    @Test
    void twoBatchesEqualOneConcatenatedBatch() {
        NDArray labels = randomLabels(new Shape(4, 5, 6), 3);
        NDArray predictions = randomScores(new Shape(4, 3, 5, 6));
        MeanIoU parts = MeanIoU.builder().build();
        MeanIoU whole = MeanIoU.builder().build();
        update(whole, labels, predictions);
        parts.addAccumulator("a");
        parts.updateAccumulator("a", list(labels.get(":1")), list(predictions.get(":1")));
        parts.updateAccumulator("a", list(labels.get("1:")), list(predictions.get("1:")));
        assertEquals(
                whole.getConfusionMatrix("a").toString(), parts.getConfusionMatrix("a").toString());
        assertEquals(whole.getAccumulator("a"), parts.getAccumulator("a"));
    }

    @Test
    void valueOfAPassIsNotTheMeanOfItsBatches() {
        // Batches of IoU 1 and 1/2 on their own; 4/5 of class 0 together.
        MeanIoU iou = MeanIoU.builder().build();
        iou.addAccumulator("a");
        iou.updateAccumulator(
                "a",
                list(manager.zeros(new Shape(1, 3), DataType.INT64)),
                list(hard(new int[] {0, 0, 0}, 2, new Shape(1, 3))));
        iou.updateAccumulator(
                "a",
                list(manager.zeros(new Shape(1, 2), DataType.INT64)),
                list(hard(new int[] {0, 1}, 2, new Shape(1, 2))));
        assertEquals(0.8f / 2, iou.getAccumulator("a"), EPSILON);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, -1, -2, -3})
    void classAxisIsAnyButTheFirst(int classAxis) {
        NDArray labels = randomLabels(new Shape(2, 50, 60), 3);
        NDArray planes = randomScores(new Shape(2, 3, 50, 60));
        int axis = classAxis < 0 ? classAxis + 4 : classAxis;
        NDArray predictions =
                axis == 1
                        ? planes
                        : axis == 2 ? planes.transpose(0, 2, 1, 3) : planes.transpose(0, 2, 3, 1);
        float expected = evaluate(MeanIoU.builder().build(), labels, planes);
        MeanIoU iou = MeanIoU.builder().optClassAxis(classAxis).build();
        assertEquals(expected, evaluate(iou, labels, predictions));
        assertEquals(expected, evaluate(iou, labels.expandDims(axis), predictions));
        PixelAccuracy accuracy = PixelAccuracy.builder().optClassAxis(classAxis).build();
        assertEquals(
                evaluate(PixelAccuracy.builder().build(), labels, planes),
                evaluate(accuracy, labels, predictions));
    }

    @Test
    void layoutOfLargePlanesChangesNothing() {
        NDArray labels = randomLabels(new Shape(2, 3, 2100), 4);
        NDArray planes = randomScores(new Shape(2, 4, 3, 2100));
        float expected = evaluate(MeanIoU.builder().build(), labels, planes);
        NDArray swapped = planes.transpose(0, 2, 1, 3).duplicate();
        MeanIoU iou = MeanIoU.builder().optClassAxis(2).build();
        assertEquals(expected, evaluate(iou, labels, swapped));
        // A view whose memory is in another order than its axes.
        NDArray view = planes.transpose(1, 0, 2, 3).duplicate().transpose(1, 0, 2, 3);
        assertEquals(expected, evaluate(MeanIoU.builder().build(), labels, view));
        // The engine has no say where the type is FLOAT32, and all of it where it is FLOAT64.
        NDArray doubles = planes.toType(DataType.FLOAT64, false);
        assertEquals(expected, evaluate(MeanIoU.builder().build(), labels, doubles));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void anyNumberOfSpatialAxesGivesTheSameValue(int axes) {
        int[] truth = {0, 1, 2, 0, 1, 2, 0, 0};
        int[] predicted = {0, 1, 1, 0, 2, 2, 0, 1};
        Shape[] shapes = {new Shape(8), new Shape(2, 4), new Shape(1, 2, 4), new Shape(1, 2, 2, 2)};
        NDArray labels = manager.create(truth, shapes[axes]);
        NDArray predictions = hard(predicted, 3, shapes[axes]);
        MeanIoU iou = MeanIoU.builder().build();
        float expected = (3f / 4 + 1f / 4 + 1f / 3) / 3;
        assertEquals(expected, evaluate(iou, labels, predictions), EPSILON);
        assertEquals(expected, evaluate(iou, labels.expandDims(1), predictions), EPSILON);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"UINT8", "INT8", "INT32", "INT64", "FLOAT32", "FLOAT64"})
    void typeOfLabelsChangesNothing(DataType type) {
        int[] truth = {0, 1, 2, 100};
        NDArray labels = manager.create(truth, new Shape(1, 4)).toType(type, false);
        NDArray predictions = hard(new int[] {0, 1, 1, 0}, 3, new Shape(1, 4));
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(100).build();
        assertEquals(0.5f, evaluate(iou, labels, predictions), EPSILON);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT16", "FLOAT32", "FLOAT64"})
    void typeOfPredictionsChangesNothing(DataType type) {
        NDArray labels = randomLabels(new Shape(1, 50, 60), 3);
        NDArray predictions = randomScores(new Shape(1, 3, 50, 60)).toType(DataType.FLOAT16, false);
        MeanIoU iou = MeanIoU.builder().build();
        assertEquals(
                evaluate(iou, labels, predictions),
                evaluate(iou, labels, predictions.toType(type, false)));
    }

    @Test
    void logitsAndProbabilitiesGiveTheSameValue() {
        NDArray labels = randomLabels(new Shape(2, 7, 5), 4);
        NDArray logits = randomScores(new Shape(2, 4, 7, 5));
        MeanIoU iou = MeanIoU.builder().build();
        assertEquals(evaluate(iou, labels, logits), evaluate(iou, labels, logits.softmax(1)));
    }

    // 70 columns are compared by the engine, 7,000 in Java.
    @ParameterizedTest
    @ValueSource(ints = {70, 7000})
    void firstNanIsTheClassAndFirstOfEqualValues(int columns) {
        float nan = Float.NaN;
        float infinity = Float.POSITIVE_INFINITY;
        float[][] pixels = {
            {nan, 1, 2},
            {1, nan, 2},
            {1, nan, nan},
            {nan, nan, nan},
            {1, 2, infinity},
            {-infinity, -infinity, -infinity},
            {0, 5, 5}
        };
        int[] expected = {0, 1, 1, 0, 2, 0, 1};
        float[] scores = new float[3 * columns];
        for (int i = 0; i < columns; i++) {
            for (int c = 0; c < 3; c++) {
                scores[c * columns + i] = pixels[i % 7][c];
            }
        }
        int[] truth = IntStream.range(0, columns).map(i -> expected[i % 7]).toArray();
        NDArray predictions = manager.create(scores, new Shape(1, 3, columns));
        NDArray labels = manager.create(truth, new Shape(1, columns));
        assertEquals(1f, evaluate(PixelAccuracy.builder().build(), labels, predictions));
    }

    @Test
    void nothingValidGivesNan() {
        NDArray labels = manager.full(new Shape(1, 4), IGNORE, DataType.INT32);
        NDArray predictions = randomScores(new Shape(1, 3, 4));
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        PixelAccuracy accuracy = PixelAccuracy.builder().optIgnoreLabel(IGNORE).build();
        assertEquals(Float.NaN, evaluate(iou, labels, predictions));
        assertEquals(Float.NaN, evaluate(accuracy, labels, predictions));
        update(iou, labels, predictions);
        assertEquals(Float.NaN, iou.getAccumulator("a"));
        assertEquals(3, iou.getIou("a").size());
    }

    @Test
    void emptyBatchCountsNothing() {
        MeanIoU iou = MeanIoU.builder().build();
        NDArray labels = manager.create(new Shape(0, 4), DataType.INT32);
        NDArray predictions = manager.create(new Shape(0, 3, 4));
        update(iou, labels, predictions);
        assertEquals(Float.NaN, iou.getAccumulator("a"));
    }

    @Test
    void emptyAccumulatorGivesNan() {
        MeanIoU iou = MeanIoU.builder().build();
        PixelAccuracy accuracy = PixelAccuracy.builder().build();
        MeanIoU named = MeanIoU.builder().optClassNames(List.of("a", "b")).build();
        for (Evaluator evaluator : List.of(iou, accuracy, named)) {
            evaluator.addAccumulator("a");
            assertEquals(Float.NaN, evaluator.getAccumulator("a"));
        }
        assertEquals(0, iou.getConfusionMatrix("a").classes());
        assertEquals(Map.of(), iou.getIou("a"));
        assertEquals(Map.of("a", Float.NaN, "b", Float.NaN), named.getIou("a"));
    }

    @Test
    void accumulatorsAreIndependentAndReset() {
        NDArray labels = manager.create(new int[] {0, 1}, new Shape(1, 2));
        NDArray right = hard(new int[] {0, 1}, 2, new Shape(1, 2));
        NDArray wrong = hard(new int[] {1, 0}, 2, new Shape(1, 2));
        MeanIoU iou = MeanIoU.builder().build();
        List.of("a", "b", "c").forEach(iou::addAccumulator);
        iou.updateAccumulators(new String[] {"a", "b"}, list(labels), list(right));
        iou.updateAccumulators(new String[] {"b", "c"}, list(labels), list(wrong));
        assertEquals(1f, iou.getAccumulator("a"));
        assertEquals(1f / 3, iou.getAccumulator("b"), EPSILON);
        assertEquals(0f, iou.getAccumulator("c"));
        iou.resetAccumulator("b");
        assertEquals(Float.NaN, iou.getAccumulator("b"));
        assertEquals(1f, iou.getAccumulator("a"));
        iou.updateAccumulator("b", list(labels), list(right));
        assertEquals(1f, iou.getAccumulator("b"));
    }

    @Test
    void returnedMatrixIsACopy() {
        MeanIoU iou = MeanIoU.builder().build();
        NDArray labels = manager.create(new int[] {0, 1}, new Shape(1, 2));
        update(iou, labels, hard(new int[] {0, 1}, 2, new Shape(1, 2)));
        iou.getConfusionMatrix("a").add(0, 1);
        assertEquals(1f, iou.getAccumulator("a"));
    }

    @Test
    void followerReadsTheCountsOfTheOther() {
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        PixelAccuracy accuracy = PixelAccuracy.builder().optCountsOf(iou).build();
        NDArray labels = manager.create(new int[] {0, 1, 1, IGNORE}, new Shape(1, 4));
        NDArray predictions = hard(new int[] {0, 1, 0, 0}, 2, new Shape(1, 4));
        // In either order, once each: were the follower to count as well, there would be 12 pixels.
        for (List<? extends Evaluator> order :
                List.of(List.of(iou, accuracy), List.of(accuracy, iou))) {
            order.forEach(e -> e.addAccumulator("a"));
            order.forEach(e -> e.addAccumulator("b"));
            for (int i = 0; i < 2; i++) {
                for (Evaluator e : order) {
                    e.updateAccumulators(new String[] {"a", "b"}, list(labels), list(predictions));
                }
            }
            order.forEach(e -> e.resetAccumulator("b"));
            assertEquals(6, iou.getConfusionMatrix("a").total());
            assertEquals(2f / 3, accuracy.getAccumulator("a"), EPSILON);
            assertEquals(Float.NaN, accuracy.getAccumulator("b"));
            assertEquals(6, accuracy.getConfusionMatrix("a").total());
        }
        assertEquals(2f / 3, evaluate(accuracy, labels, predictions), EPSILON);
    }

    @Test
    void followerDoesNotTouchTheBatch() {
        PixelAccuracy accuracy =
                PixelAccuracy.builder().optCountsOf(MeanIoU.builder().build()).build();
        NDArray closed = manager.create(1f);
        closed.close();
        accuracy.updateAccumulator("a", list(closed), list(closed));
        assertMessage(
                "key: expected an added accumulator, one of [], got a",
                () -> accuracy.getAccumulator("a"));
    }

    @Test
    void noArrayIsLeftBehind() {
        NDArray labels = randomLabels(new Shape(2, 50, 60), 3).toType(DataType.FLOAT32, false);
        NDArray planes = randomScores(new Shape(2, 3, 50, 60));
        NDArray last = planes.transpose(0, 2, 3, 1);
        NDArray middle = planes.transpose(0, 2, 1, 3);
        int before = manager.getManagedArrays().size();
        NDArray[] predictions = {planes, middle, last};
        for (int axis = 1; axis <= 3; axis++) {
            MeanIoU iou = MeanIoU.builder().optClassAxis(axis).build();
            update(iou, labels, predictions[axis - 1]);
            assertEquals(before, manager.getManagedArrays().size());
            NDArray value = iou.evaluate(list(labels), list(predictions[axis - 1]));
            assertEquals(before + 1, manager.getManagedArrays().size());
            assertEquals(new Shape(), value.getShape());
            value.close();
        }
        MeanIoU iou = MeanIoU.builder().build();
        NDArray far = manager.full(labels.getShape(), 3f);
        assertThrows(IllegalArgumentException.class, () -> iou.evaluate(list(far), list(planes)));
        assertEquals(before + 1, manager.getManagedArrays().size());
    }

    @Test
    void unknownKeyIsRefusedAndNothingCounted() {
        MeanIoU iou = MeanIoU.builder().build();
        iou.addAccumulator("a");
        String message = "key: expected an added accumulator, one of [a], got b";
        assertMessage(message, () -> iou.getAccumulator("b"));
        assertMessage(message, () -> iou.getConfusionMatrix("b"));
        assertMessage(message, () -> iou.getIou("b"));
        assertMessage(message, () -> iou.resetAccumulator("b"));
        NDArray labels = manager.create(new int[] {0, 1}, new Shape(1, 2));
        NDArray predictions = randomScores(new Shape(1, 2, 2));
        String[] keys = {"a", "b"};
        assertMessage(message, () -> iou.updateAccumulators(keys, list(labels), list(predictions)));
        assertEquals(0, iou.getConfusionMatrix("a").total());
    }

    @Test
    void numberOfClassesIsThatOfNamesAndOfEarlierBatches() {
        NDArray labels = manager.zeros(new Shape(1, 2), DataType.INT32);
        NDArray two = randomScores(new Shape(1, 2, 2));
        NDArray three = randomScores(new Shape(1, 3, 2));
        MeanIoU iou = MeanIoU.builder().build();
        update(iou, labels, two);
        assertMessage(
                "predictions: expected 2 classes as in the batches before, got 3",
                () -> iou.updateAccumulator("a", list(labels), list(three)));
        MeanIoU named = MeanIoU.builder().optClassNames(List.of("x", "y")).build();
        assertMessage(
                "predictions: expected 2 classes as named [x, y], got 3",
                () -> named.evaluate(list(labels), list(three)));
    }

    // Of one channel the largest score is always that one, right or wrong.
    @Test
    void oneChannelIsRefusedUnlessBinary() {
        String message =
                "predictions: expected at least two classes on axis %d, got %s; for one score a"
                        + " pixel set optBinary(true), or optMultilabel(true) if every channel has"
                        + " labels of its own";
        MeanIoU last = MeanIoU.builder().optClassAxis(-1).build();
        for (int label = 0; label < 2; label++) {
            NDArray labels = manager.full(new Shape(2, 4), label, DataType.INT32);
            NDArray first = randomScores(new Shape(2, 1, 4));
            for (Evaluator e :
                    List.of(MeanIoU.builder().build(), PixelAccuracy.builder().build())) {
                assertMessage(message.formatted(1, "(2, 1, 4)"), () -> evaluate(e, labels, first));
            }
            NDArray moved = randomScores(new Shape(2, 4, 1));
            assertMessage(message.formatted(2, "(2, 4, 1)"), () -> evaluate(last, labels, moved));
        }
        NDArray scores = randomScores(new Shape(2, 3, 4));
        NDArray labels = manager.zeros(new Shape(2, 3, 4), DataType.INT32);
        assertMessage(
                "labels: expected one for all classes on axis 1 of predictions (2, 3, 4), got (2,"
                        + " 3, 4); for one score a label set optBinary(true), or"
                        + " optMultilabel(true) if every channel has labels of its own",
                () -> evaluate(MeanIoU.builder().build(), labels, scores));
    }

    @Test
    void badShapesAndLabelsAreRefused() {
        MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORE).build();
        NDArray predictions = randomScores(new Shape(2, 3, 4, 4));
        for (Shape shape :
                List.of(
                        new Shape(2, 4, 5),
                        new Shape(2, 4),
                        new Shape(2, 3, 4, 4),
                        new Shape(2, 4, 4, 1),
                        new Shape(2, 1, 1, 4, 4))) {
            NDArray labels = manager.zeros(shape, DataType.INT32);
            assertMentions(iou, labels, predictions, "labels", shape.toString(), "(2, 3, 4, 4)");
        }
        NDArray labels = manager.zeros(new Shape(2, 4, 4), DataType.FLOAT32);
        labels.set(new NDIndex("0, 0, :3"), 3f);
        assertMentions(iou, labels, predictions, "labels", "0", "2", "3");
        labels.set(new NDIndex("0, 0, :3"), -1f);
        assertMentions(iou, labels, predictions, "labels", "-1", "3");
        labels.set(new NDIndex("0, 0, :3"), 0.5f);
        assertMentions(iou, labels, predictions, "labels", "0.5", "3");
        NDArray flat = manager.zeros(new Shape(2), DataType.INT32);
        assertMessage(
                "predictions: expected (N, ...) with classes on axis 1, got (2)",
                () -> iou.evaluate(list(flat), list(flat)));
        MeanIoU far = MeanIoU.builder().optClassAxis(-3).build();
        assertMessage(
                "predictions: expected (N, ...) with classes on axis -3, got (2, 3, 4)",
                () -> far.evaluate(list(flat), list(predictions.get(":, :, 0"))));
    }

    @Test
    void badSettingsAreRefused() {
        String axis = "classAxis: expected any axis but 0, the axis of the batch, got 0";
        assertMessage(axis, () -> MeanIoU.builder().optClassAxis(0).build());
        assertMessage(axis, () -> PixelAccuracy.builder().optClassAxis(0).build());
        assertMessage(
                "classNames: expected different names, got [a, a]",
                () -> MeanIoU.builder().optClassNames(List.of("a", "a")));
        assertMessage(
                "countsOf: expected no option beside it that says how to count, got {classAxis=2}",
                () ->
                        PixelAccuracy.builder()
                                .optClassAxis(2)
                                .optCountsOf(MeanIoU.builder().build())
                                .build());
    }

    @Test
    void nameIsThatOfTheBuilder() {
        assertEquals("MeanIoU", MeanIoU.builder().build().getName());
        assertEquals("PixelAccuracy", PixelAccuracy.builder().build().getName());
        assertEquals("m", MeanIoU.builder().optName("m").build().getName());
        assertEquals("p", PixelAccuracy.builder().optName("p").build().getName());
    }

    /** Scores of which the given class is the largest, the classes on axis 1. */
    private NDArray hard(int[] classes, int count, Shape labels) {
        int batch = (int) labels.get(0);
        int plane = classes.length / batch;
        float[] scores = new float[classes.length * count];
        for (int i = 0; i < classes.length; i++) {
            scores[(i / plane * count + classes[i]) * plane + i % plane] = 2;
        }
        Shape shape = new Shape(batch, count).addAll(labels.slice(1));
        return manager.create(scores, shape);
    }

    private NDArray randomScores(Shape shape) {
        Random random = new Random(7);
        float[] scores = new float[(int) shape.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) random.nextGaussian();
        }
        return manager.create(scores, shape);
    }

    private NDArray randomLabels(Shape shape, int classes) {
        return manager.create(new Random(8).ints(shape.size(), 0, classes).toArray(), shape);
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

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }

    private static void assertMentions(
            Evaluator evaluator, NDArray labels, NDArray predictions, String... words) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> evaluator.evaluate(list(labels), list(predictions)))
                        .getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message + " lacks " + word);
        }
    }
}
