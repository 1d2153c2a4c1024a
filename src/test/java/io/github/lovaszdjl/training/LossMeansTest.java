package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossMeansTest {

    /** The mean of the predictions, times a factor that is told by the name. */
    private static Loss times(int factor) {
        return new Loss("times" + factor) {
            @Override
            public NDArray evaluate(NDList labels, NDList predictions) {
                return predictions.singletonOrThrow().mul(factor).mean();
            }
        };
    }

    private static void show(LossMeans means, NDManager manager, float value) {
        NDList list = new NDList(manager.create(new float[] {value}));
        Map<Device, NDList> arrays = Map.of(manager.getDevice(), list);
        means.onTrainingBatch(null, new BatchData(null, arrays, arrays));
    }

    @Test
    void aBatchHasItsOwnValuesAndAnEpochTheirMeans() {
        Loss sum =
                WeightedLoss.builder().add(0.5f, times(2)).add(1, times(3)).optName("sum").build();
        LossMeans means = new LossMeans(sum);
        try (NDManager manager = NDManager.newBaseManager()) {
            means.begin(1);
            show(means, manager, 1);
            show(means, manager, 3);
            assertEquals(Map.of("sum", 12f, "times2", 6f, "times3", 9f), means.ofBatch());
            assertEquals(Map.of("sum", 8f, "times2", 4f, "times3", 6f), means.ofEpoch());
            assertEquals(List.of("sum", "times2", "times3"), List.copyOf(means.ofEpoch().keySet()));
            means.begin(2);
            show(means, manager, 5);
            assertEquals(20f, means.ofEpoch().get("sum"));
        }
    }

    @Test
    void ofAScheduleOnlyTheLossesOfTheEpochAreThere() {
        Loss schedule = LossSchedule.builder().add(1, times(2)).add(2, times(3)).build();
        LossMeans means = new LossMeans(schedule);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int epoch = 1; epoch <= 2; epoch++) {
                means.begin(epoch);
                show(means, manager, 1);
                int factor = epoch + 1;
                assertEquals(
                        Map.of(
                                schedule.getName(),
                                (float) factor,
                                "times" + factor,
                                (float) factor),
                        means.ofEpoch());
            }
        }
    }
}
