package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Input of a benchmark, by a name such as {@code softmax-confident-4x21x256x256}.
 *
 * <p>Logits are those of a network that is right at nine of ten pixels: normal noise, and a margin
 * at the class it takes for true. Labels come in patches of 16 × 16 pixels, as objects do.
 *
 * @param hinge whether scores are binary
 * @param margin the margin
 * @param shape (N, C, H, W)
 */
record LossCase(boolean hinge, float margin, Shape shape) {

    /** Most wrong-class probabilities are below 10⁻³. */
    private static final float CONFIDENT = 12;

    /** Most wrong-class probabilities are above 10⁻³. */
    private static final float UNSURE = 2;

    static LossCase of(String name) {
        String[] parts = name.split("-");
        if (parts.length != 3) {
            throw new IllegalArgumentException("case: expected LOSS-KIND-NxCxHxW, got " + name);
        }
        String[] sizes = parts[2].split("x");
        long[] shape = new long[sizes.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = Long.parseLong(sizes[i]);
        }
        float margin =
                switch (parts[1]) {
                    case "confident" -> CONFIDENT;
                    case "unsure" -> UNSURE;
                    default ->
                            throw new IllegalArgumentException(
                                    "case: expected confident or unsure, got " + parts[1]);
                };
        return new LossCase(parts[0].equals("hinge"), margin, new Shape(shape));
    }

    /** Returns labels (N, H, W), INT64. */
    NDArray labels(NDManager manager) {
        long images = shape.get(0);
        long height = shape.get(2);
        long width = shape.get(3);
        int classes = hinge ? 2 : (int) shape.get(1);
        long rows = (height + 15) / 16;
        long columns = (width + 15) / 16;
        manager.getEngine().setRandomSeed(1);
        NDArray patches =
                manager.randomInteger(
                        0, classes, new Shape(images, rows * columns), DataType.INT64);
        return patches.reshape(images, rows, 1, columns, 1)
                .repeat(new long[] {1, 1, 16, 1, 16})
                .reshape(images, rows * 16, columns * 16)
                .get(":, :{}, :{}", height, width)
                .duplicate();
    }

    /** Returns logits of the shape, or scores (N, 1, H, W). */
    NDArray logits(NDManager manager, NDArray labels) {
        int classes = hinge ? 2 : (int) shape.get(1);
        manager.getEngine().setRandomSeed(2);
        Shape plane = labels.getShape();
        NDArray mistaken = manager.randomUniform(0, 1, plane).lt(0.1).toType(DataType.INT64, false);
        NDArray other = manager.randomInteger(0, classes, plane, DataType.INT64);
        NDArray taken = labels.mul(mistaken.neg().add(1)).add(other.mul(mistaken)).expandDims(1);
        NDArray noise = manager.randomNormal(shape);
        if (hinge) {
            return taken.toType(DataType.FLOAT32, false).mul(2).sub(1).mul(margin).add(noise);
        }
        NDArray ids = manager.arange(classes).reshape(1, classes, 1, 1);
        NDArray right = taken.eq(ids.toType(DataType.INT64, false));
        return right.toType(DataType.FLOAT32, false).mul(margin).add(noise.mul(2));
    }
}
