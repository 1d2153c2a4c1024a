package io.github.lovaszdjl.dataset;

import java.util.OptionalDouble;

/**
 * How often an epoch takes each image: every one once, or those with rare classes more often, so
 * that the classes are seen more equally often.
 *
 * <p>{@link #rareClasses} has the repeat factors of LVIS. With f(c) the share of the images that
 * have a valid pixel of class c, and the threshold t:
 *
 * <pre>
 *   r(c) = max(1, √(t / f(c)))           a class
 *   r(i) = max of r(c), c in image i     an image; 1 where no pixel is valid
 * </pre>
 *
 * <p>Images are taken in proportion to r(i). There the paper repeats an image r(i) times, which
 * makes epochs longer and of different lengths. Here an epoch keeps its length, so that a training
 * has the same number of updates with and without: of n images, image i is taken n r(i) / Σ r
 * times, rounded up or down at random by systematic sampling. On average over epochs that is exact.
 * Images without a rare class are left out of some epochs. Repetitions of an image in an epoch are
 * augmented each in its own way.
 *
 * <p>The threshold of 1 raises every class that some image lacks. Where each image shows one class,
 * a class is then seen in proportion to √f(c): 1 : 3 where the images are 1 : 9. Where rare classes
 * come along with common ones these are drawn too, and the shares change less. The paper's t =
 * 0.001 is for more than a thousand classes: of a few, none is that rare.
 *
 * <p>What is drawn depends on the data set's seed and the epoch alone.
 *
 * <p>Source: A. Gupta, P. Dollár, R. Girshick, <i>LVIS: A Dataset for Large Vocabulary Instance
 * Segmentation</i>, CVPR 2019, arXiv 1908.03195 (repeat factor sampling).
 *
 * @param rareThreshold the share of images t below which a class is rare, above 0 to 1; nothing
 *     where every image is taken once
 */
public record Sampling(OptionalDouble rareThreshold) {

    /** The threshold unless told otherwise. */
    public static final double DEFAULT_RARE_THRESHOLD = 1;

    /**
     * Checks the threshold.
     *
     * @param rareThreshold the share of images below which a class is rare, if any is
     * @throws IllegalArgumentException if it is out of range
     */
    public Sampling {
        rareThreshold.ifPresent(
                t -> {
                    if (!(t > 0 && t <= 1)) {
                        throw new IllegalArgumentException(
                                "rareThreshold: expected above 0 to 1, got " + t);
                    }
                });
    }

    /**
     * Returns the sampling that takes every image once in an epoch.
     *
     * @return the sampling
     */
    public static Sampling uniform() {
        return new Sampling(OptionalDouble.empty());
    }

    /**
     * Returns the sampling by repeat factors of the threshold 1.
     *
     * @return the sampling
     */
    public static Sampling rareClasses() {
        return rareClasses(DEFAULT_RARE_THRESHOLD);
    }

    /**
     * Returns the sampling by repeat factors.
     *
     * @param threshold the share of images t below which a class is rare, above 0 to 1
     * @return the sampling
     * @throws IllegalArgumentException if it is out of range
     */
    public static Sampling rareClasses(double threshold) {
        return new Sampling(OptionalDouble.of(threshold));
    }

    /** Returns "uniform", or "rare-classes" and the threshold. */
    @Override
    public String toString() {
        return rareThreshold.isEmpty()
                ? "uniform"
                : "rare-classes below " + rareThreshold.getAsDouble();
    }
}
