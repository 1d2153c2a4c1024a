package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.AuxiliaryLoss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The values of a loss and its parts, of the last batch and as means over an epoch. DJL's own
 * listener would compute those of other epochs of a {@link LossSchedule} too.
 */
final class LossMeans extends TrainingListenerAdapter {

    private static final String EPOCH = "epoch";
    private static final String BATCH = "batch";

    private final Loss loss;

    /** Those of the epoch, the whole first. */
    private List<Reported> losses = List.of();

    /**
     * A loss with what it is of.
     *
     * @param outputs takes its part of all outputs of the network
     */
    private record Reported(Loss loss, UnaryOperator<NDList> outputs) {}

    LossMeans(Loss loss) {
        this.loss = loss;
    }

    /** Begins an epoch, from 1, of which a schedule is told. */
    void begin(int epoch) {
        losses = new ArrayList<>();
        if (loss instanceof AuxiliaryLoss all) {
            losses.add(new Reported(all, outputs -> outputs));
            addWithParts(all.getLoss(), epoch, outputs -> new NDList(outputs.head()));
            losses.add(new Reported(all.getAuxiliary(), outputs -> outputs.subNDList(1)));
        } else {
            addWithParts(loss, epoch, outputs -> outputs);
        }
        losses.forEach(each -> each.loss.addAccumulator(EPOCH));
    }

    private void addWithParts(Loss whole, int epoch, UnaryOperator<NDList> outputs) {
        losses.add(new Reported(whole, outputs));
        DistilledLoss distilled = whole instanceof DistilledLoss both ? both : null;
        Loss given = distilled == null ? whole : distilled.loss();
        Loss active = given;
        if (given instanceof LossSchedule schedule) {
            schedule.setEpoch(epoch);
            active = schedule.getActive();
        }
        List<Loss> parts =
                active instanceof WeightedLoss sum
                        ? sum.getParts()
                        : active == given ? List.of() : List.of(active);
        for (Loss part : parts) {
            losses.add(new Reported(distilled == null ? part : distilled.with(part), outputs));
        }
        if (distilled != null && distilled.teacher().isPresent()) {
            if (parts.isEmpty()) {
                losses.add(new Reported(distilled.with(given), outputs));
            }
            losses.add(new Reported(distilled.teacher().get(), outputs));
        }
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        for (Reported each : losses) {
            each.loss.addAccumulator(BATCH);
            batchData
                    .getLabels()
                    .forEach(
                            (device, labels) ->
                                    each.loss.updateAccumulators(
                                            new String[] {EPOCH, BATCH},
                                            labels,
                                            each.outputs.apply(
                                                    batchData.getPredictions().get(device))));
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
        for (Reported each : losses) {
            values.put(each.loss.getName(), each.loss.getAccumulator(key));
        }
        return values;
    }
}
