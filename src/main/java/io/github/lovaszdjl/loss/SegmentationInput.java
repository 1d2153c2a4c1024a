package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelMap;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Checked predictions and labels in the one layout that the losses work on: spatial axes flattened
 * to D pixels, the class (or channel) axis second.
 *
 * @param predictions (N, C, D), in the graph, FLOAT32 or FLOAT64; 0 where the pixel is ignored, so
 *     that whatever stands there changes nothing
 * @param labels the labels on the host
 * @param target the labels as INT64, 0 where ignored: (N, D), or (N, C, D) where every channel has
 *     its own
 * @param valid where pixels are valid, BOOLEAN, of the shape of the target; null where all are
 */
record SegmentationInput(NDArray predictions, LabelMap labels, NDArray target, NDArray valid) {

    /** Reads predictions of several classes, one label a pixel. */
    static SegmentationInput ofClasses(
            NDArray labels, NDArray predictions, int classAxis, OptionalInt ignoreLabel) {
        Shape shape = predictions.getShape();
        int dimensions = shape.dimension();
        int axis = classAxis < 0 ? classAxis + dimensions : classAxis;
        if (dimensions < 2 || axis < 1 || axis >= dimensions) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected (N, C, d1, ..., dk) with the class axis %d, got"
                                    + " %s",
                            classAxis, shape));
        }
        if (shape.get(axis) == 0) {
            throw new IllegalArgumentException(
                    "predictions: expected at least one class, got " + shape);
        }
        NDArray floating = floating(predictions);
        LabelMap map = LabelMap.read(labels, predictions, axis, ignoreLabel);
        if (axis != 1) {
            int[] order =
                    IntStream.concat(
                                    IntStream.of(0, axis),
                                    IntStream.range(1, dimensions).filter(i -> i != axis))
                            .toArray();
            floating = floating.transpose(order);
        }
        long images = shape.get(0);
        long pixels = map.pixels();
        NDArray rows = floating.reshape(images, shape.get(axis), pixels);
        return of(rows, map, labels.reshape(images, pixels), ignoreLabel);
    }

    /**
     * Reads raw scores or probabilities of binary problems: one, (N, d1, …, dk) or (N, 1, d1, …,
     * dk), or with one label a channel several, (N, C, d1, …, dk).
     */
    static SegmentationInput ofBinary(
            NDArray labels, NDArray predictions, boolean multilabel, OptionalInt ignoreLabel) {
        Shape shape = predictions.getShape();
        Shape labelShape = labels.getShape();
        if (shape.dimension() < (multilabel ? 2 : 1)) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected %s, got %s",
                            multilabel
                                    ? "(N, C, d1, ..., dk)"
                                    : "(N, d1, ..., dk) or (N, 1, d1, ..., dk)",
                            shape));
        }
        boolean match =
                labelShape.equals(shape)
                        || !multilabel
                                && (labelShape.equals(withoutChannel(shape))
                                        || withoutChannel(labelShape).equals(shape));
        if (!match) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected %s to match predictions %s, got %s",
                            multilabel || withoutChannel(shape).equals(shape)
                                    ? shape
                                    : withoutChannel(shape) + " or " + shape,
                            shape,
                            labelShape));
        }
        LabelMap.checkDevice(labels, predictions);
        NDArray floating = floating(predictions);
        long images = shape.get(0);
        long channels = multilabel ? shape.get(1) : 1;
        if (channels == 0) {
            throw new IllegalArgumentException(
                    "predictions: expected at least one channel, got " + shape);
        }
        LabelMap map = LabelMap.of(labels, images * channels, 2, ignoreLabel);
        Shape layout = new Shape(images, channels, map.pixels());
        return of(floating.reshape(layout), map, labels.reshape(layout), ignoreLabel);
    }

    private static SegmentationInput of(
            NDArray predictions, LabelMap map, NDArray labels, OptionalInt ignoreLabel) {
        // A copy: autograd keeps the target, and the memory of the caller's array may be Java's.
        NDArray target =
                labels.getDataType() == DataType.INT64
                        ? labels.duplicate()
                        : labels.toType(DataType.INT64, true);
        if (!map.hasIgnored()) {
            return new SegmentationInput(predictions, map, target, null);
        }
        NDArray valid = target.neq(ignoreLabel.getAsInt());
        target = NDArrays.where(valid, target, target.zerosLike());
        Shape shape = predictions.getShape();
        NDArray mask = target.getShape().equals(shape) ? valid : valid.expandDims(1);
        // A product would keep NaN and infinity, and softmax would spread them.
        NDArray kept = NDArrays.where(mask.broadcast(shape), predictions, predictions.zerosLike());
        return new SegmentationInput(kept, map, target, valid);
    }

    private static Shape withoutChannel(Shape shape) {
        return shape.dimension() > 1 && shape.get(1) == 1
                ? shape.slice(0, 1).addAll(shape.slice(2))
                : shape;
    }

    private static NDArray floating(NDArray predictions) {
        return switch (predictions.getDataType()) {
            case FLOAT32, FLOAT64 -> predictions;
            // toType would cut the gradient; a product with a FLOAT32 array that is no scalar
            // is computed in FLOAT32.
            case FLOAT16 ->
                    predictions.mul(predictions.getManager().ones(new Shape(1), DataType.FLOAT32));
            default ->
                    throw new IllegalArgumentException(
                            "predictions: expected type FLOAT16, FLOAT32 or FLOAT64, got "
                                    + predictions.getDataType());
        };
    }

    NDManager manager() {
        return predictions.getManager();
    }

    DataType type() {
        return predictions.getDataType();
    }

    /** Returns the number of classes or channels. */
    int channels() {
        return Math.toIntExact(predictions.getShape().get(1));
    }

    /** Returns the shape of an array with one value a pixel that broadcasts over classes. */
    Shape perPixel() {
        long[] shape = predictions.getShape().getShape();
        return new Shape(LongStream.of(shape[0], 1, shape[2]).toArray());
    }

    /** Returns 1 for label 0 and −1 for label 1, of the shape of the target. */
    NDArray signs() {
        return target.toType(type(), false).muli(-2).addi(1);
    }

    /**
     * Returns a scalar outside the graph: NaN where a prediction is NaN or +∞, else 0. For losses
     * in which such a prediction could end in a finite value.
     */
    NDArray poison() {
        NDArray values = predictions.stopGradient();
        if (values.isEmpty()) {
            return manager().zeros(new Shape(), type());
        }
        NDArray max = values.max();
        // −∞ is a valid score.
        NDArray above = NDArrays.maximum(max, max.zerosLike());
        return above.sub(above);
    }

    /**
     * Returns a scalar whose value is {@code value} and whose gradient with respect to the
     * predictions is {@code gradient}.
     *
     * @param value the value, outside the graph
     * @param gradient the gradient, of the shape of the predictions, outside the graph
     */
    NDArray linear(NDArray value, NDArray gradient) {
        NDArray sum = predictions.mul(gradient).sum();
        return sum.add(value.sub(sum.stopGradient()));
    }
}
