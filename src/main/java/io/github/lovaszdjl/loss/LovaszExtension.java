package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

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
 * autograd: everything here works on arrays outside the graph.
 */
final class LovaszExtension {

    /**
     * The largest sorting key: 24 bits, the precision of a float32 in [½, 1). Two errors whose keys
     * are equal differ by less than 2⁻²³, of which either may stand first.
     */
    private static final float KEYS = (1 << 24) - 1;

    private LovaszExtension() {}

    /**
     * Returns the weight of every pixel.
     *
     * @param errors the errors, (P), P ≥ 1, outside the graph
     * @param foreground where the class is, (P), BOOLEAN
     * @param validIndex the positions of the V ≥ 1 pixels to look at, (V), INT64; null for all
     * @param foregroundCount G, the number of foreground pixels among those
     * @param unitInterval whether the errors are known to be in [0, 1], which sorts faster
     * @return the weights in the order of the pixels, (P), of the type of the errors; 0 for pixels
     *     not looked at
     */
    static NDArray weights(
            NDArray errors,
            NDArray foreground,
            NDArray validIndex,
            long foregroundCount,
            boolean unitInterval) {
        return Scoped.of(
                () -> {
                    if (validIndex == null) {
                        return weights(errors, foreground, foregroundCount, unitInterval);
                    }
                    NDArray valid =
                            weights(
                                    errors.gather(validIndex, 0),
                                    foreground.gather(validIndex, 0),
                                    foregroundCount,
                                    unitInterval);
                    return errors.zerosLike().scatter(validIndex, valid, 0);
                });
    }

    private static NDArray weights(
            NDArray errors, NDArray foreground, long foregroundCount, boolean unitInterval) {
        if (foregroundCount == 0) {
            NDArray first = errors.argMax(0).reshape(1);
            NDArray one = errors.getManager().ones(new Shape(1), errors.getDataType());
            return errors.zerosLike().scatter(first, one, 0);
        }
        NDArray order = decreasingOrder(errors, unitInterval);
        NDArray sorted =
                sortedWeights(foreground.gather(order, 0), foregroundCount, errors.getDataType());
        // Every position is overwritten.
        return errors.zerosLike().scatter(order, sorted, 0);
    }

    /**
     * Returns the weights of errors in decreasing order.
     *
     * @param foreground where the class is, in that order, (P), BOOLEAN
     * @param foregroundCount G, at least 1
     * @param type the type of the weights
     * @return the weights in that order, (P)
     */
    private static NDArray sortedWeights(NDArray foreground, long foregroundCount, DataType type) {
        NDArray foregroundSoFar = foreground.toType(DataType.INT32, false).cumSum(0);
        NDArray backgroundSoFar = foreground.logicalNot().toType(DataType.INT32, false).cumSum(0);
        NDArray intersection = foregroundSoFar.neg().addi(foregroundCount).toType(type, false);
        NDArray union = backgroundSoFar.addi(foregroundCount).toType(type, false);
        // A background pixel has U ≥ G + 1 ≥ 2. At U = 1 the second formula is 0 / 0, not taken.
        NDArray background = intersection.divi(union.sub(1).muli(union));
        NDArray one = foreground.getManager().full(new Shape(1), 1f, type);
        return NDArrays.where(foreground, one.div(union), background);
    }

    /** Returns the positions of the errors from the largest to the smallest, (P), INT64. */
    private static NDArray decreasingOrder(NDArray errors, boolean unitInterval) {
        if (unitInterval && errors.getDataType() == DataType.FLOAT32) {
            // libtorch sorts integers by radix on every core, several times faster than floats.
            NDArray keys = errors.neg().addi(1).muli(KEYS).toType(DataType.INT32, false);
            return keys.argSort(0, true);
        }
        return errors.neg().argSort(0, true);
    }
}
