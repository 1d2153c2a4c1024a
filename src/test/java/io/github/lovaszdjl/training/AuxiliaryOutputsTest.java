package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.TwoParts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks with several outputs in training. */
class AuxiliaryOutputsTest {

    @TempDir private Path root;

    private Path checkpoint;

    @BeforeEach
    void name() {
        checkpoint = root.resolve("checkpoint.zip");
    }

    private static SegmentationTraining.Builder training(TrainingPlan.Builder plan) {
        return TrainingTesting.training()
                .setPlan(plan.build())
                .optNetwork(TwoParts.WithAuxiliary.class);
    }

    private static float[] values(Model model, String parameter) {
        return model.getBlock().getParameters().get(parameter).getArray().toFloatArray();
    }

    private static Loss sumFromTheSecondEpochOn() {
        Loss lovasz = LovaszSoftmaxLoss.builder().optName("lovasz").optIgnoreLabel(255).build();
        Loss sum =
                WeightedLoss.builder()
                        .add(0.5f, TrainingTesting.loss())
                        .add(1, lovasz)
                        .optName("sum")
                        .build();
        return LossSchedule.builder()
                .add(1, TrainingTesting.loss())
                .add(2, sum)
                .optName("loss")
                .build();
    }

    /** The whole, the loss of the logits with its parts, and the unweighted rest. */
    @Test
    void allPartsOfTheLossAreReported() throws IOException {
        try (TrainingResult result =
                training(TrainingTesting.plan()).setLoss(sumFromTheSecondEpochOn()).build().run()) {
            Map<String, Float> first = result.epochs().get(0).losses();
            assertEquals(List.of("total", "loss", "ce", "aux"), List.copyOf(first.keySet()));
            assertEquals(first.get("ce"), first.get("loss"), 1e-6f);
            Map<String, Float> second = result.epochs().get(1).losses();
            assertEquals(
                    List.of("total", "loss", "ce", "lovasz", "aux"), List.copyOf(second.keySet()));
            assertEquals(0.5f * second.get("ce") + second.get("lovasz"), second.get("loss"), 1e-5f);
            for (Map<String, Float> losses : List.of(first, second)) {
                float total = losses.get("loss") + 0.4f * losses.get("aux");
                assertEquals(total, losses.get("total"), 1e-5f);
                // Two outputs that know nothing yet have about as much as the first, each.
                assertTrue(losses.get("aux") > losses.get("loss"), losses.toString());
            }
        }
    }

    /** Whatever the weight is, the heads get a gradient by it, and the classifier none of it. */
    @Test
    void theWeightIsThatOfThePlan() throws IOException {
        TrainingPlan.Builder plan = TrainingTesting.plan().optEpochs(1).optWeightDecay(0);
        float[][] heads = new float[2][];
        float[][] start = new float[1][];
        for (int weight = 0; weight <= 1; weight++) {
            try (TrainingResult result =
                    training(plan.optAuxiliaryWeight(weight))
                            .optCallback(
                                    new TrainingCallback() {
                                        @Override
                                        public void onStart(TrainingState state) {
                                            start[0] = values(state.model(), "03auxiliary0_weight");
                                        }
                                    })
                            .build()
                            .run()) {
                heads[weight] = values(result.model(), "03auxiliary0_weight");
                Map<String, Float> losses = result.epochs().get(0).losses();
                assertEquals(
                        losses.get("ce") + weight * losses.get("aux"), losses.get("total"), 1e-5f);
            }
        }
        assertArrayEquals(start[0], heads[0]);
        for (int i = 0; i < heads[1].length; i++) {
            assertTrue(heads[1][i] != start[0][i]);
        }
    }

    @Test
    void onlyTheFirstOutputCountsInEvaluation() throws Exception {
        Path best = root.resolve("best");
        TrainingPlan.Builder plan =
                TrainingTesting.plan().optEpochs(12).optLearningRate(0.05f).optAuxiliaryWeight(0);
        try (TrainingResult result = training(plan).optBestModel(best).build().run();
                Model loaded = SegmentationModels.load(best)) {
            EpochReport report = result.best().orElseThrow();
            // The other outputs have learnt nothing.
            assertTrue(report.validation().meanIou() > 0.7, report.toString());
            String expected = report.validation().toString();
            InMemoryDataset data = InMemoryDataset.random(2, 2, TrainingTesting.SIZE, 1);
            assertEquals(expected, SegmentationTraining.evaluate(loaded, data).toString());
        }
    }

    @Test
    void resumesToTheSameBitsWithTheSameWeightOnly() throws IOException {
        List<float[]> expected;
        try (TrainingResult whole = training(TrainingTesting.plan()).build().run()) {
            expected = TrainingTesting.weights(whole.model());
        }
        AtomicInteger batches = new AtomicInteger();
        training(TrainingTesting.plan())
                .optCheckpoint(checkpoint)
                .optStop(() -> batches.incrementAndGet() > 4)
                .build()
                .run()
                .close();
        SegmentationTraining other =
                training(TrainingTesting.plan().optAuxiliaryWeight(0.5f))
                        .optCheckpoint(checkpoint)
                        .build();
        assertEquals(
                "auxiliaryWeight: expected 0.4 as in the checkpoint " + checkpoint + ", got 0.5",
                assertThrows(IllegalArgumentException.class, other::resume).getMessage());
        try (TrainingResult rest =
                training(TrainingTesting.plan()).optCheckpoint(checkpoint).build().resume()) {
            List<float[]> actual = TrainingTesting.weights(rest.model());
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i));
            }
        }
    }

    @Test
    void everyDeviceReportsAllOutputs() throws Exception {
        Engines.assumePyTorch("MXNet has no devices but one here");
        try (TrainingResult result =
                training(TrainingTesting.plan().optEpochs(1).optBatchSize(4))
                        .setTrainingSet(InMemoryDataset.random(1, 4, TrainingTesting.SIZE, 4))
                        .optDevices(Device.cpu(), Engines.secondProcessor())
                        .build()
                        .run()) {
            Map<String, Float> losses = result.epochs().get(0).losses();
            assertEquals(List.of("total", "ce", "aux"), List.copyOf(losses.keySet()));
            assertEquals(losses.get("ce") + 0.4f * losses.get("aux"), losses.get("total"), 1e-5f);
        }
    }

    @Test
    void anOutputOfAnotherShapeIsRefusedBeforeTraining() {
        SegmentationTraining training =
                TrainingTesting.training().optNetwork(TwoParts.WrongAuxiliary.class).build();
        int channels = 3;
        assertEquals(
                "a block of "
                        + TwoParts.WrongAuxiliary.class.getName()
                        + ": expected logits (2, "
                        + channels
                        + ", 16, 16) for images (2, 3, 16, 16) in training, got [(2, "
                        + channels
                        + ", 16, 16), (2, "
                        + (channels + 1)
                        + ", 16, 16)]",
                assertThrows(IllegalArgumentException.class, training::check).getMessage());
    }

    @Test
    void aWeightOfOutputsThatThereAreNotIsRefused() {
        SegmentationTraining training =
                TrainingTesting.training()
                        .setPlan(TrainingTesting.plan().optAuxiliaryWeight(0.5f).build())
                        .build();
        assertEquals(
                "auxiliaryWeight: expected 0.4, the default, as a U-Net has one output, got 0.5",
                assertThrows(IllegalArgumentException.class, training::run).getMessage());
    }
}
