package io.github.lovaszdjl.evaluator;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The mean IoUs of a data set that count its images one by one, where a large object weighs no more
 * than a small one.
 *
 * <p>With {@code IoU(i, c)} that of class c in image i, which counts where the class occurs in the
 * <em>truth</em> of the image:
 *
 * <ul>
 *   <li>mIoU<sup>D</sup> is the usual one, the mean over classes of the IoU of all pixels together,
 *       {@link ConfusionMatrix#meanIou()};
 *   <li>mIoU<sup>I</sup> is the mean over images of the mean over their classes;
 *   <li>mIoU<sup>C</sup> is the mean over classes of the mean over the images that have them; here
 *       a class that few images have weighs as much as any other;
 *   <li>mIoU<sup>I,q</sup> is mIoU<sup>I</sup> of the worst q percent of images, and
 *       mIoU<sup>C,q</sup> is mIoU<sup>C</sup> where each class is looked at in the worst q percent
 *       of the images that have it. Of n images that is ⌊q n / 100⌋, at least one;
 *   <li>mIoU<sup>I,q̄</sup> and mIoU<sup>C,q̄</sup> are the means of these over q = 10, 20, …, 100.
 * </ul>
 *
 * <p>Where a class is predicted that the truth of the image does not have, its pixels are missing
 * from the IoU of another class and are not counted again. A mean over nothing is {@link
 * Double#NaN}: an image without a valid pixel, or a class that no image has, is left out.
 *
 * <p>Source: Z. Wang et al., <em>Revisiting Evaluation Metrics for Semantic Segmentation:
 * Optimization and Evaluation of Fine-grained Intersection over Union</em>, NeurIPS 2023, <a
 * href="https://arxiv.org/abs/2310.19252">arXiv:2310.19252</a>, and its authors' code, which says
 * what counts in an image. There, a class that no image has makes mIoU<sup>C</sup> NaN, and of two
 * classes the foreground alone counts, as 1 in an image that has none and predicts none; here both
 * count, as in {@link MeanIoU}.
 *
 * <p>Instances are immutable.
 */
public final class FineGrainedScores {

    private final List<ImageCounts> images;

    private FineGrainedScores(List<ImageCounts> images) {
        this.images = images;
    }

    /**
     * Makes the scores of images.
     *
     * @param images their counts, of as many classes each; may be none
     * @return the scores
     * @throws IllegalArgumentException if the images differ in their number of classes
     */
    public static FineGrainedScores of(List<ImageCounts> images) {
        for (ImageCounts image : images) {
            if (image.classes() != images.get(0).classes()) {
                throw new IllegalArgumentException(
                        String.format(
                                "images: expected counts of %d classes, got %d",
                                images.get(0).classes(), image.classes()));
            }
        }
        return new FineGrainedScores(List.copyOf(images));
    }

    /**
     * Adds images, after these.
     *
     * @param other the scores of images of as many classes
     * @return those of all images
     * @throws IllegalArgumentException if they are of another number of classes
     */
    public FineGrainedScores plus(FineGrainedScores other) {
        return of(Stream.concat(images.stream(), other.images.stream()).toList());
    }

    /**
     * Returns the counts that the scores are made of.
     *
     * @return those of each image, unmodifiable
     */
    public List<ImageCounts> images() {
        return images;
    }

    /**
     * Returns the number of classes.
     *
     * @return the number; 0 without images
     */
    public int classes() {
        return images.isEmpty() ? 0 : images.get(0).classes();
    }

    /**
     * Returns mIoU<sup>D</sup>.
     *
     * @return the mean over classes of the IoU of all pixels; NaN if there is none
     */
    public double meanIouD() {
        return mean(classes(), this::iouOfAllPixels);
    }

    /**
     * Returns mIoU<sup>I</sup>.
     *
     * @return the mean over images of the mean over their classes; NaN if there is none
     */
    public double meanIouI() {
        return meanIouI(100);
    }

    /**
     * Returns mIoU<sup>I,q</sup>.
     *
     * @param q the share of images in percent, above 0, at most 100
     * @return the mean over the worst images; NaN if there is none
     * @throws IllegalArgumentException if q is no such share
     */
    public double meanIouI(double q) {
        checkPercent(q);
        return worst(q, IntStream.range(0, images.size()).mapToDouble(this::iouOfImage));
    }

    /**
     * Returns mIoU<sup>I,q̄</sup>.
     *
     * @return the mean of {@link #meanIouI(double)} over 10, 20, …, 100; NaN if there is no image
     */
    public double meanIouIOverQuantiles() {
        return overQuantiles(this::meanIouI);
    }

    /**
     * Returns mIoU<sup>C</sup>.
     *
     * @return the mean over classes of the mean over the images that have them; NaN if there is
     *     none
     */
    public double meanIouC() {
        return meanIouC(100);
    }

    /**
     * Returns mIoU<sup>C,q</sup>.
     *
     * @param q the share of the images that have a class, in percent, above 0, at most 100
     * @return the mean over classes of the mean over their worst images; NaN if there is none
     * @throws IllegalArgumentException if q is no such share
     */
    public double meanIouC(double q) {
        checkPercent(q);
        return mean(classes(), c -> worst(q, iousOfClass(c)));
    }

    /**
     * Returns mIoU<sup>C,q̄</sup>.
     *
     * @return the mean of {@link #meanIouC(double)} over 10, 20, …, 100; NaN if there is no image
     */
    public double meanIouCOverQuantiles() {
        return overQuantiles(this::meanIouC);
    }

    /**
     * Returns the IoU of a class by image.
     *
     * @param c the class
     * @return the mean over the images that have it; NaN if none has
     */
    public double iouC(int c) {
        return worst(100, iousOfClass(c));
    }

    static void checkPercent(double q) {
        if (!(q > 0 && q <= 100)) {
            throw new IllegalArgumentException(
                    "q: expected a share in percent above 0, at most 100, got " + q);
        }
    }

    private double iouOfAllPixels(int c) {
        long intersection = 0;
        long union = 0;
        for (ImageCounts image : images) {
            intersection += image.truePositives(c);
            union += image.truePositives(c) + image.falsePositives(c) + image.falseNegatives(c);
        }
        return (double) intersection / union;
    }

    private double iouOfImage(int i) {
        ImageCounts image = images.get(i);
        return mean(classes(), c -> image.has(c) ? image.iou(c) : Double.NaN);
    }

    private DoubleStream iousOfClass(int c) {
        return images.stream().filter(image -> image.has(c)).mapToDouble(image -> image.iou(c));
    }

    /** Returns the mean of the lowest of those values that are numbers. */
    private static double worst(double q, DoubleStream values) {
        double[] sorted = values.filter(value -> !Double.isNaN(value)).sorted().toArray();
        int count = Math.max(1, (int) (q * sorted.length / 100));
        return Arrays.stream(sorted).limit(count).average().orElse(Double.NaN);
    }

    private static double overQuantiles(DoubleUnaryOperator score) {
        return mean(10, i -> score.applyAsDouble(10 * (i + 1)));
    }

    private static double mean(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count)
                .mapToDouble(value)
                .filter(v -> !Double.isNaN(v))
                .average()
                .orElse(Double.NaN);
    }
}
