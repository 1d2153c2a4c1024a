package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * Convolution, batch normalisation, ReLU; height and width are kept: (N, C, H, W) to (N, filters,
 * H, W).
 *
 * <p>The convolution has no bias: the normalisation that follows would subtract it again. Results
 * in between are closed as soon as the next one exists. An engine that needs them for the backward
 * pass keeps hold of their memory by itself.
 */
final class ConvUnit extends AbstractBlock {

    private final int filters;
    private final Conv2d convolution;
    private final BatchNorm norm;

    /**
     * @param filters the number of channels of the output
     * @param kernel the height and width of the kernel, odd
     */
    ConvUnit(int filters, int kernel) {
        this.filters = filters;
        convolution =
                addChildBlock(
                        "conv",
                        Conv2d.builder()
                                .setKernelShape(new Shape(kernel, kernel))
                                .optPadding(new Shape(kernel / 2, kernel / 2))
                                .setFilters(filters)
                                .optBias(false)
                                .build());
        norm = addChildBlock("norm", BatchNorm.builder().build());
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(forward(parameterStore, inputs.singletonOrThrow(), training));
    }

    /** The same on a single array, (N, C, H, W), which stays open. */
    NDArray forward(ParameterStore store, NDArray input, boolean training) {
        try (NDArray features =
                        convolution.forward(store, new NDList(input), training).singletonOrThrow();
                NDArray normalized =
                        norm.forward(store, new NDList(features), training).singletonOrThrow()) {
            return Activation.relu(normalized);
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        convolution.initialize(manager, dataType, inputShapes);
        norm.initialize(manager, dataType, getOutputShapes(inputShapes));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape in = inputShapes[0];
        return new Shape[] {new Shape(in.get(0), filters, in.get(2), in.get(3))};
    }
}
