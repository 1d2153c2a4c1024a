package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Mean IoU image by image, over the classes of each image or over the images of each class, of all
 * images or the worst of them: what {@link FineGrainedScores} defines.
 *
 * <pre>{@code
 * FineGrainedIoU worst = FineGrainedIoU.builder().optIgnoreLabel(255).optWorst(5).build();
 * config.addEvaluator(worst);
 * // ... train, then
 * worst.getScore(EvaluatorTrainingListener.VALIDATE_EPOCH).get().meanIouI();
 * }</pre>
 *
 * <p>Shapes, the predicted class, binary predictions and NaN are as in {@link MeanIoU}. With {@link
 * Builder#optBinary} background and foreground are two classes; with {@link Builder#optMultilabel}
 * the foreground of each channel is one. An accumulator keeps three numbers an image and class.
 */
public final class FineGrainedIoU extends ScoreEvaluator<FineGrainedScores> {

    /** Over what the value is a mean first. */
    public enum Mean {
        /** mIoU<sup>I</sup>: over the classes of each image, and then over images. */
        IMAGES,
        /** mIoU<sup>C</sup>: over the images that have a class, and then over classes. */
        CLASSES
    }

    private final Mean mean;
    private final double worst;

    private FineGrainedIoU(Builder builder) {
        super(builder.name, builder.counter());
        mean = builder.mean;
        worst = builder.worst;
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
    FineGrainedScores score(BatchLabels batch, NDArray predictions) {
        return FineGrainedScores.of(
                IntStream.range(0, batch.images()).mapToObj(i -> counts(batch, i)).toList());
    }

    private ImageCounts counts(BatchLabels batch, int image) {
        List<ConfusionMatrix> matrices = batch.matrices(image);
        return isMultilabel() ? ImageCounts.foregrounds(matrices) : ImageCounts.of(matrices.get(0));
    }

    @Override
    FineGrainedScores plus(FineGrainedScores some, FineGrainedScores others) {
        return some.plus(others);
    }

    @Override
    double reduce(FineGrainedScores score) {
        return mean == Mean.IMAGES ? score.meanIouI(worst) : score.meanIouC(worst);
    }

    /** A builder of {@link FineGrainedIoU}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private Mean mean = Mean.CLASSES;
        private double worst = 100;

        private Builder() {
            super("FineGrainedIoU");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets over what the value is a mean first.
         *
         * @param mean images or classes; classes by default
         * @return this builder
         */
        public Builder optMean(Mean mean) {
            this.mean = Objects.requireNonNull(mean, "mean");
            return this;
        }

        /**
         * Sets the share of the worst images that the value is of.
         *
         * @param q the share in percent, above 0, at most 100; 100 by default
         * @return this builder
         * @throws IllegalArgumentException if it is no such share
         */
        public Builder optWorst(double q) {
            FineGrainedScores.checkPercent(q);
            worst = q;
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, or a threshold stands without them
         */
        public FineGrainedIoU build() {
            return new FineGrainedIoU(this);
        }
    }
}
