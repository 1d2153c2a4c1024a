package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;
import io.github.lovaszdjl.internal.Operations;
import java.util.Objects;

/**
 * Keeps the copies of a network on several devices equal, to the bit: the gradient is the mean over
 * the devices, the optimizer updates the first copy, once, and the others become copies of it.
 *
 * <p>DJL's {@link ai.djl.training.LocalParameterServer} adds the gradients and calls the optimizer
 * once for every device, with which the step counters of DJL's optimizers, and by them the copies,
 * drift apart. {@link DataParallelTrainer} takes this one in its place; in a loop of your own,
 * {@link ai.djl.training.ParameterStore#setParameterServer} does.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class AveragingParameterServer implements ParameterServer {

    private static final NDIndex ALL = new NDIndex("...");

    private final Optimizer optimizer;

    /** How many gradients are summed up in those of all devices; 0 for one a device. */
    private int parts;

    /**
     * Constructs a server.
     *
     * @param optimizer the optimizer, of the first device of every parameter
     */
    public AveragingParameterServer(Optimizer optimizer) {
        this.optimizer =
                Objects.requireNonNull(optimizer, "optimizer: expected an optimizer, got null");
    }

    /** Sets by what the sum of the gradients is divided; 0 for the number of devices. */
    void setParts(int parts) {
        this.parts = parts;
    }

    /** {@inheritDoc} */
    @Override
    public void init(String parameterId, NDArray[] value) {}

    /**
     * Updates the copies of a parameter, and clears their gradients.
     *
     * @param parameterId the id of the parameter
     * @param grads its gradient on every device
     * @param params the parameter on every device, in the same order; the first is updated by the
     *     optimizer
     */
    @Override
    public void update(String parameterId, NDArray[] grads, NDArray[] params) {
        NDArray first = params[0];
        try (NDArray mean = mean(grads, parts)) {
            optimizer.update(parameterId, first, mean);
        }
        for (int i = 1; i < params.length; i++) {
            copy(first, params[i]);
            // Not to the number 0, of which DJL leaves an array behind.
            try (NDArray zeros = grads[i].zerosLike()) {
                grads[i].set(ALL, zeros);
            }
        }
    }

    /**
     * Returns the sum of gradients, on the device of the first, divided by parts, or their number.
     */
    static NDArray mean(NDArray[] grads, int parts) {
        // A copy, as the optimizer clears the gradient of what it updates.
        NDArray mean = grads[0].duplicate();
        for (int i = 1; i < grads.length; i++) {
            try (NDArray other = grads[i].toDevice(mean.getDevice(), true)) {
                mean.addi(other);
            }
        }
        try (NDArray count = Operations.number(mean, parts == 0 ? grads.length : parts)) {
            return mean.divi(count);
        }
    }

    /** Copies values in place, on threads too on which the engine would build a graph. */
    static void copy(NDArray from, NDArray to) {
        // Not by copyTo, which on PyTorch takes the memory of a Java buffer in place of its own.
        try (NDArray values = from.stopGradient();
                NDArray target = to.stopGradient()) {
            target.set(ALL, values);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void close() {}
}
