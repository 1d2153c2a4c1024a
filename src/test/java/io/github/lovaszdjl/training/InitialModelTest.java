package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.UNetNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitialModelTest {

    private static final Path MODULE = Path.of("src", "test", "resources", "torchscript", "net.pt");
    private static final List<String> CLASSES = List.of("ocean", "land", "ice", "lake");

    @TempDir private Path folder;

    private Path root;
    private Path saved;

    @BeforeEach
    void saveAModel() throws IOException {
        root = folder.resolve("data");
        EarthTiles.copy(root, "train", 4);
        EarthTiles.copy(root, "val", 4);
        saved = folder.resolve("saved");
        // Of another seed than what starts from it.
        try (TrainingResult result =
                training(tiny().optSeed(9).optLearningRate(1e-2f).build()).build().run()) {
            SegmentationModels.save(result.model(), result.description(), saved);
        }
    }

    private static TrainingPlan.Builder tiny() {
        return TrainingPlan.builder()
                .optEpochs(2)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2);
    }

    private SegmentationTraining.Builder training(TrainingPlan plan) {
        Loss loss = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(255).build();
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .optAllowMissingClasses(true)
                .setTrainingSet(plan.trainingSet(root, OptionalInt.empty()))
                .setValidationSet(plan.evaluationSet(root, "val", OptionalInt.empty()));
    }

    /** The parameters that an optimizer changes, by name. */
    private static Map<String, float[]> weights(Model model) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        for (Pair<String, Parameter> p : model.getBlock().getParameters()) {
            NDArray array = p.getValue().getArray();
            if (!p.getKey().contains("unning")) {
                weights.put(p.getKey(), array.toFloatArray());
            }
        }
        return weights;
    }

    private Map<String, float[]> savedWeights() throws Exception {
        try (ZooModel<?, ?> model = SegmentationModels.load(saved)) {
            return weights(model);
        }
    }

    /** A rate that changes nothing, and a stop after the first batch. */
    private SegmentationTraining.Builder still() {
        return training(tiny().optLearningRate(1e-30f).build()).optStop(() -> true);
    }

    @Test
    void withoutAStepTheWeightsAreThoseOfTheModel() throws Exception {
        Map<String, float[]> expected = savedWeights();
        assertTrue(expected.size() > 20, expected.keySet().toString());
        try (TrainingResult result = still().optInitialModel(saved, true).build().run();
                TrainingResult fresh = still().build().run()) {
            Map<String, float[]> actual = weights(result.model());
            assertEquals(expected.keySet(), actual.keySet());
            expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
            String first = expected.keySet().iterator().next();
            assertFalse(Arrays.equals(expected.get(first), weights(fresh.model()).get(first)));
        }
    }

    @Test
    void withoutTheClassifierAllOtherWeightsAreThoseOfTheModel() throws Exception {
        Map<String, float[]> expected = savedWeights();
        try (TrainingResult result = still().optInitialModel(saved, false).build().run()) {
            Map<String, float[]> actual = weights(result.model());
            int others = 0;
            for (Map.Entry<String, float[]> entry : expected.entrySet()) {
                if (entry.getKey().contains("classifier")) {
                    boolean weight = entry.getKey().endsWith("weight");
                    float[] drawn = actual.get(entry.getKey());
                    assertFalse(Arrays.equals(entry.getValue(), drawn), entry.getKey());
                    assertTrue(!weight || drawn[0] != 0, entry.getKey());
                    others++;
                } else {
                    assertArrayEquals(entry.getValue(), actual.get(entry.getKey()));
                }
            }
            assertEquals(2, others);
        }
    }

    @Test
    void itsRunningStatisticsAreTakenToo() throws Exception {
        // At the end of an epoch that changed no weight they are those of the data, and before of
        // the model: its scores are those of the model where the network is seen before any batch.
        Model model = Model.newInstance("model");
        try (model;
                ZooModel<?, ?> whole = SegmentationModels.load(saved)) {
            ModelDescription description = ModelDescription.from(whole.getProperties());
            model.setBlock(description.newBlock());
            new InitialModel(saved, true).copyTo(model, description);
            assertEquals(
                    SegmentationTraining.evaluate(whole, validation()).toString(),
                    SegmentationTraining.evaluate(model, validation()).toString());
        }
    }

    private FolderSegmentationDataset validation() {
        return tiny().build().evaluationSet(root, "val", OptionalInt.empty());
    }

    @Test
    void aTrainingThatGoesOnNeedsTheModelNoMore() throws Exception {
        Path checkpoint = folder.resolve("run").resolve("checkpoint.zip");
        Map<String, float[]> expected;
        try (TrainingResult whole =
                training(tiny().build()).optInitialModel(saved, true).build().run()) {
            expected = weights(whole.model());
        }
        int[] asked = new int[1];
        training(tiny().build())
                .optInitialModel(saved, true)
                .optCheckpoint(checkpoint)
                .optStop(() -> ++asked[0] == 3)
                .build()
                .run()
                .close();
        Files.move(saved, folder.resolve("away"));
        // Whether it is named or not.
        for (boolean named : new boolean[] {true, false}) {
            SegmentationTraining.Builder rest = training(tiny().build()).optCheckpoint(checkpoint);
            if (named) {
                rest.optInitialModel(saved, true).optStop(() -> true);
            }
            try (TrainingResult result = rest.build().resume()) {
                assertEquals(named, result.stopped());
                if (!named) {
                    Map<String, float[]> actual = weights(result.model());
                    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name)));
                }
            }
        }
        assertEquals(
                saved.toAbsolutePath().normalize() + ", with its classifier",
                Checkpoint.read(checkpoint).settings().get("initial model"));
        assertEquals(2, SegmentationTraining.reports(checkpoint).size());
    }

    private void assertRefused(String message, SegmentationTraining.Builder training) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> training.build().check())
                        .getMessage());
    }

    @Test
    void anotherNetworkIsRefused() throws IOException {
        assertRefused(
                "initialModel: expected base width 3, got 2 in " + saved,
                training(tiny().optBaseWidth(3).build()).optInitialModel(saved, true));
        assertRefused(
                "initialModel: expected depth 3, got 2 in " + saved,
                training(tiny().optDepth(3).build()).optInitialModel(saved, false));
        Path gone = folder.resolve("gone");
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> training(tiny().build()).optInitialModel(gone, true).build().check());
        assertTrue(e.getMessage().contains(gone.toString()), e.getMessage());
    }

    @Test
    void otherClassesNeedAClassifierOfTheirOwn() throws Exception {
        Files.writeString(root.resolve("classes.txt"), "sea\nland\nice\nlake\nsand\n");
        assertRefused(
                "initialModel: expected the classes of the data, [sea, land, ice, lake, sand], got"
                        + " [ocean, land, ice, lake] in "
                        + saved
                        + "; without its classifier other classes will do",
                training(tiny().build()).optInitialModel(saved, true));
        try (TrainingResult result =
                training(tiny().build()).optInitialModel(saved, false).build().run()) {
            assertEquals(2, result.epochs().size());
            assertEquals(5, result.epochs().get(0).validation().classes());
        }
    }

    @Test
    void anotherNormalizationIsRefused() throws Exception {
        Normalization other = new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(1f, 1f, 1f));
        save(new ModelDescription(CLASSES, network(), 32, 32, other));
        assertRefused(
                "initialModel: expected the normalization of the data, "
                        + Normalization.imageNet()
                        + ", got "
                        + other
                        + " in "
                        + saved,
                training(tiny().build()).optInitialModel(saved, false));
    }

    @Test
    void anotherNumberOfChannelsIsRefused() throws Exception {
        Files.writeString(root.resolve("classes.txt"), "no\nyes\n");
        save(
                new ModelDescription(
                        List.of("no", "yes"),
                        network(),
                        32,
                        32,
                        Normalization.imageNet(),
                        Decision.SCORE_ABOVE_ZERO));
        ModelDescription two =
                new ModelDescription(
                        List.of("no", "yes"), network(), 32, 32, Normalization.imageNet());
        assertEquals(
                "initialModel: expected 2 output channels, which the loss is for, got 1 in "
                        + saved
                        + "; without its classifier others will do",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new InitialModel(saved, true).check(two))
                        .getMessage());
        new InitialModel(saved, false).check(two);
    }

    private static UNetNetwork network() {
        return new UNetNetwork(2, 2);
    }

    private void save(ModelDescription description) throws IOException {
        try (Model model = Model.newInstance("another")) {
            model.setBlock(description.newBlock());
            model.getBlock()
                    .initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
            SegmentationModels.save(model, description, saved);
        }
    }

    @Test
    void aModuleHasItsOwnWeights() throws Exception {
        Engines.assumePyTorch("TorchScript is PyTorch's alone");
        assertRefused(
                "initialModel: expected none with the TorchScript module "
                        + MODULE
                        + ", which holds its weights, got "
                        + saved,
                training(tiny().build()).optTorchScript(MODULE).optInitialModel(saved, true));
        Path module = folder.resolve("module");
        try (TrainingResult result =
                training(tiny().optEpochs(1).build()).optTorchScript(MODULE).build().run()) {
            SegmentationModels.save(result.model(), result.description(), module);
        }
        assertRefused(
                "initialModel: expected a U-Net, got a TorchScript module in "
                        + module
                        + "; its file is a network to train on",
                training(tiny().build()).optInitialModel(module, true));
    }
}
