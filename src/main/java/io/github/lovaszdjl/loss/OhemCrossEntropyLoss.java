package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.internal.Operations;

/**
 * Online hard-example mining: cross-entropy of the pixels that the network is least sure about, for
 * several classes.
 *
 * <p>A remedy for images most of which is easy, here for comparison with {@link LovaszSoftmaxLoss}.
 * {@link FocalLoss} lowers what easy pixels count; this loss leaves them out.
 *
 * <p>With p_i = exp(−ℓ_i), of a hard label y_i the probability of the true class, and the class
 * weights w,
 *
 * <pre>
 *   loss = Σ_i w(y_i) ℓ_i / Σ_i w(y_i)     ℓ_i = −log softmax(z_i)(y_i)
 * </pre>
 *
 * <p>over the valid pixels i that are kept: those with p_i below the threshold, and however many
 * those are, the given share or number of valid pixels with the smallest p_i, all of them where
 * several are equally small. No valid pixel, or only pixels of weight 0: loss and gradient are 0,
 * still connected to the predictions.
 *
 * <p>Labels may be class probabilities y_i(c), with Σ_c y_i(c) in front of what has a y_i above.
 * Shapes, ignored pixels, NaN and errors are those of {@link SegmentationCrossEntropyLoss}.
 *
 * <pre>{@code
 * Loss loss = OhemCrossEntropyLoss.builder().optThreshold(0.7f).optMinKept(0.2f).build();
 * }</pre>
 *
 * <p>Source: A. Shrivastava, A. Gupta, R. Girshick, <i>Training Region-based Object Detectors with
 * Online Hard Example Mining</i>, CVPR 2016, arXiv 1604.03540, section 4; for pixels, with a
 * threshold, as the OHEM sampler of mmsegmentation. Deviations from that: the least number is a
 * share of the valid pixels by default, so that it fits images of any size (the usual 100,000
 * pixels of 512 by 1,024 are 0.19), and a number of pixels as there with {@link
 * Builder#optMinKeptPixels}; the mean is over the pixels that are kept.
 *
 * <p>Safe for use by several threads at once.
 */
public final class OhemCrossEntropyLoss extends SoftLabelLoss {

    private final float threshold;
    private final float minKept;
    private final int minKeptPixels;

    /** Creates a loss with default options. */
    public OhemCrossEntropyLoss() {
        this(builder());
    }

    private OhemCrossEntropyLoss(Builder builder) {
        super(builder.name, ClassOptions.ofPixels(builder));
        threshold = builder.threshold;
        minKept = builder.minKept;
        minKeptPixels = builder.minKeptPixels;
    }

    /**
     * Returns a builder with default options.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        long images = Checks.single("predictions", predictions).getShape().get(0);
        return Scoped.of(() -> mined(options.read(labels, predictions, onHost), images));
    }

    private NDArray mined(SegmentationInput input, long images) {
        NDArray logProbabilities = input.validPredictions().logSoftmax(1);
        long valid = input.counts().valid();
        if (valid == 0) {
            return SoftFactors.sum(logProbabilities, logProbabilities.zerosLike());
        }
        NDArray target = input.classTarget();
        NDArray constant = logProbabilities.stopGradient();
        NDArray none = constant.zerosLike();
        // A class that has no part in the label may have a logarithm of −∞.
        NDArray ofLabel =
                NDArrays.where(target.gt(none), constant, none)
                        .mul(target)
                        .sum(new int[] {1}, true);
        double share = Math.ceil((double) minKept * valid);
        double wanted = minKeptPixels > 0 ? (double) minKeptPixels * images : share;
        long least = (long) Math.min(valid, wanted);
        NDArray kept = kept(input, ofLabel, least).toType(input.type(), false);
        NDArray weighted = SoftFactors.weighted(target, options.classWeights()).mul(kept);
        NDArray factor = SoftFactors.over(options.weight(), weighted.sum());
        return SoftFactors.sum(logProbabilities, weighted.mul(factor));
    }

    /** Returns which pixels are kept, (N, 1, D), BOOLEAN; ignored ones may be among them. */
    private NDArray kept(SegmentationInput input, NDArray logProbabilities, long least) {
        // −∞ where nothing is below the threshold; NaN compares as false, but its loss is NaN.
        NDArray limit = Operations.number(logProbabilities, Math.log(threshold));
        NDArray below = logProbabilities.lt(limit);
        if (least == 0) {
            return withNan(below, logProbabilities);
        }
        NDArray ordered = logProbabilities;
        if (input.valid() != null) {
            NDArray last =
                    ordered.zerosLike().addi(Operations.number(ordered, Float.POSITIVE_INFINITY));
            ordered = NDArrays.where(input.valid().reshape(input.perPixel()), ordered, last);
        }
        NDArray sorted = ordered.reshape(-1).sort(0);
        NDArray largest = sorted.get(new NDIndex("{}:{}", least - 1, least));
        return withNan(below.logicalOr(logProbabilities.lte(largest)), logProbabilities);
    }

    /** Keeps NaN, too. */
    private static NDArray withNan(NDArray kept, NDArray values) {
        return kept.logicalOr(values.neq(values)).toType(DataType.BOOLEAN, false);
    }

    /** Builds an {@link OhemCrossEntropyLoss}. */
    public static final class Builder extends PixelLossBuilder<Builder> {

        private static final float DEFAULT_MIN_KEPT = 0.2f;

        private float threshold = 0.7f;
        private float minKept = DEFAULT_MIN_KEPT;
        private int minKeptPixels;

        private Builder() {
            super("OhemCrossEntropyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets below which probability of the true class a pixel is kept.
         *
         * @param threshold the probability, in [0, 1]; 0.7 by default
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public Builder optThreshold(float threshold) {
            this.threshold = Checks.share("threshold", threshold);
            return this;
        }

        /**
         * Sets which share of the valid pixels is kept at least.
         *
         * @param minKept the share, in [0, 1]; 0.2 by default; of 1 all pixels are kept
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public Builder optMinKept(float minKept) {
            this.minKept = Checks.share("minKept", minKept);
            return this;
        }

        /**
         * Sets how many pixels are kept at least, in place of a share: so many times the images of
         * the batch, from all of them together, or all valid ones where there are fewer.
         *
         * @param minKeptPixels the number for every image, such as 100,000; 0 by default, for the
         *     share
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder optMinKeptPixels(int minKeptPixels) {
            if (minKeptPixels < 0) {
                throw new IllegalArgumentException(
                        "minKeptPixels: expected at least 0, got " + minKeptPixels);
            }
            this.minKeptPixels = minKeptPixels;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         * @throws IllegalArgumentException if both a share and a number of pixels are given
         */
        public OhemCrossEntropyLoss build() {
            if (minKeptPixels > 0 && minKept != DEFAULT_MIN_KEPT) {
                throw new IllegalArgumentException(
                        String.format(
                                "minKept: expected %s, the default, as minKeptPixels is %d, got %s",
                                DEFAULT_MIN_KEPT, minKeptPixels, minKept));
            }
            return new OhemCrossEntropyLoss(this);
        }
    }
}
