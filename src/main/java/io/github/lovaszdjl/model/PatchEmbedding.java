package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;

/**
 * Turns overlapping patches of a map (N, C, H, W) into normalised tokens, (N, ⌈H / stride⌉, ⌈W /
 * stride⌉, width).
 */
final class PatchEmbedding extends AbstractBlock {

    private final int width;
    private final int stride;
    private final Conv2d projection;
    private final LayerNorm norm;

    /**
     * @param width the channels of a token
     * @param patch the height and width of a patch, odd
     * @param stride how far patches are apart
     */
    PatchEmbedding(int width, int patch, int stride) {
        this.width = width;
        this.stride = stride;
        projection =
                addChildBlock(
                        "proj",
                        Conv2d.builder()
                                .setKernelShape(new Shape(patch, patch))
                                .optPadding(new Shape(patch / 2, patch / 2))
                                .optStride(new Shape(stride, stride))
                                .setFilters(width)
                                .build());
        projection.setInitializer(byOutputs(patch * patch * width), Parameter.Type.WEIGHT);
        norm = addChildBlock("layer_norm", LayerNorm.builder().axis(3).build());
    }

    /** He's normal distribution, for so many values that an input takes part in. */
    static NormalInitializer byOutputs(int outputs) {
        return new NormalInitializer((float) Math.sqrt(2.0 / outputs));
    }

    /** The same on a single array, which stays open. */
    NDArray forward(ParameterStore store, NDArray map, boolean training) {
        try (NDArray features =
                        projection.forward(store, new NDList(map), training).singletonOrThrow();
                NDArray tokens = FeatureMaps.channelsLast(features)) {
            return norm.forward(store, new NDList(tokens), training).singletonOrThrow();
        }
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
        projection.initialize(manager, dataType, inputShapes);
        norm.initialize(manager, dataType, getOutputShapes(inputShapes));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape in = inputShapes[0];
        return new Shape[] {
            new Shape(
                    in.get(0),
                    FeatureMaps.strided(in.get(2), stride),
                    FeatureMaps.strided(in.get(3), stride),
                    width)
        };
    }
}
