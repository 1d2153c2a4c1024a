package io.github.lovaszdjl.evaluator;

import java.util.List;
import java.util.Objects;

/**
 * The share of the pixels of a whole pass that were predicted right.
 *
 * <p>Pixels with the ignore label do not count; an accumulator without pixels gives NaN. Shapes,
 * the predicted class, binary predictions and NaN are as in {@link MeanIoU}; with {@link
 * Builder#optMultilabel} the value is the share over all channels. Where one class covers most
 * pixels this value is high for a network that always predicts that class; mean IoU is not.
 *
 * <p>Beside a {@link MeanIoU} in one training configuration, {@link Builder#optCountsOf(MeanIoU)}
 * saves counting every batch twice:
 *
 * <pre>{@code
 * MeanIoU meanIou = MeanIoU.builder().optIgnoreLabel(255).build();
 * config.addEvaluator(meanIou)
 *         .addEvaluator(PixelAccuracy.builder().optCountsOf(meanIou).build());
 * }</pre>
 */
public final class PixelAccuracy extends ConfusionEvaluator {

    private PixelAccuracy(String name, PixelCounter counter) {
        super(name, counter);
    }

    private PixelAccuracy(String name, MeanIoU followed) {
        super(name, followed);
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
    double reduce(List<ConfusionMatrix> matrices) {
        return sum(matrices).pixelAccuracy();
    }

    /** A builder of {@link PixelAccuracy}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private MeanIoU countsOf;

        private Builder() {
            super("PixelAccuracy");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Makes the evaluator read the accumulators of another one, counted with the options of
         * that one, in place of its own.
         *
         * <p>The evaluator then counts nothing: to add, update or reset its accumulators does
         * nothing, and its value for a key is the pixel accuracy of all that the other one has
         * counted under that key. Both belong into the same training configuration, in any order.
         *
         * @param meanIou the evaluator that counts
         * @return this builder
         */
        public Builder optCountsOf(MeanIoU meanIou) {
            countsOf = Objects.requireNonNull(meanIou, "meanIou");
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, a threshold stands without them, or any of these or an ignore label was
         *     set beside the evaluator that counts
         */
        public PixelAccuracy build() {
            if (countsOf == null) {
                return new PixelAccuracy(name, counter());
            }
            checkNothingCounted();
            return new PixelAccuracy(name, countsOf);
        }
    }
}
