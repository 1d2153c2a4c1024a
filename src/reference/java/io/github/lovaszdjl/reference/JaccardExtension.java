package io.github.lovaszdjl.reference;

import java.util.Arrays;

/**
 * The Lovász extension of the Jaccard loss by its definition: the differences of the loss of every
 * prefix of the sorted errors (Berman et al. 2018, equation 9).
 */
final class JaccardExtension {

    private JaccardExtension() {}

    /** Returns the gradient of the Lovász extension of the Jaccard loss at the errors. */
    static double[] gradient(double[] errors, boolean[] foreground) {
        return gradient(foreground, decreasing(errors));
    }

    static double[] gradient(boolean[] foreground, int... order) {
        long total = 0;
        for (boolean f : foreground) {
            total += f ? 1 : 0;
        }
        double[] gradient = new double[order.length];
        double before = 0;
        long wrongForeground = 0;
        long wrongBackground = 0;
        for (int i : order) {
            if (foreground[i]) {
                wrongForeground++;
            } else {
                wrongBackground++;
            }
            double jaccard =
                    1 - (double) (total - wrongForeground) / (double) (total + wrongBackground);
            gradient[i] = jaccard - before;
            before = jaccard;
        }
        return gradient;
    }

    /**
     * Returns the positions of the errors from the largest to the smallest, equal ones in order.
     */
    static int[] decreasing(double[] errors) {
        // By their values as floats first, with the position in the low bits.
        long[] keys = new long[errors.length];
        for (int i = 0; i < keys.length; i++) {
            int bits = Float.floatToIntBits((float) errors[i]);
            int increasing = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            keys[i] = (long) ~increasing << 32 | i;
        }
        Arrays.parallelSort(keys);
        int[] order = new int[keys.length];
        int to = 0;
        for (int from = 0; from < keys.length; from = to) {
            while (to < keys.length && keys[to] >> 32 == keys[from] >> 32) {
                order[to] = (int) keys[to];
                to++;
            }
            if (to - from > 1) {
                sortEqualFloats(errors, order, from, to);
            }
        }
        return order;
    }

    private static void sortEqualFloats(double[] errors, int[] order, int from, int to) {
        int[] sorted =
                Arrays.stream(order, from, to)
                        .boxed()
                        .sorted((a, b) -> Double.compare(errors[b], errors[a]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        System.arraycopy(sorted, 0, order, from, sorted.length);
    }

    /**
     * Returns by how much the weight of each error may change if errors that differ by at most
     * {@code near} stand in another order: the largest weight it can have less the smallest. 0
     * where {@code near} is below 0.
     */
    static double[] weightRanges(double[] errors, boolean[] foreground, double near, int... order) {
        double[] ranges = new double[errors.length];
        if (near < 0) {
            return ranges;
        }
        double total = 0;
        for (boolean f : foreground) {
            total += f ? 1 : 0;
        }
        // Foreground and background that stand before the pixel in any order, and in some order.
        double[] surely = new double[2];
        double[] perhaps = new double[2];
        int first = 0;
        int last = 0;
        for (int i : order) {
            while (errors[order[first]] - errors[i] > near) {
                surely[foreground[order[first++]] ? 1 : 0]++;
            }
            while (last < order.length && errors[i] - errors[order[last]] <= near) {
                perhaps[foreground[order[last++]] ? 1 : 0]++;
            }
            if (last - first == 1) {
                continue;
            }
            double least = total + surely[0];
            double most = total + perhaps[0];
            if (foreground[i]) {
                ranges[i] = 1 / least - 1 / most;
            } else if (total == 0) {
                ranges[i] = first == 0 ? 1 : 0;
            } else {
                ranges[i] =
                        (total - surely[1]) / (least * (least + 1))
                                - (total - perhaps[1]) / (most * (most - 1));
            }
        }
        return ranges;
    }
}
