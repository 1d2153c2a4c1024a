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
import java.util.stream.LongStream;

/**
 * Checked predictions and labels in the one layout that the losses work on: spatial axes flattened
 * to D pixels, the class (or channel) axis second.
 *
 * <p>{@link InputReader} makes it.
 */
final class SegmentationInput {

    private final NDArray predictions;
    private final LabelCounts counts;
    private final NDArray labels;
    private final OptionalInt ignoreLabel;
    private NDArray target;
    private NDArray valid;
    private NDArray soft;

    SegmentationInput(
            NDArray predictions, LabelCounts counts, NDArray labels, OptionalInt ignoreLabel) {
        this.predictions = predictions;
        this.counts = counts;
        this.labels = labels;
        this.ignoreLabel = ignoreLabel;
    }

    /**
     * Creates the input of labels that are class probabilities.
     *
     * @param labels the probabilities, 0 where ignored
     */
    SegmentationInput(NDArray predictions, SoftLabels labels) {
        this(predictions, labels.counts(), labels.target(), OptionalInt.empty());
        soft = labels.target();
        valid = labels.valid();
    }

    /** Returns whether the labels are class probabilities; if so they have no {@link #target}. */
    boolean isSoft() {
        return soft != null;
    }

    /**
     * Returns the probability that the labels give to every class, (N, C, D), 0 where ignored; of
     * the type of the predictions, in memory of the engine's own, outside the graph.
     */
    NDArray classTarget() {
        if (soft != null) {
            return soft;
        }
        NDArray trueClass = target().reshape(perPixel());
        NDArray one =
                valid() == null
                        ? trueClass.onesLike().toType(type(), false)
                        : valid().reshape(perPixel()).toType(type(), false);
        NDArray none = predictions.stopGradient().zerosLike();
        return Operations.withClass(none, trueClass, one);
    }

    /** Returns the same with a part of the labels spread evenly over all classes. */
    SegmentationInput smoothed(float part) {
        if (part == 0) {
            return this;
        }
        NDArray target = classTarget();
        NDArray even = Operations.number(target, (double) part / channels());
        NDArray spread = target.mul(Operations.number(target, 1 - (double) part)).add(even);
        if (valid() != null) {
            spread = spread.mul(validFactors());
        }
        return new SegmentationInput(predictions, new SoftLabels(spread, valid(), counts));
    }

    /** Returns 1 where pixels are valid, else 0, (N, 1, D); null where all are. */
    NDArray validFactors() {
        return valid() == null ? null : valid().reshape(perPixel()).toType(type(), false);
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
