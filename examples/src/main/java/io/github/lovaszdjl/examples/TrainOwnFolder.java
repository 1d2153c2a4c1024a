package io.github.lovaszdjl.examples;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingProgress;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Trains on a folder of your own and goes on where it was stopped, by Ctrl-C or a crash: start it
 * again, and it comes to the same numbers. Takes the folder of the data ({@code datasets/README.md}
 * has the layout), the folder to write to and the number of epochs; prints loss and validation mean
 * IoU of each epoch, and leaves the best model in {@code best}.
 */
public final class TrainOwnFolder {

    /** The label of pixels to ignore. */
    private static final int IGNORED = 255;

    private TrainOwnFolder() {}

    public static void main(String... args) throws IOException {
        Path data = Path.of(args.length > 0 ? args[0] : "datasets/earth");
        Path output = Path.of(args.length > 1 ? args[1] : "runs/own-folder");
        int epochs = args.length > 2 ? Integer.parseInt(args[2]) : 12;
        train(TrainingPlan.builder().optEpochs(epochs).build(), data, output);
    }

    static List<EpochReport> train(TrainingPlan plan, Path data, Path output) throws IOException {
        OptionalInt ignored = OptionalInt.of(IGNORED);
        FolderSegmentationDataset training = plan.trainingSet(data, ignored);
        FolderSegmentationDataset validation = plan.evaluationSet(data, "val", ignored);
        Loss crossEntropy = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
        Loss lovasz = LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
        Path checkpoint = output.resolve("checkpoint.zip");
        SegmentationTraining work =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(
                                WeightedLoss.builder()
                                        .add(0.5f, crossEntropy)
                                        .add(1, lovasz)
                                        .build())
                        .setTrainingSet(training)
                        .setValidationSet(validation)
                        .optCheckpoint(checkpoint)
                        .optBestModel(output.resolve("best"))
                        .optProgress(new Printer())
                        .build();
        try (TrainingResult result = Files.exists(checkpoint) ? work.resume() : work.run()) {
            return result.epochs();
        }
    }

    private static final class Printer implements TrainingProgress {
        @Override
        public void onEpoch(EpochReport report) {
            System.out.printf(
                    "epoch %d: losses %s, mean IoU %.3f%n",
                    report.epoch(), report.losses(), report.validation().meanIou());
        }
    }
}
