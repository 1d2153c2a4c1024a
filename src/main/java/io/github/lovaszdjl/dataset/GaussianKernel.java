package io.github.lovaszdjl.dataset;

import java.util.Arrays;

/**
 * A Gaussian on whole pixels, cut at three standard deviations, with a sum of 1. It is applied to
 * rows first, and the filtered rows are then added to those around them, so that the work for a
 * pixel grows with the standard deviation and not with its square.
 */
final class GaussianKernel {

    /** Beyond this many standard deviations there is 0.3 % of the weight. */
    private static final int CUT = 3;

    private final float[] weights;

    /**
     * Makes the kernel.
     *
     * @param sigma the standard deviation in pixels, above 0
     */
    GaussianKernel(double sigma) {
        int radius = (int) Math.ceil(CUT * sigma);
        double[] exact = new double[2 * radius + 1];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
            double distance = (k - radius) / sigma;
            exact[k] = Math.exp(-0.5 * distance * distance);
            sum += exact[k];
        }
        weights = new float[exact.length];
        for (int k = 0; k < exact.length; k++) {
            weights[k] = (float) (exact[k] / sum);
        }
    }

    /** Returns how many pixels to each side have a weight. */
    int radius() {
        return weights.length / 2;
    }

    /**
     * Filters a row.
     *
     * @param padded the row, with {@link #radius()} more values at both ends
     * @param out takes the filtered values
     */
    void filter(float[] padded, float[] out) {
        Arrays.fill(out, 0);
        for (int k = 0; k < weights.length; k++) {
            add(weights[k], padded, k, out, 0, out.length);
        }
    }

    /**
     * Adds a filtered row to those of an image that it has a weight in.
     *
     * @param row the row
     * @param y its place; it may lie outside of the image
     * @param out the image, row by row
     */
    void spread(float[] row, int y, float[] out) {
        int width = row.length;
        int last = Math.min(y + radius(), out.length / width - 1);
        for (int to = Math.max(0, y - radius()); to <= last; to++) {
            add(weights[to - y + radius()], row, 0, out, to * width, width);
        }
    }

    /** Plain enough for the compiler to take several at once. */
    private static void add(
            float weight, float[] from, int fromStart, float[] out, int start, int length) {
        for (int i = 0; i < length; i++) {
            out[start + i] += weight * from[fromStart + i];
        }
    }
}
