package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.evaluator.ImageCounts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How much the difference of two networks in mean IoU depends on which images were at hand.
 *
 * <p><b>p</b> is that of a paired randomisation test. If it did not matter which of the two
 * networks an image was given to, their counts of each image might as well be swapped. So they are,
 * image by image at random, {@link #DRAWS} times, and p is the share of differences at least as far
 * from 0 as the one that was found, itself counted: {@code (1 + #(|d*| ≥ |d|)) / (1 + DRAWS)}. Of n
 * ≤ {@value #EXACT} images all 2<sup>n</sup> swaps are looked at, and p is the share of them. It is
 * never below 2<sup>1 − n</sup>, as nothing and all swapped are both as far from 0 as what was
 * found: less than six images cannot tell at 5 %.
 *
 * <p><b>The interval</b> is that of the bootstrap over images. From the n test images n are drawn
 * with replacement, {@link #DRAWS} times. Of each such sample the mean IoU of both networks is that
 * of the counts of all its images, and their difference is one value. The interval holds the middle
 * 95 % of these values, interpolated linearly between two. There is none of less than {@value
 * #INTERVAL} images: of so few it is far too narrow.
 *
 * <p>Of several pairs of networks on the same images, the value is the mean of their differences on
 * one sample, or after one swap of images in all pairs.
 *
 * <p>Every draw has a random generator of its own, so that results do not depend on the number of
 * threads.
 *
 * <p>It says how far a result goes for other images like these, of the networks that were trained;
 * not how far for networks from other seeds, which the deviation over pairs says.
 *
 * <p>Source: B. Efron, R. J. Tibshirani, <i>An Introduction to the Bootstrap</i>, 1993, chapters 13
 * and 15; E. W. Noreen, <i>Computer-Intensive Methods for Testing Hypotheses</i>, 1989.
 */
public final class PairedSignificance {

    /** How many samples and how many swaps are drawn. */
    public static final int DRAWS = 10_000;

    /** Of so many images all swaps are looked at: not more than are drawn. */
    static final int EXACT = 13;

    /** Of so many images there is an interval. */
    static final int INTERVAL = 10;

    /** What rounding may make of equal differences of mean IoUs, which are not above 1. */
    private static final double ROUNDING = 1e-12;

    private static final long SAMPLE_SEED = 1;
    private static final long SWAP_SEED = 1L << 32; // beyond those of samples

    private PairedSignificance() {}

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
     * @param low the lower end of the 95 % interval; NaN where there is none
     * @param high its upper end
     * @param p how likely a difference at least as far from 0 would be without one, two-sided
     */
    public record Significance(double low, double high, double p) {

        /** Returns the interval, such as "+0.012 to +0.081", or "-". */
        public String interval() {
            return Double.isNaN(low)
                    ? "-"
                    : Table.number("%+.3f", low) + " to " + Table.number("%+.3f", high);
        }
    }

    /**
     * What differences come to.
     *
     * @param pairs each by itself, the second minus the first
     * @param mean the mean of all
     */
    public record Significances(List<Significance> pairs, Significance mean) {}

    /**
     * Draws and compares.
     *
     * @param pairs pairs of networks, all on the same images; at least one
     * @return the significance; NaN where no image has a valid pixel
     * @throws IllegalArgumentException if there is no pair, none has an image, or pairs are of
     *     different images
     */
    public static Significances of(List<Pair> pairs) {
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
        Differences sum = null;
        List<Significance> single = new ArrayList<>();
        for (Pair pair : pairs) {
            Differences differences = Differences.of(new PairedCounts(pair.first(), pair.second()));
            single.add(differences.significance());
            sum = sum == null ? differences : sum.plus(differences);
        }
        return new Significances(
                List.copyOf(single),
                pairs.size() == 1 ? single.get(0) : sum.over(pairs.size()).significance());
    }

    /** The difference that was found, and those of samples and of swaps, each in its order. */
    private record Differences(int images, double found, double[] samples, double[] swaps) {

        static Differences of(PairedCounts counts) {
            int n = counts.images();
            boolean exact = n <= EXACT;
            return new Differences(
                    n,
                    counts.difference(),
                    each(n < INTERVAL ? 0 : DRAWS, b -> counts.difference(sample(n, b))),
                    each(
                            exact ? 1 << n : DRAWS,
                            b -> counts.difference(exact ? new long[] {b} : swap(n, b))));
        }

        private static double[] each(int draws, IntToDoubleFunction difference) {
            return IntStream.range(0, draws).parallel().mapToDouble(difference).toArray();
        }

        /** Returns how often each image is drawn. */
        private static int[] sample(int images, int draw) {
            SplittableRandom random = new SplittableRandom(SAMPLE_SEED + draw);
            int[] times = new int[images];
            for (int i = 0; i < images; i++) {
                times[random.nextInt(images)]++;
            }
            return times;
        }

        private static long[] swap(int images, int draw) {
            return new SplittableRandom(SWAP_SEED + draw).longs((images + 63) / 64).toArray();
        }

        Differences plus(Differences other) {
            return new Differences(
                    images,
                    found + other.found,
                    each(samples.length, b -> samples[b] + other.samples[b]),
                    each(swaps.length, b -> swaps[b] + other.swaps[b]));
        }

        Differences over(int pairs) {
            return new Differences(
                    images,
                    found / pairs,
                    each(samples.length, b -> samples[b] / pairs),
                    each(swaps.length, b -> swaps[b] / pairs));
        }

        Significance significance() {
            // A sample without a valid pixel has no difference.
            double[] sorted =
                    Arrays.stream(samples).filter(d -> !Double.isNaN(d)).sorted().toArray();
            return new Significance(quantile(sorted, 0.025), quantile(sorted, 0.975), p());
        }

        private double p() {
            if (Double.isNaN(found)) {
                return Double.NaN;
            }
            double least = Math.abs(found) - ROUNDING;
            // What cannot be compared, NaN, counts as far.
            long far = Arrays.stream(swaps).filter(d -> !(Math.abs(d) < least)).count();
            boolean hasFound = images <= EXACT; // among all swaps is none
            return hasFound ? (double) far / swaps.length : (1.0 + far) / (1.0 + swaps.length);
        }
    }

    private static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
