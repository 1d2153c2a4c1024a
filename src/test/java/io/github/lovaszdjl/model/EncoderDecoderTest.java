package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EncoderDecoderTest {

    private static final int CLASSES = 3;

    private NDManager manager;
    private ParameterStore store;

    /** Five maps by a unit of stride 2 each, or of stride 1 where the output stride is reached. */
    private static final class SmallEncoder extends Encoder {

        private static final List<Integer> CHANNELS = List.of(4, 5, 6, 7, 8);

        private final List<ConvUnit> units = new ArrayList<>();

        SmallEncoder(int inputChannels, int outputStride) {
            super(
                    inputChannels,
                    CHANNELS,
                    List.of(2, 4, 8, 16, 32).stream().map(s -> Math.min(s, outputStride)).toList());
            for (int map = 0; map < CHANNELS.size(); map++) {
                int before = map == 0 ? 1 : strides().get(map - 1);
                units.add(
                        addChildBlock(
                                "unit" + map,
                                ConvUnit.builder(CHANNELS.get(map), 3)
                                        .stride(strides().get(map) / before)
                                        .build()));
            }
        }

        @Override
        protected List<NDArray> encode(ParameterStore store, NDArray images, boolean training) {
            List<NDArray> maps = new ArrayList<>();
            NDArray features = images;
            for (ConvUnit unit : units) {
                features = unit.forward(store, features, training);
                maps.add(features);
            }
            return maps;
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            Shape in = inputShapes[0];
            for (ConvUnit unit : units) {
                unit.initialize(manager, dataType, in);
                in = unit.getOutputShapes(new Shape[] {in})[0];
            }
        }
    }

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(17);
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private EncoderDecoder net(DecoderName decoder, int outputStride, float dropout) {
        Encoder encoder = new SmallEncoder(3, outputStride);
        EncoderDecoder net =
                new EncoderDecoder(encoder, decoder.newDecoder(encoder), CLASSES, dropout);
        net.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 64, 64));
        return net;
    }

    private NDArray forward(EncoderDecoder net, NDArray images) {
        return net.forward(store, new NDList(images), false).singletonOrThrow();
    }

    /** Forwards in training, and backwards: that is where MXNet moves the statistics. */
    private NDArray train(EncoderDecoder net, NDArray images) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray logits = net.forward(store, new NDList(images), true).singletonOrThrow();
            try (NDArray sum = logits.sum()) {
                collector.backward(sum);
            }
            return logits;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UNET, 32, 1, 1", "UNET, 32, 33, 64", "UNET, 8, 40, 17",
        "DEEPLABV3PLUS, 16, 1, 40", "DEEPLABV3PLUS, 8, 30, 50", "DEEPLABV3PLUS, 32, 64, 96",
        "SEGFORMER, 32, 50, 65"
    })
    void logitsHaveTheSizeOfTheImage(DecoderName decoder, int stride, int height, int width) {
        EncoderDecoder net = net(decoder, stride, 0.1f);
        NDArray images = manager.randomNormal(new Shape(2, 3, height, width));
        NDArray logits = forward(net, images);
        assertEquals(new Shape(2, CLASSES, height, width), logits.getShape());
        assertTrue(logits.isNaN().none().getBoolean());
        assertArrayEquals(
                new Shape[] {logits.getShape()},
                net.getOutputShapes(new Shape[] {images.getShape()}));
    }

    @ParameterizedTest
    @EnumSource
    void oddSizesGiveTheLogitsOfTheImageExtendedByItsEdge(DecoderName decoder) {
        EncoderDecoder net = net(decoder, 16, 0);
        int height = 21;
        int width = 30;
        NDArray images = manager.randomNormal(new Shape(1, 3, height, width));
        float[] in = images.toFloatArray();
        float[] extended = new float[3 * 32 * 32];
        for (int i = 0; i < extended.length; i++) {
            int y = Math.min(i / 32 % 32, height - 1);
            int x = Math.min(i % 32, width - 1);
            extended[i] = in[(i / 1024 * height + y) * width + x];
        }
        NDArray whole = manager.create(extended, new Shape(1, 3, 32, 32));
        NDArray expected = forward(net, whole).get(":, :, :" + height + ", :" + width);
        assertArrayEquals(expected.toFloatArray(), forward(net, images).toFloatArray());
    }

    @ParameterizedTest
    @EnumSource
    void everyParameterLearns(DecoderName decoder) {
        EncoderDecoder net = net(decoder, 32, 0.1f);
        NDArray images = manager.randomNormal(new Shape(2, 3, 64, 64));
        NDArray target = manager.randomNormal(new Shape(2, CLASSES, 64, 64));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray error =
                    net.forward(store, new NDList(images), true).singletonOrThrow().sub(target);
            collector.backward(error.mul(error).sum());
        }
        for (Map.Entry<String, Parameter> entry : TensorNames.of(net).entrySet()) {
            if (entry.getValue().requiresGradient()) {
                NDArray gradient = entry.getValue().getArray().getGradient();
                float largest = gradient.abs().max().getFloat();
                assertTrue(largest > 0 && Float.isFinite(largest), entry.getKey() + largest);
            }
        }
    }

    @Test
    void nothingInBetweenStaysOpen() {
        for (DecoderName decoder : DecoderName.values()) {
            EncoderDecoder net = net(decoder, 16, 0.1f);
            try (NDManager batch = manager.newSubManager()) {
                NDArray images = batch.randomNormal(new Shape(1, 3, 40, 40));
                int before = batch.getManagedArrays().size();
                forward(net, images);
                assertEquals(before + 1, batch.getManagedArrays().size());
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray logits =
                            net.forward(store, new NDList(images), true).singletonOrThrow();
                    assertEquals(before + 2, batch.getManagedArrays().size());
                    collector.backward(logits.sum());
                }
            }
        }
    }

    @Test
    void frozenEncoderKeepsItsStatistics() {
        EncoderDecoder net = net(DecoderName.UNET, 32, 0);
        NDArray images = manager.randomNormal(new Shape(2, 3, 64, 64)).add(3);
        net.encoder().freezeParameters(true);
        Map<String, float[]> before = statistics(net);
        train(net, images);
        statistics(net)
                .forEach(
                        (name, now) ->
                                assertEquals(
                                        name.startsWith("encoder"),
                                        Arrays.equals(before.get(name), now),
                                        name));
    }

    private static Map<String, float[]> statistics(EncoderDecoder net) {
        Map<String, float[]> values = new LinkedHashMap<>();
        TensorNames.of(net)
                .forEach(
                        (name, parameter) -> {
                            if (name.endsWith("running_mean")) {
                                values.put(name, parameter.getArray().toFloatArray());
                            }
                        });
        return values;
    }

    @Test
    void dropoutIsOfTrainingAlone() {
        EncoderDecoder net = net(DecoderName.UNET, 32, 0.5f);
        net.encoder().freezeParameters(true);
        NDArray images = manager.randomNormal(new Shape(1, 3, 32, 32));
        assertArrayEquals(forward(net, images).toFloatArray(), forward(net, images).toFloatArray());
        assertFalse(
                Arrays.equals(
                        train(net, images).toFloatArray(), train(net, images).toFloatArray()));
    }

    @Test
    void decodersSayWhichMapsTheyNeed() {
        class Strides extends Encoder {
            Strides(Integer... strides) {
                super(3, Arrays.stream(strides).map(stride -> 4).toList(), List.of(strides));
            }

            @Override
            protected List<NDArray> encode(ParameterStore store, NDArray images, boolean training) {
                throw new AssertionError("not called");
            }
        }
        assertRefused(() -> new UNetDecoder(new Strides(4, 8)), "encoder: expected at most 5 maps");
        assertRefused(() -> new UNetDecoder(new Strides(2, 8)), "got strides [2, 8]");
        assertRefused(() -> new UNetDecoder(new Strides(2, 3)), "got strides [2, 3]");
        assertRefused(
                () -> new DeepLabV3PlusDecoder(new Strides(2, 8)),
                "encoder: expected a map of stride 4");
        assertRefused(
                () -> new DeepLabV3PlusDecoder(new Strides(2, 4)),
                "a last one of 8, 16 or 32, got strides [2, 4]");
    }

    @Test
    void buildersRefuse() {
        EncoderDecoder.Builder builder = EncoderDecoder.builder();
        assertThrows(NullPointerException.class, builder::build);
        builder.setEncoder(EncoderName.RESNET18).setDecoder(DecoderName.UNET);
        assertRefused(builder::build, "classes: expected at least 1, got 0");
        builder.setClasses(2);
        assertRefused(() -> builder.optDropout(1), "dropout: expected at least 0 and below 1");
        builder.optOutputStride(4);
        assertRefused(
                builder::build, "outputStride: expected one of [32, 16, 8] for resnet18, got 4");
        builder.optOutputStride(32).setDecoder(DecoderName.SEGFORMER);
        assertRefused(
                builder::build,
                "decoder: expected one of [unet, deeplabv3plus] for resnet18, got segformer");
        builder.setEncoder(EncoderName.MIT_B0).optOutputStride(16);
        assertRefused(builder::build, "outputStride: expected one of [32] for mit-b0, got 16");
        builder.optOutputStride(0).optInputChannels(0);
        assertRefused(builder::build, "inputChannels: expected at least 1, got 0");
    }

    private static void assertRefused(Runnable call, String message) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}
