package io.github.lovaszdjl.evaluator;

import java.util.Arrays;

/**
 * Where the masks of a label map end. The mask of a class is where its label is, so one pass finds
 * the ends of all of them. What is outside the image is of no mask.
 */
final class Outlines {

    private Outlines() {}

    /**
     * Tells which pixels have another label, or the outside, within d pixels up or down, left or
     * right and diagonally: those that an erosion with a square of 2 d + 1 pixels takes away.
     *
     * @param labels the labels, (H, W)
     * @param width W
     * @param d the distance in pixels, at least 1
     */
    static boolean[] band(int[] labels, int width, int d) {
        int height = height(labels, width);
        boolean[] inside = new boolean[labels.length];
        for (int y = 0; y < height; y++) {
            eraseRuns(labels, null, inside, y * width, 1, width, d);
        }
        boolean[] core = new boolean[labels.length];
        for (int x = 0; x < width; x++) {
            eraseRuns(labels, inside, core, x, width, height, d);
        }
        for (int i = 0; i < core.length; i++) {
            core[i] = !core[i];
        }
        return core;
    }

    /**
     * Sets those pixels of a line that are more than d - 1 from either end of a run of equal labels
     * that are in the mask, where there is one.
     */
    private static void eraseRuns(
            int[] labels, boolean[] mask, boolean[] kept, int start, int step, int size, int d) {
        int from = 0;
        for (int end = 1; end <= size; end++) {
            int last = start + (end - 1) * step;
            boolean ends =
                    end == size
                            || labels[last + step] != labels[last]
                            || mask != null && mask[last + step] != mask[last];
            if (ends) {
                boolean in = mask == null || mask[last];
                for (int i = from + d; in && i < end - d; i++) {
                    kept[start + i * step] = true;
                }
                from = end;
            }
        }
    }

    /**
     * Tells which pixels have another label, or the outside, above, below, left or right.
     *
     * @param labels the labels, (H, W)
     * @param width W
     */
    static boolean[] edge(int[] labels, int width) {
        int height = height(labels, width);
        boolean[] edge = new boolean[labels.length];
        for (int i = 0; i < edge.length; i++) {
            int x = i % width;
            int y = i / width;
            edge[i] =
                    x == 0
                            || y == 0
                            || x == width - 1
                            || y == height - 1
                            || labels[i - 1] != labels[i]
                            || labels[i + 1] != labels[i]
                            || labels[i - width] != labels[i]
                            || labels[i + width] != labels[i];
        }
        return edge;
    }

    /** Returns the length of the diagonal of a label map that is as wide. */
    static double diagonal(int[] labels, int width) {
        int height = height(labels, width);
        return Math.sqrt((double) height * height + (double) width * width);
    }

    /** Returns the height of a label map that is as wide. */
    private static int height(int[] labels, int width) {
        return labels.length == 0 ? 0 : labels.length / width;
    }

    /** Checks labels of an image, and returns the predicted ones, negative where ignored. */
    static int[] predictedWhereValid(int[] truth, int[] predicted, int width, int classes) {
        if (predicted.length != truth.length) {
            throw new IllegalArgumentException(
                    "predicted: expected "
                            + truth.length
                            + " labels as in truth, got "
                            + predicted.length);
        }
        if (truth.length > 0 && (width < 1 || truth.length % width != 0)) {
            throw new IllegalArgumentException(
                    "width: expected a divisor of " + truth.length + " pixels, got " + width);
        }
        int[] valid = predicted.clone();
        for (int i = 0; i < valid.length; i++) {
            if (truth[i] < 0) {
                valid[i] = -1;
            } else {
                checkClass("truth", truth[i], classes);
                checkClass("predicted", valid[i], classes);
            }
        }
        return valid;
    }

    private static void checkClass(String name, int label, int classes) {
        if (label < 0 || label >= classes) {
            throw new IllegalArgumentException(
                    name + ": expected classes from 0 to " + (classes - 1) + ", got " + label);
        }
    }

    /** Returns the mean of those values that are numbers. */
    static double mean(double[] values) {
        return Arrays.stream(values)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }
}
