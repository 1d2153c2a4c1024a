package io.github.lovaszdjl.training;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.model.ModelDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Small trainings and what they consist of, for tests of their parts. */
final class TrainingTesting {

    static final int SIZE = 16;

    private TrainingTesting() {}

    static TrainingPlan.Builder plan() {
        return TrainingPlan.builder()
                .optEpochs(3)
                .optBatchSize(2)
                .optCropHeight(SIZE)
                .optCropWidth(SIZE)
                .optBaseWidth(2)
                .optDepth(2);
    }

    static Loss loss() {
        return SegmentationCrossEntropyLoss.builder().optName("ce").optIgnoreLabel(255).build();
    }

    /** Five samples to train on, three batches, and two to validate on; all in memory. */
    static SegmentationTraining.Builder training() {
        return SegmentationTraining.builder()
                .setPlan(plan().build())
                .setLoss(loss())
                .setTrainingSet(InMemoryDataset.random(1, 5, SIZE, 2))
                .setValidationSet(InMemoryDataset.random(2, 2, SIZE, 1));
    }

    static ModelDescription description() {
        return ModelDescription.unet(
                List.of("no", "yes"), 2, 2, SIZE, SIZE, Normalization.imageNet());
    }

    /** Returns an initialised U-Net. */
    static Model model() throws Exception {
        ModelDescription description = description();
        Model model = description.network().newModel("unet", null, description);
        model.getBlock()
                .initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, SIZE, SIZE));
        return model;
    }

    /** Returns the state of a training without an update. */
    static TrainingState state(Model model, int epoch, EpochReport... before) {
        ResumableOptimizer optimizer =
                ResumableSgd.builder().setLearningRateTracker(Tracker.fixed(0.1f)).build();
        return new TrainingState(model, description(), optimizer, epoch, 0, List.of(before));
    }

    /** Returns the report of an epoch whose two classes have an IoU of 1 / (1 + 2 wrong). */
    static EpochReport report(int epoch, int wrong) {
        ConfusionMatrix counts = ConfusionMatrix.of(new long[][] {{1, wrong}, {wrong, 1}});
        return new EpochReport(epoch, 0.1f, Map.of("ce", 0.5f), counts, 0, 5, 0, 1, 2);
    }

    static List<float[]> weights(Model model) {
        List<float[]> weights = new ArrayList<>();
        model.getBlock()
                .getParameters()
                .values()
                .forEach(
                        parameter -> {
                            NDArray array = parameter.getArray();
                            weights.add(array.toFloatArray());
                        });
        return weights;
    }
}
