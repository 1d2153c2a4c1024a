package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.Operations;
import java.nio.LongBuffer;
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
 *     than a trace
 */
record SoftLabels(NDArray target, NDArray valid, LabelCounts counts) {

    /**
     * What makes a class present, if nothing else is said. Smoothed labels give every class a
     * little; the value is that of the code of Wang, Ning and Blaschko (2023).
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
     * @param presence above which probability of a pixel a class is present
     * @param ignoreLabel what stands for every probability of a pixel to ignore
     * @throws IllegalArgumentException if the probabilities of a pixel are none
     */
    static SoftLabels read(
            NDArray labels,
            NDArray predictions,
            boolean fromLogits,
            double presence,
            OptionalInt ignoreLabel) {
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
            valid = all(same).logicalNot();
            NDArray everywhere = valid.expandDims(1).broadcast(target.getShape());
            target = NDArrays.where(everywhere, target, target.zerosLike());
        }
        Found found = Found.in(target, fromLogits ? null : predictions, valid, presence);
        long all = (long) images * pixels;
        found.check(labels, all, ignoreLabel);
        boolean anyIgnored = Arrays.stream(found.valid).sum() < all;
        return new SoftLabels(
                target,
                anyIgnored ? valid : null,
                LabelCounts.ofProbabilities(found.valid, found.present, pixels));
    }

    /**
     * Numbers of pixels.
     *
     * @param present in which a class is present, by image and class
     * @param valid that are not ignored, by image
     * @param fine whose labels are probabilities, or which are ignored
     * @param inRange whose predictions are, or which are ignored
     */
    private record Found(long[][] present, long[] valid, long fine, long inRange) {

        /**
         * Counts.
         *
         * @param target the labels, 0 where ignored
         * @param probabilities the predictions to check; null for none
         * @param valid where pixels are valid; null where all are
         */
        static Found in(NDArray target, NDArray probabilities, NDArray valid, double presence) {
            NDArray one = Operations.number(target, 1);
            NDArray tolerance = Operations.number(target, ProbabilityRange.TOLERANCE);
            NDArray sums = target.sum(new int[] {1}).sub(one).abs().lte(tolerance);
            NDArray fine = orIgnored(all(within(target)).logicalAnd(sums), valid);
            NDArray inRange =
                    probabilities == null
                            ? fine
                            : orIgnored(all(within(probabilities.stopGradient())), valid);
            NDArray present = target.gt(Operations.number(target, presence)).sum(new int[] {2});
            NDList numbers =
                    new NDList(
                            present.toType(DataType.INT64, false).reshape(-1),
                            count(valid == null ? fine.onesLike() : valid),
                            count(fine),
                            count(inRange));
            int images = Math.toIntExact(target.getShape().get(0));
            int classes = Math.toIntExact(target.getShape().get(1));
            LongBuffer found = LongBuffer.wrap(NDArrays.concat(numbers).toLongArray());
            long[][] presentCounts = new long[images][classes];
            for (long[] row : presentCounts) {
                found.get(row);
            }
            long[] validCounts = new long[images];
            found.get(validCounts);
            return new Found(presentCounts, validCounts, sum(found, images), sum(found, images));
        }

        private static long sum(LongBuffer numbers, int count) {
            long[] next = new long[count];
            numbers.get(next);
            return Arrays.stream(next).sum();
        }

        /** Throws unless all pixels are as they should be. */
        void check(NDArray labels, long all, OptionalInt ignoreLabel) {
            if (fine < all) {
                throw new IllegalArgumentException(
                        String.format(
                                "labels: expected class probabilities from 0 to 1 that sum to 1 at"
                                        + " every pixel%s, got %s in which %d of %d pixels have"
                                        + " others",
                                ignoreLabel.isPresent()
                                        ? ", or the ignore label "
                                                + ignoreLabel.getAsInt()
                                                + " for each"
                                        : "",
                                labels.getShape(),
                                all - fine,
                                all));
            }
            if (inRange < all) {
                throw new IllegalArgumentException(
                        String.format(
                                "predictions: expected probabilities 0 to 1 as optFromLogits(false)"
                                        + " is set, got values outside at %d of %d pixels",
                                all - inRange, all));
            }
        }
    }

    private static NDArray orIgnored(NDArray flags, NDArray valid) {
        return valid == null ? flags : flags.logicalOr(valid.logicalNot());
    }

    private static NDArray within(NDArray values) {
        return values.gte(Operations.number(values, -ProbabilityRange.TOLERANCE))
                .logicalAnd(values.lte(Operations.number(values, 1 + ProbabilityRange.TOLERANCE)));
    }

    /** Returns where flags are true for all classes, (N, D), BOOLEAN. */
    private static NDArray all(NDArray flags) {
        NDArray sum = flags.toType(DataType.INT64, false).sum(new int[] {1});
        return sum.eq(Operations.number(sum, flags.getShape().get(1)));
    }

    /** Returns how many flags of every image are true, (N). */
    private static NDArray count(NDArray flags) {
        return flags.toType(DataType.INT64, false).sum(new int[] {1});
    }
}
