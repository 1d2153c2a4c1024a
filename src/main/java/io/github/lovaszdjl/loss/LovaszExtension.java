package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;

/**
 * The Lovász extension of the Jaccard loss of one class: the maths, once.
 *
 * <p>With the errors m of P pixels in decreasing order, G the number of foreground pixels, and at
 * rank i (pixel i included) the union U_i = G + background so far and the intersection I_i = G −
 * foreground so far, the extension is Σ w_i m_i with the weights
 *
 * <ul>
 *   <li>1 / U_i for foreground,
 *   <li>I_i / (U_i (U_i − 1)) for background,
 *   <li>1 for the first and 0 for the rest where the class is absent (G = 0).
 * </ul>
 *
 * <p>These are the differences of 1 − I_i / U_i of Algorithm 1 in Berman, Rannen Triki and Blaschko
 * (CVPR 2018, arXiv 1705.08790), solved for one step. Deviation from published code: that takes the
 * differences in float32, where neighbours agree in nearly all digits; the closed form is right to
 * rounding at any size. Counts are integers, so they are exact beyond 2²⁴ pixels.
 *
 * <p>The weights are the gradient of the extension with respect to the errors, hence constants to
 * autograd: everything here works on arrays outside the graph. Nothing is copied to or from the
 * device, so that it is never waited for. {@link HostSort} is the same for the host.
 */
final class LovaszExtension {

    /** The key of a pixel that does not count: after all others. */
    private static final int LEFT_OUT = (1 << 24) - 1;

    /**
     * The largest sorting key: 24 bits, the precision of a float32 in [½, 1). Two errors whose keys
     * are equal differ by less than 2⁻²³, of which either may stand first.
     */
    private static final int KEYS = LEFT_OUT - 1;

    /**
     * How many errors are sorted at once: enough to keep a GPU busy, while the temporary arrays, 40
     * bytes an error, stay below a gigabyte. With the row in the high bits, keys of so many rows
     * fit into 31 bits.
     */
    private static final int BATCH = 1 << 24;

    private static final int MAX_ROWS = 1 << 7;

    private LovaszExtension() {}

    /**
     * Returns the weight of every pixel.
     *
     * @param errors the errors of R classes, each sorted on its own, (R, P), P ≥ 1, outside the
     *     graph
     * @param foreground where the class is, (R, P), BOOLEAN
     * @param valid where pixels are to be looked at, (R, P) or (1, P), BOOLEAN; null for all
     * @param foregroundCounts G of every class, the number of its foreground pixels among those
     * @param unitInterval whether the errors are known to be in [0, 1], which sorts faster
     * @return the weights in the order of the pixels, (R, P), of the type of the errors; 0 for
     *     pixels not looked at
     */
    static NDArray weights(
            NDArray errors,
            NDArray foreground,
            NDArray valid,
            long[] foregroundCounts,
            boolean unitInterval) {
        long pixels = errors.getShape().get(1);
        int rows = (int) Math.max(1, Math.min(MAX_ROWS - 1, BATCH / pixels));
        NDList parts = new NDList();
        for (int from = 0; from < foregroundCounts.length; from += rows) {
            int to = Math.min(from + rows, foregroundCounts.length);
            NDIndex part = new NDIndex("{}:{}", from, to);
            NDArray looked =
                    valid == null || valid.getShape().get(0) == 1 ? valid : valid.get(part);
            boolean anyAbsent =
                    Arrays.stream(foregroundCounts, from, to).anyMatch(count -> count == 0);
            parts.add(
                    Scoped.of(
                            () ->
                                    ofRows(
                                            errors.get(part),
                                            foreground.get(part),
                                            looked,
                                            anyAbsent,
                                            unitInterval)));
        }
        return parts.size() == 1 ? parts.head() : NDArrays.concat(parts);
    }

    private static NDArray ofRows(
            NDArray errors,
            NDArray foreground,
            NDArray valid,
            boolean anyAbsent,
            boolean unitInterval) {
        Shape shape = errors.getShape();
        boolean integers = unitInterval && errors.getDataType() == DataType.FLOAT32;
        NDArray order = integers ? orderOfKeys(errors, valid) : order(errors, valid);
        NDArray sorted = Operations.ordered(foreground.reshape(-1), order).reshape(shape);
        NDArray weights = sortedWeights(sorted, anyAbsent, errors.getDataType());
        return Operations.unordered(weights.reshape(-1), order).reshape(shape);
    }

    /**
     * Returns the weights of errors in decreasing order.
     *
     * @param foreground where the class is, in that order, (R, P), BOOLEAN
     * @param anyAbsent whether G is 0 in any row
     * @param type the type of the weights
     * @return the weights in that order, (R, P)
     */
    private static NDArray sortedWeights(NDArray foreground, boolean anyAbsent, DataType type) {
        NDManager manager = foreground.getManager();
        long pixels = foreground.getShape().get(1);
        NDArray wrong = foreground.toType(DataType.INT32, false).cumSum(1);
        NDArray total = wrong.get(new NDIndex(":, {}:", pixels - 1)).duplicate();
        NDArray left = wrong.negi().addi(total);
        NDArray rank = manager.ones(new Shape(1, pixels), DataType.INT32).cumSum(1);
        // U = G + background so far, and of the rank so far what is not background is G − I.
        NDArray union = left.add(rank).toType(type, false);
        NDArray intersection = left.toType(type, false);
        // A background pixel has U ≥ G + 1 ≥ 2, but for the first of an absent class.
        NDArray one = manager.ones(new Shape(1), type);
        NDArray background = intersection.divi(NDArrays.maximum(union.sub(one), one).muli(union));
        NDArray weights = NDArrays.where(foreground, one.div(union), background);
        if (anyAbsent) {
            weights.addi(total.eq(0).logicalAnd(rank.eq(1)).toType(type, false));
        }
        return weights;
    }

    /**
     * Returns the positions, counted over all rows, of the errors of row after row from the largest
     * to the smallest, (R · P), INT64.
     */
    private static NDArray order(NDArray errors, NDArray valid) {
        NDArray keys = errors.neg();
        if (valid != null) {
            NDArray zeros = keys.getManager().zeros(valid.getShape(), keys.getDataType());
            keys.addi(NDArrays.where(valid, zeros, zeros.add(Float.POSITIVE_INFINITY)));
        }
        return keys.argSort(1, true).addi(rows(keys, errors.getShape().get(1))).reshape(-1);
    }

    /** The same for errors in [0, 1], by one sort of integers. */
    private static NDArray orderOfKeys(NDArray errors, NDArray valid) {
        // libtorch sorts integers by radix on every core, several times faster than floats. NaN
        // may become any integer; it must stay in its row.
        NDArray keys = errors.neg().addi(1).muli(KEYS).toType(DataType.INT32, false).clip(0, KEYS);
        if (valid != null) {
            NDArray ignored = valid.logicalNot().toType(DataType.INT32, false);
            keys = NDArrays.maximum(keys, ignored.muli(LEFT_OUT));
        }
        return keys.addi(rows(keys, 1L << 24).toType(DataType.INT32, false))
                .reshape(-1)
                .argSort(0, true);
    }

    /**
     * Returns step · r for every row r, (R, 1), INT64; made on the device, as a copy would wait.
     */
    private static NDArray rows(NDArray array, long step) {
        int rows = (int) array.getShape().get(0);
        return array.getManager().arange(0, rows, 1, DataType.INT64).muli(step).reshape(-1, 1);
    }
}
