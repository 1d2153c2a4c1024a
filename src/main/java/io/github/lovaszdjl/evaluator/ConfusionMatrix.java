package io.github.lovaszdjl.evaluator;

import io.github.lovaszdjl.internal.LabelMap;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Counts of pixels by true and predicted class, and the segmentation measures that follow from
 * them.
 *
 * <p>With {@code n(t, p)} the number of pixels of class {@code t} that were predicted as class
 * {@code p}, class {@code c} has {@code TP = n(c, c)} true positives, {@code FN = Σ n(c, p) − TP}
 * false negatives and {@code FP = Σ n(t, c) − TP} false positives. Measures of a whole data set
 * come from one matrix of all its pixels; the mean of the measures of its images or batches is a
 * different number.
 *
 * <p>A measure whose denominator is 0 is {@link Double#NaN}: a class that occurs neither in the
 * truth nor in the prediction has no IoU, neither 0 nor 1. Means leave such classes out and are NaN
 * when none remains. Counts are longs. Instances are not thread-safe.
 *
 * <pre>{@code
 * ConfusionMatrix matrix = new ConfusionMatrix(2);
 * matrix.add(0, 0);
 * matrix.add(0, 1);
 * matrix.add(1, 1);
 * matrix.meanIou(); // (1/2 + 1/2) / 2 = 0.5
 * }</pre>
 */
public final class ConfusionMatrix {

    private final int classes;
    // Row by row: the truth is the row, the prediction the column.
    private final long[] counts;

    /**
     * Constructs a matrix in which every count is 0.
     *
     * @param classes the number of classes; 0 makes the matrix of which every mean is NaN
     * @throws IllegalArgumentException if the number is negative
     */
    public ConfusionMatrix(int classes) {
        if (classes < 0) {
            throw new IllegalArgumentException("classes: expected 0 or more, got " + classes);
        }
        this.classes = classes;
        counts = new long[Math.multiplyExact(classes, classes)];
    }

    /**
     * Constructs a matrix of given counts.
     *
     * @param counts the pixels by true and predicted class, (classes, classes), none negative
     * @return a matrix with these counts
     * @throws IllegalArgumentException if the array is not square or a count is negative
     */
    public static ConfusionMatrix of(long[][] counts) {
        for (int truth = 0; truth < counts.length; truth++) {
            if (counts[truth].length != counts.length) {
                throw new IllegalArgumentException(
                        String.format(
                                "counts: expected %d columns in row %d, got %d",
                                counts.length, truth, counts[truth].length));
            }
        }
        ConfusionMatrix matrix = new ConfusionMatrix(counts.length);
        for (int truth = 0; truth < counts.length; truth++) {
            for (int prediction = 0; prediction < counts.length; prediction++) {
                long count = counts[truth][prediction];
                if (count < 0) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "counts: expected 0 or more in row %d, column %d, got %d",
                                    truth, prediction, count));
                }
                matrix.counts[truth * matrix.classes + prediction] = count;
            }
        }
        return matrix;
    }

    /**
     * Counts one pixel.
     *
     * @param truth its true class
     * @param prediction its predicted class
     * @throws IllegalArgumentException if one of the classes is not below {@link #classes()}
     */
    public void add(int truth, int prediction) {
        counts[index(truth, prediction)]++;
    }

    /**
     * Adds the counts of another matrix to this one.
     *
     * @param other a matrix of as many classes; may be this one
     * @throws IllegalArgumentException if the other matrix has another number of classes
     */
    public void add(ConfusionMatrix other) {
        if (other.classes != classes) {
            throw new IllegalArgumentException(
                    "other: expected " + classes + " classes, got " + other.classes);
        }
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    /**
     * Returns the number of classes.
     *
     * @return the number of rows and of columns
     */
    public int classes() {
        return classes;
    }

    /**
     * Returns one count.
     *
     * @param truth the true class
     * @param prediction the predicted class
     * @return the number of pixels of the one class that were predicted as the other
     * @throws IllegalArgumentException if one of the classes is not below {@link #classes()}
     */
    public long count(int truth, int prediction) {
        return counts[index(truth, prediction)];
    }

    /**
     * Returns the number of pixels counted.
     *
     * @return the sum of all counts
     */
    public long total() {
        return Arrays.stream(counts).sum();
    }

    /**
     * Returns the pixels of a class that were predicted as it.
     *
     * @param c the class
     * @return {@code TP}
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public long truePositives(int c) {
        checkClass("c", c);
        return counts[c * classes + c];
    }

    /**
     * Returns the pixels of other classes that were predicted as a class.
     *
     * @param c the class
     * @return {@code FP}
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public long falsePositives(int c) {
        return ofPrediction(c) - truePositives(c);
    }

    /**
     * Returns the pixels of a class that were predicted as others.
     *
     * @param c the class
     * @return {@code FN}
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public long falseNegatives(int c) {
        return ofTruth(c) - truePositives(c);
    }

    /**
     * Returns the intersection over union, or Jaccard index, of a class.
     *
     * @param c the class
     * @return {@code TP / (TP + FP + FN)}; NaN if the class occurs neither in the truth nor in the
     *     prediction
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public double iou(int c) {
        long intersection = truePositives(c);
        return ratio(intersection, ofTruth(c) + ofPrediction(c) - intersection);
    }

    /**
     * Returns the mean IoU over the classes that occur.
     *
     * @return the mean of {@link #iou(int)}; NaN if no pixel was counted
     */
    public double meanIou() {
        return mean(this::iou);
    }

    /**
     * Returns the mean IoU in which each class weighs as much as it has true pixels.
     *
     * @return the sum of {@link #iou(int)} times the share of true pixels; NaN if no pixel was
     *     counted
     */
    public double frequencyWeightedIou() {
        double sum =
                IntStream.range(0, classes)
                        .filter(c -> ofTruth(c) > 0)
                        .mapToDouble(c -> ofTruth(c) * iou(c))
                        .sum();
        return sum / total();
    }

    /**
     * Returns the Dice coefficient, or F1 score, of a class.
     *
     * @param c the class
     * @return {@code 2 TP / (2 TP + FP + FN)}; NaN if the class occurs neither in the truth nor in
     *     the prediction
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public double dice(int c) {
        return ratio(2 * truePositives(c), ofTruth(c) + ofPrediction(c));
    }

    /**
     * Returns the mean Dice coefficient over the classes that occur.
     *
     * @return the mean of {@link #dice(int)}; NaN if no pixel was counted
     */
    public double meanDice() {
        return mean(this::dice);
    }

    /**
     * Returns the share of the true pixels of a class that were predicted as that class: its
     * accuracy, also called recall.
     *
     * @param c the class
     * @return {@code TP / (TP + FN)}; NaN if the class does not occur in the truth
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public double accuracy(int c) {
        return ratio(truePositives(c), ofTruth(c));
    }

    /**
     * Returns the mean accuracy over the classes that occur in the truth.
     *
     * @return the mean of {@link #accuracy(int)}; NaN if no pixel was counted
     */
    public double meanAccuracy() {
        return mean(this::accuracy);
    }

    /**
     * Returns the share of the pixels predicted as a class that are of that class.
     *
     * @param c the class
     * @return {@code TP / (TP + FP)}; NaN if the class was never predicted
     * @throws IllegalArgumentException if the class is not below {@link #classes()}
     */
    public double precision(int c) {
        return ratio(truePositives(c), ofPrediction(c));
    }

    /**
     * Returns the mean precision over the classes that were predicted.
     *
     * @return the mean of {@link #precision(int)}; NaN if no pixel was counted
     */
    public double meanPrecision() {
        return mean(this::precision);
    }

    /**
     * Returns the share of all pixels that were predicted right.
     *
     * @return the sum of the diagonal over {@link #total()}; NaN if no pixel was counted
     */
    public double pixelAccuracy() {
        return ratio(IntStream.range(0, classes).mapToLong(this::truePositives).sum(), total());
    }

    /**
     * Returns the counts as text.
     *
     * @return a line for each true class, with the counts of the predicted classes
     */
    @Override
    public String toString() {
        return IntStream.range(0, classes)
                .mapToObj(
                        t ->
                                Arrays.toString(
                                        Arrays.copyOfRange(counts, t * classes, (t + 1) * classes)))
                .collect(Collectors.joining("\n"));
    }

    /** Adds a count for each pixel whose truth is not {@link LabelMap#IGNORED}. */
    void add(int[] truth, int[] prediction) {
        add(truth, prediction, 0, truth.length);
    }

    /** Adds a count for each of some pixels whose truth is not {@link LabelMap#IGNORED}. */
    void add(int[] truth, int[] prediction, int from, int size) {
        for (int i = from; i < from + size; i++) {
            if (truth[i] != LabelMap.IGNORED) {
                counts[truth[i] * classes + prediction[i]]++;
            }
        }
    }

    private int index(int truth, int prediction) {
        checkClass("truth", truth);
        checkClass("prediction", prediction);
        return truth * classes + prediction;
    }

    private void checkClass(String name, int c) {
        if (c < 0 || c >= classes) {
            throw new IllegalArgumentException(
                    name + ": expected a class from 0 to " + (classes - 1) + ", got " + c);
        }
    }

    private long ofTruth(int c) {
        return IntStream.range(0, classes).mapToLong(p -> count(c, p)).sum();
    }

    private long ofPrediction(int c) {
        return IntStream.range(0, classes).mapToLong(t -> count(t, c)).sum();
    }

    private double mean(IntToDoubleFunction measure) {
        return IntStream.range(0, classes)
                .mapToDouble(measure)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    // 0/0 is NaN.
    private static double ratio(long part, long whole) {
        return (double) part / whole;
    }
}
