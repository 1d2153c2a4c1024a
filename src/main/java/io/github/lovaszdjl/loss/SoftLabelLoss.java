package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** A loss of one label a pixel, or of class probabilities. */
abstract class SoftLabelLoss extends SegmentationLoss {

    final ClassOptions options;

    SoftLabelLoss(String name, ClassOptions options) {
        super(name);
        this.options = options;
    }

    /** Computes the loss from labels that are read to the host, or counted where they are. */
    abstract NDArray compute(NDList labels, NDList predictions, boolean onHost);

    @Override
    final NDArray compute(NDList labels, NDList predictions) {
        NDArray single = Checks.single("predictions", predictions);
        return compute(labels, predictions, single.getDevice().equals(Device.cpu()));
    }

    @Override
    final boolean takesSoftLabels() {
        return true;
    }
}
