package io.github.lovaszdjl.examples;

import ai.djl.engine.Engine;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Trains on MXNet in place of PyTorch. One setting of DJL chooses, and nothing else changes: the
 * network starts from the same weights, sees the same images, and the numbers differ by rounding.
 * Takes the name of the engine, {@code MXNet} by default, the folder of the data and the number of
 * epochs; prints the engine, and loss and validation mean IoU of each epoch.
 */
public final class TrainOnAnotherEngine {

    private static final int IGNORED = 255;

    private TrainOnAnotherEngine() {}

    public static void main(String... args) throws IOException {
        // Before anything of DJL is used; or from outside, by java -Dai.djl.default_engine=MXNet.
        System.setProperty("ai.djl.default_engine", args.length > 0 ? args[0] : "MXNet");
        Path data = Path.of(args.length > 1 ? args[1] : "datasets/earth");
        int epochs = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        Engine engine = Engine.getInstance();
        System.out.println(engine.getEngineName() + " " + engine.getVersion());
        for (EpochReport epoch : train(TrainingPlan.builder().optEpochs(epochs).build(), data)) {
            System.out.printf(
                    "epoch %d: losses %s, mean IoU %.3f%n",
                    epoch.epoch(), epoch.losses(), epoch.validation().meanIou());
        }
    }

    static List<EpochReport> train(TrainingPlan plan, Path data) throws IOException {
        OptionalInt ignored = OptionalInt.of(IGNORED);
        SegmentationTraining training =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build())
                        .setTrainingSet(plan.trainingSet(data, ignored))
                        .setValidationSet(plan.evaluationSet(data, "val", ignored))
                        .build();
        try (TrainingResult result = training.run()) {
            return result.epochs();
        }
    }
}
