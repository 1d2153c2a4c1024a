package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.translator.SegmentationTranslator;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentationModelsTest {

    private static final List<String> NASTY =
            List.of(
                    "sky, cloud",
                    "a=b:c",
                    " leading and trailing ",
                    "",
                    "Straße ☃ 水 \uD83C\uDF0D",
                    "line\nbreak\ttab\\u0041",
                    "#no comment",
                    "!");

    private static final ModelDescription DESCRIPTION =
            ModelDescription.unet(
                    NASTY,
                    3,
                    2,
                    96,
                    128,
                    new Normalization(List.of(0.1f, 1 / 3f, 0.7f), List.of(1e-3f, 1f, 0.2f)));

    /** One saved model, named earth, that most tests copy; made on first use. */
    @TempDir static Path template;

    @TempDir Path folder;

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(5);
    }

    @Test
    void aSavedModelPredictsTheSameBits() throws Exception {
        try (Model model = trained("earth", DESCRIPTION)) {
            SegmentationModels.save(model, DESCRIPTION, folder);
            byte[] expected = logits(model);
            try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
                assertArrayEquals(expected, logits(loaded));
                assertEquals("earth", loaded.getName());
            }
            try (ZooModel<Image, CategoryMask> loaded = criteria()) {
                assertArrayEquals(expected, logits(loaded));
            }
        }
    }

    @Test
    void plainDjlPredictsTheSameLabels() throws Exception {
        Image image = image(21, 13);
        int[][] expected;
        save("earth");
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder);
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            CategoryMask mask = predictor.predict(image);
            expected = mask.getMask();
            assertEquals(NASTY, mask.getClasses());
        }
        try (ZooModel<Image, CategoryMask> loaded = criteria();
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            assertArrayEquals(expected, predictor.predict(image).getMask());
        }
        Criteria<Image, CategoryMask> byArgument =
                Criteria.builder()
                        .setTypes(Image.class, CategoryMask.class)
                        .optModelPath(folder)
                        .optArgument(
                                "translatorFactory", SegmentationTranslatorFactory.class.getName())
                        .build();
        try (ZooModel<Image, CategoryMask> loaded = byArgument.loadModel();
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            assertArrayEquals(expected, predictor.predict(image).getMask());
        }
    }

    @Test
    void aModelOfOneScoreIsLoadedWithItsThreshold() throws Exception {
        ModelDescription binary =
                new ModelDescription(
                        List.of("ground", "road"),
                        new UNetNetwork(3, 2),
                        8,
                        8,
                        Normalization.imageNet(),
                        Decision.SCORE_ABOVE_ZERO);
        Image image = image(21, 13);
        int[][] expected = new int[13][21];
        try (Model model = trained("road", binary)) {
            SegmentationModels.save(model, binary, folder);
            SegmentationTranslator translator = new SegmentationTranslator(binary);
            try (Predictor<Image, NDList> raw =
                            model.newPredictor(
                                    new Translator<>() {
                                        @Override
                                        public NDList processInput(
                                                TranslatorContext ctx, Image input) {
                                            return translator.processInput(ctx, input);
                                        }

                                        @Override
                                        public NDList processOutput(
                                                TranslatorContext ctx, NDList list) {
                                            list.detach();
                                            return list;
                                        }

                                        @Override
                                        public Batchifier getBatchifier() {
                                            return null;
                                        }
                                    });
                    NDList scores = raw.predict(image)) {
                assertEquals(new Shape(1, 1, 13, 21), scores.head().getShape());
                float[] values = scores.head().toFloatArray();
                for (int i = 0; i < values.length; i++) {
                    expected[i / 21][i % 21] = values[i] > 0 ? 1 : 0;
                }
            }
        }
        assertEquals(2, Arrays.stream(expected).flatMapToInt(Arrays::stream).distinct().count());
        for (ZooModel<Image, CategoryMask> model :
                List.of(SegmentationModels.load(folder), criteria())) {
            try (model;
                    Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
                assertEquals(binary, ModelDescription.from(model.getProperties()));
                CategoryMask mask = predictor.predict(image);
                assertEquals(List.of("ground", "road"), mask.getClasses());
                assertArrayEquals(expected, mask.getMask());
            }
        }
        // One logit a class is another network.
        try (Model model = trained("road", binary)) {
            ModelDescription two =
                    ModelDescription.unet(
                            List.of("ground", "road"), 3, 2, 8, 8, Normalization.imageNet());
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> SegmentationModels.save(model, two, folder));
            assertEquals(
                    "model: expected output channels, input channels, base width and depth"
                            + " [2, 3, 3, 2] as described, got [1, 3, 3, 2]",
                    e.getMessage());
        }
    }

    @Test
    void djlServingNeedsNothingButTheFolder() throws Exception {
        Image image = image(9, 4);
        save("earth");
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        image.save(png, "png");
        Input input = new Input();
        input.add(png.toByteArray());
        Criteria<Input, Output> criteria =
                Criteria.builder().setTypes(Input.class, Output.class).optModelPath(folder).build();
        String json;
        try (ZooModel<Input, Output> loaded = criteria.loadModel();
                Predictor<Input, Output> predictor = loaded.newPredictor()) {
            json = predictor.predict(input).getData().getAsString();
        }
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder);
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            assertEquals(predictor.predict(image).toJson(), json);
        }
    }

    @Test
    void descriptionsSurvive() throws Exception {
        save("earth");
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertEquals(DESCRIPTION, ModelDescription.from(loaded.getProperties()));
        }
        try (ZooModel<Image, CategoryMask> loaded = criteria()) {
            assertEquals(DESCRIPTION, ModelDescription.from(loaded.getProperties()));
        }
    }

    @Test
    void theSameModelGivesTheSameDescriptionFile() throws Exception {
        save("earth");
        String first = Files.readString(folder.resolve("serving.properties"));
        Path other = folder.resolve("other");
        try (Model model = trained("earth", DESCRIPTION)) {
            SegmentationModels.save(model, DESCRIPTION, other);
        }
        assertEquals(first, Files.readString(other.resolve("serving.properties")));
        assertTrue(first.chars().allMatch(c -> c == '\n' || c >= ' ' && c < 127), first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b:c d", "..", "ünet"})
    void anyNameWillDo(String name) throws Exception {
        save(name);
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertEquals(DESCRIPTION, ModelDescription.from(loaded.getProperties()));
        }
        criteria().close();
    }

    @Test
    void savingAgainReplacesTheModelAndNothingElse() throws Exception {
        Files.writeString(folder.resolve("notes.txt"), "mine");
        Files.writeString(folder.resolve("earth-0007.params"), "mine too");
        save("earth");
        ModelDescription wider =
                ModelDescription.unet(List.of("a", "b"), 5, 1, 8, 8, Normalization.imageNet());
        byte[] expected;
        try (Model model = trained("earth", wider)) {
            model.setProperty("Epoch", "12");
            SegmentationModels.save(model, wider, folder);
            expected = logits(model);
        }
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(loaded));
            assertEquals(wider, ModelDescription.from(loaded.getProperties()));
            assertEquals("12", loaded.getProperty("Epoch"));
            // A loaded model may be saved over itself.
            SegmentationModels.save(loaded, wider, folder);
        }
        try (ZooModel<Image, CategoryMask> loaded = criteria()) {
            assertArrayEquals(expected, logits(loaded));
        }
        assertEquals(
                List.of(
                        "earth-0000.params",
                        "earth-0007.params",
                        "notes.txt",
                        "serving.properties"),
                files());
    }

    @Test
    void aFailedSaveLeavesTheEarlierModel() throws Exception {
        save("earth");
        List<String> before = files();
        byte[] expected;
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            expected = logits(loaded);
        }
        try (Model model = trained("earth", DESCRIPTION)) {
            Model full = failing(model);
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> SegmentationModels.save(full, DESCRIPTION, folder));
            assertEquals(
                    folder
                            + ": the model cannot be saved, the one before is kept: No space left on"
                            + " device",
                    e.getMessage());
        }
        assertEquals(before, files());
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(loaded));
        }
    }

    @Test
    void aDescriptionThatCannotBeReplacedLeavesNoStrayFiles() throws Exception {
        Path blocked = folder.resolve("serving.properties");
        Files.createDirectories(blocked.resolve("x"));
        try (Model model = trained("earth", DESCRIPTION)) {
            assertThrows(
                    IOException.class, () -> SegmentationModels.save(model, DESCRIPTION, folder));
        }
        assertEquals(List.of("serving.properties"), files());
    }

    @Test
    void aFileIsNoFolder() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        try (Model model = trained("earth", DESCRIPTION)) {
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> SegmentationModels.save(model, DESCRIPTION, file));
            assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        }
    }

    @Test
    void onlyTheDescribedNetworkIsSaved() throws Exception {
        ModelDescription other =
                ModelDescription.unet(NASTY, 3, 3, 8, 8, DESCRIPTION.normalization());
        try (Model model = trained("earth", DESCRIPTION)) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> SegmentationModels.save(model, other, folder));
            assertTrue(e.getMessage().contains("[8, 3, 3, 3]"), e.getMessage());
            assertTrue(e.getMessage().contains("[8, 3, 3, 2]"), e.getMessage());
        }
        try (Model model = Model.newInstance("empty")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> SegmentationModels.save(model, DESCRIPTION, folder));
            model.setBlock(DESCRIPTION.newBlock());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> SegmentationModels.save(model, DESCRIPTION, folder));
        }
        assertEquals(List.of(), files());
    }

    @Test
    void aLoadedModelTrainsOn() throws Exception {
        save("earth");
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder)) {
            byte[] before = logits(loaded);
            step(loaded);
            assertFalse(Arrays.equals(before, logits(loaded)));
        }
    }

    @Test
    void missingFilesAreNamed() throws Exception {
        Path nowhere = folder.resolve("nowhere");
        IOException e = assertThrows(IOException.class, () -> SegmentationModels.load(nowhere));
        assertTrue(e.getMessage().contains(nowhere.toString()), e.getMessage());

        save("earth");
        Path parameters = folder.resolve("earth-0000.params");
        Files.delete(parameters);
        e = assertThrows(IOException.class, () -> SegmentationModels.load(folder));
        assertTrue(e.getMessage().contains(parameters.toString()), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "segmentation.format=1, segmentation.format=3, 'segmentation.format: expected 1 or 2, got 3'",
        "segmentation.format=1, segmentation.format=2, 'segmentation.decision: expected a value'",
        "segmentation.depth=2, depht=2, 'segmentation.depth: expected a value, got none'",
        "segmentation.depth=2, segmentation.depth=two, 'segmentation.depth: expected a whole number, got \"two\"'",
        "segmentation.depth=2, segmentation.depth=99, 'depth: expected 1 to 10, got 99'",
        "segmentation.classes=8, segmentation.classes=9, 'segmentation.class.8: expected a value'",
        "segmentation.classes=8, segmentation.classes=-1, 'classNames: expected at least 1'",
        "segmentation.mean=0.1, 'segmentation.mean=x,0.1', 'segmentation.mean: expected numbers'",
        "segmentation.mean=0.1, 'segmentation.mean=1,0.1', 'std: expected 4 values above 0'",
        "option.epoch=0, option.epoch=-1, 'option.epoch: expected 0 to 9999, got -1'",
        "option.modelName=earth, option.modelName=../earth, 'option.modelName: expected a plain'",
        "segmentation.class.7=, 'segmentation.class.7=\\u00zz', 'Malformed'",
        "segmentation.depth=2, segmentation.depth=1, 'depth 1, got 8 classes'",
        "Factory=io.github.lovaszdjl.translator, Factory=x, 'translatorFactory: expected a class on the class path, got x.SegmentationTranslatorFactory'",
        "translator.SegmentationTranslatorFactory, model.UNetBlockFactory, 'translatorFactory: expected a class that implements ai.djl.translate.TranslatorFactory, got io.github.lovaszdjl.model.UNetBlockFactory'",
    })
    void malformedDescriptionsAreExplained(String from, String to, String message)
            throws Exception {
        save("earth");
        Path file = folder.resolve("serving.properties");
        String text = Files.readString(file);
        assertTrue(text.contains(from), text);
        Files.writeString(file, text.replace(from, to));
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
    }

    @Test
    void aModelThatNamesNoTranslatorGetsTheLibrarys() throws Exception {
        save("earth");
        Path file = folder.resolve("serving.properties");
        Files.writeString(file, Files.readString(file).replaceFirst("translatorFactory=.*\n", ""));
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(folder);
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            assertEquals(NASTY, predictor.predict(image(9, 4)).getClasses());
        }
    }

    /** Makes a translator that knows no image. */
    public static final class OwnTranslatorFactory implements TranslatorFactory {

        /** The library calls this. */
        public OwnTranslatorFactory() {}

        @Override
        public Set<Pair<Type, Type>> getSupportedTypes() {
            return Set.of();
        }

        @Override
        public <I, O> Translator<I, O> newInstance(
                Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
                throws TranslateException {
            throw new TranslateException("expected " + arguments.get("segmentation.height"));
        }
    }

    @Test
    void anotherTranslatorFactoryIsAskedAsByDjl() throws Exception {
        save("earth");
        Path file = folder.resolve("serving.properties");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace(
                                SegmentationTranslatorFactory.class.getName(),
                                OwnTranslatorFactory.class.getName()));
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertEquals(file + ": expected 96", e.getMessage());
    }

    @Test
    void aUNetRunsOnTheDefaultEngineWhicheverItWasTrainedOn() throws Exception {
        save("earth");
        Path file = folder.resolve("serving.properties");
        String own = "engine=" + Engine.getDefaultEngineName();
        assertTrue(Files.readString(file).contains(own));
        Files.writeString(file, Files.readString(file).replace(own, "engine=Steam"));
        try (Model model = SegmentationModels.load(folder)) {
            Engine engine = model.getNDManager().getEngine();
            assertEquals(Engine.getDefaultEngineName(), engine.getEngineName());
        }
    }

    @Test
    void plainDjlExplainsMalformedDescriptionsToo() throws Exception {
        save("earth");
        Path file = folder.resolve("serving.properties");
        Files.writeString(file, Files.readString(file).replace("segmentation.depth", "x"));
        IOException e = assertThrows(IOException.class, this::criteria);
        assertEquals(
                file.toRealPath() + ": segmentation.depth: expected a value, got none",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 7, 20, 60, 200, 300, 1000, 5000, -1})
    void truncatedParametersAreExplained(int length) throws Exception {
        save("earth");
        Path file = folder.resolve("earth-0000.params");
        byte[] bytes = Files.readAllBytes(file);
        int kept = length < 0 ? bytes.length + length : length;
        assertTrue(kept < bytes.length);
        Files.write(file, Arrays.copyOf(bytes, kept));
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertEquals(file + ": ends too early", e.getMessage());
    }

    @Test
    void otherFilesAreNoParameters() throws Exception {
        save("earth");
        Path file = folder.resolve("earth-0000.params");
        Files.write(file, "PK and so on".getBytes(StandardCharsets.US_ASCII));
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertEquals(file + ": expected parameters that DJL has written", e.getMessage());
        Class<? extends Exception> ofDjl =
                Engines.isPyTorch() ? ModelNotFoundException.class : EngineException.class;
        assertThrows(ofDjl, this::criteria);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void damagedParametersNeverRaiseAnythingElse(long seed) throws Exception {
        save("earth");
        Path file = folder.resolve("earth-0000.params");
        byte[] bytes = Files.readAllBytes(file);
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            byte[] damaged = bytes.clone();
            // Only low bits: the high ones of a length make DJL allocate gigabytes.
            int at = 4 + random.nextInt(800);
            damaged[at] ^= (byte) (1 << random.nextInt(4));
            Files.write(file, damaged);
            try {
                SegmentationModels.load(folder).close();
            } catch (IOException | MalformedModelException e) {
                assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
            }
        }
    }

    private void save(String name) throws IOException {
        if (!name.equals("earth")) {
            try (Model model = trained(name, DESCRIPTION)) {
                SegmentationModels.save(model, DESCRIPTION, folder);
            }
            return;
        }
        if (!Files.exists(template.resolve("serving.properties"))) {
            try (Model model = trained(name, DESCRIPTION)) {
                SegmentationModels.save(model, DESCRIPTION, template);
            }
        }
        try (Stream<Path> files = Files.list(template)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** A model whose running statistics have left their start. */
    private static Model trained(String name, ModelDescription description) {
        Model model = Model.newInstance(name);
        model.setBlock(description.newBlock());
        Shape shape = new Shape(2, 3, 8, 8);
        model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, shape);
        try (NDManager m = model.getNDManager().newSubManager()) {
            NDList images = new NDList(m.randomNormal(shape));
            // MXNet takes the statistics along on the way back.
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                ParameterStore store = new ParameterStore(m, false);
                NDArray logits = model.getBlock().forward(store, images, true).singletonOrThrow();
                collector.backward(logits.sum());
            }
        }
        return model;
    }

    private static void step(Model model) {
        Loss loss = Loss.softmaxCrossEntropyLoss("loss", 1, 1, true, true);
        try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(loss))) {
            trainer.initialize(new Shape(2, 3, 8, 8));
            NDManager m = trainer.getManager();
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList logits = trainer.forward(new NDList(m.randomNormal(new Shape(2, 3, 8, 8))));
                NDArray labels = m.zeros(new Shape(2, 1, 8, 8));
                collector.backward(loss.evaluate(new NDList(labels), logits));
            }
            trainer.step();
        }
    }

    private static byte[] logits(Model model) {
        try (NDManager m = model.getNDManager().newSubManager()) {
            NDArray images = m.arange(2 * 3 * 11 * 6).reshape(2, 3, 11, 6);
            NDArray scaled = images.toType(DataType.FLOAT32, true).div(99).sin();
            return model.getBlock()
                    .forward(new ParameterStore(m, false), new NDList(scaled), false)
                    .singletonOrThrow()
                    .toByteArray();
        }
    }

    private ZooModel<Image, CategoryMask> criteria() throws Exception {
        return Criteria.builder()
                .setTypes(Image.class, CategoryMask.class)
                .optModelPath(folder)
                .optTranslatorFactory(new SegmentationTranslatorFactory())
                .build()
                .loadModel();
    }

    private static Image image(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(2);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, random.nextInt(1 << 24));
        }
        return ImageFactory.getInstance().fromImage(image);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** The model on a disk that gets full while it is written. */
    private static Model failing(Model model) {
        return (Model)
                Proxy.newProxyInstance(
                        Model.class.getClassLoader(),
                        new Class<?>[] {Model.class},
                        (proxy, method, args) -> {
                            if (method.getName().equals("save")) {
                                Path file = ((Path) args[0]).resolve(args[1] + "-0000.params");
                                Files.writeString(file, "DJL@");
                                throw new IOException("No space left on device");
                            }
                            try {
                                return method.invoke(model, args);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
