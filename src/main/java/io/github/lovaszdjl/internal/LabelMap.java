package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * The labels of a batch, read to the host once, checked and counted.
 *
 * <p>A batch is seen as {@code rows} rows of {@code pixels} pixels: a row is an image, or one
 * channel of an image where every channel has labels of its own. Checking and counting on the host
 * takes one pass and one transfer; a wrong label would otherwise be trained on as background for
 * ever.
 */
public final class LabelMap {

    /** What {@link #values()} holds for an ignored pixel. */
    public static final int IGNORED = -1;

    private final int rows;
    private final int classes;
    private final int[] values;
    private final long[][] counts;
    private final long[] valid;

    private LabelMap(int rows, int classes, int[] values) {
        this.rows = rows;
        this.classes = classes;
        this.values = values;
        counts = new long[rows][classes];
        valid = new long[rows];
    }

    /**
     * Reads the labels that belong to predictions with a class axis.
     *
     * @param labels the labels: the shape of the predictions without its class axis, or with 1
     *     there; of any integer or float type, on the device of the predictions
     * @param predictions the predictions, (N, C, d1, …, dk) with the class axis anywhere but first
     * @param classAxis the class axis, counted from the front
     * @param ignoreLabel the label of pixels to ignore
     * @return the labels, a row an image
     * @throws IllegalArgumentException if the labels have another shape or device, or a label is
     *     neither whole and in [0, C) nor the label to ignore
     */
    public static LabelMap read(
            NDArray labels, NDArray predictions, int classAxis, OptionalInt ignoreLabel) {
        Shape shape = predictions.getShape();
        Shape bare = shape.slice(0, classAxis).addAll(shape.slice(classAxis + 1));
        Shape singleton = shape.slice(0, classAxis).add(1).addAll(shape.slice(classAxis + 1));
        if (!labels.getShape().equals(bare) && !labels.getShape().equals(singleton)) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected %s or %s to match predictions %s, got %s",
                            bare, singleton, shape, labels.getShape()));
        }
        checkDevice(labels, predictions);
        return of(labels, shape.get(0), Math.toIntExact(shape.get(classAxis)), ignoreLabel);
    }

    /**
     * Checks that labels and predictions are on one device.
     *
     * @param labels the labels
     * @param predictions the predictions
     * @throws IllegalArgumentException if they are not
     */
    public static void checkDevice(NDArray labels, NDArray predictions) {
        if (!labels.getDevice().equals(predictions.getDevice())) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected the device of the predictions, %s, got %s",
                            predictions.getDevice(), labels.getDevice()));
        }
    }

    /**
     * Reads labels of any shape.
     *
     * @param labels the labels, of any integer, boolean or float type
     * @param rows the number of rows that the labels fall into; divides their number
     * @param classes the number of classes
     * @param ignoreLabel the label of pixels to ignore
     * @return the labels
     * @throws IllegalArgumentException if a label is neither whole and in [0, classes) nor the
     *     label to ignore
     */
    public static LabelMap of(NDArray labels, long rows, int classes, OptionalInt ignoreLabel) {
        int size = Math.toIntExact(labels.size());
        LabelMap map = new LabelMap(Math.toIntExact(rows), classes, new int[size]);
        DataType type = labels.getDataType();
        if (type.isFloating()) {
            double[] raw = onHost(labels, DataType.FLOAT64, NDArray::toDoubleArray);
            map.fill(i -> raw[i], ignoreLabel);
        } else if (type == DataType.INT64 || type == DataType.UINT64 || type == DataType.UINT32) {
            long[] raw = onHost(labels, DataType.INT64, NDArray::toLongArray);
            map.fill(i -> raw[i], ignoreLabel);
        } else {
            int[] raw = onHost(labels, DataType.INT32, NDArray::toIntArray);
            map.fill(i -> raw[i], ignoreLabel);
        }
        return map;
    }

    private static <T> T onHost(NDArray labels, DataType type, Function<NDArray, T> read) {
        if (labels.getDataType() == type) {
            return read.apply(labels);
        }
        try (NDArray converted = labels.toType(type, true)) {
            return read.apply(converted);
        }
    }

    private interface Raw {
        double get(int index);
    }

    private void fill(Raw raw, OptionalInt ignoreLabel) {
        // Beyond every label where none is ignored, so that one comparison serves both cases.
        double ignored = ignoreLabel.isPresent() ? ignoreLabel.getAsInt() : Double.NaN;
        int pixels = pixels();
        for (int row = 0; row < rows; row++) {
            long[] count = counts[row];
            for (int i = row * pixels; i < (row + 1) * pixels; i++) {
                double label = raw.get(i);
                int whole = (int) label;
                if (label == ignored) {
                    values[i] = IGNORED;
                } else if (whole == label && whole >= 0 && whole < classes) {
                    values[i] = whole;
                    count[whole]++;
                    valid[row]++;
                } else {
                    throw badLabel(raw, label, ignoreLabel);
                }
            }
        }
    }

    private IllegalArgumentException badLabel(Raw raw, double bad, OptionalInt ignoreLabel) {
        long same = 0;
        for (int i = 0; i < values.length; i++) {
            if (Double.compare(raw.get(i), bad) == 0) {
                same++;
            }
        }
        boolean whole = Math.rint(bad) == bad && Math.abs(bad) < 1e15;
        String value = whole ? Long.toString((long) bad) : Double.toString(bad);
        return new IllegalArgumentException(
                String.format(
                        "labels: expected whole values from 0 to %d%s, got %s at %d of %d pixels",
                        classes - 1,
                        ignoreLabel.isPresent()
                                ? " or the ignore label " + ignoreLabel.getAsInt()
                                : " (no ignore label is set)",
                        value,
                        same,
                        values.length));
    }

    /**
     * Returns the labels.
     *
     * @return the labels in the order of the array, {@link #IGNORED} where ignored; not a copy
     */
    public int[] values() {
        return values;
    }

    /**
     * Returns the number of rows.
     *
     * @return the number of rows
     */
    public int rows() {
        return rows;
    }

    /**
     * Returns the number of pixels in a row.
     *
     * @return the number of pixels in a row, ignored ones included
     */
    public int pixels() {
        return rows == 0 ? 0 : values.length / rows;
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
        for (long[] count : counts) {
            for (int c = 0; c < classes; c++) {
                sum[c] += count[c];
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
        return valid() < values.length;
    }
}
