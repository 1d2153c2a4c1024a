package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The splits of a data set, read and checked once for all trainings on it. */
public final class TrainingData {

    private final Path root;
    private final OptionalInt ignoreLabel;
    private final FolderSegmentationDataset validation;
    private final FolderSegmentationDataset test;
    private final String testSplit;

    /** The training sets by seed: their order and augmentation depend on it. */
    private final Map<Integer, FolderSegmentationDataset> trainingSets = new HashMap<>();

    /** Reads what is evaluated on: val, and test, or val again where there is no test. */
    public TrainingData(Path root, OptionalInt ignoreLabel, TrainingPlan plan) throws IOException {
        this.root = root;
        this.ignoreLabel = ignoreLabel;
        validation = plan.evaluationSet(root, "val", ignoreLabel);
        validation.prepare();
        testSplit = Files.isDirectory(root.resolve("test")) ? "test" : "val";
        test = plan.evaluationSet(root, testSplit, ignoreLabel);
        test.prepare();
    }

    /** Returns the training set of a plan; plans of one seed are the same but for the loss. */
    FolderSegmentationDataset training(TrainingPlan plan) throws IOException {
        FolderSegmentationDataset training = trainingSets.get(plan.seed());
        if (training == null) {
            training = plan.trainingSet(root, ignoreLabel);
            training.prepare();
            trainingSets.put(plan.seed(), training);
        }
        return training;
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
