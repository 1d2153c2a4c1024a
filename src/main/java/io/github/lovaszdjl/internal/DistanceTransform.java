package io.github.lovaszdjl.internal;

import java.util.Arrays;

/**
 * The exact Euclidean distance of every point of a grid of any number of axes to the nearest of
 * some points, in linear time.
 *
 * <p>The squared distance is a sum over the axes, so the grid is passed once an axis; along a line
 * it is the lower envelope of parabolas, one a point, with the squared distance so far as its
 * height.
 *
 * <p>Source: P. F. Felzenszwalb, D. P. Huttenlocher, <i>Distance Transforms of Sampled
 * Functions</i>, Theory of Computing 8 (2012), 415–428, Algorithm 1.
 */
public final class DistanceTransform {

    private DistanceTransform() {}

    /**
     * Replaces 0 at the points, and {@link Double#POSITIVE_INFINITY} elsewhere, by the squared
     * distance to the nearest point, in steps of the grid; infinite where there is none.
     *
     * @param squares the grid, in row-major order
     * @param sizes its sizes
     */
    public static void transform(double[] squares, long... sizes) {
        int stride = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            int size = (int) sizes[axis];
            Line line = new Line(size);
            for (int start = 0; start < squares.length; start++) {
                // The first point of a line: its place on the axis is 0.
                if (start / stride % size == 0) {
                    line.transform(squares, start, stride);
                }
            }
            stride *= size;
        }
    }

    /** The scratch memory of a line. */
    private static final class Line {

        private final double[] heights;

        /** Where the parabolas of the envelope have their lowest points. */
        private final int[] places;

        /** From where on each of them is the lowest. */
        private final double[] from;

        Line(int size) {
            heights = new double[size];
            places = new int[size];
            from = new double[size + 1];
        }

        void transform(double[] squares, int start, int stride) {
            int last = -1;
            for (int q = 0; q < heights.length; q++) {
                heights[q] = squares[start + q * stride];
                if (heights[q] == Double.POSITIVE_INFINITY) {
                    continue;
                }
                double crossing = Double.NEGATIVE_INFINITY;
                while (last >= 0) {
                    crossing = crossing(q, places[last]);
                    if (crossing > from[last]) {
                        break;
                    }
                    last--;
                }
                last++;
                places[last] = q;
                from[last] = last == 0 ? Double.NEGATIVE_INFINITY : crossing;
            }
            if (last < 0) {
                return;
            }
            from[last + 1] = Double.POSITIVE_INFINITY;
            int k = 0;
            for (int q = 0; q < heights.length; q++) {
                while (from[k + 1] < q) {
                    k++;
                }
                double away = q - places[k];
                squares[start + q * stride] = away * away + heights[places[k]];
            }
        }

        /** Returns where the parabola of q gets below that of an earlier place. */
        private double crossing(int q, int place) {
            double squareOfQ = (double) q * q;
            double squareOfPlace = (double) place * place;
            double rise = heights[q] + squareOfQ - heights[place] - squareOfPlace;
            return rise / (2.0 * (q - place));
        }
    }

    /**
     * Returns the signed distance of every point to the boundary of a set: outside the distance to
     * the nearest point of it; inside the distance to the nearest point that is not, negative, plus
     * 1, so that its outermost points are 0. 0 everywhere where one of both has no point.
     *
     * @param labels the labels of the points, in row-major order
     * @param start the first of them
     * @param label that of the set
     * @param ignored that of points that are neither in nor out
     * @param sizes the sizes of the grid
     * @return the distances, in steps of the grid
     */
    public static double[] signed(int[] labels, int start, int label, int ignored, long... sizes) {
        int size = (int) Arrays.stream(sizes).reduce(1, Math::multiplyExact);
        double[] toInside = new double[size];
        double[] toOutside = new double[size];
        for (int i = 0; i < size; i++) {
            int at = labels[start + i];
            toInside[i] = at == label ? 0 : Double.POSITIVE_INFINITY;
            toOutside[i] = at == label || at == ignored ? Double.POSITIVE_INFINITY : 0;
        }
        transform(toInside, sizes);
        transform(toOutside, sizes);
        double[] signed = new double[size];
        for (int i = 0; i < size; i++) {
            boolean both = Double.isFinite(toInside[i]) && Double.isFinite(toOutside[i]);
            if (both && labels[start + i] != ignored) {
                boolean inside = labels[start + i] == label;
                signed[i] = inside ? 1 - Math.sqrt(toOutside[i]) : Math.sqrt(toInside[i]);
            }
        }
        return signed;
    }
}
