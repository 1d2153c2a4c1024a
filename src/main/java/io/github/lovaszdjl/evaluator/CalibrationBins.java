package io.github.lovaszdjl.evaluator;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How far the probabilities of a network can be trusted: its pixels in bins by the probability of
 * the class that is predicted, its confidence.
 *
 * <p>A bin m of M, from 1, has the confidences in {@code ((m − 1)/M, m/M]}, the first one also 0.
 * Where a network is calibrated, the share of right pixels of a bin, its accuracy, is the mean of
 * their confidences. The expected calibration error is the mean over pixels of how far these are
 * apart,
 *
 * <pre>{@code ECE = Σ |B(m)| / n · |accuracy(B(m)) − confidence(B(m))|}</pre>
 *
 * <p>Source: C. Guo et al., <em>On Calibration of Modern Neural Networks</em>, ICML 2017, <a
 * href="https://arxiv.org/abs/1706.04599">arXiv:1706.04599</a>, eq. 3, with 15 bins as there.
 *
 * <p>Instances are immutable.
 */
public final class CalibrationBins {

    /** The number of bins by default. */
    public static final int BINS = 15;

    private final long[] pixels;
    private final long[] right;
    private final double[] confidences;

    private CalibrationBins(long[] pixels, long[] right, double[] confidences) {
        this.pixels = pixels;
        this.right = right;
        this.confidences = confidences;
    }

    /**
     * Counts pixels in 15 bins.
     *
     * @param truth the true labels; negative where ignored
     * @param predicted the predicted labels
     * @param confidences the probabilities of the predicted labels, from 0 to 1; NaN makes the
     *     error NaN
     * @return the bins
     * @throws IllegalArgumentException if the lengths differ or a confidence is out of range
     */
    public static CalibrationBins of(int[] truth, int[] predicted, float[] confidences) {
        return of(truth, predicted, confidences, BINS);
    }

    /**
     * Counts pixels.
     *
     * @param truth the true labels; negative where ignored
     * @param predicted the predicted labels
     * @param confidences the probabilities of the predicted labels, from 0 to 1; NaN makes the
     *     error NaN
     * @param bins the number of bins, at least 1
     * @return the bins
     * @throws IllegalArgumentException if the lengths differ, a confidence is out of range, or
     *     there is no bin
     */
    public static CalibrationBins of(int[] truth, int[] predicted, float[] confidences, int bins) {
        checkBins(bins);
        if (predicted.length != truth.length || confidences.length != truth.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "predicted, confidences: expected %d values as in truth, got %d and %d",
                            truth.length, predicted.length, confidences.length));
        }
        CalibrationBins counts =
                new CalibrationBins(new long[bins], new long[bins], new double[bins]);
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= 0) {
                counts.add(truth[i] == predicted[i], confidences[i]);
            }
        }
        return counts;
    }

    static void checkBins(int bins) {
        if (bins < 1) {
            throw new IllegalArgumentException("bins: expected 1 or more, got " + bins);
        }
    }

    private void add(boolean isRight, float confidence) {
        if (confidence < 0 || confidence > 1) {
            throw new IllegalArgumentException(
                    "confidences: expected probabilities from 0 to 1, got " + confidence);
        }
        // NaN goes into the first bin.
        int bin = Math.max(0, (int) Math.ceil((double) confidence * pixels.length) - 1);
        pixels[bin]++;
        right[bin] += isRight ? 1 : 0;
        confidences[bin] += confidence;
    }

    /**
     * Adds the pixels of others.
     *
     * @param other as many bins
     * @return the sums
     * @throws IllegalArgumentException if there are more or fewer bins
     */
    public CalibrationBins plus(CalibrationBins other) {
        if (other.bins() != bins()) {
            throw new IllegalArgumentException(
                    "other: expected " + bins() + " bins, got " + other.bins());
        }
        return new CalibrationBins(
                IntStream.range(0, bins()).mapToLong(m -> pixels[m] + other.pixels[m]).toArray(),
                IntStream.range(0, bins()).mapToLong(m -> right[m] + other.right[m]).toArray(),
                IntStream.range(0, bins())
                        .mapToDouble(m -> confidences[m] + other.confidences[m])
                        .toArray());
    }

    /**
     * Returns the number of bins.
     *
     * @return the number
     */
    public int bins() {
        return pixels.length;
    }

    /**
     * Returns the pixels of a bin.
     *
     * @param m the bin, from 0
     * @return their number
     */
    public long pixels(int m) {
        return pixels[m];
    }

    /**
     * Returns the accuracy of a bin.
     *
     * @param m the bin, from 0
     * @return the share of its pixels that are right; NaN if there is none
     */
    public double accuracy(int m) {
        return (double) right[m] / pixels[m];
    }

    /**
     * Returns the confidence of a bin.
     *
     * @param m the bin, from 0
     * @return the mean of that of its pixels; NaN if there is none
     */
    public double confidence(int m) {
        return confidences[m] / pixels[m];
    }

    /**
     * Returns the expected calibration error.
     *
     * @return the error, from 0 to 1; NaN if no pixel was counted
     */
    public double expectedError() {
        double sum = 0;
        for (int m = 0; m < bins(); m++) {
            sum += Math.abs(right[m] - confidences[m]);
        }
        return sum / Arrays.stream(pixels).sum();
    }
}
