package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;

/** Sums up the norm of all gradients together, in double precision and on their device. */
final class GradientNorm {

    /** The sum of the squares; null before the first gradient. */
    private NDArray squares;

    /** Adds a gradient, which the engine may not have: then it is 0. */
    void add(NDArray gradient) {
        if (gradient == null) {
            return;
        }
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray sum = gradient.toType(DataType.FLOAT64, true).square().sum();
            if (squares == null) {
                squares = sum;
                NDScope.unregister(sum);
            } else {
                squares.addi(sum);
            }
        }
    }

    /** Returns the norm of those that were added, and forgets them. */
    double take() {
        if (squares == null) {
            return 0;
        }
        try (NDScope copies = new NDScope();
                NDArray sum = squares) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            squares = null;
            return Math.sqrt(sum.getDouble());
        }
    }
}
