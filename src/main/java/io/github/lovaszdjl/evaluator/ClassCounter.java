package io.github.lovaszdjl.evaluator;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelMap;
import java.nio.FloatBuffer;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Counts the pixels of one batch by true and predicted class, of scores for every class.
 *
 * <p>The predicted class is the one with the largest value, of several equal ones the lowest. NaN
 * counts as larger than every number, as PyTorch's {@code argmax} has it: a pixel with NaN is
 * predicted as its first class that is NaN.
 *
 * <p>Implementation: 32-bit predictions on the host, the class axis before others, are compared one
 * class plane after the other in Java, in a third of the time of PyTorch's {@code argmax} over that
 * axis. All else, above all a GPU, uses the engine's {@code argMax}, so that only one index a pixel
 * is copied to the host.
 *
 * @param classAxis the axis of the classes in the predictions; negative counts from the end
 * @param ignoreLabel the label of pixels to leave out
 */
record ClassCounter(int classAxis, OptionalInt ignoreLabel) implements PixelCounter {

    /** So that three blocks of four-byte values fit into a 32 KiB first-level cache. */
    static final int BLOCK = 2048;

    ClassCounter {
        if (classAxis == 0) {
            throw new IllegalArgumentException(
                    "classAxis: expected any axis but 0, the axis of the batch, got 0");
        }
    }

    @Override
    public boolean multilabel() {
        return false;
    }

    @Override
    public BatchLabels read(NDList labels, NDList predictions) {
        // NDScope frees what is made here, whichever manager it belongs to.
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray scores = predictions.head();
            Shape shape = scores.getShape();
            int axis = axis(shape);
            if (axis < 1 || axis >= shape.dimension() || shape.get(axis) < 1) {
                throw new IllegalArgumentException(
                        "predictions: expected (N, ...) with classes on axis "
                                + classAxis
                                + ", got "
                                + shape);
            }
            checkChannels(labels.head().getShape(), shape, axis);
            int[] truth = LabelMap.read(labels.head(), scores, axis, ignoreLabel).values();
            return new BatchLabels(
                    Math.toIntExact(shape.get(0)),
                    1,
                    Math.toIntExact(shape.get(axis)),
                    shape.slice(1, axis).addAll(shape.slice(axis + 1)),
                    truth,
                    truth.length > 0 ? classes(scores, axis) : new int[0]);
        }
    }

    /** Returns the axis of the classes counted from the front. */
    int axis(Shape shape) {
        return classAxis < 0 ? classAxis + shape.dimension() : classAxis;
    }

    /** Refuses scores of foreground alone, of which the largest would always be right. */
    private static void checkChannels(Shape labels, Shape predictions, int axis) {
        if (predictions.get(axis) == 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected at least two classes on axis %d, got %s; for one"
                                    + " score a pixel set optBinary(true), or optMultilabel(true)"
                                    + " if every channel has labels of its own",
                            axis, predictions));
        }
        if (labels.equals(predictions)) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected one for all classes on axis %d of predictions %s, got"
                                    + " %s; for one score a label set optBinary(true), or"
                                    + " optMultilabel(true) if every channel has labels of its own",
                            axis, predictions, labels));
        }
    }

    private static int[] classes(NDArray scores, int axis) {
        Shape shape = scores.getShape();
        int inner = Math.toIntExact(shape.slice(axis + 1).size());
        boolean planes =
                scores.getDataType() == DataType.FLOAT32
                        && scores.getDevice().equals(Device.cpu())
                        && inner >= BLOCK
                        // A Java buffer holds less than 2 GiB.
                        && shape.size() <= Integer.MAX_VALUE / Float.BYTES;
        if (!planes) {
            return scores.argMax(axis).toType(DataType.INT32, false).toIntArray();
        }
        FloatBuffer values = scores.toByteBuffer(true).asFloatBuffer();
        int classes = (int) shape.get(axis);
        int outer = (int) (shape.size() / classes / inner);
        int blocks = (inner + BLOCK - 1) / BLOCK;
        int[] result = new int[outer * inner];
        IntStream.range(0, outer * blocks)
                .parallel()
                .forEach(i -> maximize(values, classes, inner, i / blocks, i % blocks, result));
        return result;
    }

    /** Finds the classes of one block of the pixels that share the outer axes. */
    private static void maximize(
            FloatBuffer values, int classes, int inner, int outer, int block, int[] result) {
        int start = block * BLOCK;
        int size = Math.min(BLOCK, inner - start);
        float[] best = new float[size];
        float[] plane = new float[size];
        int[] argMax = new int[size];
        int offset = outer * classes * inner + start;
        values.get(offset, best);
        for (int c = 1; c < classes; c++) {
            values.get(offset + c * inner, plane);
            for (int i = 0; i < size; i++) {
                // True for a larger value and for NaN; the first NaN stays.
                if (!(plane[i] <= best[i]) && !Float.isNaN(best[i])) {
                    best[i] = plane[i];
                    argMax[i] = c;
                }
            }
        }
        System.arraycopy(argMax, 0, result, outer * inner + start, size);
    }
}
