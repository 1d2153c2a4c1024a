package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HardActivationTest {

    private static final double[] POINTS = {
        -1e6, -40, -3.01, -2.99, -1, 0, 0.5, 2.99, 3.01, 40, 1e6
    };

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void sigmoidRisesFromZeroToOneBetweenMinusThreeAndThree(DataType type) {
        assertValues(
                type,
                HardActivation::sigmoid,
                x -> x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6,
                x -> x <= -3 || x >= 3 ? 0 : 1.0 / 6);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void swishIsZeroThenAParabolaThenTheIdentity(DataType type) {
        assertValues(
                type,
                HardActivation::swish,
                x -> x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6,
                x -> x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6);
    }

    private static void assertValues(
            DataType type,
            UnaryOperator<NDArray> function,
            DoubleUnaryOperator value,
            DoubleUnaryOperator derivative) {
        double unit = type == DataType.FLOAT32 ? 0x1p-24 : 0x1p-53;
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(POINTS, new Shape(POINTS.length)).toType(type, true);
            x.setRequiresGradient(true);
            NDArray y;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                y = function.apply(x);
                collector.backward(y.sum());
            }
            double[] values = y.toType(DataType.FLOAT64, true).toDoubleArray();
            double[] gradients = x.getGradient().toType(DataType.FLOAT64, true).toDoubleArray();
            for (int i = 0; i < POINTS.length; i++) {
                String point = "at " + POINTS[i];
                // Five roundings, of numbers up to 6 or the point.
                double allowed = 5 * unit * Math.max(6, Math.abs(POINTS[i]));
                assertEquals(value.applyAsDouble(POINTS[i]), values[i], allowed, point);
                assertEquals(derivative.applyAsDouble(POINTS[i]), gradients[i], allowed, point);
            }
        }
    }
}
