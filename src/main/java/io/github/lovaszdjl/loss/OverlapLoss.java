package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;
import java.util.List;

/**
 * A loss of 1 − a soft ratio of overlap for every class, from three sums over the pixels.
 *
 * <p>Autograd differentiates the ratio; the sums are those of NDArray operations.
 */
abstract class OverlapLoss extends SegmentationLoss {

    private final ClassOptions options;
    private final float smooth;

    OverlapLoss(Builder<?> builder) {
        super(builder.name);
        options = builder.options();
        smooth = builder.smooth;
    }

    /**
     * Returns the ratio of every class of every group, (groups, C), in the graph.
     *
     * @param intersection Σ p over the foreground, (groups, C), in the graph
     * @param predicted Σ p over all valid pixels, (groups, C), in the graph
     * @param foreground the number of foreground pixels, (groups, C)
     * @param smooth the number that keeps the ratio from 0 / 0, a scalar
     */
    abstract NDArray ratio(
            NDArray intersection, NDArray predicted, NDArray foreground, NDArray smooth);

    @Override
    NDArray compute(NDList labels, NDList predictions) {
        NDArray single = Checks.single("predictions", predictions);
        return compute(labels, predictions, single.getDevice().equals(Device.cpu()));
    }

    /** Computes the loss from labels that are read to the host, or counted where they are. */
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(() -> compute(options.read(labels, predictions, onHost)));
    }

    private NDArray compute(SegmentationInput input) {
        NDArray probabilities = input.validPredictions();
        if (options.fromLogits()) {
            probabilities = probabilities.softmax(1);
        }
        List<ClassGroup> groups = ClassGroup.of(input.counts(), options);
        if (groups.isEmpty()) {
            // 0, but still connected; of probabilities, as a product with logits may be NaN.
            return probabilities.mul(probabilities.zerosLike()).sum();
        }
        NDArray trueClass = input.target().reshape(input.perPixel());
        NDArray valid =
                input.valid() == null
                        ? trueClass.onesLike().toType(input.type(), false)
                        : input.valid().reshape(input.perPixel()).toType(input.type(), false);
        NDArray foreground = Operations.withClass(probabilities.zerosLike(), trueClass, valid);
        int[] pixels = options.perImage() ? new int[] {2} : new int[] {0, 2};
        Shape layout = new Shape(groups.size(), input.channels());
        NDArray intersection = probabilities.mul(foreground).sum(pixels).reshape(layout);
        NDArray all = input.valid() == null ? probabilities : probabilities.mul(valid);
        NDArray predicted = all.sum(pixels).reshape(layout);
        NDArray counts =
                constant(
                        input,
                        groups.stream()
                                .flatMapToDouble(g -> Arrays.stream(g.counts()).asDoubleStream())
                                .toArray(),
                        layout);
        NDArray shares =
                constant(
                        input,
                        groups.stream().flatMapToDouble(g -> Arrays.stream(g.shares())).toArray(),
                        layout);
        NDArray added = input.manager().full(new Shape(), smooth, input.type());
        NDArray ratio = ratio(intersection, predicted, counts, added);
        return shares.sum().sub(ratio.mul(shares).sum());
    }

    /** Returns numbers in memory of the engine's own: autograd outlives that of Java's arrays. */
    private static NDArray constant(SegmentationInput input, double[] values, Shape shape) {
        return Operations.numbers(input.predictions(), values).reshape(shape);
    }

    /** The options of losses of overlap. */
    abstract static class Builder<T extends Builder<T>> extends ClassLossBuilder<T> {

        float smooth = 1;

        Builder(String name) {
            super(name);
        }

        /**
         * Sets the number of pixels that is added above and below the fraction bar.
         *
         * @param smooth the number, finite and above 0; 1 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public T optSmooth(float smooth) {
            if (!(smooth > 0) || Float.isInfinite(smooth)) {
                throw new IllegalArgumentException(
                        "smooth: expected a finite number above 0, got " + smooth);
            }
            this.smooth = smooth;
            return self();
        }
    }
}
