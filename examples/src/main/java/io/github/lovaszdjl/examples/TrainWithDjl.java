package io.github.lovaszdjl.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.UNet;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Adds the loss to a trainer of plain DJL: what README shows. Takes the number of epochs, and
 * prints the mean IoU on the validation tiles after each.
 */
public final class TrainWithDjl {

    private TrainWithDjl() {}

    public static void main(String... args) throws IOException, TranslateException {
        int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 3;
        Engine.getInstance().setRandomSeed(1);
        Metrics metrics = train(split("train"), split("val"), epochs);
        for (Metric meanIou : metrics.getMetric("validate_epoch_MeanIoU")) {
            System.out.printf("mean IoU %.3f%n", meanIou.getValue());
        }
    }

    private static FolderSegmentationDataset split(String name) {
        return FolderSegmentationDataset.builder()
                .setRoot(Path.of("datasets", "earth"))
                .setSplit(name)
                .setSampling(8, true)
                .build();
    }

    public static Metrics train(
            RandomAccessDataset training, RandomAccessDataset validation, int epochs)
            throws IOException, TranslateException {
        Metrics metrics = new Metrics();
        try (Model model = Model.newInstance("segmentation")) {
            model.setBlock(UNet.builder().setClasses(4).build());
            // README begins
            Loss ce = new SegmentationCrossEntropyLoss();
            Loss lovasz = new LovaszSoftmaxLoss();
            WeightedLoss loss = WeightedLoss.builder().add(0.5f, ce).add(1, lovasz).build();
            DefaultTrainingConfig config = new DefaultTrainingConfig(loss);
            config.addEvaluator(MeanIoU.builder().build());
            // README ends
            config.addEvaluators(loss.getParts()); // the parts' values in the metrics
            config.addTrainingListeners(TrainingListener.Defaults.logging());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(8, 3, 128, 128));
                EasyTrain.fit(trainer, epochs, training, validation);
            }
        }
        return metrics;
    }
}
