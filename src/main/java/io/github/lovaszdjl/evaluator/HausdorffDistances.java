package io.github.lovaszdjl.evaluator;

import io.github.lovaszdjl.internal.DistanceTransform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far apart the outlines of true and predicted masks are, in pixels: the Hausdorff distance at
 * 95 percent, of each image and class.
 *
 * <p>The <em>outline</em> of a mask are its pixels with a neighbour above, below, left or right
 * that is of another class or outside the image. From each pixel of one outline, the distance to
 * the other outline is the Euclidean one to its nearest pixel. The distance of two masks is the
 * larger of two 95th percentiles, that of the distances from the true outline to the predicted one
 * and that of the distances back. At 100 percent it is the Hausdorff distance; 95 leaves out single
 * wrong pixels. Between two values a percentile is interpolated linearly.
 *
 * <p>Where a class is in the truth of an image or in its prediction and not in the other, there is
 * no distance; it counts as the diagonal of the image, {@code √(H² + W²)}. Where it is in neither,
 * the distance is NaN, and means leave the image out. Ignored pixels are of no mask, whatever is
 * predicted there.
 *
 * <p>Outlines and percentiles are those of MONAI ({@code compute_hausdorff_distance} with {@code
 * percentile=95} and {@code directed=False}), which has infinity where one mask is empty. MedPy's
 * {@code hd95} takes the percentile of the distances of both directions together, and can be
 * smaller.
 *
 * <p>Instances are immutable.
 */
public final class HausdorffDistances {

    /** The percentile by default. */
    public static final double PERCENTILE = 95;

    /** Image by image, of each class. */
    private final List<double[]> images;

    private HausdorffDistances(List<double[]> images) {
        this.images = images;
    }

    /**
     * Measures an image, at 95 percent.
     *
     * @param truth the true labels, (H, W) in rows; negative where ignored
     * @param predicted the predicted labels, of the same shape
     * @param width W, in pixels
     * @param classes the number of classes
     * @return the distances, of one image
     * @throws IllegalArgumentException if the lengths do not fit or a label is not below {@code
     *     classes}
     */
    public static HausdorffDistances of(int[] truth, int[] predicted, int width, int classes) {
        return of(truth, predicted, width, classes, PERCENTILE);
    }

    /**
     * Measures an image.
     *
     * @param truth the true labels, (H, W) in rows; negative where ignored
     * @param predicted the predicted labels, of the same shape
     * @param width W, in pixels
     * @param classes the number of classes
     * @param percentile which of the sorted distances, from 0 to 100
     * @return the distances, of one image
     * @throws IllegalArgumentException if the lengths do not fit, a label is not below {@code
     *     classes}, or the percentile is no such number
     */
    public static HausdorffDistances of(
            int[] truth, int[] predicted, int width, int classes, double percentile) {
        checkPercentile(percentile);
        int[] valid = Outlines.predictedWhereValid(truth, predicted, width, classes);
        List<int[]> ofTruth = outlines(truth, width, classes);
        List<int[]> ofPrediction = outlines(valid, width, classes);
        double diagonal = Outlines.diagonal(truth, width);
        double[] distances = new double[classes];
        for (int c = 0; c < classes; c++) {
            int[] one = ofTruth.get(c);
            int[] other = ofPrediction.get(c);
            if (one.length == 0 || other.length == 0) {
                distances[c] = one.length == other.length ? Double.NaN : diagonal;
            } else {
                Box box = Box.around(one, other, width);
                distances[c] =
                        Math.max(
                                percentile(box.distances(one, other), percentile),
                                percentile(box.distances(other, one), percentile));
            }
        }
        return new HausdorffDistances(List.of(distances));
    }

    static void checkPercentile(double percentile) {
        if (!(percentile >= 0 && percentile <= 100)) {
            throw new IllegalArgumentException(
                    "percentile: expected a number from 0 to 100, got " + percentile);
        }
    }

    /** Returns the places of the outlines of each class. */
    private static List<int[]> outlines(int[] labels, int width, int classes) {
        boolean[] edge = Outlines.edge(labels, width);
        int[] counts = new int[classes];
        for (int i = 0; i < labels.length; i++) {
            if (edge[i] && labels[i] >= 0) {
                counts[labels[i]]++;
            }
        }
        List<int[]> places = new ArrayList<>();
        for (int count : counts) {
            places.add(new int[count]);
        }
        for (int i = labels.length - 1; i >= 0; i--) {
            if (edge[i] && labels[i] >= 0) {
                places.get(labels[i])[--counts[labels[i]]] = i;
            }
        }
        return places;
    }

    /** A part of an image of this width; no nearest pixel of an outline is outside. */
    private record Box(int top, int left, int height, int width, int imageWidth) {

        static Box around(int[] some, int[] others, int imageWidth) {
            int top = Math.min(some[0], others[0]) / imageWidth;
            int bottom = Math.max(some[some.length - 1], others[others.length - 1]) / imageWidth;
            IntStream columns =
                    IntStream.concat(IntStream.of(some), IntStream.of(others))
                            .map(i -> i % imageWidth);
            IntSummaryStatistics across = columns.summaryStatistics();
            return new Box(
                    top,
                    across.getMin(),
                    bottom - top + 1,
                    across.getMax() - across.getMin() + 1,
                    imageWidth);
        }

        /** Returns the sorted distances from some places to the nearest of others. */
        double[] distances(int[] from, int[] to) {
            double[] squares = new double[Math.multiplyExact(height, width)];
            Arrays.fill(squares, Double.POSITIVE_INFINITY);
            for (int place : to) {
                squares[index(place)] = 0;
            }
            DistanceTransform.transform(squares, height, width);
            return IntStream.of(from)
                    .mapToDouble(place -> Math.sqrt(squares[index(place)]))
                    .sorted()
                    .toArray();
        }

        private int index(int place) {
            return (place / imageWidth - top) * width + place % imageWidth - left;
        }
    }

    private static double percentile(double[] sorted, double percentile) {
        double place = percentile / 100 * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** Takes the foreground of each of some binary problems for a class. */
    static HausdorffDistances foregrounds(List<HausdorffDistances> problems) {
        return new HausdorffDistances(
                List.of(problems.stream().mapToDouble(p -> p.images.get(0)[1]).toArray()));
    }

    /**
     * Adds the distances of other images, after these.
     *
     * @param other the distances, of as many classes
     * @return those of all images
     * @throws IllegalArgumentException if they are of another number of classes
     */
    public HausdorffDistances plus(HausdorffDistances other) {
        if (other.classes() != classes()) {
            throw new IllegalArgumentException(
                    "other: expected " + classes() + " classes, got " + other.classes());
        }
        List<double[]> all = new ArrayList<>(images);
        all.addAll(other.images);
        return new HausdorffDistances(List.copyOf(all));
    }

    /**
     * Returns the number of classes.
     *
     * @return the number
     */
    public int classes() {
        return images.get(0).length;
    }

    /**
     * Returns the number of images.
     *
     * @return the number, at least 1
     */
    public int images() {
        return images.size();
    }

    /**
     * Returns the distance of a class in an image.
     *
     * @param image the image, in the order in which they were added
     * @param c the class
     * @return the distance in pixels; NaN if the class occurs neither in the truth nor in the
     *     prediction
     */
    public double distance(int image, int c) {
        return images.get(image)[c];
    }

    /**
     * Returns the mean distance of a class.
     *
     * @param c the class
     * @return the mean over the images in which the class occurs, in pixels; NaN if there is none
     */
    public double mean(int c) {
        return Outlines.mean(images.stream().mapToDouble(image -> image[c]).toArray());
    }

    /**
     * Returns the mean distance.
     *
     * @return the mean over the classes that occur of {@link #mean(int)}, in pixels; NaN if none
     *     does
     */
    public double mean() {
        return Outlines.mean(IntStream.range(0, classes()).mapToDouble(this::mean).toArray());
    }
}
