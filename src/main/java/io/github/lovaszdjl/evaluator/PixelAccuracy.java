package io.github.lovaszdjl.evaluator;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * The share of the pixels of a whole pass that were predicted right.
 *
 * <p>Pixels with the ignore label do not count; an accumulator without pixels gives NaN. Shapes,
 * the predicted class and NaN are as in {@link MeanIoU}. Where one class covers most pixels this
 * value is high for a network that always predicts that class; mean IoU is not.
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
    double reduce(ConfusionMatrix matrix) {
        return matrix.pixelAccuracy();
    }

    /** A builder of {@link PixelAccuracy}. */
    public static final class Builder {

        private String name = "PixelAccuracy";
        private OptionalInt classAxis = OptionalInt.empty();
        private OptionalInt ignoreLabel = OptionalInt.empty();
        private MeanIoU countsOf;

        private Builder() {}

        /**
         * Sets the name under which the trainer reports the value.
         *
         * @param name the name; by default {@code PixelAccuracy}
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the axis of the classes in the predictions.
         *
         * @param classAxis any axis but 0; negative counts from the end; by default 1
         * @return this builder
         */
        public Builder optClassAxis(int classAxis) {
            this.classAxis = OptionalInt.of(classAxis);
            return this;
        }

        /**
         * Sets the label of pixels to leave out.
         *
         * @param ignoreLabel any number, also that of a class; by default there is none
         * @return this builder
         */
        public Builder optIgnoreLabel(int ignoreLabel) {
            this.ignoreLabel = OptionalInt.of(ignoreLabel);
            return this;
        }

        /**
         * Makes the evaluator read the accumulators of another one, with the class axis and the
         * ignore label of that one, in place of its own.
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
         * @throws IllegalArgumentException if the class axis is 0, or if a class axis or an ignore
         *     label was set beside the evaluator that counts
         */
        public PixelAccuracy build() {
            if (countsOf == null) {
                return new PixelAccuracy(name, new PixelCounter(classAxis.orElse(1), ignoreLabel));
            }
            if (classAxis.isPresent() || ignoreLabel.isPresent()) {
                throw new IllegalArgumentException(
                        "countsOf: expected neither class axis nor ignore label beside it, got "
                                + classAxis
                                + " and "
                                + ignoreLabel);
            }
            return new PixelAccuracy(name, countsOf);
        }
    }
}
