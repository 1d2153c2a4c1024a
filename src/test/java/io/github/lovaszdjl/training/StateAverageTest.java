package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.training.StateArray.Role;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The mean of states, compared with decimal arithmetic. */
class StateAverageTest {

    private static StateArray floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
        buffer.asFloatBuffer().put(values);
        return array(DataType.FLOAT32, buffer, values.length);
    }

    private static StateArray array(DataType type, ByteBuffer values, long size) {
        return new StateArray("w", Role.WEIGHT, type, new long[] {size}, values.array());
    }

    private static StateArray longs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.nativeOrder());
        buffer.asLongBuffer().put(values);
        return array(DataType.INT64, buffer, values.length);
    }

    @Test
    void theMeanIsTheExactOneRounded() {
        Random random = new Random(3);
        int[] steps = {3, 8, 0, 5};
        List<float[]> values = new ArrayList<>();
        List<List<StateArray>> parts = new ArrayList<>();
        for (int p = 0; p < steps.length; p++) {
            float[] own = new float[1000];
            for (int i = 0; i < own.length; i++) {
                own[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(5)));
            }
            values.add(own);
            parts.add(List.of(floats(own)));
        }
        float[] mean = new float[1000];
        StateAverage.of(parts, steps).get(0).buffer().asFloatBuffer().get(mean);
        for (int i = 0; i < mean.length; i++) {
            BigDecimal sum = BigDecimal.ZERO;
            for (int p = 0; p < steps.length; p++) {
                BigDecimal value = new BigDecimal(values.get(p)[i]);
                sum = sum.add(value.multiply(BigDecimal.valueOf(steps[p])));
            }
            float exact = sum.divide(BigDecimal.valueOf(16), MathContext.DECIMAL128).floatValue();
            // Sums in double precision lie so near that the rounding can differ by one.
            assertEquals(exact, mean[i], Math.ulp(exact));
        }
    }

    @Test
    void onePartIsItselfToTheBit() {
        StateArray odd = floats(-0f, Float.MIN_VALUE, 0.1f, Float.MAX_VALUE);
        StateArray other = floats(1, 2, 3, 4);
        List<List<StateArray>> parts = List.of(List.of(other), List.of(odd), List.of(other));
        assertArrayEquals(
                odd.values(), StateAverage.of(parts, new int[] {0, 7, 0}).get(0).values());
        assertArrayEquals(
                other.values(), StateAverage.of(parts, new int[] {0, 0, 0}).get(0).values());
        List<List<StateArray>> equal = List.of(List.of(odd), List.of(odd), List.of(odd));
        assertArrayEquals(
                odd.values(), StateAverage.of(equal, new int[] {2, 7, 1}).get(0).values());
    }

    @Test
    void countsBecomeTheLargest() {
        List<List<StateArray>> parts = List.of(List.of(longs(5, 7)), List.of(longs(6, 2)));
        assertArrayEquals(
                longs(6, 7).values(), StateAverage.of(parts, new int[] {1, 2}).get(0).values());
    }

    @Test
    void statesOfDifferentNetworksHaveNoMean() {
        List<List<StateArray>> shapes = List.of(List.of(floats(1)), List.of(floats(1, 2)));
        assertEquals(
                "parts: expected the same arrays of all, got w (1) of type float32 and w (2) of"
                        + " type float32",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> StateAverage.of(shapes, new int[] {1, 1}))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> StateAverage.of(shapes, new int[] {1}));
    }
}
