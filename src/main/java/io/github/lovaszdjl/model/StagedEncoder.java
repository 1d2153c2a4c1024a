package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An encoder that is one chain of blocks, cut into five stages. Every stage ends with a map, and
 * halves height and width unless the output stride is reached before; then it dilates.
 */
abstract class StagedEncoder extends Encoder {

    private final List<Chain> stages = new ArrayList<>();

    StagedEncoder(int inputChannels, List<Integer> channels, int outputStride) {
        super(inputChannels, channels, strides(outputStride));
    }

    private static List<Integer> strides(int outputStride) {
        if (outputStride != 8 && outputStride != 16 && outputStride != 32) {
            throw new IllegalArgumentException(
                    "outputStride: expected 8, 16 or 32, got " + outputStride);
        }
        return Stream.of(2, 4, 8, 16, 32).map(stride -> Math.min(stride, outputStride)).toList();
    }

    /** Returns the stride within a stage, 2 or 1. */
    final int stride(int stage) {
        return stage == 0 ? strides().get(0) : strides().get(stage) / strides().get(stage - 1);
    }

    /** Returns the dilation within a stage: the product of the strides left out so far. */
    final int dilation(int stage) {
        return (2 << stage) / strides().get(stage);
    }

    /** Adds the next stage; its blocks are child blocks already. */
    final void addStage(List<? extends Block> blocks) {
        stages.add(new Chain(blocks));
    }

    @Override
    protected final List<NDArray> encode(ParameterStore store, NDArray images, boolean training) {
        if (training) {
            checkBatch(images.getShape());
        }
        List<NDArray> maps = new ArrayList<>();
        NDArray features = images;
        for (Chain stage : stages) {
            features = stage.forward(store, features, training);
            maps.add(features);
        }
        return maps;
    }

    /** The variance of a single value is undefined, and would spoil the running statistics. */
    private void checkBatch(Shape images) {
        Shape[] maps = getOutputShapes(new Shape[] {images});
        Shape last = maps[maps.length - 1];
        if (last.get(0) * last.get(2) * last.get(3) == 1) {
            throw new IllegalArgumentException(
                    "input: expected more than one value per channel in the last map for training,"
                            + " got "
                            + images);
        }
    }

    @Override
    protected final void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        getOutputShapes(inputShapes); // checks them
        Shape shape = inputShapes[0];
        for (Chain stage : stages) {
            shape = stage.initialize(manager, dataType, shape);
        }
    }
}
