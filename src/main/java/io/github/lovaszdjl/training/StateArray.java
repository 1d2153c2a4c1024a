package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An array of a {@link RoundState}, outside of any engine.
 *
 * @param name the path of the parameter in the network; of the optimizer's, that and the name of
 *     the array, see {@link ResumableOptimizer#getState}
 * @param role what it is
 * @param type the type of its numbers
 * @param shape the shape
 * @param values the numbers in the byte order of the processor, not copied
 * @serial exclude
 */
public record StateArray(String name, Role role, DataType type, long[] shape, byte[] values)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** What an array is. */
    public enum Role {
        /** A parameter that learns. */
        WEIGHT,
        /** Running statistics, or a parameter that is frozen. */
        STATISTIC,
        /** A moment of the optimizer, or how many updates a parameter has had. */
        OPTIMIZER
    }

    /** Copies an array. */
    static StateArray of(String name, Role role, NDArray array) {
        try (NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            ByteBuffer buffer = array.toByteBuffer();
            byte[] values = new byte[buffer.remaining()];
            buffer.get(values);
            return new StateArray(
                    name, role, array.getDataType(), array.getShape().getShape(), values);
        }
    }

    /** Returns an array of these values. */
    NDArray toArray(NDManager manager) {
        NDArray array = manager.create(buffer(), new Shape(shape), type);
        array.setName(name);
        return array;
    }

    /** Returns the same of other values. */
    StateArray with(ByteBuffer other) {
        return new StateArray(name, role, type, shape, other.array());
    }

    ByteBuffer buffer() {
        return ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
    }

    @Override
    public String toString() {
        return name + " " + new Shape(shape) + " of type " + type;
    }
}
