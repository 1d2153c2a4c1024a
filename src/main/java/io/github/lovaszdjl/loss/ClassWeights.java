package io.github.lovaszdjl.loss;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Class weights from the pixel counts of a training set, for {@link
 * SegmentationCrossEntropyLoss.Builder#optClassWeights}: the rarer a class, the more it weighs.
 *
 * <p>Counts are pixels by sample and class, (samples, classes), without ignored pixels. A class
 * that never occurs has the weight 0: no pixel teaches it, and pixels of it elsewhere, as in a
 * validation set, then leave the loss as it is.
 *
 * <pre>{@code
 * float[] weights = ClassWeights.medianFrequency(counts);
 * Loss loss = SegmentationCrossEntropyLoss.builder().optClassWeights(weights).build();
 * }</pre>
 *
 * <p>Lovász-Softmax, whose classes weigh the same already, needs none.
 */
public final class ClassWeights {

    private ClassWeights() {}

    /**
     * Weighs by the inverse of the share of pixels.
     *
     * <pre>
     *   w(c) = (1 / n(c)) / mean over classes that occur of (1 / n)      n(c) = Σ_s counts[s][c]
     * </pre>
     *
     * @param counts the pixels by sample and class
     * @return a weight for each class; those of classes that occur average to 1
     * @throws IllegalArgumentException if there is no sample or class, samples have different
     *     numbers of classes, a count is below 0, or no class occurs
     */
    public static float[] inverseFrequency(long[][] counts) {
        int classes = check(counts);
        double[] inverse = new double[classes];
        for (int c = 0; c < classes; c++) {
            long pixels = pixels(counts, c);
            inverse[c] = pixels == 0 ? 0 : 1.0 / pixels;
        }
        double mean = Arrays.stream(inverse).filter(w -> w > 0).average().orElseThrow();
        return weights(classes, c -> inverse[c] / mean);
    }

    /**
     * Weighs by the frequency of a class in the samples that have it, the median of all classes
     * over its own.
     *
     * <pre>
     *   w(c) = median over classes that occur of f / f(c)
     *   f(c) = pixels of c / pixels of all samples in which c occurs
     * </pre>
     *
     * <p>Source: D. Eigen, R. Fergus, <i>Predicting Depth, Surface Normals and Semantic Labels with
     * a Common Multi-Scale Convolutional Architecture</i>, ICCV 2015 ("median freq / freq(c)").
     *
     * @param counts the pixels by sample and class
     * @return a weight for each class, around 1; of an even number of classes that occur, the
     *     median is the mean of the two in the middle
     * @throws IllegalArgumentException if there is no sample or class, samples have different
     *     numbers of classes, a count is below 0, or no class occurs
     */
    public static float[] medianFrequency(long[][] counts) {
        int classes = check(counts);
        double[] frequencies = new double[classes];
        for (int c = 0; c < classes; c++) {
            long together = 0;
            for (long[] sample : counts) {
                together += sample[c] == 0 ? 0 : Arrays.stream(sample).sum();
            }
            frequencies[c] = together == 0 ? 0 : (double) pixels(counts, c) / together;
        }
        double[] occurring = Arrays.stream(frequencies).filter(f -> f > 0).sorted().toArray();
        double median =
                (occurring[(occurring.length - 1) / 2] + occurring[occurring.length / 2]) / 2;
        return weights(classes, c -> frequencies[c] == 0 ? 0 : median / frequencies[c]);
    }

    private static long pixels(long[][] counts, int c) {
        return Arrays.stream(counts).mapToLong(sample -> sample[c]).sum();
    }

    private static float[] weights(int classes, IntToDoubleFunction weight) {
        float[] weights = new float[classes];
        IntStream.range(0, classes).forEach(c -> weights[c] = (float) weight.applyAsDouble(c));
        return weights;
    }

    private static int check(long[][] counts) {
        if (counts.length == 0 || counts[0].length == 0) {
            throw new IllegalArgumentException(
                    "counts: expected pixels by sample and class, got none");
        }
        int classes = counts[0].length;
        long all = 0;
        for (long[] sample : counts) {
            if (sample.length != classes) {
                throw new IllegalArgumentException(
                        String.format(
                                "counts: expected %d classes in every sample as in the first, got"
                                        + " %d",
                                classes, sample.length));
            }
            for (long count : sample) {
                if (count < 0) {
                    throw new IllegalArgumentException(
                            "counts: expected numbers from 0, got " + count);
                }
                all += count;
            }
        }
        if (all == 0) {
            throw new IllegalArgumentException("counts: expected a class that occurs, got none");
        }
        return classes;
    }
}
