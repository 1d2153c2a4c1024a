package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationsTest {

    /**
     * In memory of Java's, closed with the array that it came from, others would take its place.
     */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void numbersOutliveACollection(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray like = manager.zeros(new Shape(1), type);
            List<NDArray> numbers = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                numbers.add(Operations.number(like, 0.1 + i));
            }
            for (int i = 0; i < 3; i++) {
                System.gc();
                for (int j = 0; j < 4000; j++) {
                    ByteBuffer.allocateDirect(Double.BYTES).putLong(-1);
                }
            }
            for (int i = 0; i < numbers.size(); i++) {
                double value = numbers.get(i).toType(DataType.FLOAT64, true).getDouble();
                assertEquals(type == DataType.FLOAT64 ? 0.1 + i : (float) (0.1 + i), value);
            }
        }
    }
}
