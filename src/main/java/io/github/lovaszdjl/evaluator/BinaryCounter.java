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

/**
 * Counts binary problems: background is class 0, foreground, where the score is above the
 * threshold, class 1.
 *
 * <p>NaN counts as larger than every number, hence as foreground, as in {@link ClassCounter}.
 *
 * <p>Implementation: 32-bit scores on the host are compared in Java. All else uses the engine's
 * comparison, so that one number a pixel is copied to the host.
 *
 * @param multilabel whether every channel is a problem with labels of its own
 * @param threshold the largest score of background
 * @param ignoreLabel the label of pixels to leave out
 */
record BinaryCounter(boolean multilabel, float threshold, OptionalInt ignoreLabel)
        implements PixelCounter {

    @Override
    public BatchLabels read(NDList labels, NDList predictions) {
        // NDScope frees what is made here, whichever manager it belongs to.
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray scores = predictions.head();
            LabelMap.checkBinaryShape(labels.head(), scores, multilabel);
            checkType(scores);
            Shape shape = scores.getShape();
            int channels = multilabel ? Math.toIntExact(shape.get(1)) : 1;
            int images = Math.toIntExact(shape.get(0));
            LabelMap truth = LabelMap.of(labels.head(), (long) images * channels, 2, ignoreLabel);
            return new BatchLabels(
                    images,
                    channels,
                    2,
                    shape.slice(multilabel ? 2 : 1),
                    truth.values(),
                    truth.values().length > 0 ? foreground(scores) : new int[0]);
        }
    }

    private static void checkType(NDArray scores) {
        switch (scores.getDataType()) {
            case FLOAT16, FLOAT32, FLOAT64 -> {}
            default ->
                    throw new IllegalArgumentException(
                            "predictions: expected type FLOAT16, FLOAT32 or FLOAT64, got "
                                    + scores.getDataType());
        }
    }

    /** Returns 1 where a pixel is predicted as foreground, else 0. */
    private int[] foreground(NDArray scores) {
        boolean inJava =
                scores.getDataType() == DataType.FLOAT32
                        && scores.getDevice().equals(Device.cpu())
                        // A Java buffer holds less than 2 GiB.
                        && scores.size() <= Integer.MAX_VALUE / Float.BYTES;
        if (!inJava) {
            NDArray values =
                    scores.getDataType() == DataType.FLOAT16
                            ? scores.toType(DataType.FLOAT32, false)
                            : scores;
            NDArray background = values.lte(threshold).toType(DataType.INT32, false);
            return background.neg().add(1).toIntArray();
        }
        FloatBuffer values = scores.toByteBuffer(true).asFloatBuffer();
        int[] foreground = new int[values.remaining()];
        for (int i = 0; i < foreground.length; i++) {
            // True for NaN.
            foreground[i] = !(values.get(i) <= threshold) ? 1 : 0;
        }
        return foreground;
    }
}
