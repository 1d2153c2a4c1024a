package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class LossScheduleTest {

    private static final double[] LOGITS = LossTesting.logits(new Random(1), 60, 2);
    private static final int[] LABELS = LossTesting.labels(new Random(2), 20, 3);

    private final Loss ce = new SegmentationCrossEntropyLoss();
    private final Loss lovasz = new LovaszSoftmaxLoss();
    private final LossSchedule schedule =
            LossSchedule.builder().add(1, ce).add(21, lovasz).optName("Loss").build();

    @Test
    void theEpochSelectsTheLoss() {
        assertSame(ce, schedule.getActive());
        for (int epoch : new int[] {21, 1000, 20, 1, 22}) {
            schedule.setEpoch(epoch);
            assertSame(epoch <= 20 ? ce : lovasz, schedule.getActive(), "epoch " + epoch);
        }
        assertEquals("Loss", schedule.getName());
        assertEquals(
                List.of(new LossSchedule.Phase(1, ce), new LossSchedule.Phase(21, lovasz)),
                schedule.getPhases());
    }

    @Test
    void valueAndGradientAreThoseOfTheActiveLoss() {
        Reference.Result first = Reference.crossEntropy(LOGITS, LABELS, 1, 3, null, null, 0);
        Reference.Result second =
                Reference.lovaszSoftmax(LOGITS, LABELS, 1, 3, Reference.Options.NONE);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray target = manager.create(LABELS, new Shape(1, 20));
            for (int epoch : new int[] {20, 21}) {
                schedule.setEpoch(epoch);
                Reference.Result actual =
                        LossTesting.run(
                                schedule, LOGITS, new Shape(1, 3, 20), DataType.FLOAT64, target);
                LossTesting.assertClose(epoch == 20 ? first : second, actual, "epoch " + epoch);
            }
        }
    }

    @Test
    void accumulatorsAverageWhatWasActive() {
        double first = Reference.crossEntropy(LOGITS, LABELS, 1, 3, null, null, 0).value();
        double second =
                Reference.lovaszSoftmax(LOGITS, LABELS, 1, 3, Reference.Options.NONE).value();
        for (Loss loss : new Loss[] {schedule, ce, lovasz}) {
            loss.addAccumulator("key");
        }
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            for (boolean learning : new boolean[] {false, true}) {
                for (Loss loss : new Loss[] {schedule, ce, lovasz}) {
                    loss.resetAccumulator("key");
                }
                // Three batches of the first loss, one of the second; all are asked to report.
                for (int batch = 0; batch < 4; batch++) {
                    schedule.setEpoch(batch < 3 ? 20 : 21);
                    NDList labels = new NDList(manager.create(LABELS, new Shape(1, 20)));
                    NDList predictions = new NDList(manager.create(LOGITS, new Shape(1, 3, 20)));
                    if (learning) {
                        schedule.evaluate(labels, predictions);
                    }
                    schedule.updateAccumulator("key", labels, predictions);
                    ce.updateAccumulator("key", labels, predictions);
                    lovasz.updateAccumulator("key", labels, predictions);
                }
                assertEquals((3 * first + second) / 4, schedule.getAccumulator("key"), 1e-6);
                assertEquals(first, ce.getAccumulator("key"), 1e-6);
                assertEquals(second, lovasz.getAccumulator("key"), 1e-6);
            }
        }
    }

    @Test
    void theActiveLossIsComputedOnceABatch() {
        int[] calls = {0, 0};
        LossSchedule counting =
                LossSchedule.builder()
                        .add(1, counting(calls, 0))
                        .add(2, counting(calls, 1))
                        .build();
        counting.addAccumulator("key");
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            for (int epoch = 1; epoch <= 2; epoch++) {
                counting.setEpoch(epoch);
                NDList labels = new NDList(manager.ones(new Shape(2)));
                NDList predictions = new NDList(manager.full(new Shape(2), epoch + 2));
                counting.evaluate(labels, predictions);
                counting.updateAccumulator("key", labels, predictions);
                assertEquals(1, calls[0]);
                assertEquals(epoch - 1, calls[1]);
            }
            // Sums of predictions, 6 and 8: a loss of another make is summed to a scalar.
            assertEquals(7, counting.getAccumulator("key"));
        }
    }

    private static Loss counting(int[] calls, int index) {
        return new Loss("Counting") {
            @Override
            public NDArray evaluate(NDList labels, NDList predictions) {
                calls[index]++;
                return predictions.head().mul(labels.head());
            }
        };
    }

    @Test
    void schedulesAndSumsNest() {
        WeightedLoss sum = WeightedLoss.builder().add(0.5f, schedule).add(1, lovasz).build();
        LossSchedule nested = LossSchedule.builder().add(1, ce).add(3, sum).build();
        nested.setEpoch(3);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray labels = manager.create(LABELS, new Shape(1, 20));
            NDArray predictions = manager.create(LOGITS, new Shape(1, 3, 20));
            assertEquals(
                    0.5 * LossTesting.evaluate(ce, predictions, labels)
                            + LossTesting.evaluate(lovasz, predictions, labels),
                    LossTesting.evaluate(nested, predictions, labels),
                    1e-6);
        }
    }

    @Test
    void phasesMustBeInOrder() {
        assertRefused(
                "firstEpoch: expected 1 for the first phase, got 2",
                () -> LossSchedule.builder().add(2, ce));
        assertRefused(
                "firstEpoch: expected one after 5, when the phase before starts, got 5",
                () -> LossSchedule.builder().add(1, ce).add(5, lovasz).add(5, ce));
        assertRefused(
                "phases: expected at least one, got none", () -> LossSchedule.builder().build());
        assertRefused("epoch: expected a number from 1, got 0", () -> schedule.setEpoch(0));
        assertSame(ce, schedule.getActive());
        assertThrows(NullPointerException.class, () -> LossSchedule.builder().add(1, null));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
