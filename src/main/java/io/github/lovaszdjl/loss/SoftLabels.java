package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Labels that are class probabilities: for every pixel one number a class, which sum to 1. A pixel
 * that has the ignore label in place of every probability is ignored.
 *
 * @param target the probabilities, (N, C, D), 0 where ignored; of the type of the predictions, in
 *     memory of the engine's own
 * @param valid where pixels are valid, (N, D), BOOLEAN; null where all are
 * @param counts the number of valid pixels of every image, and of those in which a class has more
 *     than {@link #TRACE}
 */
record SoftLabels(NDArray target, NDArray valid, LabelCounts counts) {

    /**
     * What makes a class present. Smoothed labels give every class a little; the value is that of
     * the code of Wang, Ning and Blaschko (2023).
     */
    static final double TRACE = 0.01;

    /** Tells whether labels are meant as class probabilities: floats of the predictions' shape. */
    static boolean match(NDArray labels, NDArray predictions) {
        return labels.getDataType().isFloating()
                && labels.getShape().equals(predictions.getShape());
    }

    /**
     * Checks and counts labels where they are; a few numbers come to the host, at once.
     *
     * @param labels the labels, (N, C, D), of any floating type
     * @param predictions the predictions, (N, C, D), FLOAT32 or FLOAT64
     * @param fromLogits whether the predictions are logits; else they must be probabilities
     * @param ignoreLabel what stands for every probability of a pixel to ignore
     * @throws IllegalArgumentException if the probabilities of a pixel are none
     */
    static SoftLabels read(
            NDArray labels, NDArray predictions, boolean fromLogits, OptionalInt ignoreLabel) {
        DataType type = predictions.getDataType();
        // A copy: autograd keeps the target, and the memory of the caller's array may be Java's.
        NDArray target =
                labels.getDataType() == type ? labels.duplicate() : labels.toType(type, true);
        int images = Math.toIntExact(target.getShape().get(0));
        int classes = Math.toIntExact(target.getShape().get(1));
        int pixels = Math.toIntExact(target.getShape().get(2));
        if (target.isEmpty()) {
            long[][] none = new long[images][classes];
            return new SoftLabels(
                    target, null, LabelCounts.ofProbabilities(new long[images], none, pixels));
        }
        NDArray valid = null;
        if (ignoreLabel.isPresent()) {
            NDArray same = target.eq(Operations.number(target, ignoreLabel.getAsInt()));
            valid = all(same, classes).logicalNot();
            NDArray everywhere = valid.expandDims(1).broadcast(target.getShape());
            target = NDArrays.where(everywhere, target, target.zerosLike());
        }
        NDArray one = Operations.number(target, 1);
        NDArray tolerance = Operations.number(target, ProbabilityRange.TOLERANCE);
        NDArray fine =
                all(within(target), classes)
                        .logicalAnd(target.sum(new int[] {1}).sub(one).abs().lte(tolerance));
        NDArray allowed = valid == null ? fine : fine.logicalOr(valid.logicalNot());
        NDArray present = target.gt(Operations.number(target, TRACE)).sum(new int[] {2});
        NDArray ofPixels = valid == null ? fine.onesLike() : valid;
        NDArray inRange = allowed;
        if (!fromLogits) {
            inRange = all(within(predictions.stopGradient()), classes);
            inRange = valid == null ? inRange : inRange.logicalOr(valid.logicalNot());
        }
        NDList numbers =
                new NDList(
                        present.toType(DataType.INT64, false).reshape(-1),
                        count(ofPixels),
                        count(allowed),
                        count(inRange));
        long[] found = NDArrays.concat(numbers).toLongArray();
        long[][] presentCounts = new long[images][classes];
        long[] validCounts = new long[images];
        long fineCount = 0;
        long inRangeCount = 0;
        for (int n = 0; n < images; n++) {
            System.arraycopy(found, n * classes, presentCounts[n], 0, classes);
            validCounts[n] = found[images * classes + n];
            fineCount += found[images * (classes + 1) + n];
            inRangeCount += found[images * (classes + 2) + n];
        }
        long all = (long) images * pixels;
        if (fineCount < all) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected class probabilities from 0 to 1 that sum to 1 at"
                                    + " every pixel%s, got %s in which %d of %d pixels have others",
                            ignoreLabel.isPresent()
                                    ? ", or the ignore label "
                                            + ignoreLabel.getAsInt()
                                            + " for each"
                                    : "",
                            labels.getShape(),
                            all - fineCount,
                            all));
        }
        if (!fromLogits && inRangeCount < all) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected probabilities 0 to 1 as optFromLogits(false) is"
                                    + " set, got values outside at %d of %d pixels",
                            all - inRangeCount, all));
        }
        boolean anyIgnored = Arrays.stream(validCounts).sum() < all;
        return new SoftLabels(
                target,
                anyIgnored ? valid : null,
                LabelCounts.ofProbabilities(validCounts, presentCounts, pixels));
    }

    private static NDArray within(NDArray values) {
        return values.gte(Operations.number(values, -ProbabilityRange.TOLERANCE))
                .logicalAnd(values.lte(Operations.number(values, 1 + ProbabilityRange.TOLERANCE)));
    }

    /** Returns where flags are true for all classes, (N, D), BOOLEAN. */
    private static NDArray all(NDArray flags, int classes) {
        NDArray sum = flags.toType(DataType.INT64, false).sum(new int[] {1});
        return sum.eq(Operations.number(sum, classes));
    }

    /** Returns how many flags of every image are true, (N). */
    private static NDArray count(NDArray flags) {
        return flags.toType(DataType.INT64, false).sum(new int[] {1});
    }
}
