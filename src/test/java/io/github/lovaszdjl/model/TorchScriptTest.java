package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On files that PyTorch has written, see make.py beside them. */
class TorchScriptTest {

    private static final Path FILES = Path.of("src", "test", "resources", "torchscript");
    private static final ModelDescription DESCRIPTION =
            new ModelDescription(
                    List.of("a", "b", "c", "d"),
                    TorchScriptNetwork.saved(),
                    8,
                    8,
                    Normalization.imageNet());

    @TempDir private Path folder;

    private static float[] logits(Model model) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray images = manager.arange(2 * 3 * 8 * 8).toType(DataType.FLOAT32, false).sin();
            NDList input = new NDList(images.reshape(2, 3, 8, 8));
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), input, false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    /** One step of Lovász-Softmax, after which weights and running statistics have moved. */
    private static void step(Model model) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(new LovaszSoftmaxLoss())
                        .optOptimizer(
                                Optimizer.sgd()
                                        .setLearningRateTracker(Tracker.fixed(0.5f))
                                        .build());
        try (Trainer trainer = model.newTrainer(config);
                NDManager manager = NDManager.newBaseManager()) {
            NDArray images = manager.arange(2 * 3 * 8 * 8).toType(DataType.FLOAT32, false).cos();
            NDArray labels = manager.arange(2 * 8 * 8).mod(4).reshape(2, 8, 8);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList predictions = trainer.forward(new NDList(images.reshape(2, 3, 8, 8)));
                collector.backward(trainer.getLoss().evaluate(new NDList(labels), predictions));
            }
            trainer.step();
        }
    }

    @Test
    void isTrainedSavedAndLoaded() throws Exception {
        float[] expected;
        try (Model model = SegmentationModels.loadTorchScript(FILES.resolve("net.pt"), null)) {
            assertEquals("net", model.getName());
            // DJL makes a folder among the temporary files for it.
            assertTrue(model.getModelPath().getFileName().toString().startsWith("pt-model"));
            assertFalse(Files.exists(model.getModelPath()));
            float[] before = logits(model);
            assertEquals(2 * 4 * 8 * 8, before.length);
            step(model);
            expected = logits(model);
            assertFalse(Arrays.equals(before, expected));
            SegmentationModels.save(model, DESCRIPTION, folder);
            SegmentationModels.save(model, DESCRIPTION, folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of("net-0001.pt", "serving.properties"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(loaded));
            assertEquals(DESCRIPTION, ModelDescription.from(loaded.getProperties()));
        }
        // The module itself, for PyTorch.
        try (Model module =
                SegmentationModels.loadTorchScript(folder.resolve("net-0001.pt"), null)) {
            assertArrayEquals(expected, logits(module));
        }
        Criteria<Image, CategoryMask> plain =
                Criteria.builder()
                        .setTypes(Image.class, CategoryMask.class)
                        .optModelPath(folder)
                        .optTranslatorFactory(new SegmentationTranslatorFactory())
                        .build();
        try (ZooModel<Image, CategoryMask> loaded = plain.loadModel()) {
            assertArrayEquals(expected, logits(loaded));
        }
    }

    @Test
    void whatCannotBeTrainedIsRefused() throws IOException {
        for (String name : List.of("frozen.pt", "parameterless.pt")) {
            assertFails(
                    FILES.resolve(name),
                    "expected a TorchScript module with parameters to train, got none");
        }
        Path text = Files.writeString(folder.resolve("text.pt"), "no module");
        assertFails(text, "expected a TorchScript module: ");
        byte[] module = Files.readAllBytes(FILES.resolve("net.pt"));
        Path cut = Files.write(folder.resolve("cut.pt"), Arrays.copyOf(module, 3000));
        assertFails(cut, "expected a TorchScript module: ");
        assertThrows(
                NoSuchFileException.class,
                () -> SegmentationModels.loadTorchScript(folder.resolve("none.pt"), null));
    }

    private static void assertFails(Path file, String expected) {
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class,
                        () -> SegmentationModels.loadTorchScript(file, null));
        assertTrue(e.getMessage().startsWith(file + ": " + expected), e.getMessage());
    }

    @Test
    void aModuleIsNotAUNet() throws Exception {
        ModelDescription unet =
                ModelDescription.unet(List.of("a", "b"), 2, 2, 8, 8, Normalization.imageNet());
        try (Model model = SegmentationModels.loadTorchScript(FILES.resolve("net.pt"), null)) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> SegmentationModels.save(model, unet, folder));
            assertEquals("model: expected an initialised UNet, got PtSymbolBlock", e.getMessage());
        }
        assertThrows(IllegalStateException.class, DESCRIPTION::newBlock);
    }
}
