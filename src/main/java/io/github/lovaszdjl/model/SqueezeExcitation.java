package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * Multiplies every channel, (N, C, H, W), by a factor in [0, 1] that two 1×1 convolutions make of
 * the means of all channels, after Hu, Shen and Sun, <a
 * href="https://doi.org/10.1109/CVPR.2018.00745">Squeeze-and-Excitation Networks</a> (2018), with
 * the hard sigmoid of MobileNetV3.
 */
final class SqueezeExcitation extends AbstractBlock {

    private final int channels;
    private final Conv2d squeeze;
    private final Conv2d excite;

    /** Has a quarter of the channels between the convolutions, rounded to a multiple of 8. */
    SqueezeExcitation(int channels) {
        this.channels = channels;
        squeeze = addChildBlock("fc1", pointwise(multipleOfEight(channels / 4)));
        excite = addChildBlock("fc2", pointwise(channels));
    }

    /** Rounds to the nearest multiple of 8, but up where more than a tenth would be lost. */
    private static int multipleOfEight(int value) {
        int nearest = Math.max(8, (value + 4) / 8 * 8);
        return 10 * nearest < 9 * value ? nearest + 8 : nearest;
    }

    private static Conv2d pointwise(int filters) {
        return Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(filters).build();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        try (NDArray means = Pool.globalAvgPool2d(input); // (N, C)
                NDArray pixel = means.reshape(input.size(0), channels, 1, 1);
                NDArray narrow = convolve(squeeze, parameterStore, pixel, training);
                NDArray positive = Activation.relu(narrow);
                NDArray scores = convolve(excite, parameterStore, positive, training);
                NDArray factors = HardActivation.sigmoid(scores)) {
            return new NDList(input.mul(factors));
        }
    }

    private static NDArray convolve(
            Conv2d convolution, ParameterStore store, NDArray input, boolean training) {
        return convolution.forward(store, new NDList(input), training).singletonOrThrow();
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape pixel = new Shape(inputShapes[0].get(0), channels, 1, 1);
        squeeze.initialize(manager, dataType, pixel);
        excite.initialize(manager, dataType, squeeze.getOutputShapes(new Shape[] {pixel}));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
