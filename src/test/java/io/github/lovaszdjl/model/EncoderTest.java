package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.Engines;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link TorchvisionParityTest} does not say of the encoders. */
class EncoderTest {

    private NDManager manager;
    private ParameterStore store;

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

    @ParameterizedTest
    @CsvSource({
        "18, 32, 1, 1, 4",
        "18, 8, 37, 70, 1",
        "50, 16, 33, 5, 3",
        "0, 32, 1, 1, 1",
        "0, 8, 37, 70, 4",
        "0, 16, 33, 5, 3"
    })
    void mapsHaveTheAnnouncedChannelsAndStrides(
            int depth, int outputStride, int height, int width, int channels) {
        Encoder encoder = encoder(depth, outputStride, channels);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, channels, 64, 64));
        NDArray images = manager.randomNormal(new Shape(2, channels, height, width));
        NDList maps = encoder.forward(store, new NDList(images), false);
        assertEquals(channels, encoder.inputChannels());
        assertEquals(5, maps.size());
        Shape[] announced = encoder.getOutputShapes(new Shape[] {images.getShape()});
        for (int i = 0; i < maps.size(); i++) {
            int stride = Math.min(2 << i, outputStride);
            long high = (height + stride - 1) / stride;
            long wide = (width + stride - 1) / stride;
            Shape expected = new Shape(2, encoder.channels().get(i), high, wide);
            assertEquals(stride, encoder.strides().get(i));
            assertEquals(expected, maps.get(i).getShape());
            assertEquals(expected, announced[i]);
        }
    }

    /** The law of the à trous algorithm, which pins dilation where torchvision has none. */
    @ParameterizedTest
    @CsvSource({"18, 16", "18, 8", "34, 8", "50, 16", "50, 8"})
    void everySecondValueOfADilatedMapIsThatOfTheMapWithTheStride(int depth, int outputStride) {
        Shape shape = new Shape(1, 3, 65, 96);
        Encoder coarse = encoder(depth, 32, 3);
        Encoder fine = encoder(depth, outputStride, 3);
        coarse.initialize(manager, DataType.FLOAT32, shape);
        fine.initialize(manager, DataType.FLOAT32, shape);
        Map<String, Parameter> parameters = TensorNames.of(fine);
        TensorNames.of(coarse)
                .forEach((name, p) -> p.getArray().copyTo(parameters.get(name).getArray()));
        NDArray images = manager.randomNormal(shape);
        NDList expected = coarse.forward(store, new NDList(images), false);
        NDList actual = fine.forward(store, new NDList(images), false);
        for (int i = 0; i < 5; i++) {
            int step = coarse.strides().get(i) / fine.strides().get(i);
            NDArray thinned = actual.get(i).get(":, :, ::" + step + ", ::" + step);
            float[] values = expected.get(i).toFloatArray();
            float largest = expected.get(i).abs().max().getFloat();
            // Sums of some thousand products in another order.
            assertArrayEquals(values, thinned.toFloatArray(), 1e-4f * largest);
        }
    }

    @ParameterizedTest
    @CsvSource({"18, 32, false", "50, 16, true", "0, 32, false", "0, 16, true"})
    void onlyMapsOutliveTheForwardPass(int depth, int outputStride, boolean training) {
        Encoder encoder = encoder(depth, outputStride, 3);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 40, 40));
        assertOnlyMapsAreOpen(encoder, new Shape(2, 3, 40, 40), training);
    }

    @Test
    void onlyMapsOfALargeImageStayInMemory() {
        Encoder encoder = encoder(50, 32, 3);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 512, 512));
        assertOnlyMapsAreOpen(encoder, new Shape(1, 3, 512, 512), false);
    }

    private void assertOnlyMapsAreOpen(Encoder encoder, Shape shape, boolean training) {
        int before = manager.getManagedArrays().size();
        try (NDManager batch = manager.newSubManager()) {
            NDArray images = batch.randomNormal(shape);
            NDList in = new NDList(images);
            NDList maps =
                    training
                            ? Engines.inTraining(() -> encoder.forward(store, in, true))
                            : encoder.forward(store, in, false);
            assertEquals(6, batch.getManagedArrays().size());
            // Those of the batch are also its parent's.
            assertEquals(before + 6, manager.getManagedArrays().size());
            for (NDArray map : maps) {
                assertSame(batch, map.getManager());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 0})
    void garbageCollectionBetweenForwardAndBackwardChangesNoBit(int depth) {
        Shape shape = new Shape(2, 3, 40, 40);
        Encoder encoder = encoder(depth, 16, 3);
        encoder.initialize(manager, DataType.FLOAT32, shape);
        NDArray images = manager.randomNormal(shape);
        List<byte[]> expected = null;
        for (int round = 0; round < 6; round++) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.zeroGradients();
                NDList maps = encoder.forward(store, new NDList(images), true);
                NDArray loss = manager.zeros(new Shape());
                for (NDArray map : maps) {
                    loss = loss.add(map.mul(map).mean());
                }
                if (round > 0) {
                    System.gc();
                    for (int i = 0; i < 200; i++) { // overwrites memory that was freed too early
                        manager.create(new float[] {i, -i, 1e30f}).close();
                        manager.full(new Shape(1 + i * 7), 1e30f).close();
                    }
                }
                collector.backward(loss);
            }
            List<byte[]> actual = new ArrayList<>();
            for (Parameter parameter : encoder.getParameters().values()) {
                if (parameter.requiresGradient()) {
                    actual.add(parameter.getArray().getGradient().toByteArray());
                }
            }
            expected = expected == null ? actual : expected;
            for (int i = 0; i < actual.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i), "round " + round);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {34, 0})
    void savedParametersGiveTheSameMapsAndTheSameFile(int depth) throws Exception {
        Encoder saved = encoder(depth, 32, 3);
        saved.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        byte[] file = save(saved);
        Encoder loaded = encoder(depth, 32, 3);
        loaded.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(file)));
        NDArray images = manager.randomNormal(new Shape(1, 3, 32, 32));
        NDList expected = saved.forward(store, new NDList(images), false);
        NDList actual = loaded.forward(store, new NDList(images), false);
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(expected.get(i).toFloatArray(), actual.get(i).toFloatArray());
        }
        assertArrayEquals(file, save(loaded));
    }

    private static byte[] save(Encoder encoder) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        encoder.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 0})
    void weightsHaveTheVarianceOfHe(int depth) {
        Encoder encoder = encoder(depth, 32, 3);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        TensorNames.of(encoder)
                .forEach(
                        (name, parameter) -> {
                            Shape shape = parameter.getShape();
                            if (shape.dimension() == 4 && shape.size() > 999) {
                                double fanIn = shape.size() / (double) shape.get(0);
                                double variance = parameter.getArray().pow(2).mean().getFloat();
                                // The mean of 1000 squares is off by 4.5 %; five times that.
                                assertEquals(2 / fanIn, variance, 0.23 * 2 / fanIn, name);
                            }
                        });
    }

    @ParameterizedTest
    @CsvSource({"18, 32, 32, 31", "18, 8, 8, 7", "0, 16, 16, 3"})
    void aBatchWithOneValuePerChannelCannotBeTrained(
            int depth, int outputStride, int height, int width) {
        Encoder encoder = encoder(depth, outputStride, 3);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        NDList image = new NDList(manager.ones(new Shape(1, 3, height, width)));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> encoder.forward(store, image, true));
        assertEquals(
                "input: expected more than one value per channel in the last map for training, got "
                        + image.head().getShape(),
                e.getMessage());
        assertEquals(5, encoder.forward(store, image, false).size());
    }

    @Test
    void otherInputsAreRejected() {
        Encoder encoder = encoder(18, 32, 4);
        for (Shape shape :
                List.of(new Shape(4, 8, 8), new Shape(1, 3, 8, 8), new Shape(1, 4, 0, 8))) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> encoder.initialize(manager, DataType.FLOAT32, shape));
            assertEquals("input: expected (N, 4, H, W), got " + shape, e.getMessage());
        }
    }

    @Test
    void buildersNeedSensibleNumbers() {
        assertFails("depth: expected 18, 34 or 50, got 0", ResNet.builder()::build);
        assertFails("depth: expected 18, 34 or 50, got 101", ResNet.builder().setDepth(101)::build);
        assertFails(
                "outputStride: expected 8, 16 or 32, got 4",
                ResNet.builder().setDepth(18).optOutputStride(4)::build);
        assertFails(
                "inputChannels: expected at least 1, got 0",
                ResNet.builder().setDepth(18).optInputChannels(0)::build);
        assertFails(
                "outputStride: expected 8, 16 or 32, got 64",
                MobileNetV3.builder().optOutputStride(64)::build);
        assertFails(
                "inputChannels: expected at least 1, got -1",
                MobileNetV3.builder().optInputChannels(-1)::build);
    }

    private static void assertFails(String message, Executable build) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, build);
        assertEquals(message, e.getMessage());
    }

    /** Makes a ResNet, or a MobileNetV3 for depth 0. */
    private static Encoder encoder(int depth, int outputStride, int channels) {
        return depth == 0
                ? MobileNetV3.builder()
                        .optInputChannels(channels)
                        .optOutputStride(outputStride)
                        .build()
                : ResNet.builder()
                        .setDepth(depth)
                        .optInputChannels(channels)
                        .optOutputStride(outputStride)
                        .build();
    }
}
