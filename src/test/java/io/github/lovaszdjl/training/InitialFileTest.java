package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.model.BlockNetwork;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.model.TensorNames;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.TwoParts;
import io.github.lovaszdjl.model.UNetNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings that start from a file of weights. */
class InitialFileTest {

    private static final Path MODULE = Path.of("src", "test", "resources", "torchscript", "net.pt");
    private static final Normalization NORMALIZATION =
            new Normalization(List.of(0.4f, 0.5f, 0.6f), List.of(0.5f, 0.25f, 1f));

    /** No more than what the one step of {@link #still} changes. */
    private static final float STEP = 1e-20f;

    private static final SegmentationNetwork NETWORK = new BlockNetwork(TwoParts.Plain.class);

    @TempDir private Path folder;

    private Path root;
    private Path file;
    private Path whole;
    private Map<String, float[]> written;

    /** A file of an encoder, and one of a network with it. */
    @BeforeEach
    void write() throws IOException {
        root = folder.resolve("data");
        EarthTiles.copy(root, "train", 4);
        EarthTiles.copy(root, "val", 4);
        file = folder.resolve("encoder.safetensors");
        whole = folder.resolve("unet.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(NETWORK, manager, 4);
            PretrainedWeights.write(block.getChildren().get(0).getValue(), file, NORMALIZATION);
            written = new LinkedHashMap<>();
            TensorNames.of(block)
                    .forEach((name, p) -> written.put(name, p.getArray().toFloatArray()));
            PretrainedWeights.write(block(new UNetNetwork(2, 2), manager, 4), whole, NORMALIZATION);
        }
    }

    /** Drawn with other numbers than those that a training draws. */
    private static Block block(SegmentationNetwork network, NDManager manager, int classes) {
        List<String> names = List.of("a", "b", "c", "d", "e").subList(0, classes);
        Block block = new ModelDescription(names, network, 32, 32, NORMALIZATION).newBlock();
        manager.getEngine().setRandomSeed(77);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        return block;
    }

    private SegmentationTraining.Builder training(
            TrainingPlan.Builder builder,
            SegmentationNetwork network,
            Normalization normalization) {
        TrainingPlan plan =
                builder.optBatchSize(2).optCropHeight(32).optCropWidth(32).optSeed(3).build();
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(SegmentationCrossEntropyLoss.builder().optIgnoreLabel(255).build())
                .optNetwork(network)
                .optAllowMissingClasses(true)
                .setTrainingSet(plan.trainingSet(root, OptionalInt.empty(), normalization))
                .setValidationSet(
                        plan.evaluationSet(root, "val", OptionalInt.empty(), normalization));
    }

    private SegmentationTraining.Builder training(SegmentationNetwork network) {
        return training(TrainingPlan.builder().optEpochs(2), network, NORMALIZATION);
    }

    /** A rate that changes nothing, and a stop after the first batch. */
    private SegmentationTraining.Builder still(SegmentationNetwork network) {
        TrainingPlan.Builder plan = TrainingPlan.builder().optEpochs(2).optLearningRate(1e-30f);
        return training(plan, network, NORMALIZATION).optStop(() -> true);
    }

    private static Map<String, float[]> values(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        TensorNames.of(model.getBlock())
                .forEach(
                        (name, p) -> {
                            // A batch has moved the running statistics.
                            if (!name.contains("running")) {
                                values.put(name, p.getArray().toFloatArray());
                            }
                        });
        return values;
    }

    @Test
    void theEncoderIsThatOfTheFileAndTheRestAsInANewNetwork() throws Exception {
        try (TrainingResult fresh = still(NETWORK).build().run();
                TrainingResult result =
                        still(NETWORK).optWeights(PretrainedWeights.of(file)).build().run()) {
            Map<String, float[]> own = values(fresh.model());
            Map<String, float[]> taken = values(result.model());
            assertEquals(own.keySet(), taken.keySet());
            for (String name : taken.keySet()) {
                boolean encoder = name.startsWith("encoder.");
                float[] expected = encoder ? written.get(name) : own.get(name);
                assertArrayEquals(expected, taken.get(name), STEP, name);
            }
            assertFalse(
                    own.get("encoder.Conv2d.weight")[0] == written.get("encoder.Conv2d.weight")[0]);
        }
    }

    @Test
    void theNormalizationIsStoredWithTheModel() throws Exception {
        Path best = folder.resolve("best");
        try (TrainingResult result =
                training(NETWORK)
                        .optWeights(PretrainedWeights.of(file))
                        .optBestModel(best)
                        .build()
                        .run()) {
            assertEquals(NORMALIZATION, result.description().normalization());
        }
        try (ZooModel<?, ?> model = SegmentationModels.load(best)) {
            assertEquals(
                    NORMALIZATION, ModelDescription.from(model.getProperties()).normalization());
        }
    }

    @Test
    void aWholeNetworkIsThatOfTheFile() throws Exception {
        try (TrainingResult result =
                still(new UNetNetwork(2, 2))
                        .optWeights(PretrainedWeights.of(whole))
                        .build()
                        .run()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                Block block = block(new UNetNetwork(2, 2), manager, 4);
                PretrainedWeights.of(whole).copyTo(block, manager);
                Map<String, float[]> taken = values(result.model());
                TensorNames.of(block)
                        .forEach(
                                (name, p) -> {
                                    if (taken.containsKey(name)) {
                                        assertArrayEquals(
                                                p.getArray().toFloatArray(),
                                                taken.get(name),
                                                STEP,
                                                name);
                                    }
                                });
                assertTrue(taken.size() > 20, taken.keySet().toString());
            }
        }
    }

    @Test
    void aWholeNetworkOfOtherClassesIsTakenWithoutItsClassifier() throws Exception {
        SegmentationNetwork network = new UNetNetwork(2, 2);
        Map<String, float[]> ofFile = new LinkedHashMap<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(network, manager, 5);
            PretrainedWeights.write(block, whole, NORMALIZATION);
            TensorNames.of(block)
                    .forEach((name, p) -> ofFile.put(name, p.getArray().toFloatArray()));
        }
        PretrainedWeights without = PretrainedWeights.of(whole).withoutClassifier();
        try (TrainingResult fresh = still(network).build().run();
                TrainingResult result = still(network).optWeights(without).build().run()) {
            Map<String, float[]> own = values(fresh.model());
            Map<String, float[]> taken = values(result.model());
            assertEquals(own.keySet(), taken.keySet());
            for (String name : taken.keySet()) {
                boolean classifier = name.startsWith("classifier.");
                float[] expected = classifier ? own.get(name) : ofFile.get(name);
                assertArrayEquals(expected, taken.get(name), STEP, name);
            }
            assertTrue(taken.containsKey("classifier.weight"), taken.keySet().toString());
        }
    }

    @Test
    void whatHasNoClassifierCannotLeaveItOut() {
        String expected =
                "weights: expected those of a whole network with a child classifier, which is to be"
                        + " left out, got ";
        PretrainedWeights weights = PretrainedWeights.of(file).withoutClassifier();
        assertEquals(
                expected + "those of an encoder in " + file,
                fails(training(NETWORK).optWeights(weights)));
        try (NDManager manager = NDManager.newBaseManager()) {
            Block encoder = block(NETWORK, manager, 4).getChildren().get(0).getValue();
            assertEquals(
                    expected + "a network without one",
                    assertThrows(IllegalArgumentException.class, () -> weights.check(encoder))
                            .getMessage());
        }
    }

    /** Its LayerNorm and Linear blocks find out their sizes when they are initialised. */
    @Test
    void aTransformerStartsFromAFileAndIsSaved() throws Exception {
        SegmentationNetwork network = EncoderDecoderNetwork.of("mit-b0-segformer");
        Path segformer = folder.resolve("mit.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(network, manager, 4);
            PretrainedWeights.write(
                    block.getChildren().get(0).getValue(), segformer, NORMALIZATION);
            String name = "encoder.block.1.0.attention.self.sr.weight";
            float[] expected = TensorNames.of(block).get(name).getArray().toFloatArray();
            Path saved = folder.resolve("saved");
            try (TrainingResult result =
                    still(network).optWeights(PretrainedWeights.of(segformer)).build().run()) {
                assertArrayEquals(expected, values(result.model()).get(name), STEP);
                SegmentationModels.save(result.model(), result.description(), saved);
            }
            try (TrainingResult result =
                    still(network).optInitialModel(saved, false).build().run()) {
                assertArrayEquals(expected, values(result.model()).get(name), STEP);
            }
        }
    }

    @Test
    void aTrainingGoesOnToTheSameNumbersWithoutTheFile() throws Exception {
        Path checkpoint = folder.resolve("checkpoint.zip");
        PretrainedWeights weights = PretrainedWeights.of(file);
        String sum = weights.checksum();
        Map<String, float[]> expected;
        try (TrainingResult whole =
                training(constant(2), NETWORK, NORMALIZATION).optWeights(weights).build().run()) {
            expected = values(whole.model());
        }
        training(constant(1), NETWORK, NORMALIZATION)
                .optWeights(weights)
                .optCheckpoint(checkpoint)
                .build()
                .run()
                .close();
        String text = file.toAbsolutePath() + ", SHA-256 " + sum;
        assertEquals(text, Checkpoint.read(checkpoint).settings().get("initial weights"));
        Files.delete(file);
        try (TrainingResult result =
                training(constant(2), NETWORK, NORMALIZATION)
                        .optCheckpoint(checkpoint)
                        .build()
                        .resume()) {
            assertEquals(2, result.epochs().size());
            Map<String, float[]> got = values(result.model());
            expected.forEach((name, values) -> assertArrayEquals(values, got.get(name), name));
        }
        assertEquals(text, Checkpoint.read(checkpoint).settings().get("initial weights"));
    }

    private static TrainingPlan.Builder constant(int epochs) {
        return TrainingPlan.builder()
                .optEpochs(epochs)
                .optSchedule(TrainingPlan.ScheduleName.CONSTANT);
    }

    @Test
    void weightsOfAnotherNetworkAreRefusedBeforeTheDataIsRead() throws IOException {
        Path gone = folder.resolve("gone");
        Files.move(root, gone);
        String message =
                fails(training(new UNetNetwork(2, 2)).optWeights(PretrainedWeights.of(file)));
        assertTrue(
                message.startsWith("weights: expected the 62 tensors of the network, got none for"),
                message);
        assertTrue(message.endsWith(" in " + file), message);
        message = fails(training(new UNetNetwork(3, 2)).optWeights(PretrainedWeights.of(whole)));
        assertEquals(
                "weights: expected encoder0a.conv.weight of the shape (3, 3, 3, 3), got (2, 3, 3, 3)"
                        + " in "
                        + whole,
                message);
        Files.write(file, new byte[20]);
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                training(NETWORK)
                                        .optWeights(PretrainedWeights.of(file))
                                        .build()
                                        .run());
        assertEquals(
                file + ": expected the header of a .safetensors file, of 2 to 12 bytes, got 0",
                e.getMessage());
    }

    @Test
    void aWholeNetworkOfOtherClassesIsRefused() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            PretrainedWeights.write(block(new UNetNetwork(2, 2), manager, 5), whole, NORMALIZATION);
        }
        assertEquals(
                "weights: expected classifier.weight of the shape (4, 2, 1, 1), got (5, 2, 1, 1) in "
                        + whole
                        + "; without its classifier other classes will do",
                fails(training(new UNetNetwork(2, 2)).optWeights(PretrainedWeights.of(whole))));
    }

    /** A network whose last layer has a name of its own, for any number of classes. */
    public static final class Headed implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Headed() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                int channels = ModelDescription.from(arguments).channels();
                return new SequentialBlock()
                        .add(new SequentialBlock().add(convolution(4)))
                        .add(convolution(channels));
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static Block convolution(int filters) {
            return Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(filters).build();
        }
    }

    @Test
    void theLastLayerOfABlockOfOnesOwnMayHaveAnyName() throws Exception {
        SegmentationNetwork network = new BlockNetwork(Headed.class);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(network, manager, 4);
            PretrainedWeights.write(block, whole, NORMALIZATION);
            try (TrainingResult result =
                    still(network).optWeights(PretrainedWeights.of(whole)).build().run()) {
                float[] expected =
                        TensorNames.of(block).get("Conv2d.weight").getArray().toFloatArray();
                assertArrayEquals(expected, values(result.model()).get("Conv2d.weight"), STEP);
            }
            PretrainedWeights.write(block(network, manager, 5), whole, NORMALIZATION);
        }
        assertEquals(
                "weights: expected Conv2d.weight of the shape (4, 4, 1, 1), got (5, 4, 1, 1) in "
                        + whole,
                fails(training(network).optWeights(PretrainedWeights.of(whole))));
    }

    @Test
    void dataOfAnotherNormalizationIsRefused() {
        String message =
                fails(
                        training(TrainingPlan.builder(), NETWORK, Normalization.imageNet())
                                .optWeights(PretrainedWeights.of(file)));
        assertEquals(
                "weights: expected the normalization of the data, "
                        + Normalization.imageNet()
                        + ", got "
                        + NORMALIZATION
                        + " in "
                        + file,
                message);
    }

    @Test
    void aModuleHasItsWeights() {
        Engines.assumePyTorch("TorchScript");
        String message =
                fails(
                        training(TorchScriptNetwork.of(MODULE))
                                .optWeights(PretrainedWeights.of(file)));
        assertTrue(
                message.startsWith("weights: expected none with the TorchScript module "), message);
    }

    @Test
    void thereIsOneThingToStartFrom() {
        String both = "weights: expected an initial model or weights, got both";
        PretrainedWeights weights = PretrainedWeights.of(file);
        SegmentationTraining.Builder model =
                SegmentationTraining.builder().optInitialModel(folder, true);
        assertEquals(
                both,
                assertThrows(IllegalArgumentException.class, () -> model.optWeights(weights))
                        .getMessage());
        SegmentationTraining.Builder ofFile = SegmentationTraining.builder().optWeights(weights);
        assertEquals(
                both,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ofFile.optInitialModel(folder, true))
                        .getMessage());
        model.optInitialModel(folder.resolve("other"), false);
        ofFile.optWeights(weights);
    }

    private static String fails(SegmentationTraining.Builder builder) {
        SegmentationTraining training = builder.build();
        String message = assertThrows(IllegalArgumentException.class, training::check).getMessage();
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, training::run).getMessage());
        return message;
    }
}
