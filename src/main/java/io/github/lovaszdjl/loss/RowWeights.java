package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;

/** A way to compute the weights of errors: the gradient of a Lovász extension. */
interface RowWeights {

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
    NDArray weights(
            NDArray rightness,
            NDArray foreground,
            NDArray valid,
            long[] foregroundCounts,
            boolean unitInterval,
            int sign);
}
