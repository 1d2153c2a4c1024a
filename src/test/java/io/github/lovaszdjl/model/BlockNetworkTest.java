package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that the library does not know. */
class BlockNetworkTest {

    private static final SegmentationNetwork NETWORK = new BlockNetwork(TinyFactory.class);
    private static final ModelDescription DESCRIPTION =
            new ModelDescription(List.of("a", "b"), NETWORK, 8, 8, Normalization.imageNet());
    private static final Shape IMAGES = new Shape(2, 3, 8, 8);

    private static boolean initialized;

    @TempDir private Path folder;

    /** A 1 x 1 convolution. */
    private static final class TinyNet extends AbstractBlock {

        private final Conv2d classifier;

        TinyNet(int channels) {
            super((byte) 1);
            Shape one = new Shape(1, 1);
            classifier =
                    addChildBlock(
                            "classifier",
                            Conv2d.builder().setKernelShape(one).setFilters(channels).build());
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            return classifier.forward(store, inputs, training, params);
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
            classifier.initialize(manager, type, shapes);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] shapes) {
            return classifier.getOutputShapes(shapes);
        }
    }

    /** Makes a {@link TinyNet} of as many channels as are described. */
    public static class TinyFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public TinyFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                return new TinyNet(ModelDescription.from(arguments).channels());
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /** Makes a network with one channel too many. */
    public static final class WrongFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public WrongFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            return new TinyNet(3);
        }
    }

    /** Asks the model for its name. */
    public static final class AskingFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public AskingFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            return new TinyNet(model.getName().length());
        }
    }

    /** Makes nothing. */
    public static final class NullFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public NullFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            return null;
        }
    }

    /** Throws. */
    public static final class ThrowingFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public ThrowingFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            throw new IllegalArgumentException("no block today\nat all");
        }
    }

    /** Makes a network whose only layer has kernels of the size that is asked for. */
    public static final class KernelFactory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public KernelFactory() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                long kernel = Long.parseLong(arguments.get("block.kernel").toString());
                Shape square = new Shape(kernel, kernel);
                return Conv2d.builder()
                        .setKernelShape(square)
                        .optPadding(new Shape(kernel / 2, kernel / 2))
                        .setFilters(ModelDescription.from(arguments).channels())
                        .build();
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /** Not what a description may name. */
    public static final class NoFactory {
        static {
            initialized = true;
        }
    }

    private static Model model() throws Exception {
        Model model = NETWORK.newModel("tiny", null, DESCRIPTION);
        model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, IMAGES);
        return model;
    }

    private static float[] logits(Model model) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDArray images = manager.arange(2 * 3 * 8 * 8).toType(DataType.FLOAT32, false).sin();
            return model.getBlock()
                    .forward(
                            new ParameterStore(manager, false),
                            new NDList(images.reshape(IMAGES)),
                            false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    @Test
    void isSavedAndLoadedHereAndByPlainDjl() throws Exception {
        float[] expected;
        try (Model model = model()) {
            SegmentationModels.save(model, DESCRIPTION, folder);
            expected = logits(model);
            assertEquals(2 * 2 * 8 * 8, expected.length);
        }
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(loaded));
            assertEquals(DESCRIPTION, ModelDescription.from(loaded.getProperties()));
            // A loaded model may be saved over itself.
            SegmentationModels.save(loaded, DESCRIPTION, folder);
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
    void isRestoredFromItsParameters() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        float[] expected;
        try (Model model = model()) {
            model.getBlock().saveParameters(new DataOutputStream(bytes));
            expected = logits(model);
        }
        try (Model again = NETWORK.restoreModel("tiny", null, DESCRIPTION, bytes.toByteArray())) {
            assertArrayEquals(expected, logits(again));
        }
    }

    @Test
    void anotherFactoryIsAnotherNetwork() {
        SegmentationNetwork other = new BlockNetwork(WrongFactory.class);
        assertNotEquals(NETWORK, other);
        assertNotEquals(NETWORK.name(), other.name());
        assertTrue(NETWORK.difference(NETWORK).isEmpty());
        assertTrue(NETWORK.difference(other).isPresent());
        assertTrue(NETWORK.difference(new UNetNetwork(2, 2)).isPresent());
        assertTrue(new UNetNetwork(2, 2).difference(NETWORK).isPresent());
    }

    @Test
    void outputOfAnotherShapeIsRefused() throws Exception {
        try (Model model = NETWORK.newModel("tiny", null, DESCRIPTION)) {
            NETWORK.checkOutput(model, DESCRIPTION, List.of(IMAGES, new Shape(1, 3, 5, 7)));
        }
        SegmentationNetwork wrong = new BlockNetwork(WrongFactory.class);
        try (Model model = wrong.newModel("tiny", null, DESCRIPTION)) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> wrong.checkOutput(model, DESCRIPTION, List.of(IMAGES)));
            assertEquals(
                    "a block of "
                            + WrongFactory.class.getName()
                            + ": expected logits (2, 2, 8, 8) for images (2, 3, 8, 8), got [(2, 3,"
                            + " 8, 8)]",
                    e.getMessage());
        }
    }

    @Test
    void aFactoryThatMakesNoBlockIsNamed() {
        assertUnmade(NullFactory.class, "null", "");
        assertUnmade(
                ThrowingFactory.class, "java.lang.IllegalArgumentException: no block today", "");
        assertUnmade(
                AskingFactory.class,
                "java.lang.NullPointerException: ",
                "; its model and folder are null, see BlockNetwork");
    }

    private static void assertUnmade(
            Class<? extends BlockFactory> factory, String got, String hint) {
        SegmentationNetwork network = new BlockNetwork(factory);
        String message =
                assertThrows(
                                IllegalStateException.class,
                                () -> network.newModel("none", null, DESCRIPTION))
                        .getMessage();
        assertTrue(
                message.startsWith(factory.getName() + ": expected a block, got " + got), message);
        assertTrue(message.endsWith(hint), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void onlyTheDescribedNetworkIsSaved() throws Exception {
        try (Model model = NETWORK.newModel("tiny", null, DESCRIPTION)) {
            assertUnsaved(model, "model: expected an initialised TinyNet, got TinyNet");
        }
        try (Model model = Model.newInstance("empty")) {
            assertUnsaved(model, "model: expected an initialised TinyNet, got no block");
            model.setBlock(new UNetNetwork(2, 2).newBlock(DESCRIPTION));
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, IMAGES);
            assertUnsaved(model, "model: expected an initialised TinyNet, got UNet");
        }
    }

    private void assertUnsaved(Model model, String message) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> SegmentationModels.save(model, DESCRIPTION, folder));
        assertEquals(message, e.getMessage());
    }

    @Test
    void aFactoryThatIsMissingOrNoneIsTold() throws Exception {
        try (Model model = model()) {
            SegmentationModels.save(model, DESCRIPTION, folder);
        }
        String name = TinyFactory.class.getName();
        assertUnloaded(
                "blockFactory=" + name,
                "blockFactory=com.example.Gone",
                "blockFactory: expected a class on the class path, got com.example.Gone");
        assertUnloaded(
                "blockFactory=" + name,
                "blockFactory=" + NoFactory.class.getName(),
                "blockFactory: expected a class that implements ai.djl.nn.BlockFactory, got "
                        + NoFactory.class.getName());
        assertFalse(initialized);
        assertUnloaded(
                "blockFactory=" + name,
                "blockFactory=ai.djl.nn.BlockFactory",
                "blockFactory: expected a public class with a public constructor without arguments,"
                        + " got ai.djl.nn.BlockFactory");
        assertUnloaded("blockFactory=", "x=", "blockFactory: expected a value, got none");
        // What the block writes about itself is not known, so that nothing else tells.
        assertUnloaded(
                "segmentation.checkSum=",
                "x=",
                "segmentation.checkSum: expected 8 hexadecimal digits, got none");
    }

    private void assertUnloaded(String line, String replacement, String message)
            throws IOException {
        Path file = folder.resolve("serving.properties");
        String text = Files.readString(file);
        assertTrue(text.contains(line), text);
        Files.writeString(file, text.replace(line, replacement));
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertEquals(file + ": " + message, e.getMessage());
        Files.writeString(file, text);
    }

    @Test
    void aDamagedFileIsRefused() throws Exception {
        try (Model model = model()) {
            SegmentationModels.save(model, DESCRIPTION, folder);
        }
        Path file = folder.resolve("tiny-0000.params");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertTrue(
                e.getMessage().startsWith(file + ": is damaged: expected the check sum "),
                e.getMessage());
    }

    @Test
    void aFactoryGetsItsArgumentsAlsoOfASavedModel() throws Exception {
        SegmentationNetwork wide = new BlockNetwork(KernelFactory.class, Map.of("kernel", "5"));
        ModelDescription description =
                new ModelDescription(List.of("a", "b"), wide, 8, 8, Normalization.imageNet());
        float[] expected;
        try (Model model = wide.newModel("wide", null, description)) {
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, IMAGES);
            assertEquals(
                    new Shape(2, 3, 5, 5),
                    model.getBlock().getParameters().get("weight").getShape());
            expected = logits(model);
            SegmentationModels.save(model, description, folder);
        }
        try (Model loaded = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(loaded));
            assertEquals(wide, ModelDescription.from(loaded.getProperties()).network());
        }
        SegmentationNetwork other = new BlockNetwork(KernelFactory.class, Map.of("kernel", "3"));
        assertTrue(other.difference(wide).isPresent());
        assertEquals("block of " + KernelFactory.class.getName() + " {kernel=5}", wide.name());
        for (String name : List.of("", "1", "a b", "a=b", "a\nb")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> new BlockNetwork(KernelFactory.class, Map.of(name, "x")))
                            .getMessage();
            assertTrue(message.startsWith("arguments: expected names of letters"), message);
        }
    }
}
