package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.LabelMap;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Checks predictions and labels, counts the labels, and brings both into the layout of {@link
 * SegmentationInput}.
 *
 * @param ignoreLabel the label of pixels to ignore
 * @param fromLogits whether the predictions are scores or logits; else they must be probabilities
 * @param onHost whether the labels are to be read to the host; else they are counted where they are
 * @param together whether it does not matter which pixel is of which image
 * @param presence above which probability of a pixel a class is present in soft labels
 */
record InputReader(
        OptionalInt ignoreLabel,
        boolean fromLogits,
        boolean onHost,
        boolean together,
        double presence) {

    /** Creates a reader for which a class is present that has more than a trace. */
    InputReader(OptionalInt ignoreLabel, boolean fromLogits, boolean onHost, boolean together) {
        this(ignoreLabel, fromLogits, onHost, together, SoftLabels.TRACE);
    }

    /**
     * Images of fewer pixels, such as points of a cloud, are joined where that is allowed: a row of
     * pixels costs some work, however short it is.
     */
    private static final int FEW = 1024;

    /**
     * Reads predictions of several classes, and one label a pixel or class probabilities.
     *
     * @param labels (N, d1, …, dk), or with 1 in place of C; or {@link SoftLabels} of the shape of
     *     the predictions
     * @param predictions (N, C, d1, …, dk), or with the class axis elsewhere
     * @param classAxis the class axis, negative counted from the end
     */
    SegmentationInput classes(NDArray labels, NDArray predictions, int classAxis) {
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
        if (SoftLabels.match(labels, predictions)) {
            LabelMap.checkDevice(labels, predictions);
            NDArray rows = rows(floating, axis);
            return new SegmentationInput(
                    rows,
                    SoftLabels.read(rows(labels, axis), rows, fromLogits, presence, ignoreLabel));
        }
        LabelMap.checkShape(labels, predictions, axis);
        int classes = Math.toIntExact(shape.get(axis));
        NDArray rows = rows(floating, axis);
        NDArray labelRows = labels.reshape(rows.getShape().get(0), rows.getShape().get(2));
        LabelCounts counts = count(labels, rows, labelRows, classes);
        return new SegmentationInput(rows, counts, labelRows, ignoreLabel);
    }

    /** Brings (N, …, C, …) to (N, C, D), or to (1, C, N · D) where few pixels may be joined. */
    private NDArray rows(NDArray array, int axis) {
        Shape shape = array.getShape();
        long images = shape.get(0);
        long classes = shape.get(axis);
        long pixels = images == 0 ? 0 : array.size() / images / classes;
        NDArray moved = array;
        if (axis != 1) {
            int[] order =
                    IntStream.concat(
                                    IntStream.of(0, axis),
                                    IntStream.range(1, shape.dimension()).filter(i -> i != axis))
                            .toArray();
            moved = array.transpose(order);
        }
        NDArray rows = moved.reshape(images, classes, pixels);
        return together && images > 1 && pixels < FEW
                ? rows.swapAxes(0, 1).reshape(1, classes, images * pixels)
                : rows;
    }

    /**
     * Reads raw scores or probabilities of binary problems: one, (N, d1, …, dk) or (N, 1, d1, …,
     * dk), or with one label a channel several, (N, C, d1, …, dk).
     *
     * @param multilabel whether every channel has labels of its own
     */
    SegmentationInput binary(NDArray labels, NDArray predictions, boolean multilabel) {
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
        LabelCounts counts = count(labels, rows, labelRows, 2);
        return new SegmentationInput(rows, counts, labelRows, ignoreLabel);
    }

    /** Checks and counts the labels, (N, D) or (N, C, D) in rows, and checks probabilities. */
    private LabelCounts count(NDArray labels, NDArray predictions, NDArray labelRows, int classes) {
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
}
