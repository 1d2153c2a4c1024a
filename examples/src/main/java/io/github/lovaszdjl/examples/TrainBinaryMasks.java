package io.github.lovaszdjl.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.model.UNet;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Trains on binary masks with the Lovász hinge: one score a pixel, above 0 where there is land.
 * Takes the number of epochs, and prints the mean IoU of land and the rest on the validation tiles
 * after each.
 */
public final class TrainBinaryMasks {

    private static final int LAND = 1;

    private TrainBinaryMasks() {}

    public static void main(String... args) throws IOException, TranslateException {
        int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 3;
        Engine.getInstance().setRandomSeed(1);
        Metrics metrics = train(split("train").build(), split("val").build(), epochs);
        for (Metric meanIou : metrics.getMetric("validate_epoch_MeanIoU")) {
            System.out.printf("mean IoU %.3f%n", meanIou.getValue());
        }
    }

    /** Reads label maps of four classes as masks: true where there is land. */
    static FolderSegmentationDataset.Builder split(String name) {
        return FolderSegmentationDataset.builder()
                .setRoot(Path.of("datasets", "earth"))
                .setSplit(name)
                .setSampling(8, true)
                .addTargetTransform(labels -> labels.eq(LAND));
    }

    static Metrics train(RandomAccessDataset training, RandomAccessDataset validation, int epochs)
            throws IOException, TranslateException {
        Metrics metrics = new Metrics();
        try (Model model = Model.newInstance("land")) {
            model.setBlock(UNet.builder().setClasses(1).build()); // (N, 1, H, W)
            TrainingConfig config =
                    new DefaultTrainingConfig(new LovaszHingeLoss())
                            .addEvaluator(MeanIoU.builder().optBinary(true).build())
                            .addTrainingListeners(TrainingListener.Defaults.logging());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(8, 3, 128, 128));
                EasyTrain.fit(trainer, epochs, training, validation);
            }
        }
        return metrics;
    }
}
