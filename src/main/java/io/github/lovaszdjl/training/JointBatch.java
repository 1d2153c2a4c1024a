package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener.BatchData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Trains on several batches as on one, whose parts the network sees one after the other. */
final class JointBatch {

    private JointBatch() {}

    /**
     * Forwards every batch, and then takes one loss of all outputs and goes back once. Listeners
     * hear of it as of one batch.
     *
     * @param trainer the trainer, of one device
     * @param batches the batches, open, of images of one size
     */
    static void train(Trainer trainer, List<Batch> batches) {
        checkSizes(batches);
        Device device = trainer.getDevices()[0];
        List<NDList> outputs = new ArrayList<>();
        List<NDList> labels = new ArrayList<>();
        NDList allOutputs;
        NDList allLabels;
        try (GradientCollector collector = trainer.newGradientCollector()) {
            for (Batch batch : batches) {
                NDList there = batch.getLabels().toDevice(device, false);
                outputs.add(trainer.forward(batch.getData().toDevice(device, false), there));
                labels.add(there);
            }
            allOutputs = concat(outputs);
            allLabels = concat(labels);
            NDArray loss = trainer.getLoss().evaluate(allLabels, allOutputs);
            collector.backward(loss);
        }
        BatchData seen =
                new BatchData(
                        batches.get(0),
                        new ConcurrentHashMap<>(Map.of(device, allLabels)),
                        new ConcurrentHashMap<>(Map.of(device, allOutputs)));
        trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, seen));
    }

    private static void checkSizes(List<Batch> batches) {
        Shape first = batches.get(0).getData().head().getShape().slice(1);
        for (Batch batch : batches) {
            Shape shape = batch.getData().head().getShape().slice(1);
            if (!shape.equals(first)) {
                throw new IllegalArgumentException(
                        "jointLoss: expected batches of images of one size, got "
                                + first
                                + " and "
                                + shape);
            }
        }
    }

    /** Joins the first arrays of all lists, the second ones, and so on. */
    private static NDList concat(List<NDList> lists) {
        if (lists.size() == 1) {
            // DJL would make a copy, outside the graph.
            return lists.get(0);
        }
        NDList joined = new NDList();
        IntStream.range(0, lists.get(0).size())
                .mapToObj(i -> new NDList(lists.stream().map(list -> list.get(i)).toList()))
                .map(NDArrays::concat)
                .forEach(joined::add);
        return joined;
    }
}
