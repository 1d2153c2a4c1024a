package io.github.lovaszdjl.training;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a loss and its parts, of the last batch and as means over an epoch. DJL's own
 * listener would compute those of other epochs of a {@link LossSchedule} too.
 */
final class LossMeans extends TrainingListenerAdapter {

    private static final String EPOCH = "epoch";
    private static final String BATCH = "batch";

    private final Loss loss;

    /** Those of the epoch, the whole first. */
    private List<Loss> losses = List.of();

    LossMeans(Loss loss) {
        this.loss = loss;
    }

    /** Begins an epoch, from 1, of which a schedule is told. */
    void begin(int epoch) {
        losses = new ArrayList<>(List.of(loss));
        Loss active = loss;
        if (loss instanceof LossSchedule schedule) {
            schedule.setEpoch(epoch);
            active = schedule.getActive();
        }
        if (active instanceof WeightedLoss sum) {
            losses.addAll(sum.getParts());
        } else if (active != loss) {
            losses.add(active);
        }
        losses.forEach(each -> each.addAccumulator(EPOCH));
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        for (Loss each : losses) {
            each.addAccumulator(BATCH);
            batchData
                    .getLabels()
                    .forEach(
                            (device, labels) ->
                                    each.updateAccumulators(
                                            new String[] {EPOCH, BATCH},
                                            labels,
                                            batchData.getPredictions().get(device)));
        }
    }

    /** Returns the losses of the last batch by name. */
    Map<String, Float> ofBatch() {
        return values(BATCH);
    }

    /** Returns the means over the batches of the epoch by name. */
    Map<String, Float> ofEpoch() {
        return values(EPOCH);
    }

    private Map<String, Float> values(String key) {
        Map<String, Float> values = new LinkedHashMap<>();
        losses.forEach(each -> values.put(each.getName(), each.getAccumulator(key)));
        return values;
    }
}
