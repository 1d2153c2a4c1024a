package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import io.github.lovaszdjl.internal.Operations;

/**
 * The piecewise linear sigmoid and what is made of it, of Howard et al., <a
 * href="https://doi.org/10.1109/ICCV.2019.00140">Searching for MobileNetV3</a> (2019).
 */
final class HardActivation {

    private HardActivation() {}

    /** Returns min(max(x + 3, 0), 6) / 6; the array stays open. */
    static NDArray sigmoid(NDArray x) {
        try (NDArray three = Operations.number(x, 3);
                NDArray six = Operations.number(x, 6);
                NDArray sixth = Operations.number(x, 1.0 / 6);
                NDArray shifted = x.add(three);
                NDArray positive = Activation.relu(shifted);
                NDArray bounded = positive.minimum(six)) {
            return bounded.mul(sixth);
        }
    }

    /** Returns x times its hard sigmoid; the array stays open. */
    static NDArray swish(NDArray x) {
        try (NDArray gate = sigmoid(x)) {
            return x.mul(gate);
        }
    }
}
