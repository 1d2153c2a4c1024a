package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The way to mixed precision that docs/engines.md describes. */
class HalfActivationsTest {

    private static final Loss LOSS =
            WeightedLoss.builder()
                    .add(0.5f, new SegmentationCrossEntropyLoss())
                    .add(1, new LovaszSoftmaxLoss())
                    .build();

    /** Gives convolutions FLOAT16 copies of weights that stay FLOAT32. */
    private static final class HalfStore extends ParameterStore {

        HalfStore(NDManager manager) {
            super(manager, false);
        }

        @Override
        public NDArray getValue(Parameter parameter, Device device, boolean training) {
            if (parameter == null) {
                // The bias of a convolution without one.
                return null;
            }
            NDArray value = super.getValue(parameter, device, training);
            return switch (parameter.getType()) {
                // toType would cut the gradient; the sum in place is in the graph.
                case WEIGHT, BIAS ->
                        getManager().zeros(value.getShape(), DataType.FLOAT16).addi(value);
                // Batch normalisation takes its own in FLOAT32.
                default -> value;
            };
        }
    }

    /** The loss and the gradients of all parameters in one row. */
    private record Step(float loss, float[] gradient) {}

    @BeforeEach
    void onPyTorch() {
        Engines.assumePyTorch("DJL has no gradients of FLOAT16 arrays on MXNet");
    }

    private static Step step(boolean half) {
        Shape shape = new Shape(2, 3, 32, 32);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            manager.getEngine().setRandomSeed(1);
            Block block = UNet.builder().setClasses(3).optBaseWidth(4).optDepth(2).build();
            block.initialize(manager, DataType.FLOAT32, shape);
            NDArray images = manager.randomNormal(shape);
            NDArray labels = manager.randomInteger(0, 3, new Shape(2, 32, 32), DataType.INT64);
            DataType type = half ? DataType.FLOAT16 : DataType.FLOAT32;
            ParameterStore store =
                    half ? new HalfStore(manager) : new ParameterStore(manager, false);
            float loss;
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                NDList logits = block.forward(store, new NDList(images.toType(type, true)), true);
                assertEquals(type, logits.head().getDataType());
                NDArray value = LOSS.evaluate(new NDList(labels), logits);
                assertEquals(DataType.FLOAT32, value.getDataType());
                System.gc();
                collector.backward(value);
                loss = value.getFloat();
            }
            NDList gradients = new NDList();
            for (Pair<String, Parameter> each : block.getParameters()) {
                if (each.getValue().requiresGradient()) {
                    gradients.add(each.getValue().getArray().getGradient().flatten());
                }
            }
            return new Step(loss, NDArrays.concat(gradients).toFloatArray());
        }
    }

    @Test
    void weightsInFloat32LearnFromActivationsInFloat16() {
        Step expected = step(false);
        Step actual = step(true);
        assertEquals(expected.loss, actual.loss, 1e-3 * expected.loss);
        double norm = 0;
        double off = 0;
        List<Integer> lost = new ArrayList<>();
        for (int i = 0; i < expected.gradient.length; i++) {
            norm += expected.gradient[i] * expected.gradient[i];
            double difference = expected.gradient[i] - actual.gradient[i];
            off += difference * difference;
            if (expected.gradient[i] != 0 && actual.gradient[i] == 0) {
                lost.add(i);
            }
        }
        assertEquals(List.of(), lost);
        // 11 bits a value, and pixels whose errors change places: 0.09 was seen.
        assertTrue(Math.sqrt(off / norm) < 0.2, off + " of " + norm);
        assertTrue(off > 0);
    }
}
