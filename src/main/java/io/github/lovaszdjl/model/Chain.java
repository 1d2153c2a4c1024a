package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.List;

/**
 * Blocks one after the other, each from one array to one. An array in between is closed as soon as
 * the next one exists.
 *
 * @param blocks the blocks, one at least, in the order of their work
 */
record Chain(List<? extends Block> blocks) {

    Chain {
        blocks = List.copyOf(blocks);
    }

    /** Returns the result of the last block; the input stays open. */
    NDArray forward(ParameterStore store, NDArray input, boolean training) {
        NDArray features = input;
        for (Block block : blocks) {
            NDArray next = block.forward(store, new NDList(features), training).singletonOrThrow();
            if (features != input) {
                features.close();
            }
            features = next;
        }
        return features;
    }

    /** Initialises the blocks for an input, and returns the shape of the result. */
    Shape initialize(NDManager manager, DataType type, Shape input) {
        Shape shape = input;
        for (Block block : blocks) {
            block.initialize(manager, type, shape);
            shape = block.getOutputShapes(new Shape[] {shape})[0];
        }
        return shape;
    }

    /** Returns the shape of the result for an input. */
    Shape outputShape(Shape input) {
        Shape shape = input;
        for (Block block : blocks) {
            shape = block.getOutputShapes(new Shape[] {shape})[0];
        }
        return shape;
    }
}
