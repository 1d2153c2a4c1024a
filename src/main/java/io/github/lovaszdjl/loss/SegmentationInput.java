package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.LabelMap;
import io.github.lovaszdjl.internal.Operations;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Checked predictions and labels in the one layout that the losses work on: spatial axes flattened
 * to D pixels, the class (or channel) axis second.
 *
 * <p>Labels of predictions on the CPU are read, elsewhere they are counted where they are.
 */
final class SegmentationInput {

    /**
     * Images of fewer pixels, such as points of a cloud, are joined where that is allowed: a row of
     * pixels costs some work, however short it is.
     */
    private static final int FEW = 1024;

    private final NDArray predictions;
    private final LabelCounts counts;
    private final NDArray labels;
    private final OptionalInt ignoreLabel;
    private NDArray target;
    private NDArray valid;

    private SegmentationInput(
            NDArray predictions, LabelCounts counts, NDArray labels, OptionalInt ignoreLabel) {
        this.predictions = predictions;
        this.counts = counts;
        this.labels = labels;
        this.ignoreLabel = ignoreLabel;
    }

    /**
     * Reads predictions of several classes, one label a pixel.
     *
     * @param fromLogits whether the predictions are logits; else they must be probabilities
     * @param onHost whether the labels are to be read to the host
     * @param together whether it does not matter which pixel is of which image
     */
    static SegmentationInput ofClasses(
            NDArray labels,
            NDArray predictions,
            int classAxis,
            OptionalInt ignoreLabel,
            boolean fromLogits,
            boolean onHost,
            boolean together) {
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
        if (shape.get(axis) == 1) {
            // Softmax of one class is 1 whatever the logit: loss and gradient would be 0.
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected at least two classes on the class axis %d, got"
                                    + " %s; for one score or probability a pixel use"
                                    + " LovaszHingeLoss or LovaszSigmoidLoss",
                            classAxis, shape));
        }
        NDArray floating = floating(predictions);
        LabelMap.checkShape(labels, predictions, axis);
        long images = shape.get(0);
        int classes = Math.toIntExact(shape.get(axis));
        long pixels = images == 0 ? 0 : labels.size() / images;
        boolean join = together && images > 1 && pixels < FEW;
        if (axis != 1) {
            int[] order =
                    IntStream.concat(
                                    IntStream.of(0, axis),
                                    IntStream.range(1, dimensions).filter(i -> i != axis))
                            .toArray();
            floating = floating.transpose(order);
        }
        NDArray rows = floating.reshape(images, classes, pixels);
        if (join) {
            rows = rows.swapAxes(0, 1).reshape(1, classes, images * pixels);
        }
        NDArray labelRows = labels.reshape(rows.getShape().get(0), rows.getShape().get(2));
        LabelCounts counts =
                count(labels, rows, labelRows, classes, ignoreLabel, fromLogits, onHost);
        return new SegmentationInput(rows, counts, labelRows, ignoreLabel);
    }

    /**
     * Reads raw scores or probabilities of binary problems: one, (N, d1, …, dk) or (N, 1, d1, …,
     * dk), or with one label a channel several, (N, C, d1, …, dk).
     *
     * @param fromLogits whether the predictions are scores or logits; else they must be
     *     probabilities
     * @param onHost whether the labels are to be read to the host
     * @param together whether it does not matter which pixel is of which image
     */
    static SegmentationInput ofBinary(
            NDArray labels,
            NDArray predictions,
            boolean multilabel,
            OptionalInt ignoreLabel,
            boolean fromLogits,
            boolean onHost,
            boolean together) {
        Shape shape = predictions.getShape();
        LabelMap.checkBinaryShape(labels, predictions, multilabel);
        NDArray floating = floating(predictions);
        long channels = multilabel ? shape.get(1) : 1;
        // Without channels in between, all images are one by their layout.
        long images = together && channels == 1 ? Math.min(1, shape.get(0)) : shape.get(0);
        long pixels = images == 0 ? 0 : labels.size() / (images * channels);
        Shape layout = new Shape(images, channels, pixels);
        NDArray rows = floating.reshape(layout);
        NDArray labelRows = labels.reshape(layout);
        LabelCounts counts = count(labels, rows, labelRows, 2, ignoreLabel, fromLogits, onHost);
        return new SegmentationInput(rows, counts, labelRows, ignoreLabel);
    }

    /** Checks and counts the labels, (N, D) or (N, C, D) in rows, and checks probabilities. */
    private static LabelCounts count(
            NDArray labels,
            NDArray predictions,
            NDArray labelRows,
            int classes,
            OptionalInt ignoreLabel,
            boolean fromLogits,
            boolean onHost) {
        long rows = labelRows.getShape().slice(0, labelRows.getShape().dimension() - 1).size();
        ProbabilityRange range =
                fromLogits
                        ? null
                        : new ProbabilityRange(predictions.stopGradient(), labelRows, ignoreLabel);
        if (onHost) {
            LabelMap map = LabelMap.of(labels, rows, classes, ignoreLabel);
            if (range != null) {
                range.check(map);
            }
            return map;
        }
        NDArray flags = range == null ? null : range.within();
        LabelCounts counts = LabelCounts.of(labels, rows, classes, ignoreLabel, flags);
        if (range != null) {
            range.check(counts);
        }
        return counts;
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

    /** Returns the predictions, (N, C, D), in the graph, FLOAT32 or FLOAT64. */
    NDArray predictions() {
        return predictions;
    }

    /**
     * Returns the predictions with 0 where the pixel is ignored, so that whatever stands there
     * changes nothing.
     */
    NDArray validPredictions() {
        NDArray mask = valid();
        if (mask == null) {
            return predictions;
        }
        Shape shape = predictions.getShape();
        NDArray broadcast = mask.getShape().equals(shape) ? mask : mask.expandDims(1);
        // A product would keep NaN and infinity, and softmax would spread them.
        return NDArrays.where(broadcast.broadcast(shape), predictions, predictions.zerosLike());
    }

    /** Returns how many pixels of each class there are, a row an image or a channel of one. */
    LabelCounts counts() {
        return counts;
    }

    /** Returns the labels in order, {@link LabelMap#IGNORED} where ignored, if they were read. */
    int[] hostLabels() {
        return ((LabelMap) counts).values();
    }

    /**
     * Returns the labels as INT64, 0 where ignored: (N, D), or (N, C, D) where every channel has
     * its own.
     */
    NDArray target() {
        if (target == null) {
            // A copy: autograd keeps the target, and the memory of the caller's array may be
            // Java's.
            target =
                    labels.getDataType() == DataType.INT64
                            ? labels.duplicate()
                            : labels.toType(DataType.INT64, true);
            if (valid() != null) {
                target = NDArrays.where(valid(), target, target.zerosLike());
            }
        }
        return target;
    }

    /** Returns where pixels are valid, BOOLEAN, of the shape of the target; null where all are. */
    NDArray valid() {
        if (valid == null && counts.hasIgnored()) {
            NDArray whole =
                    labels.getDataType().isFloating()
                            ? labels
                            : labels.toType(DataType.INT64, false);
            valid = whole.neq(Operations.number(whole, ignoreLabel.getAsInt()));
        }
        return valid;
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

    /** Returns the number of pixels of an image, ignored ones included. */
    long pixels() {
        return predictions.getShape().get(2);
    }

    /** Returns the shape of an array with one value a pixel that broadcasts over classes. */
    Shape perPixel() {
        long[] shape = predictions.getShape().getShape();
        return new Shape(LongStream.of(shape[0], 1, shape[2]).toArray());
    }

    /** Returns 1 for label 0 and −1 for label 1, of the shape of the target. */
    NDArray signs() {
        NDArray ofType = target().toType(type(), true);
        return ofType.muli(Operations.number(ofType, -2)).addi(Operations.number(ofType, 1));
    }

    /**
     * Returns a scalar outside the graph: NaN where a prediction is NaN or +∞, else 0. For losses
     * in which such a prediction could end in a finite value.
     */
    NDArray poison() {
        NDArray values = validPredictions().stopGradient();
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
     * @param value the value
     * @param gradient the gradient, of the shape of the predictions, outside the graph, in memory
     *     of the engine's own
     */
    NDArray linear(double value, NDArray gradient) {
        NDArray product = predictions.reshape(-1).dot(gradient.reshape(-1));
        if (!Float.isFinite(product.stopGradient().getFloat())) {
            // NaN at an ignored pixel, or −∞, times 0; rare, so worth a second look.
            NDArray finite =
                    NDArrays.where(
                            Operations.isInfinite(predictions).logicalOr(gradient.eq(0)),
                            predictions.zerosLike(),
                            predictions);
            product = finite.sub(finite.stopGradient()).mul(gradient).sum();
        }
        return withValue(product, manager().full(new Shape(), (float) value, type()));
    }

    /**
     * The same, for predictions that are finite wherever the pixel is valid.
     *
     * @param value the value, outside the graph
     * @param gradient the gradient, of the shape of the predictions, outside the graph
     */
    NDArray linear(NDArray value, NDArray gradient) {
        return withValue(validPredictions().mul(gradient).sum(), value);
    }

    private static NDArray withValue(NDArray product, NDArray value) {
        return product.sub(product.stopGradient()).add(value);
    }
}
