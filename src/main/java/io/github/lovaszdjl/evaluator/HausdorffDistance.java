package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The mean distance of the outlines of true and predicted masks, the Hausdorff distance at 95
 * percent in pixels, which {@link HausdorffDistances} defines: over the images of a pass that have
 * a class or have it predicted, and then over classes. Less is better.
 *
 * <p>Shapes, the predicted class, binary predictions and NaN are as in {@link MeanIoU}, of images
 * of height and width. With {@link Builder#optBinary} background and foreground are two classes;
 * with {@link Builder#optMultilabel} the foreground of each channel is one. An accumulator keeps a
 * number an image and class.
 */
public final class HausdorffDistance extends ScoreEvaluator<HausdorffDistances> {

    private final double percentile;

    private HausdorffDistance(Builder builder) {
        super(builder.name, builder.counter());
        percentile = builder.percentile;
    }

    /**
     * Returns a builder with the default settings.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    HausdorffDistances score(BatchLabels batch, NDArray predictions) {
        return IntStream.range(0, batch.images())
                .mapToObj(i -> distances(batch, i))
                .reduce(HausdorffDistances::plus)
                .orElseThrow();
    }

    private HausdorffDistances distances(BatchLabels batch, int image) {
        List<HausdorffDistances> problems =
                batch.map(
                        image,
                        (truth, predicted, width) ->
                                HausdorffDistances.of(
                                        truth, predicted, width, batch.classes(), percentile));
        return isMultilabel() ? HausdorffDistances.foregrounds(problems) : problems.get(0);
    }

    @Override
    HausdorffDistances plus(HausdorffDistances some, HausdorffDistances others) {
        return some.plus(others);
    }

    @Override
    double reduce(HausdorffDistances score) {
        return score.mean();
    }

    /** A builder of {@link HausdorffDistance}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private double percentile = HausdorffDistances.PERCENTILE;

        private Builder() {
            super("HausdorffDistance");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets which of the sorted distances is taken.
         *
         * @param percentile a number from 0 to 100; 95 by default; 100 is the Hausdorff distance
         * @return this builder
         * @throws IllegalArgumentException if it is no such number
         */
        public Builder optPercentile(double percentile) {
            HausdorffDistances.checkPercentile(percentile);
            this.percentile = percentile;
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, or a threshold stands without them
         */
        public HausdorffDistance build() {
            return new HausdorffDistance(this);
        }
    }
}
