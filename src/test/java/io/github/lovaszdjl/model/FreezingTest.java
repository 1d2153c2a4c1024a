package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.dataset.Normalization;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On both engines: MXNet's batch normalisation and dropout go by the mode of the engine. */
class FreezingTest {

    private static final Shape IMAGES = new Shape(2, 3, 6, 5);

    private final NDManager manager = NDManager.newBaseManager();
    private final Block network = new TwoParts.Plain().newBlock(2);
    private final Block encoder = Freezing.encoder(network).orElseThrow();
    private final ParameterStore store = new ParameterStore(manager, false);
    private NDArray images;

    @BeforeEach
    void initialize() {
        network.initialize(manager, DataType.FLOAT32, IMAGES);
        images = manager.randomNormal(3, 2, IMAGES, DataType.FLOAT32);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Returns the maps of a training pass, after its backward pass. */
    private float[] train() {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDList maps = Freezing.forward(encoder, store, new NDList(images), true);
            float[] values = maps.head().toFloatArray();
            Block classifier = network.getChildren().get("02classifier");
            collector.backward(classifier.forward(store, maps, true).head().sum());
            return values;
        }
    }

    private List<float[]> values() {
        return encoder.getParameters().values().stream()
                .map(parameter -> parameter.getArray().toFloatArray())
                .toList();
    }

    @Test
    void aFrozenEncoderGivesWhatItGivesInEvaluation() {
        train();
        NDList expected = encoder.forward(store, new NDList(images), false);
        encoder.freezeParameters(true);
        assertArrayEquals(expected.head().toFloatArray(), train());
    }

    @Test
    void aFrozenEncoderKeepsItsStatisticsAndTheRestGetsGradients() {
        train(); // so that statistics are no longer 0 and 1
        encoder.freezeParameters(true);
        List<float[]> before = values();
        train();
        List<float[]> after = values();
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i));
        }
        Parameter weight = network.getParameters().get("02classifier_weight");
        assertNotEquals(0, weight.getArray().getGradient().abs().sum().getFloat());
    }

    @Test
    void anEncoderThatLearnsMovesItsStatistics() {
        encoder.freezeParameters(true);
        float[] frozen = train();
        encoder.freezeParameters(false, parameter -> !parameter.getName().startsWith("running"));
        assertFalse(Arrays.equals(frozen, train()));
        Parameter mean = encoder.getParameters().get("02BatchNorm_runningMean");
        assertNotEquals(0, mean.getArray().abs().sum().getFloat());
    }

    /** The mode of the engine is what it was: the next batch normalisation learns again. */
    @Test
    void whatComesAfterAFrozenEncoderIsInTraining() {
        encoder.freezeParameters(true);
        Block second = new TwoParts.Plain().newBlock(2);
        second.initialize(manager, DataType.FLOAT32, IMAGES);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray maps = Freezing.forward(encoder, store, new NDList(images), true).head();
            NDArray logits = second.forward(store, new NDList(images), true).head();
            collector.backward(logits.sum().add(maps.sum()));
        }
        Parameter mean = second.getParameters().get("01encoder_02BatchNorm_runningMean");
        assertNotEquals(0, mean.getArray().abs().sum().getFloat());
    }

    @Test
    void aBlockIsFrozenWhereAllOfItsParametersAre() {
        assertFalse(Freezing.isFrozen(network));
        encoder.freezeParameters(true);
        assertTrue(Freezing.isFrozen(encoder));
        assertFalse(Freezing.isFrozen(network));
        encoder.freezeParameters(false, parameter -> parameter.getName().equals("gamma"));
        assertFalse(Freezing.isFrozen(encoder));
        assertFalse(Freezing.isFrozen(LambdaBlock.singleton(array -> array)));
    }

    @Test
    void anEncoderIsTheChildOfThatName() {
        assertEquals("01encoder", network.getChildren().get(0).getKey());
        assertTrue(Freezing.encoder(encoder).isEmpty());
        assertTrue(Freezing.encoder(new UNetNetwork(2, 2).newBlock(description())).isEmpty());
    }

    private static ModelDescription description() {
        return new ModelDescription(
                List.of("a", "b"), new UNetNetwork(2, 2), 8, 8, Normalization.imageNet());
    }
}
