package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingResult;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluatorTrainingTest {

    private static final int IMAGES = 12;
    private static final int SIZE = 48;

    @ParameterizedTest(name = "follower first: {0}")
    @ValueSource(booleans = {true, false})
    void trainerReportsBothAndCountsEveryPixelOnce(boolean followerFirst) throws Exception {
        MeanIoU iou = MeanIoU.builder().optClassNames(List.of("dark", "bright")).build();
        PixelAccuracy follower =
                PixelAccuracy.builder().optName("Follower").optCountsOf(iou).build();
        PixelAccuracy independent = PixelAccuracy.builder().build();
        long[] pixels = new long[2];
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(
                                (Loss) new SoftmaxCrossEntropyLoss("loss", 1, 1, true, true))
                        .optDevices(new Device[] {Device.cpu()})
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(0.1f))
                                        .build())
                        .addTrainingListeners(
                                new TrainingListenerAdapter() {
                                    @Override
                                    public void onEpoch(Trainer trainer) {
                                        pixels[0] =
                                                iou.getConfusionMatrix(
                                                                EvaluatorTrainingListener
                                                                        .TRAIN_EPOCH)
                                                        .total();
                                        pixels[1] =
                                                iou.getConfusionMatrix(
                                                                EvaluatorTrainingListener
                                                                        .VALIDATE_EPOCH)
                                                        .total();
                                    }
                                },
                                new EvaluatorTrainingListener());
        for (Evaluator evaluator :
                followerFirst
                        ? List.of(follower, iou, independent)
                        : List.of(independent, iou, follower)) {
            config.addEvaluator(evaluator);
        }
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("tiny");
                NDManager data = NDManager.newBaseManager()) {
            // Two layers: the gradients of one alone add up to 0, which DJL takes for a mistake.
            model.setBlock(new SequentialBlock().add(convolution(3)).add(convolution(2)));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 1, SIZE, SIZE));
                trainer.setMetrics(new Metrics());
                EasyTrain.fit(trainer, 8, images(data), images(data));

                TrainingResult result = trainer.getTrainingResult();
                Map<String, Float> values = result.getEvaluations();
                for (String pass : List.of("train_", "validate_")) {
                    assertEquals(values.get(pass + "PixelAccuracy"), values.get(pass + "Follower"));
                }
                // A threshold separates the classes: the block learns it.
                assertTrue(values.get("validate_MeanIoU") > 0.8f, values.toString());
                assertTrue(values.get("validate_PixelAccuracy") > 0.8f, values.toString());
                assertEquals(
                        8 * 3,
                        trainer.getMetrics().getMetric("train_all_MeanIoU").size(),
                        "batches");
            }
        }
        assertEquals((long) IMAGES * SIZE * SIZE, pixels[0]);
        assertEquals((long) IMAGES * SIZE * SIZE, pixels[1]);
        // The listener has emptied them after the last epoch.
        assertEquals(0, iou.getConfusionMatrix(EvaluatorTrainingListener.VALIDATE_EPOCH).total());
        assertFalse(iou.getIou(EvaluatorTrainingListener.VALIDATE_EPOCH).isEmpty());
    }

    private static Conv2d convolution(int filters) {
        return Conv2d.builder().setFilters(filters).setKernelShape(new Shape(1, 1)).build();
    }

    /** Noise whose bright pixels are class 1, in three batches. */
    private static ArrayDataset images(NDManager manager) {
        float[] image = new float[IMAGES * SIZE * SIZE];
        float[] label = new float[image.length];
        Random random = new Random(3);
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) random.nextGaussian();
            label[i] = image[i] > 0 ? 1 : 0;
        }
        Shape shape = new Shape(IMAGES, 1, SIZE, SIZE);
        NDArray images = manager.create(image, shape);
        NDArray labels = manager.create(label, shape);
        return new ArrayDataset.Builder()
                .setData(images)
                .optLabels(labels)
                .setSampling(4, true)
                .build();
    }
}
