package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The splits of a data set, read and checked once for all trainings on it. */
public final class TrainingData {

    private final DataSource source;
    private final Optional<Normalization> normalization;
    private final FolderSegmentationDataset validation;
    private final FolderSegmentationDataset test;
    private final String testSplit;

    /** The training sets by seed: their order and augmentation depend on it. */
    private final Map<Integer, FolderSegmentationDataset> trainingSets = new HashMap<>();

    /**
     * Reads what is evaluated on: val, and what the best model is tested on, which may be val
     * again.
     *
     * @param testSplit the split to test on
     * @param normalization that of the weights to start from, which counts unless the data set has
     *     its own, or another number of channels
     */
    public TrainingData(
            DataSource source,
            TrainingPlan plan,
            String testSplit,
            Optional<Normalization> normalization)
            throws IOException {
        this.source = source;
        this.normalization =
                normalization.filter(
                        of ->
                                source.layout().normalization().isEmpty()
                                        && of.channels() == source.channels());
        validation = plan.evaluationSet(builder(), "val");
        validation.prepare();
        this.testSplit = testSplit;
        test = plan.evaluationSet(builder(), testSplit);
        test.prepare();
    }

    private FolderSegmentationDataset.Builder builder() {
        FolderSegmentationDataset.Builder builder = source.builder();
        normalization.ifPresent(builder::optNormalization);
        return builder;
    }

    /** Returns the training set of a plan; plans of one seed are the same but for the loss. */
    FolderSegmentationDataset training(TrainingPlan plan) throws IOException {
        FolderSegmentationDataset training = trainingSets.get(plan.seed());
        if (training == null) {
            training = plan.trainingSet(builder());
            training.prepare();
            trainingSets.put(plan.seed(), training);
        }
        return training;
    }

    /** Returns how many batches an epoch of a plan has. */
    public int countBatches(TrainingPlan plan) throws IOException {
        return training(plan).countBatches();
    }

    FolderSegmentationDataset validation() {
        return validation;
    }

    FolderSegmentationDataset test() {
        return test;
    }

    String testSplit() {
        return testSplit;
    }
}
