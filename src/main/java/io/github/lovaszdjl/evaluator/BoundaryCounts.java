package io.github.lovaszdjl.evaluator;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well the boundaries of masks are predicted: intersection over union, class by class, of the
 * pixels of a mask that are near its outline.
 *
 * <p>The <em>boundary</em> of a mask are its pixels that an erosion by d pixels takes away: those
 * with a pixel of another class, or the outside of the image, within d pixels in either axis. d is
 * 2 % of the image's diagonal, rounded (half to even), at least 1. The boundary IoU of a class is
 * that of the boundaries of its true and its predicted mask. Intersections and unions are summed
 * over the images of a data set, as for {@link ConfusionMatrix#iou}; large masks, whose insides are
 * easy, then count by the length of their outlines.
 *
 * <p>Ignored pixels are of no mask, whatever is predicted there; so what is predicted there changes
 * nothing, and truth and prediction both end where they begin. The authors' code for panoptic
 * segmentation leaves them in the predicted mask and out of the counts.
 *
 * <p>Source: B. Cheng et al., <em>Boundary IoU: Improving Object-Centric Image Segmentation
 * Evaluation</em>, CVPR 2021, <a href="https://arxiv.org/abs/2103.16562">arXiv:2103.16562</a>, eq.
 * 2; the erosion, the rounding of d and the outside of the image are those of the authors' code.
 *
 * <p>Instances are immutable.
 */
public final class BoundaryCounts {

    /** The width of a boundary, as a share of the image's diagonal. */
    public static final double RATIO = 0.02;

    private final long[] intersections;
    private final long[] unions;

    private BoundaryCounts(long[] intersections, long[] unions) {
        this.intersections = intersections;
        this.unions = unions;
    }

    /**
     * Counts an image, with boundaries of 2 % of its diagonal.
     *
     * @param truth the true labels, (H, W) in rows; negative where ignored
     * @param predicted the predicted labels, of the same shape
     * @param width W, in pixels
     * @param classes the number of classes
     * @return the counts
     * @throws IllegalArgumentException if the lengths do not fit or a label is not below {@code
     *     classes}
     */
    public static BoundaryCounts of(int[] truth, int[] predicted, int width, int classes) {
        return of(truth, predicted, width, classes, RATIO);
    }

    /**
     * Counts an image.
     *
     * @param truth the true labels, (H, W) in rows; negative where ignored
     * @param predicted the predicted labels, of the same shape
     * @param width W, in pixels
     * @param classes the number of classes
     * @param ratio the width of a boundary as a share of the image's diagonal, above 0, at most 1
     * @return the counts
     * @throws IllegalArgumentException if the lengths do not fit, a label is not below {@code
     *     classes}, or the ratio is no such number
     */
    public static BoundaryCounts of(
            int[] truth, int[] predicted, int width, int classes, double ratio) {
        checkRatio(ratio);
        int[] valid = Outlines.predictedWhereValid(truth, predicted, width, classes);
        int d = Math.max(1, (int) Math.rint(ratio * Outlines.diagonal(truth, width)));
        boolean[] ofTruth = Outlines.band(truth, width, d);
        boolean[] ofPrediction = Outlines.band(valid, width, d);
        long[] intersections = new long[classes];
        long[] unions = new long[classes];
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] < 0) {
                continue;
            }
            if (ofTruth[i] && ofPrediction[i] && truth[i] == valid[i]) {
                intersections[truth[i]]++;
                unions[truth[i]]++;
                continue;
            }
            if (ofTruth[i]) {
                unions[truth[i]]++;
            }
            if (ofPrediction[i]) {
                unions[valid[i]]++;
            }
        }
        return new BoundaryCounts(intersections, unions);
    }

    static void checkRatio(double ratio) {
        if (!(ratio > 0 && ratio <= 1)) {
            throw new IllegalArgumentException(
                    "ratio: expected a number above 0, at most 1, got " + ratio);
        }
    }

    /** Takes the foreground of each of some binary problems for a class. */
    static BoundaryCounts foregrounds(List<BoundaryCounts> problems) {
        return new BoundaryCounts(
                problems.stream().mapToLong(p -> p.intersections[1]).toArray(),
                problems.stream().mapToLong(p -> p.unions[1]).toArray());
    }

    /**
     * Adds the counts of other images.
     *
     * @param other the counts, of as many classes
     * @return the sums
     * @throws IllegalArgumentException if they are of another number of classes
     */
    public BoundaryCounts plus(BoundaryCounts other) {
        if (other.classes() != classes()) {
            throw new IllegalArgumentException(
                    "other: expected " + classes() + " classes, got " + other.classes());
        }
        return new BoundaryCounts(
                sums(intersections, other.intersections), sums(unions, other.unions));
    }

    private static long[] sums(long[] some, long[] others) {
        return IntStream.range(0, some.length).mapToLong(c -> some[c] + others[c]).toArray();
    }

    /**
     * Returns the number of classes.
     *
     * @return the number
     */
    public int classes() {
        return unions.length;
    }

    /**
     * Returns the pixels of both boundaries of a class.
     *
     * @param c the class
     * @return how many there are in the true and in the predicted boundary
     */
    public long intersection(int c) {
        return intersections[c];
    }

    /**
     * Returns the pixels of either boundary of a class.
     *
     * @param c the class
     * @return how many there are in the true or in the predicted boundary
     */
    public long union(int c) {
        return unions[c];
    }

    /**
     * Returns the boundary IoU of a class.
     *
     * @param c the class
     * @return intersection over union; NaN if the class occurs neither in the truth nor in the
     *     prediction
     */
    public double iou(int c) {
        return (double) intersections[c] / unions[c];
    }

    /**
     * Returns the mean boundary IoU over the classes that occur.
     *
     * @return the mean of {@link #iou(int)}; NaN if no class occurs
     */
    public double meanIou() {
        return Outlines.mean(IntStream.range(0, classes()).mapToDouble(this::iou).toArray());
    }

    /**
     * Returns the counts as text.
     *
     * @return a line each of intersections and unions
     */
    @Override
    public String toString() {
        return Arrays.toString(intersections) + "\n" + Arrays.toString(unions);
    }
}
