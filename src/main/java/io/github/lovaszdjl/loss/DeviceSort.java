package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;

/**
 * The weights of errors with NDArray operations: {@link JaccardWeights} for whole arrays.
 *
 * <p>Works on arrays outside the graph. Nothing is copied to or from the device, so that it is
 * never waited for. Counts are integers, so they are exact beyond 2²⁴ pixels. {@link HostSort} is
 * the same for the host.
 */
final class DeviceSort {

    /** The key of a pixel that does not count: after all others. */
    private static final int LEFT_OUT = (1 << 24) - 1;

    /**
     * The largest sorting key: 24 bits, the precision of a float32 in [½, 1). Two errors whose keys
     * are equal differ by less than 2⁻²³, of which either may stand first.
     */
    private static final int KEYS = LEFT_OUT - 1;

    /**
     * How many errors are sorted at once. A GPU puts weights back where they belong four times as
     * fast where all of them fit into its cache, and so many keep it busy. With the row in the high
     * bits, keys of so many rows fit into 31 bits.
     */
    private static final int BATCH = 1 << 23;

    private static final int MAX_ROWS = 1 << 7;

    /** Up to as many a float32 counts. */
    private static final int EXACT = 1 << 24;

    private DeviceSort() {}

    /**
     * Returns the weight of every pixel.
     *
     * @param rightness what orders the errors m of R classes, each on its own, (R, P), P ≥ 1,
     *     outside the graph: −m, or 1 − m where errors are in [0, 1]
     * @param foreground where the class is, (R, P), BOOLEAN
     * @param valid where pixels are to be looked at, (R, P) or (1, P), BOOLEAN; null for all
     * @param foregroundCounts G of every class, the number of its foreground pixels among those
     * @param unitInterval whether the errors are known to be in [0, 1], which sorts faster
     * @param sign of the weights of foreground: 1, or −1 for how the loss changes with the score
     * @return the weights in the order of the pixels, (R, P), of the type of the errors; 0 for
     *     pixels not looked at
     */
    static NDArray weights(
            NDArray rightness,
            NDArray foreground,
            NDArray valid,
            long[] foregroundCounts,
            boolean unitInterval,
            int sign) {
        long pixels = rightness.getShape().get(1);
        int rows = (int) Math.max(1, Math.min(MAX_ROWS - 1, BATCH / pixels));
        boolean integers = unitInterval && rightness.getDataType() == DataType.FLOAT32;
        NDArray keys = integers ? integerKeys(rightness, valid) : keys(rightness, valid);
        boolean few = rows * pixels <= EXACT && rightness.getDataType() == DataType.FLOAT32;
        DataType counting = few ? DataType.FLOAT32 : DataType.INT32;
        NDArray rank =
                rightness
                        .getManager()
                        .ones(new Shape(pixels), counting)
                        .cumSum(0)
                        .reshape(1, pixels);
        NDList parts = new NDList();
        for (int from = 0; from < foregroundCounts.length; from += rows) {
            int to = Math.min(from + rows, foregroundCounts.length);
            NDIndex part = new NDIndex("{}:{}", from, to);
            boolean anyAbsent =
                    Arrays.stream(foregroundCounts, from, to).anyMatch(count -> count == 0);
            parts.add(
                    Scoped.of(
                            () -> {
                                NDArray own = keys.get(part);
                                return weights(
                                        integers ? orderOfIntegers(own) : order(own),
                                        foreground.get(part),
                                        rank,
                                        anyAbsent,
                                        rightness.getDataType(),
                                        sign);
                            }));
        }
        NDArray weights = parts.size() == 1 ? parts.head() : NDArrays.concat(parts);
        // Those left out stand last, with a weight of 0, but where a class has no valid pixel.
        boolean anyAbsent = Arrays.stream(foregroundCounts).anyMatch(count -> count == 0);
        return anyAbsent && valid != null
                ? weights.muli(valid.toType(weights.getDataType(), false))
                : weights;
    }

    /**
     * Returns the weights of pixels.
     *
     * @param order the positions of the pixels of row after row from the largest error to the
     *     smallest, (R · P), INT64
     * @param foreground where the class is, (R, P), BOOLEAN
     * @param rank 1 to P, (1, P), of the type in which to count
     * @param anyAbsent whether G is 0 in any row
     * @param type the type of the weights
     * @param sign of the weights of foreground
     * @return the weights, (R, P)
     */
    private static NDArray weights(
            NDArray order,
            NDArray foreground,
            NDArray rank,
            boolean anyAbsent,
            DataType type,
            int sign) {
        Shape shape = foreground.getShape();
        NDArray sorted = Operations.ordered(foreground.reshape(-1), order).reshape(shape);
        // One sum over all rows: a GPU sums each row of few by few of its processors.
        NDArray wrong =
                sorted.reshape(-1).toType(rank.getDataType(), false).cumSum(0).reshape(shape);
        NDArray ends = wrong.get(new NDIndex(":, {}:", shape.get(1) - 1));
        // I, and U − 1 = G + background before, as of those before what is not background is
        // G − I, less the pixel itself where it is foreground.
        NDArray left = ends.sub(wrong);
        NDArray union = left.add(rank).toType(type, false);
        NDArray intersection = left.toType(type, false);
        NDArray one = Operations.number(union, 1);
        NDArray before = union.sub(one);
        if (anyAbsent) {
            // A background pixel has U ≥ G + 1 ≥ 2, but for the first of an absent class.
            before = NDArrays.maximum(before, one);
        }
        NDArray ofForeground = sign < 0 ? before.onesLike().negi() : before.onesLike();
        NDArray weights = NDArrays.where(sorted, ofForeground, intersection.divi(before));
        weights.divi(union);
        if (anyAbsent) {
            NDArray starts =
                    shape.get(0) == 1
                            ? ends.zerosLike()
                            : NDArrays.concat(
                                    new NDList(ends.get(":1").zerosLike(), ends.get(":-1")));
            NDArray first = rank.eq(Operations.number(rank, 1));
            weights.addi(ends.eq(starts).logicalAnd(first).toType(type, false));
        }
        return Operations.unordered(weights.reshape(-1), order).reshape(shape);
    }

    /** Returns what sorts to the order of {@link #order}, (R, P). */
    static NDArray keys(NDArray rightness, NDArray valid) {
        if (valid == null) {
            return rightness;
        }
        NDArray last =
                rightness.zerosLike().addi(Operations.number(rightness, Float.POSITIVE_INFINITY));
        // An error of −∞ still stands before those that are left out.
        NDArray finite = NDArrays.minimum(rightness, Operations.number(rightness, Float.MAX_VALUE));
        return NDArrays.where(valid.broadcast(rightness.getShape()), finite, last);
    }

    private static NDArray order(NDArray keys) {
        return keys.argSort(1, true).addi(rows(keys, keys.getShape().get(1))).reshape(-1);
    }

    /** Returns what sorts to the order of {@link #orderOfIntegers}, (R, P), INT32. */
    private static NDArray integerKeys(NDArray rightness, NDArray valid) {
        // NaN becomes 0 on CUDA, which stays in its row. The loss is NaN then.
        NDArray keys =
                rightness.mul(Operations.number(rightness, KEYS)).toType(DataType.INT32, false);
        if (valid != null) {
            NDArray ignored = valid.logicalNot().toType(DataType.INT32, false);
            keys = NDArrays.maximum(keys, ignored.muli(Operations.number(ignored, LEFT_OUT)));
        }
        return keys;
    }

    /**
     * libtorch sorts integers by radix on every core, several times faster than floats, and one row
     * faster than several.
     */
    private static NDArray orderOfIntegers(NDArray keys) {
        return keys.add(rows(keys, 1L << 24).toType(DataType.INT32, false))
                .reshape(-1)
                .argSort(0, true);
    }

    /**
     * Returns step · r for every row r, (R, 1), INT64; made on the device, as a copy would wait.
     */
    private static NDArray rows(NDArray array, long step) {
        int rows = (int) array.getShape().get(0);
        NDArray numbers = array.getManager().arange(0, rows, 1, DataType.INT64);
        return numbers.muli(Operations.number(numbers, step)).reshape(-1, 1);
    }
}
