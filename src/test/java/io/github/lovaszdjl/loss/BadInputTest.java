package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Every loss names the argument, what was expected and what came. */
class BadInputTest {

    private static final List<Loss> BY_CLASS =
            List.of(new LovaszSoftmaxLoss(), new SegmentationCrossEntropyLoss());
    private static final List<Loss> BINARY =
            List.of(new LovaszHingeLoss(), new LovaszSigmoidLoss());

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    private static void assertRefused(Executable executable, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, executable).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> part + " is not in: " + message);
        }
    }

    private static void assertRefused(
            Loss loss, NDArray predictions, NDArray labels, String... parts) {
        assertRefused(() -> LossTesting.evaluate(loss, predictions, labels), parts);
    }

    private NDArray zeros(long... shape) {
        return manager.zeros(new Shape(shape));
    }

    @Test
    void shapesThatDoNotMatchAreRefused() {
        for (Loss loss : BY_CLASS) {
            assertRefused(
                    loss,
                    zeros(2, 21, 64, 64),
                    zeros(2, 32, 32),
                    "labels: expected (2, 64, 64) or (2, 1, 64, 64)",
                    "predictions (2, 21, 64, 64)",
                    "got (2, 32, 32)");
            assertRefused(loss, zeros(2, 3, 4), zeros(2, 3, 4), "labels", "got (2, 3, 4)");
            assertRefused(loss, zeros(2, 3, 4), zeros(8), "labels", "got (8)");
            assertRefused(loss, zeros(5), zeros(5), "predictions", "class axis 1", "got (5)");
            assertRefused(loss, zeros(2, 0, 4), zeros(2, 4), "predictions", "got (2, 0, 4)");
        }
        for (Loss loss : BINARY) {
            assertRefused(loss, zeros(2, 4), zeros(2, 5), "labels: expected (2, 4)", "got (2, 5)");
            assertRefused(
                    loss, zeros(2, 4), zeros(2, 5), "labels: expected (2, 4) to match", "(2, 4),");
            assertRefused(
                    loss, zeros(2, 1, 4), zeros(2, 5), "labels: expected (2, 4) or (2, 1, 4) to");
            assertRefused(loss, zeros(2, 3, 4), zeros(2, 4), "labels", "got (2, 4)");
            assertRefused(loss, zeros(), zeros(), "predictions", "got ()");
        }
        Loss multilabel = LovaszHingeLoss.builder().optMultilabel(true).build();
        assertRefused(multilabel, zeros(2, 1, 4), zeros(2, 4), "labels: expected (2, 1, 4) to");
        assertRefused(multilabel, zeros(2), zeros(2), "predictions: expected (N, C", "got (2)");
    }

    // Softmax of one class is 1: loss and gradient would be 0 whatever the network says. Of one
    // probability a class, all labels are that class, and there is nothing to tell apart.
    @Test
    void oneClassIsRefused() {
        for (Loss loss :
                List.of(
                        new LovaszSoftmaxLoss(),
                        new SegmentationCrossEntropyLoss(),
                        new FocalLoss(),
                        new SoftDiceLoss(),
                        new SoftJaccardLoss(),
                        new OhemCrossEntropyLoss(),
                        new JaccardMetricLoss(),
                        new DiceSemimetricLoss(),
                        new TverskyLoss(),
                        new BoundaryLoss(),
                        LovaszSoftmaxLoss.builder().optFromLogits(false).build(),
                        SoftDiceLoss.builder().optFromLogits(false).build(),
                        SoftJaccardLoss.builder().optFromLogits(false).build())) {
            for (NDArray labels : List.of(zeros(2, 4, 4), zeros(2, 1, 4, 4))) {
                assertRefused(
                        loss,
                        zeros(2, 1, 4, 4),
                        labels,
                        "predictions: expected at least two classes on the class axis 1, got (2, 1,"
                                + " 4, 4); for one score or probability a pixel use LovaszHingeLoss"
                                + " or LovaszSigmoidLoss");
            }
        }
        assertRefused(
                SegmentationCrossEntropyLoss.builder().optClassAxis(-1).build(),
                zeros(2, 4, 1),
                zeros(2, 4),
                "at least two classes on the class axis -1, got (2, 4, 1)");
    }

    @Test
    void classAxisOutOfRangeIsRefused() {
        Loss third = LovaszSoftmaxLoss.builder().optClassAxis(3).build();
        assertRefused(third, zeros(2, 3, 4), zeros(2, 3), "predictions", "class axis 3");
        Loss first = LovaszSoftmaxLoss.builder().optClassAxis(-3).build();
        assertRefused(first, zeros(2, 3, 4), zeros(3, 4), "predictions", "class axis -3");
        assertRefused(() -> LovaszSoftmaxLoss.builder().optClassAxis(0), "classAxis", "got 0");
        assertRefused(
                () -> SegmentationCrossEntropyLoss.builder().optClassAxis(0), "classAxis", "got 0");
    }

    @Test
    void labelThatIsNoClassIsRefusedWithItsValueAndCount() {
        NDArray labels = manager.create(new int[] {0, 1, 42, 2, 42, 42}, new Shape(1, 6));
        for (Loss loss : BY_CLASS) {
            assertRefused(
                    loss, zeros(1, 3, 6), labels, "labels", "from 0 to 2", "got 42 at 3 of 6");
            NDArray negative = manager.create(new int[] {0, -1, 2, 2, 2, 2}, new Shape(1, 6));
            assertRefused(loss, zeros(1, 3, 6), negative, "got -1 at 1 of 6");
            // Beyond what an int holds: 2³² would be class 0.
            NDArray huge = manager.create(new long[] {0, 1L << 32}, new Shape(1, 2));
            assertRefused(loss, zeros(1, 3, 2), huge, "got 4294967296 at 1 of 2");
        }
        for (Loss loss : BINARY) {
            assertRefused(loss, zeros(1, 6), labels, "labels", "from 0 to 1", "got 42 at 3 of 6");
        }
        Loss ignoring = LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build();
        assertRefused(ignoring, zeros(1, 3, 6), labels, "or the ignore label 255", "got 42");
    }

    @Test
    void labelThatIsNotWholeIsRefused() {
        NDArray half = manager.create(new float[] {0, 1.5f, 2, 1.5f}, new Shape(1, 4));
        NDArray nan = manager.create(new float[] {0, Float.NaN, 2, 1}, new Shape(1, 4));
        for (Loss loss : BY_CLASS) {
            assertRefused(loss, zeros(1, 3, 4), half, "labels", "whole", "got 1.5 at 2 of 4");
            assertRefused(loss, zeros(1, 3, 4), nan, "labels", "got NaN at 1 of 4");
        }
    }

    @Test
    void classWeightsOfTheWrongLengthAreRefused() {
        assertRefused(
                LovaszSoftmaxLoss.builder().optClassWeights(1, 2).build(),
                zeros(1, 3, 4),
                zeros(1, 4),
                "classWeights: expected 3",
                "got 2");
        assertRefused(
                SegmentationCrossEntropyLoss.builder().optClassWeights(1, 2, 3, 4).build(),
                zeros(1, 3, 4),
                zeros(1, 4),
                "classWeights: expected 3",
                "got 4");
    }

    @Test
    void classIdsOutOfRangeAreRefused() {
        assertRefused(
                LovaszSoftmaxLoss.builder().optClasses(ClassSelection.of(0, 3)).build(),
                zeros(1, 3, 4),
                zeros(1, 4),
                "classes: expected ids from 0 to 2",
                "got 3");
        assertRefused(() -> ClassSelection.of(1, -2), "classes", "got -2");
        assertRefused(() -> ClassSelection.of(), "classes", "got none");
    }

    @Test
    void negativeOrInfiniteWeightsAreRefused() {
        for (float bad : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertRefused(() -> LovaszSoftmaxLoss.builder().optWeight(bad), "weight", "" + bad);
            assertRefused(() -> LovaszHingeLoss.builder().optWeight(bad), "weight", "" + bad);
            assertRefused(() -> LovaszSigmoidLoss.builder().optWeight(bad), "weight", "" + bad);
            assertRefused(() -> SegmentationCrossEntropyLoss.builder().optWeight(bad), "weight");
            assertRefused(
                    () -> LovaszSoftmaxLoss.builder().optClassWeights(1, bad), "classWeights");
            assertRefused(
                    () -> SegmentationCrossEntropyLoss.builder().optClassWeights(1, bad),
                    "classWeights");
            assertRefused(() -> WeightedLoss.builder().add(bad, new LovaszSoftmaxLoss()), "weight");
            assertRefused(
                    () -> SegmentationCrossEntropyLoss.builder().optLabelSmoothing(bad),
                    "labelSmoothing");
        }
        assertRefused(
                () -> SegmentationCrossEntropyLoss.builder().optLabelSmoothing(1.01f),
                "labelSmoothing",
                "1.01");
        assertRefused(() -> LovaszSoftmaxLoss.builder().optClassWeights(), "classWeights");
    }

    @Test
    void predictionsThatAreNotFloatingAreRefused() {
        for (Loss loss : BY_CLASS) {
            assertRefused(
                    loss,
                    manager.zeros(new Shape(1, 3, 4), DataType.INT32),
                    zeros(1, 4),
                    "predictions: expected type FLOAT16, FLOAT32 or FLOAT64, got int32");
        }
    }

    @Test
    void refusalsLeaveNoArraysBehind() {
        NDArray predictions = zeros(1, 3, 6);
        NDArray labels = manager.create(new int[] {0, 1, 42, 2, 42, 42}, new Shape(1, 6));
        int before = manager.getManagedArrays().size();
        for (Loss loss : BY_CLASS) {
            assertRefused(loss, predictions, labels, "got 42");
        }
        assertEquals(before, manager.getManagedArrays().size());
    }
}
