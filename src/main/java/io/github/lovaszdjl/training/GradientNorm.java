package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.function.Function;

/** Sums up the norm of all gradients together, in double precision and on their device. */
final class GradientNorm {

    /** The sum of the squares; null before the first gradient. */
    private NDArray squares;

    private GradientNorm() {}

    /**
     * Returns the norm of the gradients of all parameters that learn now.
     *
     * @param gradients gives the gradient of a parameter, which is closed then; null for 0
     */
    static double of(Block block, Function<Parameter, NDArray> gradients) {
        GradientNorm norm = new GradientNorm();
        for (Parameter parameter : block.getParameters().values()) {
            if (parameter.requiresGradient()) {
                try (NDArray gradient = gradients.apply(parameter)) {
                    norm.add(gradient);
                }
            }
        }
        return norm.root();
    }

    /** Adds a gradient, which the engine may not have: then it is 0. */
    private void add(NDArray gradient) {
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

    /** Returns the norm of those that were added, once. */
    private double root() {
        if (squares == null) {
            return 0;
        }
        try (NDScope copies = new NDScope();
                NDArray sum = squares) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            return Math.sqrt(sum.getDouble());
        }
    }
}
