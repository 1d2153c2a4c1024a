package io.github.lovaszdjl.training;

import io.github.lovaszdjl.dataset.SegmentationSample;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.translator.TiledPredictor;

/**
 * What a model predicts of an image of H rows of W pixels, beside the truth.
 *
 * @param width W
 * @param truth the true labels, (H, W) in rows; -1 where ignored or padded
 * @param predicted the predicted labels
 * @param confidences the probabilities of these, from 0 to 1; NaN where the network gave that
 */
public record ImagePrediction(int width, int[] truth, int[] predicted, float[] confidences) {

    /** Predicts an image. */
    static ImagePrediction of(
            TiledPredictor predictor, SegmentationSample sample, int ignoreLabel) {
        int width = sample.width();
        int pixels = Math.multiplyExact(sample.height(), width);
        int[] truth = new int[pixels];
        int[] predicted = new int[pixels];
        float[] confidences = new float[pixels];
        predictor.predict(
                sample.height(),
                width,
                sample::pixels,
                (y, labels, sure) -> {
                    int[] row = sample.labels(y);
                    for (int x = 0; x < width; x++) {
                        truth[y * width + x] = row[x] == ignoreLabel ? -1 : row[x];
                    }
                    System.arraycopy(labels, 0, predicted, y * width, width);
                    System.arraycopy(sure, 0, confidences, y * width, width);
                });
        return new ImagePrediction(width, truth, predicted, confidences);
    }

    /**
     * Counts the valid pixels.
     *
     * @param classes the number of classes
     * @return their matrix
     * @throws IllegalArgumentException if a label is none of these classes
     */
    public ConfusionMatrix count(int classes) {
        ConfusionMatrix matrix = new ConfusionMatrix(classes);
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= 0) {
                matrix.add(truth[i], predicted[i]);
            }
        }
        return matrix;
    }
}
