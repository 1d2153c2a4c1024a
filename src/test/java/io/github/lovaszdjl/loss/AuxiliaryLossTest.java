package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuxiliaryLossTest {

    private static final Shape SHAPE = new Shape(1, 3, 20);
    private static final int[] LABELS = LossTesting.labels(new Random(2), 20, 3);

    private static double[] logits(int output) {
        return LossTesting.logits(new Random(10 + output), 60, 2);
    }

    private static Reference.Result lovasz(int output) {
        return Reference.lovaszSoftmax(logits(output), LABELS, 1, 3, Reference.Options.NONE);
    }

    /** Two auxiliary outputs: L0 + w (L1 + L2), the gradient of each that of its own loss. */
    @ParameterizedTest
    @ValueSource(floats = {0.4f, 1, 0})
    void isTheWeightedSumInValueAndGradient(float weight) {
        AuxiliaryLoss loss = new AuxiliaryLoss(new LovaszSoftmaxLoss(), weight);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDList labels = new NDList(manager.create(LABELS, new Shape(1, 20)));
            NDList outputs = new NDList();
            double expected = 0;
            for (int i = 0; i < 3; i++) {
                NDArray output = manager.create(logits(i), SHAPE).toType(DataType.FLOAT32, true);
                output.setRequiresGradient(true);
                outputs.add(output);
                expected += (i == 0 ? 1 : weight) * lovasz(i).value();
            }
            float value;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray total = loss.evaluate(labels, outputs);
                System.gc(); // what the graph holds must be the engine's own
                collector.backward(total);
                value = total.getFloat();
            }
            assertEquals(expected, value, 1e-5);
            for (int i = 0; i < 3; i++) {
                double factor = i == 0 ? 1 : weight;
                double[] gradient = lovasz(i).gradient();
                float[] actual = outputs.get(i).getGradient().toFloatArray();
                for (int j = 0; j < gradient.length; j++) {
                    assertEquals(factor * gradient[j], actual[j], 1e-6, i + ", " + j);
                }
            }
        }
    }

    @Test
    void ofOneOutputItIsTheLossItself() {
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray output = manager.create(logits(0), SHAPE).toType(DataType.FLOAT32, true);
            NDArray labels = manager.create(LABELS, new Shape(1, 20));
            Loss plain = new LovaszSoftmaxLoss();
            assertEquals(
                    LossTesting.evaluate(plain, output, labels),
                    LossTesting.evaluate(new AuxiliaryLoss(plain), output, labels));
        }
    }

    /** Counts how often it is computed. */
    private static final class Counting extends Loss {

        private final List<NDArray> seen = new ArrayList<>();

        Counting() {
            super("mean");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            seen.add(predictions.singletonOrThrow());
            return predictions.head().mean();
        }
    }

    private static double report(Loss loss, NDList labels, NDList predictions) {
        loss.addAccumulator("key");
        loss.updateAccumulators(new String[] {"key"}, labels, predictions);
        return loss.getAccumulator("key");
    }

    @Test
    void totalLossAndAuxiliaryAreReportedAsTheyWereComputed() {
        Counting mean = new Counting();
        AuxiliaryLoss loss = new AuxiliaryLoss(mean, 0.5f);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDList labels = new NDList(manager.zeros(new Shape(1)));
            NDList outputs =
                    new NDList(
                            manager.create(new float[] {1}),
                            manager.create(new float[] {2}),
                            manager.create(new float[] {6}));
            assertEquals(1 + 0.5 * (2 + 6), loss.evaluate(labels, outputs).getFloat());
            assertEquals(3, mean.seen.size());
            assertEquals(5, report(loss, labels, outputs));
            NDList first = new NDList(outputs.head());
            assertEquals(1, report(loss.getLoss(), labels, first));
            assertEquals(8, report(loss.getAuxiliary(), labels, outputs.subNDList(1)));
            assertEquals(3, mean.seen.size());
            assertArrayEquals(
                    new String[] {"total", "mean", "aux"},
                    new String[] {
                        loss.getName(), loss.getLoss().getName(), loss.getAuxiliary().getName()
                    });
            // Without evaluate before, as in a validation.
            assertEquals(5, report(loss, labels, outputs));
            assertEquals(1, report(loss, labels, first));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, Float.NaN, Float.POSITIVE_INFINITY})
    void aWeightIsFiniteAndNotNegative(float weight) {
        Loss loss = new LovaszSoftmaxLoss();
        String message =
                assertThrows(IllegalArgumentException.class, () -> new AuxiliaryLoss(loss, weight))
                        .getMessage();
        assertTrue(message.startsWith("weight: expected a finite number not below 0"), message);
    }
}
