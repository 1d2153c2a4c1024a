package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * What the Lovász losses have in common: predictions and labels are read and checked, then one of
 * two computations takes them, on the host or with NDArray operations.
 */
abstract class LovaszLoss extends SegmentationLoss {

    private final LovaszComputation host;
    private final LovaszComputation device;

    /**
     * Creates a loss.
     *
     * @param function the loss that is extended; null for the Jaccard loss in closed form
     */
    LovaszLoss(String name, ErrorSetFunction function) {
        super(name);
        device =
                function == null
                        ? new DeviceComputation()
                        : new DeviceComputation(new SetFunctionWeights(function));
        host = function == null ? new HostComputation() : device;
    }

    /** Reads and checks predictions and labels; the labels to the host or where they are. */
    abstract SegmentationInput read(NDList labels, NDList predictions, boolean onHost);

    /** Computes the loss of what was read. */
    abstract NDArray compute(SegmentationInput input, LovaszComputation computation);

    @Override
    final NDArray compute(NDList labels, NDList predictions) {
        NDArray single = Checks.single("predictions", predictions);
        return compute(labels, predictions, HostArrays.serve(single));
    }

    /** Computes the loss on the host, or with NDArray operations only. */
    final NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(() -> compute(read(labels, predictions, onHost), onHost ? host : device));
    }
}
