package io.github.lovaszdjl.loss;

import java.nio.FloatBuffer;

/**
 * The weights of FLOAT32 errors in the memory of the host, {@link JaccardWeights} in double
 * precision; {@link DeviceSort} is the same with NDArray operations.
 *
 * <p>Use: {@link HostComputation}. The order comes from a radix sort (least digit first) of integer
 * keys, made for this one purpose:
 *
 * <ul>
 *   <li>Of the errors only the ranks are wanted, so the pass of the highest digit moves nothing:
 *       how many foreground and background pixels stand before a pixel is counted while the pixels
 *       are visited in the order of the lower digits.
 *   <li>Pixels whose weight is 0, or whose error is too small to count, never enter the sort.
 *   <li>Classes are independent, so each is one task of the common fork-join pool.
 * </ul>
 *
 * <p>{@link ProbabilitySort} is for the errors of probabilities, {@link ErrorSort} for errors of
 * any size. An instance is the scratch memory of one thread.
 */
abstract class HostSort {

    /** Pixels that are read at once: three arrays of them fit into a 32 KiB first-level cache. */
    static final int BLOCK = 2048;

    private static final int POSITION = Integer.MAX_VALUE;

    final float[] values = new float[BLOCK];

    /** How many keys of every lowest digit stand before. */
    final int[] low;

    /**
     * How many background (even) and foreground (odd) pixels of every highest digit stand before.
     */
    final int[] high;

    /** Pixels: the digits of the key, 1 for foreground, and the position, from the highest bit. */
    long[] entries = new long[0];

    HostSort(int lowest, int highest) {
        low = new int[lowest];
        high = new int[2 * highest];
    }

    /** Returns how much memory grows with the problems, in bytes. */
    long bytes() {
        return (long) Long.BYTES * entries.length;
    }

    static long entry(int digits, int isForeground, int position) {
        return (long) digits << 32 | (long) isForeground << 31 | position;
    }

    /** Turns the counts of digits into the number of entries before each, and returns the sum. */
    static int toStarts(int[] counts) {
        int sum = 0;
        for (int d = 0; d < counts.length; d++) {
            int count = counts[d];
            counts[d] = sum;
            sum += count;
        }
        return sum;
    }

    /**
     * The same for counts of background and foreground in turn.
     *
     * @param counts the counts, up to {@code end}
     * @param before how many background and foreground pixels stand before; raised by the sums
     */
    static void toStarts(int[] counts, int end, int... before) {
        for (int d = 0; d < end; d++) {
            int count = counts[d];
            counts[d] = before[d & 1];
            before[d & 1] += count;
        }
    }

    /** Visits the entries in the order of the lower digits and counts on the highest. */
    final void put(int shift, int count, RankedWeights formula, FloatBuffer weights) {
        long[] sorted = entries;
        for (int i = 0; i < count; i++) {
            long entry = sorted[i];
            int pair = (int) (entry >>> 32 + shift) << 1;
            int isForeground = (int) (entry >>> 31) & 1;
            weights.put((int) entry & POSITION, formula.next(high, pair, isForeground));
        }
    }
}
