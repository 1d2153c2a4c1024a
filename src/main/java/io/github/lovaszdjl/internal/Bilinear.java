package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Resizes feature maps by bilinear interpolation, in a graph, as PyTorch's {@code interpolate} does
 * with {@code align_corners=False} and no antialiasing.
 *
 * <p>The middle of value o of the result lies at (o + 1/2) · size / newSize − 1/2 in the input, and
 * is the mean of the two values beside it, weighted by how near they are; beyond the middle of the
 * first or last value that value is repeated. Along one axis this is a product with a constant
 * matrix of two values a row, so both axes are two matrix products: Y = A X Bᵀ.
 *
 * <p>Products with mostly zeros sound slow and are not: on a CPU forward and backward together take
 * between half the time of PyTorch's own interpolation and as long. Every engine has them, and
 * their gradient is the same in every run, on a GPU too, where that of PyTorch's interpolation
 * depends on the order in which threads add. The price: the time grows with the height and width of
 * the input, and a value that is not finite spreads over the whole map.
 */
public final class Bilinear {

    private Bilinear() {}

    /**
     * Resizes maps.
     *
     * @param maps the maps, (N, C, H, W), of floats; stay open
     * @param height the new height, at least 1, larger or smaller
     * @param width the new width, at least 1, larger or smaller
     * @return a new array, (N, C, height, width)
     * @throws IllegalArgumentException if the maps have other axes or no value, or a size is below
     *     1
     */
    public static NDArray resize(NDArray maps, long height, long width) {
        Shape shape = maps.getShape();
        check(shape, "(N, C, H, W)", height, width);
        Shape wanted = new Shape(shape.get(0), shape.get(1), height, width);
        try (NDArray wide = resizeWidth(maps, width);
                NDArray tall = resizeMiddle(wide, height)) {
            return tall.reshape(wanted);
        }
    }

    /**
     * Resizes maps whose channels come last, without a change of their order.
     *
     * @param maps the maps, (N, H, W, C), of floats; stay open
     * @param height the new height, at least 1, larger or smaller
     * @param width the new width, at least 1, larger or smaller
     * @return a new array, (N, height, width, C)
     * @throws IllegalArgumentException if the maps have other axes or no value, or a size is below
     *     1
     */
    public static NDArray resizeChannelsLast(NDArray maps, long height, long width) {
        Shape shape = maps.getShape();
        check(shape, "(N, H, W, C)", height, width);
        long n = shape.get(0);
        long channels = shape.get(3);
        try (NDArray rows = maps.reshape(n * shape.get(1), shape.get(2), channels);
                NDArray wide = resizeMiddle(rows, width);
                NDArray images = wide.reshape(n, shape.get(1), width * channels);
                NDArray tall = resizeMiddle(images, height)) {
            return tall.reshape(n, height, width, channels);
        }
    }

    private static void check(Shape shape, String expected, long height, long width) {
        if (shape.dimension() != 4 || shape.size() == 0) {
            throw new IllegalArgumentException("maps: expected " + expected + ", got " + shape);
        }
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "height and width: expected at least 1, got " + height + " and " + width);
        }
    }

    /** Returns a new array, (N · C, H, width): fewer rows to widen than after the height. */
    private static NDArray resizeWidth(NDArray maps, long width) {
        Shape shape = maps.getShape();
        long planes = shape.get(0) * shape.get(1);
        long height = shape.get(2);
        if (shape.get(3) == width) {
            return maps.reshape(planes, height, width);
        }
        try (NDArray weights = weights(maps, shape.get(3), width);
                NDArray transposed = weights.transpose();
                NDArray rows = maps.reshape(planes * height, shape.get(3));
                NDArray product = rows.matMul(transposed)) {
            return product.reshape(planes, height, width);
        }
    }

    /** Turns (A, B, C) into a new array, (A, size, C). */
    private static NDArray resizeMiddle(NDArray array, long size) {
        Shape shape = array.getShape();
        if (shape.get(1) == size) {
            return array.reshape(shape);
        }
        try (NDArray weights = weights(array, shape.get(1), size);
                NDArray single = weights.expandDims(0);
                NDArray repeated = single.broadcast(shape.get(0), size, shape.get(1))) {
            return repeated.matMul(array);
        }
    }

    /**
     * Returns the weights of an axis, (newSize, size), in memory of the engine's own: the graph
     * keeps them, and Java's memory may be gone before the way back.
     */
    private static NDArray weights(NDArray like, long size, long newSize) {
        return Operations.copy(like, new Shape(newSize, size), weights(size, newSize));
    }

    private static double[] weights(long size, long newSize) {
        double[] weights = new double[Math.toIntExact(Math.multiplyExact(newSize, size))];
        for (int o = 0; o < newSize; o++) {
            double middle = Math.max((o + 0.5) * size / newSize - 0.5, 0);
            int before = (int) middle;
            int after = (int) Math.min(before + 1, size - 1);
            int row = (int) (o * size);
            weights[row + before] += 1 - (middle - before);
            weights[row + after] += middle - before;
        }
        return weights;
    }
}
