package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.OptionalInt;

/**
 * How many pixels of every class the labels of a batch hold.
 *
 * <p>A batch is seen as {@code rows} rows of {@code pixels} pixels: a row is an image, or one
 * channel of an image where every channel has labels of its own.
 */
public class LabelCounts {

    private final int pixels;
    private final int classes;
    private final long[][] counts;
    private final long[] valid;
    private long trueFlags;

    /** Creates counts of 0. */
    LabelCounts(int rows, int pixels, int classes) {
        this.pixels = pixels;
        this.classes = classes;
        counts = new long[rows][classes];
        valid = new long[rows];
    }

    /**
     * Checks and counts labels where they are; only the counts are copied to the host, at once. For
     * labels of another device, of which the host need not know each.
     *
     * @param labels the labels, of any integer, boolean or float type
     * @param rows the number of rows that the labels fall into; divides their number
     * @param classes the number of classes
     * @param ignoreLabel the label of pixels to ignore
     * @param flags a BOOLEAN array of any shape that is counted too and comes to the host with the
     *     rest, so that the device is waited for once; null for none
     * @return the counts
     * @throws IllegalArgumentException if a label is neither whole and in [0, classes) nor the
     *     label to ignore
     */
    public static LabelCounts of(
            NDArray labels, long rows, int classes, OptionalInt ignoreLabel, NDArray flags) {
        int pixels = rows == 0 ? 0 : Math.toIntExact(labels.size() / rows);
        LabelCounts result = new LabelCounts(Math.toIntExact(rows), pixels, classes);
        if (labels.isEmpty()) {
            return result;
        }
        long found = 0;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray values =
                    labels.getDataType().isFloating()
                            ? labels
                            : labels.toType(DataType.INT64, false);
            values = values.reshape(rows, 1, pixels);
            NDArray ids = Operations.range(values, classes);
            NDArray sums = values.eq(ids.reshape(1, classes, 1)).sum(new int[] {2});
            NDArray ignored =
                    ignoreLabel.isPresent()
                            ? values.eq(Operations.number(values, ignoreLabel.getAsInt()))
                                    .sum(new int[] {2})
                            : sums.zerosLike().get("0:, :1");
            NDArray numbers = NDArrays.concat(new NDList(sums, ignored), 1).reshape(-1);
            if (flags != null) {
                NDArray trueOnes = flags.reshape(1, -1).sum(new int[] {1});
                numbers =
                        NDArrays.concat(
                                new NDList(numbers, trueOnes.toType(numbers.getDataType(), false)));
            }
            long[] all = numbers.toLongArray();
            result.trueFlags = flags == null ? 0 : all[all.length - 1];
            int columns = classes + 1;
            for (int row = 0; row < rows; row++) {
                for (int c = 0; c < classes; c++) {
                    // A class that is ignored is none.
                    boolean none = ignoreLabel.isPresent() && ignoreLabel.getAsInt() == c;
                    result.add(row, c, none ? 0 : all[row * columns + c]);
                }
                found += result.valid(row) + all[row * columns + classes];
            }
        }
        if (found < labels.size()) {
            // Throws, and says which.
            return LabelMap.of(labels, rows, classes, ignoreLabel);
        }
        return result;
    }

    /**
     * Counts class probabilities, of which a pixel has one a class.
     *
     * @param valid the number of valid pixels in every row
     * @param present in how many of them the class has more than a trace, by row and class
     * @param pixels the number of pixels in a row
     * @return the counts; in those by class, a pixel counts for every class that it may be
     */
    public static LabelCounts ofProbabilities(long[] valid, long[][] present, int pixels) {
        int classes = present.length == 0 ? 0 : present[0].length;
        LabelCounts result = new LabelCounts(valid.length, pixels, classes);
        for (int row = 0; row < valid.length; row++) {
            result.counts[row] = present[row].clone();
            result.valid[row] = valid[row];
        }
        return result;
    }

    /**
     * Returns how many of the flags that were counted too are true.
     *
     * @return the number, 0 if there were no flags
     */
    public long trueFlags() {
        return trueFlags;
    }

    final int classes() {
        return classes;
    }

    final void add(int row, int label, long number) {
        counts[row][label] += number;
        valid[row] += number;
    }

    /**
     * Returns the number of rows.
     *
     * @return the number of rows
     */
    public int rows() {
        return counts.length;
    }

    /**
     * Returns the number of pixels in a row.
     *
     * @return the number of pixels in a row, ignored ones included
     */
    public int pixels() {
        return pixels;
    }

    /**
     * Returns the number of valid pixels of every class in one row.
     *
     * @param row the row
     * @return the counts by class; not a copy
     */
    public long[] counts(int row) {
        return counts[row];
    }

    /**
     * Returns the number of valid pixels of every class in all rows.
     *
     * @return the counts by class
     */
    public long[] counts() {
        long[] sum = new long[classes];
        for (long[] ofRow : counts) {
            for (int c = 0; c < classes; c++) {
                sum[c] += ofRow[c];
            }
        }
        return sum;
    }

    /**
     * Counts the pixels of one row that are not ignored.
     *
     * @param row the row
     * @return the number of valid pixels
     */
    public long valid(int row) {
        return valid[row];
    }

    /**
     * Counts the pixels that are not ignored.
     *
     * @return the number of valid pixels
     */
    public long valid() {
        long sum = 0;
        for (long v : valid) {
            sum += v;
        }
        return sum;
    }

    /**
     * Tells whether any pixel is ignored.
     *
     * @return true if at least one is
     */
    public boolean hasIgnored() {
        return valid() < (long) rows() * pixels;
    }
}
