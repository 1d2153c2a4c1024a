package io.github.lovaszdjl.evaluator;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Precision, recall or F1 of a whole pass: of one class, or the mean over the classes that have
 * one.
 *
 * <p>With the true positives TP, false positives FP and false negatives FN of a class, over all
 * pixels of an accumulator: precision is TP / (TP + FP), recall TP / (TP + FN), and F1, their
 * harmonic mean and the Dice coefficient, 2 TP / (2 TP + FP + FN). A class whose denominator is 0
 * has no value and is left out of the mean; without any the value is NaN.
 *
 * <p>Shapes, the predicted class, ignored pixels and NaN are as in {@link MeanIoU}. With {@link
 * Builder#optBinary} the value is that of the foreground, class 1; with {@link
 * Builder#optMultilabel} the mean over channels of that of each foreground, and a class is a
 * channel.
 *
 * <pre>{@code
 * config.addEvaluator(meanIou)
 *         .addEvaluator(ClassScore.recall().optClass(2).optCountsOf(meanIou).build());
 * }</pre>
 *
 * @see ConfusionMatrix
 */
public final class ClassScore extends ConfusionEvaluator {

    private final Score score;
    private final OptionalInt chosen;

    private enum Score {
        PRECISION("Precision") {
            @Override
            double of(ConfusionMatrix matrix, int c) {
                return matrix.precision(c);
            }
        },
        RECALL("Recall") {
            @Override
            double of(ConfusionMatrix matrix, int c) {
                return matrix.accuracy(c);
            }
        },
        F1("F1") {
            @Override
            double of(ConfusionMatrix matrix, int c) {
                return matrix.dice(c);
            }
        };

        private final String evaluator;

        Score(String evaluator) {
            this.evaluator = evaluator;
        }

        abstract double of(ConfusionMatrix matrix, int c);
    }

    private ClassScore(Builder builder) {
        super(builder.name, builder.counter());
        score = builder.score;
        chosen = chosen(builder);
    }

    private ClassScore(Builder builder, MeanIoU followed) {
        super(builder.name, followed);
        score = builder.score;
        chosen = chosen(builder);
    }

    private OptionalInt chosen(Builder builder) {
        boolean foreground = builder.ofClass.isEmpty() && isBinary() && !isMultilabel();
        return foreground ? OptionalInt.of(1) : builder.ofClass;
    }

    /**
     * Returns a builder of an evaluator of precision, with the default settings.
     *
     * @return a new builder
     */
    public static Builder precision() {
        return new Builder(Score.PRECISION);
    }

    /**
     * Returns a builder of an evaluator of recall, with the default settings.
     *
     * @return a new builder
     */
    public static Builder recall() {
        return new Builder(Score.RECALL);
    }

    /**
     * Returns a builder of an evaluator of F1, with the default settings.
     *
     * @return a new builder
     */
    public static Builder f1() {
        return new Builder(Score.F1);
    }

    @Override
    double reduce(List<ConfusionMatrix> matrices) {
        if (matrices.isEmpty()) {
            return Double.NaN;
        }
        ConfusionMatrix sum = sum(matrices);
        IntToDoubleFunction value =
                isMultilabel() ? c -> score.of(matrices.get(c), 1) : c -> score.of(sum, c);
        int classes = isMultilabel() ? matrices.size() : sum.classes();
        IntStream counted =
                chosen.isPresent() ? IntStream.of(chosen.getAsInt()) : IntStream.range(0, classes);
        DoubleStream values = counted.mapToDouble(value).filter(v -> !Double.isNaN(v));
        return values.average().orElse(Double.NaN);
    }

    @Override
    void checkClasses(int classes) {
        if (chosen.isPresent() && chosen.getAsInt() >= classes) {
            throw new IllegalArgumentException(
                    "predictions: expected more than "
                            + chosen.getAsInt()
                            + (isMultilabel() ? " channels" : " classes")
                            + " as class "
                            + chosen.getAsInt()
                            + " is to be scored, got "
                            + classes);
        }
    }

    /** A builder of {@link ClassScore}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private final Score score;
        private OptionalInt ofClass = OptionalInt.empty();
        private MeanIoU countsOf;

        private Builder(Score score) {
            super(score.evaluator);
            this.score = score;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the class that is scored.
         *
         * @param c the class, from 0, or the channel with {@link #optMultilabel}; by default the
         *     value is the mean over all, with {@link #optBinary} that of class 1
         * @return this builder
         * @throws IllegalArgumentException if it is below 0
         */
        public Builder optClass(int c) {
            if (c < 0) {
                throw new IllegalArgumentException("class: expected at least 0, got " + c);
            }
            ofClass = OptionalInt.of(c);
            return this;
        }

        /**
         * Makes the evaluator read the accumulators of another one, as {@link
         * PixelAccuracy.Builder#optCountsOf} does.
         *
         * @param meanIou the evaluator that counts, in the same training configuration
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
        public ClassScore build() {
            if (countsOf == null) {
                return new ClassScore(this);
            }
            checkNothingCounted();
            return new ClassScore(this, countsOf);
        }
    }
}
