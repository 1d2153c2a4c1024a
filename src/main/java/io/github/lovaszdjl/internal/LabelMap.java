package io.github.lovaszdjl.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The labels of a batch, read to the host once, checked and counted.
 *
 * <p>Checking and counting on the host takes one pass and one transfer; a wrong label would
 * otherwise be trained on as background for ever.
 */
public final class LabelMap extends LabelCounts {

    /** What {@link #values()} holds for an ignored pixel. */
    public static final int IGNORED = -1;

    private final int[] values;

    private LabelMap(int rows, int classes, int[] values) {
        super(rows, rows == 0 ? 0 : values.length / rows, classes);
        this.values = values;
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
        checkShape(labels, predictions, classAxis);
        Shape shape = predictions.getShape();
        return of(labels, shape.get(0), Math.toIntExact(shape.get(classAxis)), ignoreLabel);
    }

    /**
     * Checks that labels have the shape and the device of predictions with a class axis.
     *
     * @param labels the labels
     * @param predictions the predictions
     * @param classAxis the class axis, counted from the front
     * @throws IllegalArgumentException if they have not
     */
    public static void checkShape(NDArray labels, NDArray predictions, int classAxis) {
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
    }

    /**
     * Checks that labels have the shape and the device of predictions of binary problems.
     *
     * @param labels the labels
     * @param predictions one problem, (N, d1, …, dk) or (N, 1, d1, …, dk), with labels of either
     *     shape; of several, (N, C, d1, …, dk) with labels of this shape
     * @param multilabel whether there are several problems, one a channel
     * @throws IllegalArgumentException if they have not, or there is no channel
     */
    public static void checkBinaryShape(NDArray labels, NDArray predictions, boolean multilabel) {
        Shape shape = predictions.getShape();
        Shape labelShape = labels.getShape();
        if (shape.dimension() < (multilabel ? 2 : 1)) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected %s, got %s",
                            multilabel
                                    ? "(N, C, d1, ..., dk)"
                                    : "(N, d1, ..., dk) or (N, 1, d1, ..., dk)",
                            shape));
        }
        boolean match =
                labelShape.equals(shape)
                        || !multilabel
                                && (labelShape.equals(withoutChannel(shape))
                                        || withoutChannel(labelShape).equals(shape));
        if (!match) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected %s to match predictions %s, got %s",
                            multilabel || withoutChannel(shape).equals(shape)
                                    ? shape
                                    : withoutChannel(shape) + " or " + shape,
                            shape,
                            labelShape));
        }
        if (multilabel && shape.get(1) == 0) {
            throw new IllegalArgumentException(
                    "predictions: expected at least one channel, got " + shape);
        }
        checkDevice(labels, predictions);
    }

    private static Shape withoutChannel(Shape shape) {
        return shape.dimension() > 1 && shape.get(1) == 1
                ? shape.slice(0, 1).addAll(shape.slice(2))
                : shape;
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
        LabelMap map =
                new LabelMap(
                        Math.toIntExact(rows), classes, new int[Math.toIntExact(labels.size())]);
        DataType type = labels.getDataType();
        switch (type) {
            case FLOAT64 -> {
                DoubleBuffer raw = labels.toByteBuffer(true).asDoubleBuffer();
                map.fill(raw::get, ignoreLabel);
            }
            case FLOAT32 -> {
                FloatBuffer raw = labels.toByteBuffer(true).asFloatBuffer();
                map.fill(raw::get, ignoreLabel);
            }
            case INT64 -> {
                LongBuffer raw = labels.toByteBuffer(true).asLongBuffer();
                map.fill(raw::get, ignoreLabel);
            }
            case INT32 -> {
                IntBuffer raw = labels.toByteBuffer(true).asIntBuffer();
                map.fill(raw::get, ignoreLabel);
            }
            default -> {
                DataType read =
                        switch (type) {
                            case FLOAT16 -> DataType.FLOAT32;
                            case UINT64, UINT32 -> DataType.INT64;
                            default -> DataType.INT32;
                        };
                try (NDArray converted = labels.toType(read, true)) {
                    return of(converted, rows, classes, ignoreLabel);
                }
            }
        }
        return map;
    }

    /** A label as it came, of any type; float and double hold more than any class needs. */
    private interface Raw {
        double get(int index);
    }

    private void fill(Raw raw, OptionalInt ignoreLabel) {
        // No number equals NaN, so that one comparison serves both cases.
        double ignored = ignoreLabel.isPresent() ? ignoreLabel.getAsInt() : Double.NaN;
        OptionalInt bad =
                IntStream.range(0, rows())
                        .parallel()
                        .map(row -> fill(raw, row, ignored))
                        .filter(i -> i >= 0)
                        .findFirst();
        if (bad.isPresent()) {
            throw badLabel(raw, raw.get(bad.getAsInt()), ignoreLabel);
        }
    }

    /** Fills one row, and returns the position of the first bad label or −1. */
    private int fill(Raw raw, int row, double ignored) {
        int[] histogram = new int[classes()];
        for (int i = row * pixels(); i < (row + 1) * pixels(); i++) {
            double label = raw.get(i);
            int whole = (int) label;
            if (label == ignored) {
                values[i] = IGNORED;
            } else if (whole == label && whole >= 0 && whole < histogram.length) {
                values[i] = whole;
                histogram[whole]++;
            } else {
                return i;
            }
        }
        for (int c = 0; c < histogram.length; c++) {
            add(row, c, histogram[c]);
        }
        return -1;
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
                        classes() - 1,
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
}
