package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.function.Supplier;

/** Frees the intermediate arrays of a computation; autograd keeps for itself what it needs. */
final class Scoped {

    private Scoped() {}

    /**
     * Runs a computation and closes every array it made but the result.
     *
     * @param computation returns an array that it made itself
     * @return the result, which belongs to the scope around this one, if there is one
     */
    static NDArray of(Supplier<NDArray> computation) {
        NDArray result;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            result = computation.get();
            NDScope.unregister(result);
        }
        NDScope.register(result);
        return result;
    }
}
