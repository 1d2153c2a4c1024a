package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of an encoder and a decoder are trained, saved and resumed as U-Nets are. */
class EncoderDecoderTrainingTest {

    private static final int SIZE = 40;

    @TempDir private Path root;

    private static SegmentationTraining.Builder training(String network) {
        TrainingPlan plan =
                TrainingTesting.plan().optEpochs(2).optCropHeight(SIZE).optCropWidth(SIZE).build();
        return TrainingTesting.training()
                .setPlan(plan)
                .optNetwork(EncoderDecoderNetwork.of(network))
                .setTrainingSet(InMemoryDataset.random(1, 4, SIZE, 2))
                .setValidationSet(InMemoryDataset.random(2, 2, SIZE, 1));
    }

    /** Dropout and stochastic depth draw the same numbers after a stop. */
    @ParameterizedTest
    @ValueSource(strings = {"mobilenetv3-deeplabv3plus", "mit-b0-segformer"})
    void resumesToTheSameBits(String network) throws Exception {
        assumeTrue(
                Engines.isPyTorch() || network.startsWith("mit"),
                "one network is enough on a slower engine");
        Path checkpoint = root.resolve("checkpoint.zip");
        Path best = root.resolve("best");
        List<float[]> expected;
        SegmentationTraining.Builder whole = training(network).optBestModel(best);
        try (TrainingResult result = whole.build().run();
                Model loaded = SegmentationModels.load(best)) {
            expected = TrainingTesting.weights(result.model());
            assertEquals(
                    EncoderDecoderNetwork.of(network),
                    ModelDescription.from(loaded.getProperties()).network());
            assertEquals(
                    result.best().orElseThrow().validation().toString(),
                    SegmentationTraining.evaluate(loaded, InMemoryDataset.random(2, 2, SIZE, 1))
                            .toString());
        }
        AtomicInteger batches = new AtomicInteger();
        training(network)
                .optCheckpoint(checkpoint)
                .optStop(() -> batches.incrementAndGet() >= 4)
                .build()
                .run()
                .close();
        try (TrainingResult rest = training(network).optCheckpoint(checkpoint).build().resume()) {
            assertEquals(2, rest.epochs().size());
            List<float[]> actual = TrainingTesting.weights(rest.model());
            assertEquals(expected.size(), actual.size());
            for (int i = 0; i < actual.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i));
            }
        }
    }

    @Test
    void startsFromTheWeightsOfASavedModel() throws IOException {
        Path best = root.resolve("best");
        training("mobilenetv3-unet").optBestModel(best).build().run().close();
        try (TrainingResult result =
                training("mobilenetv3-unet").optInitialModel(best, true).build().run()) {
            assertEquals(2, result.epochs().size());
        }
        SegmentationTraining other =
                training("mit-b0-segformer").optInitialModel(best, true).build();
        assertRefused(
                other, "initialModel: expected a mit-b0-segformer, got a mobilenetv3-unet in");
    }

    @Test
    void anotherDropoutDoesNotGoOn() throws IOException {
        Path checkpoint = root.resolve("checkpoint.zip");
        training("mit-b0-segformer").optCheckpoint(checkpoint).build().run().close();
        EncoderDecoderNetwork usual = EncoderDecoderNetwork.of("mit-b0-segformer");
        SegmentationNetwork other =
                new EncoderDecoderNetwork(usual.encoder(), usual.decoder(), 32, 0.5f);
        SegmentationTraining training =
                training("mit-b0-segformer").optNetwork(other).optCheckpoint(checkpoint).build();
        String message =
                assertThrows(IllegalArgumentException.class, training::resume).getMessage();
        assertTrue(
                message.startsWith(
                        "network: expected mit-b0-segformer, output stride 32, dropout 0.1 as in"),
                message);
    }

    @Test
    void oneValueAChannelIsRefusedBeforeItStarts() {
        SegmentationTraining training =
                training("mobilenetv3-unet")
                        .setTrainingSet(InMemoryDataset.random(1, 3, 32, 2))
                        .setValidationSet(InMemoryDataset.random(2, 2, 32, 1))
                        .setPlan(TrainingTesting.plan().optCropHeight(32).optCropWidth(32).build())
                        .build();
        assertRefused(training, "cropHeight and cropWidth: expected more than 32 as one of 3");
    }

    @Test
    void aTransformerTrainsOnOneSmallImage() throws IOException {
        TrainingPlan.Builder plan = TrainingTesting.plan().optEpochs(1).optBatchSize(1);
        SegmentationTraining training =
                training("mit-b0-segformer")
                        .setTrainingSet(InMemoryDataset.random(1, 1, 32, 1))
                        .setValidationSet(InMemoryDataset.random(2, 1, 32, 1))
                        .setPlan(plan.optCropHeight(4).optCropWidth(4).build())
                        .build();
        try (TrainingResult result = training.run()) {
            assertEquals(1, result.epochs().size());
        }
    }

    private static void assertRefused(SegmentationTraining training, String start) {
        String message = assertThrows(IllegalArgumentException.class, training::run).getMessage();
        assertTrue(message.startsWith(start), message);
    }
}
