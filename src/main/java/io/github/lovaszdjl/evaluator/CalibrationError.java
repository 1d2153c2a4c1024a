package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;

/**
 * The expected calibration error of the pixels of a pass, which {@link CalibrationBins} defines:
 * how far the probability of the predicted class is from the share of pixels for which it is right.
 * Less is better.
 *
 * <p>Shapes, the predicted class and binary predictions are as in {@link MeanIoU}. The probability
 * is that of the softmax over classes; of one score a pixel, the sigmoid of the score where
 * foreground is predicted, and 1 less it where background is. With {@link Builder#optMultilabel}
 * the pixels of all channels count together. A probability that is NaN makes the error NaN.
 */
public final class CalibrationError extends ScoreEvaluator<CalibrationBins> {

    private final boolean fromLogits;
    private final int bins;
    // Null where predictions are binary.
    private final ClassCounter classes;

    private CalibrationError(Builder builder, PixelCounter counter) {
        super(builder.name, counter);
        fromLogits = builder.fromLogits;
        bins = builder.bins;
        classes = counter instanceof ClassCounter found ? found : null;
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
    CalibrationBins score(BatchLabels batch, NDArray predictions) {
        int[] predicted = batch.predicted();
        float[] confidences = predicted.length == 0 ? new float[0] : confidences(predictions);
        if (classes == null) {
            for (int i = 0; i < confidences.length; i++) {
                confidences[i] = predicted[i] == 1 ? confidences[i] : 1 - confidences[i];
            }
        }
        return CalibrationBins.of(batch.truth(), predicted, confidences, bins);
    }

    /** Returns the probability of the predicted class, or of foreground, of each pixel. */
    private float[] confidences(NDArray predictions) {
        // NDScope frees what is made here, whichever manager it belongs to.
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray scores =
                    predictions.getDataType() == DataType.FLOAT64
                            ? predictions
                            : predictions.toType(DataType.FLOAT32, false);
            if (!fromLogits) {
                return floats(classes == null ? scores : scores.max(axis(scores)));
            }
            if (classes == null) {
                return floats(Activation.sigmoid(scores));
            }
            // The softmax of the highest score: 1 / Σ exp(score − highest).
            NDArray highest = scores.max(axis(scores), true);
            float[] confidences = floats(scores.sub(highest).exp().sum(axis(scores)));
            for (int i = 0; i < confidences.length; i++) {
                confidences[i] = 1 / confidences[i];
            }
            return confidences;
        }
    }

    private int[] axis(NDArray scores) {
        return new int[] {classes.axis(scores.getShape())};
    }

    private static float[] floats(NDArray array) {
        return array.toType(DataType.FLOAT32, false).toFloatArray();
    }

    @Override
    CalibrationBins plus(CalibrationBins some, CalibrationBins others) {
        return some.plus(others);
    }

    @Override
    double reduce(CalibrationBins score) {
        return score.expectedError();
    }

    /** A builder of {@link CalibrationError}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private boolean fromLogits = true;
        private int bins = CalibrationBins.BINS;

        private Builder() {
            super("CalibrationError");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets whether the predictions are logits.
         *
         * @param fromLogits true, the default, for logits; false for probabilities, of which one a
         *     pixel has the threshold 0.5 unless another one is set
         * @return this builder
         */
        public Builder optFromLogits(boolean fromLogits) {
            this.fromLogits = fromLogits;
            return this;
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1; 15 by default
         * @return this builder
         * @throws IllegalArgumentException if there is none
         */
        public Builder optBins(int bins) {
            CalibrationBins.checkBins(bins);
            this.bins = bins;
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, or a threshold stands without them
         */
        public CalibrationError build() {
            return new CalibrationError(this, counter(fromLogits ? 0 : 0.5f));
        }
    }
}
