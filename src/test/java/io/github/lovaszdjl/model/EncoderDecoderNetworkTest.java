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
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncoderDecoderNetworkTest {

    private static final EncoderDecoderNetwork NETWORK =
            new EncoderDecoderNetwork(EncoderName.RESNET18, DecoderName.DEEPLABV3PLUS, 16, 0.25f);

    @TempDir private Path folder;

    private static ModelDescription description(SegmentationNetwork network) {
        return new ModelDescription(
                List.of("a", "b", "c"), network, 40, 48, Normalization.imageNet());
    }

    @Test
    void namesFindNetworks() {
        for (EncoderDecoderNetwork network : EncoderDecoderNetwork.all()) {
            assertEquals(network, EncoderDecoderNetwork.of(network.shortName()));
            assertTrue(network.encoder().outputStrides().contains(network.outputStride()));
        }
        assertEquals(
                new EncoderDecoderNetwork(EncoderName.MIT_B0, DecoderName.SEGFORMER, 32, 0.1f),
                EncoderDecoderNetwork.of("mit-b0-segformer"));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> EncoderDecoderNetwork.of("resnet18-unett"));
        assertTrue(e.getMessage().startsWith("network: expected one of resnet18-unet, resnet18-d"));
        assertTrue(e.getMessage().endsWith("did you mean resnet18-unet?"), e.getMessage());
    }

    @Test
    void descriptionComesBackFromItsProperties() throws MalformedModelException {
        for (EncoderDecoderNetwork network : EncoderDecoderNetwork.all()) {
            ModelDescription description = description(network);
            assertEquals(description, ModelDescription.from(description.toProperties()));
        }
        ModelDescription description = description(NETWORK);
        assertEquals(description, ModelDescription.from(description.toProperties()));
        assertMalformed("segmentation.encoder", "vgg", "expected one of [resnet18, resnet34");
        assertMalformed("segmentation.decoder", "segformer", "decoder: expected one of [unet");
        assertMalformed("segmentation.outputStride", "7", "outputStride: expected one of");
        assertMalformed("segmentation.dropout", "x", "segmentation.dropout: expected numbers");
        assertMalformed("segmentation.dropout", "-1", "dropout: expected at least 0");
    }

    private static void assertMalformed(String key, String value, String message) {
        Map<String, String> properties = new LinkedHashMap<>(description(NETWORK).toProperties());
        properties.put(key, value);
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> ModelDescription.from(properties));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void savedModelGivesTheSameLogits() throws Exception {
        ModelDescription description = description(NETWORK);
        float[] expected;
        try (Model model = NETWORK.newModel("net", null, description)) {
            model.getBlock()
                    .initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 40, 48));
            SegmentationModels.save(model, description, folder);
            expected = logits(model);
        }
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(folder)) {
            assertArrayEquals(expected, logits(model));
            Path again = folder.resolve("again");
            SegmentationModels.save(model, ModelDescription.from(model.getProperties()), again);
            try (ZooModel<Image, CategoryMask> copy = SegmentationModels.load(again)) {
                assertArrayEquals(expected, logits(copy));
            }
        }
        Criteria<Image, CategoryMask> criteria =
                Criteria.builder()
                        .setTypes(Image.class, CategoryMask.class)
                        .optModelPath(folder)
                        .optTranslatorFactory(new SegmentationTranslatorFactory())
                        .build();
        try (ZooModel<Image, CategoryMask> model = criteria.loadModel()) {
            assertArrayEquals(expected, logits(model));
        }
    }

    private static float[] logits(Model model) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDArray images = manager.arange(3 * 40 * 48).div(1000).reshape(1, 3, 40, 48);
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), new NDList(images), false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    @Test
    void anotherNetworkIsNotTakenForIt() throws Exception {
        EncoderDecoderNetwork unet =
                new EncoderDecoderNetwork(EncoderName.RESNET18, DecoderName.UNET);
        EncoderDecoderNetwork deeper =
                new EncoderDecoderNetwork(EncoderName.RESNET34, DecoderName.UNET);
        assertTrue(unet.difference(deeper).isPresent());
        assertTrue(unet.difference(new UNetNetwork(4, 2)).isPresent());
        assertTrue(new UNetNetwork(4, 2).difference(unet).isPresent());
        assertEquals("a resnet34-unet", unet.difference(deeper).orElseThrow().got());
        assertFalse(
                unet.difference(
                                new EncoderDecoderNetwork(
                                        EncoderName.RESNET18, DecoderName.UNET, 16, 0.5f))
                        .isPresent());
        try (Model model = deeper.newModel("net", null, description(deeper))) {
            assertMisfit(model, unet, "expected an initialised EncoderDecoder");
            model.getBlock()
                    .initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 32, 32));
            assertMisfit(model, unet, "expected a resnet18-unet of 3 output channels");
        }
        assertFalse(Files.exists(folder.resolve("serving.properties")));
    }

    private void assertMisfit(Model model, SegmentationNetwork network, String message) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> SegmentationModels.save(model, description(network), folder));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}
