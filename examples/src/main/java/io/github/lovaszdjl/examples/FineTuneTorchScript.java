package io.github.lovaszdjl.examples;

import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Fine-tunes a network that PyTorch has written: a TorchScript file, of {@code
 * torch.jit.script(net).save("net.pt")}, that takes images (N, 3, H, W) and gives logits (N,
 * classes, H, W). Takes that file, the folder of the data, the folder for the trained network and
 * the number of epochs; prints loss and validation mean IoU of each epoch. What it saves is a
 * TorchScript file again, for PyTorch and for DJL.
 */
public final class FineTuneTorchScript {

    private static final int IGNORED = 255;

    private FineTuneTorchScript() {}

    public static void main(String... args) throws IOException {
        if (args.length == 0) {
            System.err.println("Arguments: FILE.pt [DATA [OUTPUT [EPOCHS]]]");
            System.exit(2);
        }
        Path module = Path.of(args[0]);
        Path data = Path.of(args.length > 1 ? args[1] : "datasets/earth");
        Path output = Path.of(args.length > 2 ? args[2] : "runs/fine-tuned");
        int epochs = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        TrainingPlan plan = TrainingPlan.builder().optEpochs(epochs).optLearningRate(1e-3f).build();
        for (EpochReport epoch : train(plan, module, data, output)) {
            System.out.printf(
                    "epoch %d: losses %s, mean IoU %.3f%n",
                    epoch.epoch(), epoch.losses(), epoch.validation().meanIou());
        }
    }

    static List<EpochReport> train(TrainingPlan plan, Path module, Path data, Path output)
            throws IOException {
        OptionalInt ignored = OptionalInt.of(IGNORED);
        SegmentationTraining training =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build())
                        .setTrainingSet(plan.trainingSet(data, ignored))
                        .setValidationSet(plan.evaluationSet(data, "val", ignored))
                        .optTorchScript(module)
                        .build();
        try (TrainingResult result = training.run()) {
            SegmentationModels.save(result.model(), result.description(), output);
            return result.epochs();
        }
    }
}
