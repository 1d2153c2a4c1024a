package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The mean IoU of the boundaries of masks, of all images of a pass, which {@link BoundaryCounts}
 * defines: large masks, whose insides are easy, count by their outlines.
 *
 * <p>Shapes, the predicted class, binary predictions and NaN are as in {@link MeanIoU}, of images
 * of height and width. With {@link Builder#optBinary} background and foreground are two classes;
 * with {@link Builder#optMultilabel} the foreground of each channel is one. Padding that has the
 * ignore label belongs to the image: its size says how wide a boundary is.
 */
public final class BoundaryIoU extends ScoreEvaluator<BoundaryCounts> {

    private final double ratio;

    private BoundaryIoU(Builder builder) {
        super(builder.name, builder.counter());
        ratio = builder.ratio;
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
    BoundaryCounts score(BatchLabels batch, NDArray predictions) {
        return IntStream.range(0, batch.images())
                .mapToObj(i -> counts(batch, i))
                .reduce(BoundaryCounts::plus)
                .orElseThrow();
    }

    private BoundaryCounts counts(BatchLabels batch, int image) {
        List<BoundaryCounts> problems =
                batch.map(
                        image,
                        (truth, predicted, width) ->
                                BoundaryCounts.of(truth, predicted, width, batch.classes(), ratio));
        return isMultilabel() ? BoundaryCounts.foregrounds(problems) : problems.get(0);
    }

    @Override
    BoundaryCounts plus(BoundaryCounts some, BoundaryCounts others) {
        return some.plus(others);
    }

    @Override
    double reduce(BoundaryCounts score) {
        return score.meanIou();
    }

    /** A builder of {@link BoundaryIoU}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private double ratio = BoundaryCounts.RATIO;

        private Builder() {
            super("BoundaryIoU");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how wide a boundary is.
         *
         * @param ratio its share of the image's diagonal, above 0, at most 1; 0.02 by default
         * @return this builder
         * @throws IllegalArgumentException if it is no such number
         */
        public Builder optRatio(double ratio) {
            BoundaryCounts.checkRatio(ratio);
            this.ratio = ratio;
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, or a threshold stands without them
         */
        public BoundaryIoU build() {
            return new BoundaryIoU(this);
        }
    }
}
