package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.model.MixTransformer.Stage;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransformerLayerTest {

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(23);
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** The two additions of a layer are made to be 1 and 10, so that the sum tells which stayed. */
    @Test
    void trainingLeavesOutAdditionsByImage() {
        int images = 2000;
        TransformerLayer layer = layer(0.25f, images);
        Map<String, Parameter> parameters = TensorNames.of(layer);
        parameters.get("attention.output.dense.bias").getArray().addi(1);
        parameters.get("mlp.dense2.bias").getArray().addi(10);
        for (String name : new String[] {"attention.output.dense", "mlp.dense2"}) {
            parameters.get(name + ".weight").getArray().muli(0);
        }
        NDArray tokens = manager.zeros(new Shape(images, 1, 2, 2));
        assertEquals(11 * 4 * images, layer.forward(store, tokens, false).sum().getFloat());

        float[] sums = Engines.inTraining(() -> layer.forward(store, tokens, true)).toFloatArray();
        int[] counts = new int[4];
        for (int i = 0; i < images; i++) {
            float sum = sums[4 * i];
            assertArrayEquals(
                    new float[] {sum, sum, sum, sum}, Arrays.copyOfRange(sums, 4 * i, 4 * i + 4));
            int kept = Math.round(sum * 0.75f);
            counts[kept / 10 * 2 + kept % 10]++;
            assertEquals(kept / 0.75f, sum, 1e-5);
        }
        // Shares of 1/16, 3/16, 3/16 and 9/16; five deviations of such counts are at most 111.
        assertArrayEquals(new double[] {125, 375, 375, 1125}, toDouble(counts), 111);
    }

    private static double[] toDouble(int[] counts) {
        return Arrays.stream(counts).asDoubleStream().toArray();
    }

    @Test
    void theSameSeedLeavesOutTheSame() {
        TransformerLayer layer = layer(0.5f, 8);
        NDArray tokens = manager.randomNormal(new Shape(8, 1, 2, 2));
        byte[] first = train(layer, tokens, 3);
        assertArrayEquals(first, train(layer, tokens, 3));
        assertFalse(Arrays.equals(first, train(layer, tokens, 4)));
    }

    private byte[] train(TransformerLayer layer, NDArray tokens, int seed) {
        Engine.getInstance().setRandomSeed(seed);
        return Engines.inTraining(() -> layer.forward(store, tokens, true)).toByteArray();
    }

    @Test
    void theShareLeftOutRisesFromLayerToLayer() {
        float expected = 0;
        for (Pair<String, Block> child : MixTransformer.b2(3).getChildren()) {
            if (child.getValue() instanceof TransformerLayer layer) {
                assertEquals(expected, layer.dropPath(), 1e-7f, child.getKey());
                expected += 0.1f / 15; // 16 layers
            }
        }
    }

    /** Deviations of thousands of numbers: off by 3 % once in a while; 15 % is far from another. */
    @Test
    void weightsStartAsInTheAuthorsCode() {
        MixTransformer encoder = MixTransformer.b0(3);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        assertDeviation(0.02, "block.1.0.attention.self.key.weight", encoder);
        assertDeviation(0.02, "block.3.1.mlp.dense1.weight", encoder);
        assertDeviation(Math.sqrt(2.0 / (49 * 32)), "patch_embeddings.0.proj.weight", encoder);
        assertDeviation(Math.sqrt(2.0 / (16 * 64)), "block.1.0.attention.self.sr.weight", encoder);
        assertDeviation(Math.sqrt(2.0 / 9), "block.2.0.mlp.dwconv.dwconv.weight", encoder);
        assertDeviation(0, "block.2.0.mlp.dwconv.dwconv.bias", encoder);
    }

    private static void assertDeviation(double expected, String name, Block block) {
        NDArray weights = TensorNames.of(block).get(name).getArray();
        double deviation = Math.sqrt(weights.square().mean().getFloat());
        assertEquals(expected, deviation, 0.15 * expected, name);
    }

    @Test
    void badInputIsRejected() {
        assertEquals(
                "inputChannels: expected at least 1, got 0",
                assertThrows(IllegalArgumentException.class, () -> MixTransformer.b0(0))
                        .getMessage());
        MixTransformer encoder = MixTransformer.b0(1);
        assertEquals(
                "width: expected at least 1, got 0",
                assertThrows(IllegalArgumentException.class, () -> new SegFormerDecoder(encoder, 0))
                        .getMessage());
    }

    private TransformerLayer layer(float dropPath, int images) {
        TransformerLayer layer = new TransformerLayer(new Stage(2, 1, 1, 1), dropPath);
        layer.initialize(manager, DataType.FLOAT32, new Shape(images, 1, 2, 2));
        return layer;
    }
}
