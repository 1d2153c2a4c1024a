package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;
import java.util.List;

/**
 * A loss of 1 − a soft ratio of overlap for every class, from {@link OverlapSums} over the pixels.
 *
 * <p>Autograd differentiates the ratio; the sums are those of NDArray operations.
 */
abstract class OverlapLoss extends SoftLabelLoss {

    private final float smooth;
    private final float labelSmoothing;

    OverlapLoss(Builder<?> builder) {
        super(builder.name, builder.options());
        smooth = builder.smooth;
        labelSmoothing = builder.labelSmoothing;
    }

    /**
     * Returns the loss, a scalar in the graph.
     *
     * @param sums the overlap of every class of every group
     * @param shares what part of the loss is that of each, (groups, C)
     * @param smooth the number that keeps ratios from 0 / 0, a scalar
     */
    abstract NDArray loss(OverlapSums sums, NDArray shares, NDArray smooth);

    /**
     * Returns the divisions of a batch whose losses add up, each with a group at least.
     *
     * @param input the batch, with a valid pixel
     * @param options the options of the loss
     */
    List<List<ClassGroup>> divisions(SegmentationInput input, ClassOptions options) {
        return List.of(ClassGroup.of(input.counts(), options));
    }

    @Override
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(() -> compute(options.read(labels, predictions, onHost)));
    }

    private NDArray compute(SegmentationInput input) {
        NDArray probabilities = input.validPredictions();
        if (options.fromLogits()) {
            probabilities = probabilities.softmax(1);
        }
        if (input.counts().valid() == 0) {
            // 0, but still connected; of probabilities, as a product with logits may be NaN.
            return probabilities.mul(probabilities.zerosLike()).sum();
        }
        SegmentationInput smoothed = input.smoothed(labelSmoothing);
        NDArray total = null;
        for (List<ClassGroup> groups : divisions(input, options)) {
            NDArray one = loss(smoothed, probabilities, groups);
            total = total == null ? one : total.add(one);
        }
        return total;
    }

    private NDArray loss(SegmentationInput input, NDArray probabilities, List<ClassGroup> groups) {
        NDArray shares =
                Operations.numbers(
                                input.predictions(),
                                groups.stream()
                                        .flatMapToDouble(g -> Arrays.stream(g.shares()))
                                        .toArray())
                        .reshape(groups.size(), input.channels());
        OverlapSums sums = new OverlapSums(input, probabilities, groups, options);
        NDArray added = input.manager().full(new Shape(), smooth, input.type());
        return loss(sums, shares, added);
    }

    /** The options of losses of overlap. */
    abstract static class Builder<T extends Builder<T>> extends ClassLossBuilder<T> {

        private float smooth = 1;
        private float labelSmoothing;

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

        /**
         * Sets the part of the labels that is spread evenly over all classes before the loss is
         * computed; which classes are present is seen before.
         *
         * @param labelSmoothing the part ε, in [0, 1]; 0 by default
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public T optLabelSmoothing(float labelSmoothing) {
            this.labelSmoothing = Checks.share("labelSmoothing", labelSmoothing);
            return self();
        }
    }
}
