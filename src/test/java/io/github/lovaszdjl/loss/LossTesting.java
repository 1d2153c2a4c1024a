package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.github.lovaszdjl.internal.Operations;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;

/** Runs a loss forward and backward and compares value and gradient. */
final class LossTesting {

    /** The precision promised: relative to the value where that is above 1. */
    static final double VALUE_TOLERANCE = 2e-6;

    /** The precision promised: relative to the norm of the gradient, or to 10⁻³ below that. */
    static final double GRADIENT_TOLERANCE = 1e-5;

    private LossTesting() {}

    /** Evaluates the loss on logits of a type and gives value and gradient in double. */
    static Reference.Result run(
            Loss loss, double[] predictions, Shape shape, DataType type, NDArray labels) {
        NDManager manager = labels.getManager();
        try (NDArray array = create(manager, predictions, shape, type)) {
            return run(loss, array, labels);
        }
    }

    static Reference.Result run(Loss loss, NDArray predictions, NDArray labels) {
        predictions.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray value = loss.evaluate(new NDList(labels), new NDList(predictions));
            assertEquals(new Shape(), value.getShape());
            collector.backward(value);
            try (NDArray gradient = predictions.getGradient()) {
                return new Reference.Result(scalar(value), doubles(gradient));
            }
        }
    }

    static double evaluate(Loss loss, NDArray predictions, NDArray labels) {
        return scalar(loss.evaluate(new NDList(labels), new NDList(predictions)));
    }

    static double scalar(NDArray array) {
        return array.getDataType() == DataType.FLOAT64 ? array.getDouble() : array.getFloat();
    }

    static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }

    static NDArray create(NDManager manager, double[] values, Shape shape, DataType type) {
        NDArray array = Operations.create(manager, shape, values);
        return type == DataType.FLOAT64 ? array : array.toType(type, true);
    }

    /** Rounds to float, so that the reference sees what the loss sees. */
    static double[] logits(Random random, int size, double scale) {
        double[] logits = new double[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) (random.nextGaussian() * scale);
        }
        return logits;
    }

    static int[] labels(Random random, int size, int classes) {
        return random.ints(size, 0, classes).toArray();
    }

    static void assertClose(Reference.Result expected, Reference.Result actual, String message) {
        assertEquals(
                expected.value(),
                actual.value(),
                VALUE_TOLERANCE * Math.max(1, Math.abs(expected.value())),
                message);
        assertEquals(expected.gradient().length, actual.gradient().length, message);
        double bound = GRADIENT_TOLERANCE * Math.max(norm(expected.gradient()), 1e-3);
        double off = distance(expected, actual);
        assertTrue(off <= bound, () -> message + ": gradient off by " + off + ", allowed " + bound);
    }

    /** Returns the norm of the difference of the gradients, beyond the slack that is expected. */
    static double distance(Reference.Result expected, Reference.Result actual) {
        double[] difference = new double[expected.gradient().length];
        for (int i = 0; i < difference.length; i++) {
            double off = Math.abs(expected.gradient()[i] - actual.gradient()[i]);
            // Not max: that of NaN and 0 is to be NaN.
            difference[i] = off <= expected.slack()[i] ? 0 : off - expected.slack()[i];
        }
        return norm(difference);
    }

    static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
    }

    /**
     * Asserts that garbage collection between forward and backward changes no gradient. Freed
     * memory is not overwritten every time, so this is repeated. A loss with {@code mul(2f)} in it
     * fails here within a few rounds.
     */
    static void assertSurvivesCollection(Loss loss, NDArray input, NDArray target) {
        double[] expected = run(loss, input.duplicate(), target).gradient();
        for (int round = 0; round < rounds(); round++) {
            try (NDArray array = input.duplicate()) {
                array.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray value = loss.evaluate(new NDList(target), new NDList(array));
                    collectGarbage();
                    collector.backward(value);
                }
                double[] actual = doubles(array.getGradient());
                for (int i = 0; i < expected.length; i++) {
                    assertEquals(expected[i], actual[i], loss.getName() + " round " + round);
                }
            }
        }
    }

    /** Frees what Java no longer reaches and overwrites it. */
    static void collectGarbage() {
        System.gc();
        try (NDManager scratch = NDManager.newBaseManager(Engines.device())) {
            for (int i = 0; i < 64; i++) {
                scratch.create(new float[] {1e31f});
                scratch.create(new double[] {1e31});
                scratch.full(new Shape(1), 1e31f);
            }
        }
    }

    /** On MXNet numbers are no arrays, of which there is less to free. */
    static int rounds() {
        return Engines.isPyTorch() ? 15 : 5;
    }
}
