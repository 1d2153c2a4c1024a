package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.evaluator.ImageCounts;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How much the difference of two networks in mean IoU depends on which images were at hand: the
 * bootstrap over images.
 *
 * <p>From the n test images n are drawn with replacement, {@link #RESAMPLES} times. Of each such
 * sample the mean IoU of both networks is that of the counts of all its images, and their
 * difference is one value. The interval holds the middle 95 % of these values, interpolated
 * linearly between two; p is twice the share of them that are on the rarer side of 0, with one more
 * on each side: {@code min(1, 2 · min(#(d ≤ 0) + 1, #(d ≥ 0) + 1) / (RESAMPLES + 1))}. Both
 * networks are looked at on the same images. Of several pairs of networks, the value is the mean of
 * their differences on one sample.
 *
 * <p>It says how far a result goes for other images like these, of the networks that were trained;
 * not how far for networks from other seeds, which the deviation over pairs says.
 *
 * <p>Source: B. Efron, R. J. Tibshirani, <i>An Introduction to the Bootstrap</i>, 1993, chapters 13
 * and 15.
 */
public final class PairedBootstrap {

    /** How many samples are drawn. */
    public static final int RESAMPLES = 10_000;

    private static final long SEED = 1;

    private PairedBootstrap() {}

    /**
     * Two networks on the same images.
     *
     * @param first the counts of each image by the first
     * @param second those by the second
     */
    public record Pair(List<ImageCounts> first, List<ImageCounts> second) {

        public Pair {
            if (first.size() != second.size()) {
                throw new IllegalArgumentException(
                        String.format(
                                "second: expected counts of %d images as in first, got %d",
                                first.size(), second.size()));
            }
        }
    }

    /**
     * What a difference comes to.
     *
     * @param low the lower end of the 95 % interval
     * @param high its upper end
     * @param p how likely a difference at least as far from 0 would be without one, two-sided
     */
    public record Significance(double low, double high, double p) {

        /** Returns the interval, such as "+0.012 to +0.081". */
        public String interval() {
            return Table.number("%+.3f", low) + " to " + Table.number("%+.3f", high);
        }
    }

    /**
     * Draws samples and compares.
     *
     * @param pairs pairs of networks, all on the same images; at least one
     * @return the significance of the second minus the first; NaN where no image has a valid pixel
     * @throws IllegalArgumentException if there is no pair, none has an image, or pairs are of
     *     different images
     */
    public static Significance of(List<Pair> pairs) {
        if (pairs.isEmpty() || pairs.get(0).first().isEmpty()) {
            throw new IllegalArgumentException("pairs: expected one with images, got none");
        }
        int images = pairs.get(0).first().size();
        for (Pair pair : pairs) {
            if (pair.first().size() != images) {
                throw new IllegalArgumentException(
                        String.format(
                                "pairs: expected counts of %d images, got %d",
                                images, pair.first().size()));
            }
        }
        List<Counts> first = pairs.stream().map(pair -> Counts.of(pair.first())).toList();
        List<Counts> second = pairs.stream().map(pair -> Counts.of(pair.second())).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        double[] differences = new double[RESAMPLES];
        for (int b = 0; b < RESAMPLES; b++) {
            int[] times = new int[images];
            for (int i = 0; i < images; i++) {
                times[random.nextInt(images)]++;
            }
            for (int k = 0; k < pairs.size(); k++) {
                differences[b] += second.get(k).meanIou(times) - first.get(k).meanIou(times);
            }
            differences[b] /= pairs.size();
        }
        // A sample without a valid pixel has none.
        return of(Arrays.stream(differences).filter(d -> !Double.isNaN(d)).sorted().toArray());
    }

    private static Significance of(double[] sorted) {
        if (sorted.length == 0) {
            return new Significance(Double.NaN, Double.NaN, Double.NaN);
        }
        long down = Arrays.stream(sorted).filter(d -> d <= 0).count() + 1;
        long up = Arrays.stream(sorted).filter(d -> d >= 0).count() + 1;
        double p = 2.0 * Math.min(down, up) / (sorted.length + 1);
        return new Significance(quantile(sorted, 0.025), quantile(sorted, 0.975), Math.min(1, p));
    }

    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** The counts of a network, (images, classes). */
    private record Counts(long[][] intersections, long[][] unions) {

        static Counts of(List<ImageCounts> images) {
            long[][] intersections = new long[images.size()][];
            long[][] unions = new long[images.size()][];
            for (int i = 0; i < unions.length; i++) {
                ImageCounts image = images.get(i);
                intersections[i] = new long[image.classes()];
                unions[i] = new long[image.classes()];
                for (int c = 0; c < image.classes(); c++) {
                    long hits = image.truePositives(c);
                    intersections[i][c] = hits;
                    unions[i][c] = hits + image.falsePositives(c) + image.falseNegatives(c);
                }
            }
            return new Counts(intersections, unions);
        }

        /** Returns the mean IoU of a sample that has each image so many times. */
        double meanIou(int[] times) {
            int classes = unions[0].length;
            long[] intersection = new long[classes];
            long[] union = new long[classes];
            for (int i = 0; i < times.length; i++) {
                for (int c = 0; times[i] > 0 && c < classes; c++) {
                    intersection[c] += times[i] * intersections[i][c];
                    union[c] += times[i] * unions[i][c];
                }
            }
            double sum = 0;
            int occurring = 0;
            for (int c = 0; c < classes; c++) {
                if (union[c] > 0) {
                    sum += (double) intersection[c] / union[c];
                    occurring++;
                }
            }
            return sum / occurring; // 0/0 is NaN
        }
    }
}
