package io.github.lovaszdjl.evaluator;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The pixels of an image, by class: those found, those wrongly seen and those missed. Of the {@link
 * ConfusionMatrix} of the image, all that its IoUs need, in a small part of the memory.
 *
 * <p>Instances are immutable.
 */
public final class ImageCounts {

    private final long[] truePositives;
    private final long[] falsePositives;
    private final long[] falseNegatives;

    private ImageCounts(long[] truePositives, long[] falsePositives, long[] falseNegatives) {
        this.truePositives = truePositives;
        this.falsePositives = falsePositives;
        this.falseNegatives = falseNegatives;
    }

    /**
     * Reads the counts of an image off its matrix.
     *
     * @param matrix the matrix of all its valid pixels
     * @return the counts
     */
    public static ImageCounts of(ConfusionMatrix matrix) {
        return new ImageCounts(
                each(matrix, matrix::truePositives),
                each(matrix, matrix::falsePositives),
                each(matrix, matrix::falseNegatives));
    }

    /** Takes the foreground of each of some binary problems for a class. */
    static ImageCounts foregrounds(List<ConfusionMatrix> problems) {
        return new ImageCounts(
                problems.stream().mapToLong(m -> m.truePositives(1)).toArray(),
                problems.stream().mapToLong(m -> m.falsePositives(1)).toArray(),
                problems.stream().mapToLong(m -> m.falseNegatives(1)).toArray());
    }

    private static long[] each(ConfusionMatrix matrix, IntToLongFunction count) {
        return IntStream.range(0, matrix.classes()).mapToLong(count).toArray();
    }

    /**
     * Constructs the counts of an image.
     *
     * @param truePositives the pixels of each class that were predicted as it, none negative
     * @param falsePositives the pixels of others that were predicted as it
     * @param falseNegatives the pixels of it that were predicted as others
     * @return the counts
     * @throws IllegalArgumentException if these are not of as many classes or one is negative
     */
    public static ImageCounts of(
            long[] truePositives, long[] falsePositives, long[] falseNegatives) {
        int classes = truePositives.length;
        check("falsePositives", falsePositives, classes);
        check("falseNegatives", falseNegatives, classes);
        check("truePositives", truePositives, classes);
        return new ImageCounts(
                truePositives.clone(), falsePositives.clone(), falseNegatives.clone());
    }

    private static void check(String name, long[] counts, int classes) {
        if (counts.length != classes) {
            throw new IllegalArgumentException(
                    name + ": expected counts of " + classes + " classes, got " + counts.length);
        }
        for (long count : counts) {
            if (count < 0) {
                throw new IllegalArgumentException(name + ": expected 0 or more, got " + count);
            }
        }
    }

    /**
     * Returns the number of classes.
     *
     * @return the number
     */
    public int classes() {
        return truePositives.length;
    }

    /**
     * Returns the pixels of a class that were predicted as it.
     *
     * @param c the class
     * @return {@code TP}
     */
    public long truePositives(int c) {
        return truePositives[c];
    }

    /**
     * Returns the pixels of other classes that were predicted as a class.
     *
     * @param c the class
     * @return {@code FP}
     */
    public long falsePositives(int c) {
        return falsePositives[c];
    }

    /**
     * Returns the pixels of a class that were predicted as others.
     *
     * @param c the class
     * @return {@code FN}
     */
    public long falseNegatives(int c) {
        return falseNegatives[c];
    }

    /**
     * Tells whether the image has a class.
     *
     * @param c the class
     * @return whether a valid pixel is of it, whatever the prediction
     */
    public boolean has(int c) {
        return truePositives[c] + falseNegatives[c] > 0;
    }

    /**
     * Returns the IoU of a class in the image.
     *
     * @param c the class
     * @return {@code TP / (TP + FP + FN)}; NaN if the class occurs neither in the truth nor in the
     *     prediction
     */
    public double iou(int c) {
        long union = truePositives[c] + falsePositives[c] + falseNegatives[c];
        return (double) truePositives[c] / union;
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(Object other) {
        return other instanceof ImageCounts counts
                && Arrays.equals(truePositives, counts.truePositives)
                && Arrays.equals(falsePositives, counts.falsePositives)
                && Arrays.equals(falseNegatives, counts.falseNegatives);
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode() {
        return Arrays.deepHashCode(new long[][] {truePositives, falsePositives, falseNegatives});
    }

    /**
     * Returns the counts as text.
     *
     * @return a line each of true positives, false positives and false negatives
     */
    @Override
    public String toString() {
        return Arrays.toString(truePositives)
                + "\n"
                + Arrays.toString(falsePositives)
                + "\n"
                + Arrays.toString(falseNegatives);
    }
}
