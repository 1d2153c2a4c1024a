package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;
import java.util.List;

/**
 * How predictions and labels overlap: sums over the valid pixels of every class of every group of
 * images, (groups, C), in the graph, each computed when it is asked for.
 *
 * <p>With p the probabilities of a class and y those of the labels, 0 and 1 where the labels are
 * hard.
 */
final class OverlapSums {

    private final NDArray target;
    private final NDArray predicted;
    private final int[] pixels;
    private final Shape layout;
    private final SegmentationInput input;
    private final List<ClassGroup> groups;

    /** Whether y is 0 or 1 and the p of a pixel sum to 1. */
    private final boolean distinct;

    /** Σ max(y − p, 0), also a part of {@link #common}; null until it is asked for. */
    private NDArray missed;

    OverlapSums(
            SegmentationInput input,
            NDArray probabilities,
            List<ClassGroup> groups,
            ClassOptions options) {
        this.input = input;
        this.groups = groups;
        target = input.classTarget();
        NDArray valid = input.validFactors();
        predicted = valid == null ? probabilities : probabilities.mul(valid);
        boolean apart = options.perImage() && groups.size() == target.getShape().get(0);
        pixels = apart ? new int[] {2} : new int[] {0, 2};
        layout = new Shape(groups.size(), input.channels());
        distinct = options.fromLogits() && !input.isSoft();
    }

    private NDArray sum(NDArray values) {
        return values.sum(pixels).reshape(layout);
    }

    /** Returns Σ p · y. */
    NDArray product() {
        return sum(predicted.mul(target));
    }

    /** Returns Σ p. */
    NDArray predicted() {
        return sum(predicted);
    }

    /** Returns Σ y, outside the graph. */
    NDArray foreground() {
        if (input.isSoft()) {
            return sum(target);
        }
        // Counted, so that it is exact.
        double[] counts =
                groups.stream()
                        .flatMapToDouble(g -> Arrays.stream(g.counts()).asDoubleStream())
                        .toArray();
        return Operations.numbers(input.predictions(), counts).reshape(layout);
    }

    /** Returns Σ max(p − y, 0), the false positives. */
    NDArray excess() {
        return sum(excesses());
    }

    private NDArray excesses() {
        return distinct
                ? predicted.sub(predicted.mul(target))
                : Activation.relu(predicted.sub(target));
    }

    /** Returns Σ max(y − p, 0), the false negatives. */
    NDArray missed() {
        if (missed == null) {
            // 1 − p of the true class as the sum of the others: no cancellation in value or
            // gradient, however confident the network is.
            missed =
                    sum(
                            distinct
                                    ? excesses().sum(new int[] {1}, true).mul(target)
                                    : Activation.relu(target.sub(predicted)));
        }
        return missed;
    }

    /** Returns Σ min(p, y). */
    NDArray common() {
        return distinct ? product() : sum(target).sub(missed());
    }
}
