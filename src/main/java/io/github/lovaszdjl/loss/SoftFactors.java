package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import io.github.lovaszdjl.internal.Operations;

/**
 * What the loss of a class counts at a pixel whose label is class probabilities, in losses that are
 * means over pixels.
 */
final class SoftFactors {

    private SoftFactors() {}

    /**
     * Returns −weight · q_i(c) / Σ_i Σ_c w(c) y_i(c) with q = w (1 − ε) y + w ε / C, 0 where
     * ignored or where that sum is 0; (N, C, D), outside the graph, in memory of the engine's own.
     */
    static NDArray of(SegmentationInput input, ClassOptions options, float smoothing) {
        float[] classWeights = options.classWeights();
        NDArray weighted = weighted(input.classTarget(), classWeights);
        NDArray total = weighted.sum();
        if (smoothing > 0) {
            weighted = weighted(input.smoothed(smoothing).classTarget(), classWeights);
        }
        return weighted.mul(over(options.weight(), total));
    }

    /** Returns w(c) y_i(c), (N, C, D). */
    static NDArray weighted(NDArray target, float[] classWeights) {
        if (classWeights == null) {
            return target;
        }
        double[] weights = new double[classWeights.length];
        for (int c = 0; c < weights.length; c++) {
            weights[c] = classWeights[c];
        }
        return target.mul(Operations.numbers(target, weights).reshape(1, weights.length, 1));
    }

    /** Returns −weight / total, 0 where the total is 0. */
    static NDArray over(float weight, NDArray total) {
        NDArray isZero = total.eq(total.zerosLike()).toType(total.getDataType(), false);
        NDArray one = Operations.number(total, 1);
        return one.sub(isZero).mul(Operations.number(total, -weight)).div(total.add(isZero));
    }

    /** Returns Σ factor · value, in the graph; a value whose factor is 0 may be infinite. */
    static NDArray sum(NDArray values, NDArray factors) {
        NDArray counted = factors.neq(factors.zerosLike());
        return NDArrays.where(counted, values, values.zerosLike()).mul(factors).sum();
    }
}
