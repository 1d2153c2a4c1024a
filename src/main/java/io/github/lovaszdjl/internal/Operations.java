package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The operations that DJL's engines do not all have, each in the words of the engine at hand; the
 * only place that looks at which engine that is.
 *
 * <p>MXNet has neither gather nor scatter, cannot swap axes of booleans, does not know what is
 * infinite, and copies where PyTorch lends its memory.
 */
public final class Operations {

    /** Up to as many numbers are made one by one. */
    private static final int FEW = 32;

    /** Has the mode of MXNet, for the thread. */
    private static final String MXNET_MODE = "ai.djl.mxnet.engine.MxGradientCollector";

    private Operations() {}

    private static boolean onMxnet(NDArray array) {
        return onMxnet(array.getManager());
    }

    private static boolean onMxnet(NDManager manager) {
        return manager.getEngine().getEngineName().equals(EngineNames.MXNET);
    }

    /**
     * Takes the value of the class of every pixel; in the graph of the values.
     *
     * @param values the values, (N, C, D)
     * @param classes the classes, (N, 1, D), INT64, each in [0, C)
     * @return the values taken, (N, 1, D)
     */
    public static NDArray ofClass(NDArray values, NDArray classes) {
        return onMxnet(values)
                ? values.get(new NDIndex().addAllDim().addPickDim(classes))
                : values.gather(classes, 1);
    }

    /**
     * Replaces the value of the class of every pixel. For arrays outside the graph.
     *
     * @param values the values, (N, C, D); may be changed
     * @param classes the classes, (N, 1, D), INT64, each in [0, C)
     * @param replacement the values to put there, (N, 1, D), of the type of the others
     * @return all values, (N, C, D)
     */
    public static NDArray withClass(NDArray values, NDArray classes, NDArray replacement) {
        if (!onMxnet(values)) {
            return values.scatter(classes, replacement, 1);
        }
        NDArray all =
                values.getManager()
                        .arange(0, values.getShape().get(1), 1, DataType.INT64)
                        .reshape(1, -1, 1);
        return NDArrays.where(all.eq(classes), replacement.broadcast(values.getShape()), values);
    }

    /**
     * Puts values into an order.
     *
     * @param values the values, (P)
     * @param order the position of the first, of the second, and so on, (P), INT64
     * @return the values in that order, (P)
     */
    public static NDArray ordered(NDArray values, NDArray order) {
        return onMxnet(values) ? values.take(order) : values.gather(order, 0);
    }

    /**
     * Undoes {@link #ordered}.
     *
     * @param values the values in some order, (P)
     * @param order the position of the first, of the second, and so on, every one once, (P), INT64
     * @return the values where they belong, (P)
     */
    public static NDArray unordered(NDArray values, NDArray order) {
        // The order of the positions is where each of them stands.
        return onMxnet(values)
                ? values.take(order.argSort(0, true))
                : values.zerosLike().scatter(order, values, 0);
    }

    /**
     * Returns a number for an operation with an array; in memory of the engine's own, so that it
     * may stand in the graph, and made on the device: DJL copies a Java number there, and the copy
     * waits for all that the device has been told to do.
     *
     * @param array the array
     * @param value the number
     * @return a scalar of the type of the array
     */
    public static NDArray number(NDArray array, double value) {
        float single = (float) value;
        DataType type = array.getDataType();
        boolean exact = single == value || type == DataType.FLOAT32 || type == DataType.FLOAT16;
        // MXNet reads the number from a text of few digits, and has no FLOAT16 there.
        if (exact && !onMxnet(array)) {
            return array.getManager().full(new Shape(), single, type);
        }
        return copy(array, new Shape(), value);
    }

    /**
     * Copies numbers of Java into memory of the engine's own, so that they may stand in the graph.
     *
     * @param like an array of the type that they are to have
     * @param shape their shape
     * @param values the numbers
     * @return the numbers, of the type of the array, in its manager
     */
    public static NDArray copy(NDArray like, Shape shape, double... values) {
        DataType type = like.getDataType();
        try (NDArray ofJava = create(like.getManager(), shape, values)) {
            // PyTorch's toType shares the memory of an array of the same type.
            return type == DataType.FLOAT64 ? ofJava.duplicate() : ofJava.toType(type, true);
        }
    }

    /**
     * Makes an array of numbers of Java; on PyTorch in the memory of Java.
     *
     * <p>DJL gives MXNet the address of a buffer that it has no hold of any more: garbage
     * collection may free it before MXNet has read it, and the first 16 bytes are then others.
     *
     * @param manager the manager
     * @param shape the shape
     * @param values the numbers
     * @return the numbers, FLOAT64
     */
    public static NDArray create(NDManager manager, Shape shape, double... values) {
        if (!onMxnet(manager)) {
            return manager.create(values, shape);
        }
        DoubleBuffer buffer =
                ByteBuffer.allocateDirect(Math.multiplyExact(values.length, Double.BYTES))
                        .order(ByteOrder.nativeOrder())
                        .asDoubleBuffer()
                        .put(values)
                        .rewind();
        try {
            return manager.create(buffer, shape, DataType.FLOAT64);
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /**
     * Returns numbers for an operation with an array, made as {@link #number} is, unless they are
     * many: then a copy costs less.
     *
     * @param array the array
     * @param values the numbers, one at least
     * @return the numbers, of the type of the array, (values.length)
     */
    public static NDArray numbers(NDArray array, double... values) {
        boolean same = Arrays.stream(values).allMatch(value -> value == values[0]);
        if (same) {
            return number(array, values[0]).broadcast(values.length).duplicate();
        }
        if (values.length > FEW) {
            return copy(array, new Shape(values.length), values);
        }
        NDList parts = new NDList(values.length);
        for (double value : values) {
            parts.add(number(array, value).reshape(1));
        }
        return NDArrays.concat(parts);
    }

    /**
     * Returns the numbers from 0, made on the device.
     *
     * @param array an array of the type that they are to have
     * @param size how many
     * @return 0 to size − 1, of the type of the array, (size)
     */
    public static NDArray range(NDArray array, int size) {
        return array.getManager()
                .arange(0, size, 1, DataType.INT64)
                .toType(array.getDataType(), false);
    }

    /**
     * Swaps the first two axes.
     *
     * @param array an array of any type, (A, B, …)
     * @return the same, (B, A, …)
     */
    public static NDArray swapFirst(NDArray array) {
        return array.getDataType() == DataType.BOOLEAN && onMxnet(array)
                ? array.toType(DataType.INT32, false).swapAxes(0, 1).toType(DataType.BOOLEAN, false)
                : array.swapAxes(0, 1);
    }

    /**
     * Tells where an array is infinite.
     *
     * @param array an array of floats
     * @return a BOOLEAN array of its shape
     */
    public static NDArray isInfinite(NDArray array) {
        return onMxnet(array) ? array.abs().eq(Float.POSITIVE_INFINITY) : array.isInfinite();
    }

    /**
     * Tells whether {@link NDArray#toByteBuffer(boolean)} gives a copy where others give the memory
     * of the array itself.
     *
     * @param array the array
     * @return true if it is always a copy
     */
    public static boolean copiesToBuffers(NDArray array) {
        return onMxnet(array);
    }

    /**
     * Computes with the engine in evaluation mode, also while gradients are collected. On PyTorch
     * the mode is an argument of an operation; on MXNet it is the engine's, and batch normalisation
     * and dropout refuse to be told another one.
     *
     * @param manager any manager of the engine
     * @param computation the computation, on this thread
     * @param <T> the type of its result
     * @return its result
     */
    public static <T> T inEvaluation(NDManager manager, Supplier<T> computation) {
        if (!onMxnet(manager)) {
            return computation.get();
        }
        boolean before = setMxnetTraining(manager, false);
        try {
            return computation.get();
        } finally {
            setMxnetTraining(manager, before);
        }
    }

    /** Returns whether MXNet was in training mode. By reflection, as it need not be there. */
    private static boolean setMxnetTraining(NDManager manager, boolean training) {
        try {
            return (boolean)
                    Class.forName(MXNET_MODE, true, manager.getEngine().getClass().getClassLoader())
                            .getMethod("setTraining", boolean.class)
                            .invoke(null, training);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("MXNet: the mode cannot be set: " + e, e);
        }
    }
}
