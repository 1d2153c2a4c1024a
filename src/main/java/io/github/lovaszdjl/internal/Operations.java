package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;

/**
 * The operations that DJL's engines do not all have, each in the words of the engine at hand; the
 * only place that looks at which engine that is.
 *
 * <p>MXNet has neither gather nor scatter, cannot swap axes of booleans, does not know what is
 * infinite, and copies where PyTorch lends its memory.
 */
public final class Operations {

    private Operations() {}

    private static boolean onMxnet(NDArray array) {
        return array.getManager().getEngine().getEngineName().equals(EngineNames.MXNET);
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
}
