package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * The Mix-FFN of SegFormer, from tokens (N, H, W, C) to the same shape: a linear map to four times
 * the channels, a depthwise 3×3 convolution, which tells tokens where they are, GELU, and a linear
 * map back.
 */
final class MixFeedForward extends AbstractBlock {

    private static final int EXPANSION = 4;

    private final Linear expand;
    private final Conv2d depthwise;
    private final Linear contract;

    MixFeedForward(int width) {
        int expanded = EXPANSION * width;
        expand = addChildBlock("dense1", TransformerLayer.linear(expanded));
        depthwise =
                addChildBlock(
                        "dwconv.dwconv",
                        Conv2d.builder()
                                .setKernelShape(new Shape(3, 3))
                                .optPadding(new Shape(1, 1))
                                .optGroups(expanded)
                                .setFilters(expanded)
                                .build());
        depthwise.setInitializer(PatchEmbedding.byOutputs(3 * 3), Parameter.Type.WEIGHT);
        contract = addChildBlock("dense2", TransformerLayer.linear(width));
    }

    /** The same on a single array, (N, H, W, C), which stays open. */
    NDArray forward(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray expanded = apply(expand, store, tokens, training);
                NDArray map = FeatureMaps.channelsFirst(expanded);
                NDArray mixed = apply(depthwise, store, map, training);
                NDArray last = FeatureMaps.channelsLast(mixed);
                NDArray active = Activation.gelu(last)) {
            return apply(contract, store, active, training);
        }
    }

    private static NDArray apply(
            Block block, ParameterStore store, NDArray input, boolean training) {
        return block.forward(store, new NDList(input), training).singletonOrThrow();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(forward(parameterStore, inputs.singletonOrThrow(), training));
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape tokens = inputShapes[0];
        Shape expanded = expand.getOutputShapes(inputShapes)[0];
        expand.initialize(manager, dataType, tokens);
        depthwise.initialize(
                manager,
                dataType,
                new Shape(expanded.get(0), expanded.get(3), expanded.get(1), expanded.get(2)));
        contract.initialize(manager, dataType, expanded);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }
}
