package io.github.lovaszdjl.translator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import java.awt.image.BufferedImage;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentationTranslatorTest {

    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] STD = {0.229f, 0.224f, 0.225f};

    private static final ModelDescription DESCRIPTION =
            ModelDescription.unet(List.of("a", "b", "c"), 4, 3, 128, 128, Normalization.imageNet());

    private final SegmentationTranslator translator = new SegmentationTranslator(DESCRIPTION);

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(11);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_INT_BGR
            })
    void colourImagesBecomeNormalisedPlanes(int type) {
        BufferedImage image = noise(7, 5, type);
        float[] expected = new float[3 * 5 * 7];
        for (int i = 0; i < 35; i++) {
            int rgb = image.getRGB(i % 7, i / 7);
            int[] samples = {rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff};
            for (int c = 0; c < 3; c++) {
                expected[c * 35 + i] = (samples[c] / 255f - MEAN[c]) / STD[c];
            }
        }
        NDArray input = input(wrap(image));
        assertEquals(new Shape(1, 3, 5, 7), input.getShape());
        assertEquals(DataType.FLOAT32, input.getDataType());
        assertArrayEquals(expected, input.toFloatArray());
    }

    @Test
    void greyImagesFillAllChannels() {
        BufferedImage image = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        float[] expected = new float[3 * 256];
        for (int v = 0; v < 256; v++) {
            image.getRaster().setSample(v, 0, 0, v);
            for (int c = 0; c < 3; c++) {
                expected[c * 256 + v] = (v / 255f - MEAN[c]) / STD[c];
            }
        }
        assertArrayEquals(expected, input(wrap(image)).toFloatArray());
    }

    @Test
    void imagesOfOtherLibrariesGiveTheSameInput() {
        Image image = wrap(noise(6, 9, BufferedImage.TYPE_INT_RGB));
        Image foreign =
                (Image)
                        Proxy.newProxyInstance(
                                Image.class.getClassLoader(),
                                new Class<?>[] {Image.class},
                                (proxy, method, args) ->
                                        method.getName().equals("getWrappedImage")
                                                ? "no BufferedImage"
                                                : method.invoke(image, args));
        assertArrayEquals(input(image).toFloatArray(), input(foreign).toFloatArray());
    }

    @Test
    void masksHaveTheLargestLogitOfEachPixel() throws Exception {
        try (Model model = model();
                Predictor<Image, CategoryMask> predictor = model.newPredictor(translator)) {
            Image image = wrap(noise(19, 10, BufferedImage.TYPE_INT_RGB));
            float[] logits =
                    model.getBlock()
                            .forward(
                                    new ParameterStore(manager, false),
                                    new NDList(input(image)),
                                    false)
                            .singletonOrThrow()
                            .toFloatArray();
            CategoryMask mask = predictor.predict(image);
            assertEquals(DESCRIPTION.classNames(), mask.getClasses());
            assertEquals(10, mask.getMask().length);
            for (int i = 0; i < 190; i++) {
                int best = 0;
                for (int c = 1; c < 3; c++) {
                    if (logits[c * 190 + i] > logits[best * 190 + i]) {
                        best = c;
                    }
                }
                assertEquals(19, mask.getMask()[i / 19].length);
                assertEquals(best, mask.getMask()[i / 19][i % 19]);
            }
        }
    }

    @Test
    void tiesGoToTheLowerLabel() {
        NDArray logits = manager.create(new float[] {1, 2, 2, 1, 2, 2}, new Shape(1, 3, 1, 2));
        // Pixel 0 has logits 1, 2, 2 and pixel 1 has 2, 1, 2.
        CategoryMask mask = translator.processOutput(context(), new NDList(logits));
        assertArrayEquals(new int[][] {{1, 0}}, mask.getMask());
    }

    @Test
    void aScoreAboveZeroIsForeground() {
        SegmentationTranslator binary =
                new SegmentationTranslator(
                        new ModelDescription(
                                List.of("ground", "road"),
                                TorchScriptNetwork.saved(),
                                8,
                                8,
                                Normalization.imageNet(),
                                Decision.SCORE_ABOVE_ZERO));
        float[] scores = {-1, -0f, 0, Float.MIN_NORMAL, 2, Float.POSITIVE_INFINITY, Float.NaN, -9};
        NDArray logits = manager.create(scores, new Shape(1, 1, 2, 4));
        CategoryMask mask = binary.processOutput(context(), new NDList(logits));
        assertEquals(List.of("ground", "road"), mask.getClasses());
        assertArrayEquals(new int[][] {{0, 0, 0, 1}, {1, 1, 1, 0}}, mask.getMask());
    }

    @Test
    void mixedSizesGiveWhatSingleImagesGive() throws Exception {
        List<Image> images = new ArrayList<>();
        for (int[] size : new int[][] {{1, 1}, {8, 8}, {5, 21}, {33, 2}}) {
            images.add(wrap(noise(size[0], size[1], BufferedImage.TYPE_INT_RGB)));
        }
        try (Model model = model();
                Predictor<Image, CategoryMask> predictor = model.newPredictor(translator)) {
            List<CategoryMask> masks = predictor.batchPredict(images);
            for (int i = 0; i < images.size(); i++) {
                Image image = images.get(i);
                int[][] mask = masks.get(i).getMask();
                assertEquals(image.getHeight(), mask.length);
                assertEquals(image.getWidth(), mask[0].length);
                assertArrayEquals(predictor.predict(image).getMask(), mask);
            }
        }
    }

    @Test
    void factoriesNeedADescriptionAndParameters() {
        SegmentationTranslatorFactory factory = new SegmentationTranslatorFactory();
        try (Model model = model()) {
            TranslateException e =
                    assertThrows(
                            TranslateException.class,
                            () ->
                                    factory.newInstance(
                                            Image.class, CategoryMask.class, model, Map.of()));
            assertTrue(e.getMessage().contains("segmentation.format"), e.getMessage());
            e =
                    assertThrows(
                            TranslateException.class,
                            () ->
                                    factory.newInstance(
                                            String.class, CategoryMask.class, model, Map.of()));
            assertTrue(e.getMessage().contains("String"), e.getMessage());
            model.setBlock(DESCRIPTION.newBlock());
            e =
                    assertThrows(
                            TranslateException.class,
                            () ->
                                    factory.newInstance(
                                            Image.class, CategoryMask.class, model, Map.of()));
            assertTrue(e.getMessage().contains("parameters"), e.getMessage());
        }
    }

    private static Model model() {
        Model model = Model.newInstance("model");
        model.setBlock(DESCRIPTION.newBlock());
        model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
        return model;
    }

    private NDArray input(Image image) {
        return translator.processInput(context(), image).singletonOrThrow();
    }

    private TranslatorContext context() {
        return (TranslatorContext)
                Proxy.newProxyInstance(
                        TranslatorContext.class.getClassLoader(),
                        new Class<?>[] {TranslatorContext.class},
                        (proxy, method, args) -> manager);
    }

    private static Image wrap(BufferedImage image) {
        return ImageFactory.getInstance().fromImage(image);
    }

    private static BufferedImage noise(int width, int height, int type) {
        BufferedImage image = new BufferedImage(width, height, type);
        Random random = new Random(width * 31L + height);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, 0xff000000 | random.nextInt(1 << 24));
        }
        return image;
    }
}
