package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/** Changes the height and width of feature maps, (N, C, H, W), in a graph. */
final class FeatureMaps {

    private FeatureMaps() {}

    /** Returns the length of an axis that a padded operation goes over in steps. */
    static long strided(long size, int stride) {
        return (size - 1) / stride + 1;
    }

    /**
     * Turns (N, C, H, W) into (N, H, W, C). PyTorch copies nothing, and its convolutions take and
     * give maps in either order.
     */
    static NDArray channelsLast(NDArray maps) {
        return maps.transpose(0, 2, 3, 1);
    }

    /** Turns (N, H, W, C) into (N, C, H, W), see {@link #channelsLast}. */
    static NDArray channelsFirst(NDArray tokens) {
        return tokens.transpose(0, 3, 1, 2);
    }

    /** Extends (N, C, H, W) to the given size by copies of the last row and column. */
    static NDArray pad(NDArray input, long height, long width) {
        NDArray tall = extend(input, 2, height);
        NDArray wide = extend(tall, 3, width);
        if (tall != input && tall != wide) {
            tall.close();
        }
        return wide;
    }

    private static NDArray extend(NDArray array, int axis, long size) {
        long present = array.size(axis);
        if (present == size) {
            return array;
        }
        long[] missing = array.getShape().getShape().clone();
        missing[axis] = size - present;
        NDIndex last = new NDIndex().addAllDim(axis).addSliceDim(present - 1, present);
        try (NDArray edge = array.get(last);
                NDArray copies = edge.broadcast(new Shape(missing))) {
            return array.concat(copies, axis);
        }
    }

    /** Copies every value into a 2×2 square; written with operations that every engine has. */
    static NDArray upsample(NDArray array) {
        Shape shape = array.getShape();
        long n = shape.get(0);
        long c = shape.get(1);
        long h = shape.get(2);
        long w = shape.get(3);
        try (NDArray single = array.reshape(n, c, h, 1, w, 1);
                NDArray squares = single.broadcast(n, c, h, 2, w, 2)) {
            return squares.reshape(n, c, 2 * h, 2 * w);
        }
    }

    /** Returns the upper left part of the logits; closes the whole unless that is the result. */
    static NDArray crop(NDArray logits, long height, long width) {
        if (logits.size(2) == height && logits.size(3) == width) {
            return logits;
        }
        try (NDArray whole = logits) {
            return whole.get(
                    new NDIndex().addAllDim(2).addSliceDim(0, height).addSliceDim(0, width));
        }
    }
}
