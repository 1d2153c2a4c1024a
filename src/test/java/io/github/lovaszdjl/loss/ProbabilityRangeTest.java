package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is no probability is refused wherever probabilities are promised, on every path. */
class ProbabilityRangeTest {

    private static final int IGNORED = 255;
    private static final String MESSAGE =
            "predictions: expected probabilities 0 to 1 as optFromLogits(false) is set, got ";

    /** A loss that is told where to compute. */
    private interface OnPath {
        NDArray compute(NDList labels, NDList predictions, boolean onHost);
    }

    private static final Map<String, OnPath> OF_CLASSES = new LinkedHashMap<>();
    private static final Map<String, OnPath> BINARY = new LinkedHashMap<>();

    static {
        for (boolean ignoring : new boolean[] {false, true}) {
            for (boolean perImage : new boolean[] {false, true}) {
                String options = " ignoring " + ignoring + " per image " + perImage;
                OF_CLASSES.put(
                        "Lovász-Softmax" + options,
                        of(LovaszSoftmaxLoss.builder(), ignoring, perImage).build()::compute);
                OF_CLASSES.put(
                        "Lovász-Softmax of class 0" + options,
                        of(LovaszSoftmaxLoss.builder(), ignoring, perImage)
                                        .optClasses(ClassSelection.of(0))
                                        .build()
                                ::compute);
                OF_CLASSES.put(
                        "Dice" + options,
                        of(SoftDiceLoss.builder(), ignoring, perImage).build()::compute);
                OF_CLASSES.put(
                        "Jaccard" + options,
                        of(SoftJaccardLoss.builder(), ignoring, perImage).build()::compute);
                for (boolean multilabel : new boolean[] {false, true}) {
                    LovaszSigmoidLoss.Builder builder =
                            LovaszSigmoidLoss.builder()
                                    .optFromLogits(false)
                                    .optPerImage(perImage)
                                    .optMultilabel(multilabel);
                    if (ignoring) {
                        builder.optIgnoreLabel(IGNORED);
                    }
                    BINARY.put(
                            "Lovász sigmoid multilabel " + multilabel + options,
                            builder.build()::compute);
                }
            }
        }
    }

    private static <B extends ClassLossBuilder<B>> B of(
            B builder, boolean ignoring, boolean perImage) {
        builder.optFromLogits(false).optPerImage(perImage);
        return ignoring ? builder.optIgnoreLabel(IGNORED) : builder;
    }

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    private static List<DataType> types() {
        return Engines.isPyTorch()
                ? List.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64)
                : List.of(DataType.FLOAT32, DataType.FLOAT64);
    }

    private interface Check {
        void check(OnPath loss, boolean onHost, DataType type, String message);
    }

    private static void everywhere(Map<String, OnPath> losses, Check check) {
        losses.forEach(
                (name, loss) -> {
                    for (DataType type : types()) {
                        for (boolean onHost : Engines.paths()) {
                            // FLOAT64 is sorted in operations.
                            boolean sorted = name.startsWith("Lov") && type == DataType.FLOAT64;
                            if (!(onHost && sorted)) {
                                check.check(
                                        loss, onHost, type, name + " " + type + " host " + onHost);
                            }
                        }
                    }
                });
    }

    private String refusal(
            OnPath loss,
            boolean onHost,
            DataType type,
            double[] values,
            Shape shape,
            NDArray labels,
            String message) {
        try (NDArray predictions = LossTesting.create(manager, values, shape, type)) {
            return assertThrows(
                            IllegalArgumentException.class,
                            () -> loss.compute(new NDList(labels), new NDList(predictions), onHost),
                            message)
                    .getMessage();
        }
    }

    private double value(
            OnPath loss,
            boolean onHost,
            DataType type,
            double[] values,
            Shape shape,
            NDArray labels) {
        try (NDArray predictions = LossTesting.create(manager, values, shape, type);
                NDArray loss1 = loss.compute(new NDList(labels), new NDList(predictions), onHost)) {
            return LossTesting.scalar(loss1);
        }
    }

    @Test
    void logitsAreRefusedWithValueAndCount() {
        double[] logits = {0.25, -9, 1, 0, 0.5, 4.5, 0, 0.5, 1, 0.75, 2.5, 0};
        NDArray labels = manager.create(new int[] {0, 1, 0, 1, 1, 0}, new Shape(2, 3));
        everywhere(
                OF_CLASSES,
                (loss, onHost, type, message) ->
                        assertEquals(
                                MESSAGE + "-9.0 and 2 more of 12 values outside",
                                refusal(
                                        loss,
                                        onHost,
                                        type,
                                        logits,
                                        new Shape(2, 2, 3),
                                        labels,
                                        message),
                                message));
        NDArray mask = manager.create(new int[] {0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0});
        everywhere(
                BINARY,
                (loss, onHost, type, message) ->
                        assertEquals(
                                MESSAGE + "-9.0 and 2 more of 12 values outside",
                                refusal(
                                        loss,
                                        onHost,
                                        type,
                                        logits,
                                        new Shape(2, 2, 3),
                                        mask.reshape(2, 2, 3),
                                        message),
                                message));
    }

    @Test
    void everyValueAtAValidPixelIsLookedAt() {
        NDArray labels = manager.create(new int[] {0, 1, 1, 0, 1, 0}, new Shape(2, 3));
        NDArray mask =
                manager.create(new int[] {0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1}, new Shape(2, 2, 3));
        List<Double> bad = List.of(-0.125, 1.125, Double.NaN, Double.POSITIVE_INFINITY);
        for (int at = 0; at < 12; at++) {
            double[] values = new double[12];
            Arrays.fill(values, 0.5);
            values[at] = bad.get(at % bad.size());
            String expected = MESSAGE + values[at] + " of 12 values outside";
            Check check =
                    (loss, onHost, type, message) ->
                            assertEquals(
                                    expected,
                                    refusal(
                                            loss,
                                            onHost,
                                            type,
                                            values,
                                            new Shape(2, 2, 3),
                                            message.startsWith("Lovász sigmoid") ? mask : labels,
                                            message),
                                    message);
            everywhere(OF_CLASSES, check);
            everywhere(BINARY, check);
        }
    }

    @Test
    void whatPassesForRoundingChangesTheLossByNoMore() {
        double tolerance = ProbabilityRange.TOLERANCE;
        double[] within = {-tolerance, 1 + tolerance, 0.5, 1 + tolerance, -tolerance, 0.5};
        double[] exact = {0, 1, 0.5, 1, 0, 0.5};
        // The next numbers of FLOAT16 beyond.
        double[] outside = {-tolerance - 1.0 / (1 << 18), 1 + tolerance + 1.0 / (1 << 10)};
        NDArray labels = manager.create(new int[] {1, 1, 0}, new Shape(1, 3));
        NDArray mask = manager.create(new int[] {1, 1, 0, 0, 0, 1}, new Shape(1, 2, 3));
        Check check =
                (loss, onHost, type, message) -> {
                    NDArray target = message.startsWith("Lovász sigmoid") ? mask : labels;
                    Shape shape = new Shape(1, 2, 3);
                    assertEquals(
                            value(loss, onHost, type, exact, shape, target),
                            value(loss, onHost, type, within, shape, target),
                            // Sums of three probabilities over as many pixels.
                            2 * tolerance,
                            message);
                    for (double bad : outside) {
                        double[] values = exact.clone();
                        values[3] = bad;
                        String refusal =
                                refusal(loss, onHost, type, values, shape, target, message);
                        assertTrue(refusal.startsWith(MESSAGE), refusal);
                    }
                };
        everywhere(OF_CLASSES, check);
        everywhere(BINARY, check);
    }

    @Test
    void ignoredPixelsMayHoldAnything() {
        NDArray labels = manager.create(new int[] {0, IGNORED, 1, IGNORED}, new Shape(1, 4));
        NDArray mask =
                manager.create(
                        new int[] {0, IGNORED, 1, IGNORED, 1, IGNORED, 0, IGNORED},
                        new Shape(1, 2, 4));
        double[] good = {0.25, 0, 1, 0, 0.75, 0, 0, 0};
        double[] spoiled = {0.25, -9, 1, Double.NaN, 0.75, Double.POSITIVE_INFINITY, 0, 7};
        double[] bad = {0.25, -9, 1, Double.NaN, 0.75, Double.POSITIVE_INFINITY, 7, 7};
        Check check =
                (loss, onHost, type, message) -> {
                    if (!message.contains("ignoring true")) {
                        return;
                    }
                    NDArray target = message.startsWith("Lovász sigmoid") ? mask : labels;
                    Shape shape = new Shape(1, 2, 4);
                    assertEquals(
                            value(loss, onHost, type, good, shape, target),
                            value(loss, onHost, type, spoiled, shape, target),
                            message);
                    assertEquals(
                            MESSAGE + "7.0 of 8 values outside",
                            refusal(loss, onHost, type, bad, shape, target, message),
                            message);
                };
        everywhere(OF_CLASSES, check);
        everywhere(BINARY, check);
    }

    @Test
    void pixelsOfLaterImagesHaveTheirOwnLabels() {
        int[] labels = {0, IGNORED, 1, 1, IGNORED, IGNORED};
        Shape shape = new Shape(3, 3, 2);
        NDArray target = manager.create(labels, new Shape(3, 2));
        for (int at = 0; at < 18; at++) {
            double[] values = new double[18];
            values[at] = 1.23456789;
            boolean ignored = labels[at / 6 * 2 + at % 2] == IGNORED;
            Check check =
                    (loss, onHost, type, message) -> {
                        if (!message.contains("ignoring true")) {
                            return;
                        }
                        if (ignored) {
                            value(loss, onHost, type, values, shape, target);
                        } else {
                            String digits =
                                    type == DataType.FLOAT64
                                            ? "1.23456789"
                                            : type == DataType.FLOAT32 ? "1.2345679" : "1.234375";
                            assertEquals(
                                    MESSAGE + digits + " of 18 values outside",
                                    refusal(loss, onHost, type, values, shape, target, message),
                                    message);
                        }
                    };
            everywhere(OF_CLASSES, check);
        }
    }

    // More values than one task looks at, the bad one in the last.
    @Test
    void largeBatchesAreLookedAtToTheEnd() {
        Shape shape = new Shape(1, 3, 1 << 16);
        double[] values = new double[3 << 16];
        values[values.length - 1] = -1;
        NDArray labels = manager.zeros(new Shape(1, 1 << 16), DataType.INT32);
        LovaszSoftmaxLoss loss = LovaszSoftmaxLoss.builder().optFromLogits(false).build();
        for (boolean onHost : Engines.paths()) {
            assertEquals(
                    MESSAGE + "-1.0 of 196608 values outside",
                    refusal(loss::compute, onHost, DataType.FLOAT32, values, shape, labels, ""));
        }
    }

    @Test
    void classAxisElsewhereChangesNothing() {
        double[] values = {0.5, 0.5, 0.5, 0.5, 0.5, 3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
        NDArray labels = manager.create(new int[] {0, 1, 1, IGNORED, 0, 1}, new Shape(1, 6));
        LovaszSoftmaxLoss loss =
                LovaszSoftmaxLoss.builder()
                        .optFromLogits(false)
                        .optClassAxis(-1)
                        .optIgnoreLabel(IGNORED)
                        .build();
        for (boolean onHost : Engines.paths()) {
            assertEquals(
                    MESSAGE + "3.0 of 12 values outside",
                    refusal(
                            loss::compute,
                            onHost,
                            DataType.FLOAT32,
                            values,
                            new Shape(1, 6, 2),
                            labels,
                            ""));
        }
        // The pixel of that value.
        NDArray others = manager.create(new int[] {0, 1, IGNORED, 1, 0, 1}, new Shape(1, 6));
        double first =
                value(loss::compute, true, DataType.FLOAT32, values, new Shape(1, 6, 2), others);
        assertEquals(
                first,
                value(loss::compute, false, DataType.FLOAT32, values, new Shape(1, 6, 2), others),
                1e-7);
    }

    @Test
    void logitsThatAreNanStayNan() {
        // For NonFiniteLossException, which saves the batch, to tell of.
        double[] values = {0.5, Double.NaN, -9, 4};
        NDArray labels = manager.create(new int[] {0, 1}, new Shape(1, 2));
        for (OnPath loss :
                List.<OnPath>of(
                        new LovaszSoftmaxLoss()::compute,
                        new SoftDiceLoss()::compute,
                        new SoftJaccardLoss()::compute,
                        new FocalLoss()::compute,
                        new SegmentationCrossEntropyLoss()::compute)) {
            for (boolean onHost : Engines.paths()) {
                double value =
                        value(loss, onHost, DataType.FLOAT32, values, new Shape(1, 2, 2), labels);
                assertTrue(Double.isNaN(value));
            }
        }
    }

    @Test
    void refusalsLeaveNoArraysBehind() {
        NDArray labels = manager.create(new int[] {0, 1, IGNORED}, new Shape(1, 3));
        List<Integer> left = new ArrayList<>();
        everywhere(
                OF_CLASSES,
                (loss, onHost, type, message) -> {
                    if (message.contains("ignoring true")) {
                        double[] bad = {0, 2, 0, 0, 0, 0};
                        NDArray predictions =
                                LossTesting.create(manager, bad, new Shape(1, 2, 3), type);
                        int before = manager.getManagedArrays().size();
                        assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        loss.compute(
                                                new NDList(labels),
                                                new NDList(predictions),
                                                onHost));
                        left.add(manager.getManagedArrays().size() - before);
                    }
                });
        assertTrue(left.size() > 10 && left.stream().allMatch(n -> n == 0), left.toString());
    }
}
