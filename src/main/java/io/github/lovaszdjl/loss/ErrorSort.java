package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Sorts errors of any size, by keys of 32 bits in three digits. */
final class ErrorSort extends HostSort {

    /** The key of a pixel that is not sorted and has the weight 0: after all others. */
    static final int LEFT_OUT = Integer.MAX_VALUE;

    /** Bits of the digits, lowest first; the last has 10. */
    private static final int[] DIGITS = {11, 11};

    private final int[] middle = new int[1 << DIGITS[1]];
    private long[] spare = new long[0];

    ErrorSort() {
        super(1 << DIGITS[0], 1 << 10);
    }

    @Override
    long bytes() {
        return super.bytes() + (long) Long.BYTES * spare.length;
    }

    /**
     * Returns the key of a number of any size: the larger the number, the smaller the key.
     *
     * @param error an error, or any number of the same order
     */
    static int key(float error) {
        int bits = Float.floatToRawIntBits(error);
        return ~(bits ^ ((bits >> 31) & Integer.MAX_VALUE));
    }

    /**
     * Computes the weights.
     *
     * @param problem the pixels
     * @param errors their keys
     * @param symmetric whether the weight is the mean of that with foreground and background as
     *     they are and that with both exchanged
     * @param weights takes the weights, of the layout of the values; 0 where a pixel is left out
     */
    void weigh(RankingProblem problem, PixelErrors errors, boolean symmetric, FloatBuffer weights) {
        int found = collect(problem, errors, weights);
        int last = symmetric ? LEFT_OUT : lastKey(problem, found);
        int count = count(found, last);
        if (spare.length < count) {
            spare = new long[count];
        }
        sortLowestDigit(found, last);
        sortMiddleDigit(count);
        put(DIGITS[0] + DIGITS[1], count, RankedWeights.of(problem, symmetric, 1), weights);
    }

    /** Makes entries of all pixels that are not left out, clears the weights, and counts. */
    private int collect(RankingProblem problem, PixelErrors errors, FloatBuffer weights) {
        int[] labels = problem.labels();
        int foreground = problem.foreground();
        int found = 0;
        for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
            for (int from = 0; from < problem.pixels(); from += BLOCK) {
                int size = Math.min(BLOCK, problem.pixels() - from);
                int label = problem.labelPosition(row) + from;
                int position = problem.position(row) + from;
                if (entries.length < found + BLOCK) {
                    entries = Arrays.copyOf(entries, found + found / 2 + BLOCK);
                }
                problem.values().get(position, values, 0, size);
                for (int i = 0; i < size; i++) {
                    int at = labels[label + i];
                    int isForeground = at == foreground ? 1 : 0;
                    int key = errors.key(values[i], isForeground == 1);
                    entries[found] = entry(key ^ Integer.MIN_VALUE, isForeground, position + i);
                    found += key == LEFT_OUT || at == LabelMap.IGNORED ? 0 : 1;
                }
                Arrays.fill(values, 0, size, 0);
                weights.put(position, values, 0, size);
            }
        }
        return found;
    }

    /**
     * Returns the largest key that can have a weight, see {@link ProbabilitySort}; foreground that
     * was left out stands after all.
     */
    private int lastKey(RankingProblem problem, int found) {
        int first = LEFT_OUT;
        int last = Integer.MIN_VALUE;
        long foreground = 0;
        for (int i = 0; i < found; i++) {
            int key = (int) (entries[i] >>> 32) ^ Integer.MIN_VALUE;
            int isForeground = (int) (entries[i] >>> 31) & 1;
            first = Math.min(first, key);
            last = Math.max(last, isForeground == 1 ? key : Integer.MIN_VALUE);
            foreground += isForeground;
        }
        if (problem.foregroundCount() == 0) {
            return first;
        }
        return foreground < problem.foregroundCount() ? LEFT_OUT : last;
    }

    private int count(int found, int last) {
        Arrays.fill(low, 0);
        Arrays.fill(middle, 0);
        Arrays.fill(high, 0);
        for (int i = 0; i < found; i++) {
            int digits = (int) (entries[i] >>> 32);
            if ((digits ^ Integer.MIN_VALUE) <= last) {
                int isForeground = (int) (entries[i] >>> 31) & 1;
                low[digits & (1 << DIGITS[0]) - 1]++;
                middle[digits >>> DIGITS[0] & (1 << DIGITS[1]) - 1]++;
                high[digits >>> DIGITS[0] + DIGITS[1] << 1 | isForeground]++;
            }
        }
        toStarts(middle);
        toStarts(high, high.length, new int[2]);
        return toStarts(low);
    }

    private void sortLowestDigit(int found, int last) {
        for (int i = 0; i < found; i++) {
            int digits = (int) (entries[i] >>> 32);
            if ((digits ^ Integer.MIN_VALUE) <= last) {
                spare[low[digits & (1 << DIGITS[0]) - 1]++] = entries[i];
            }
        }
    }

    private void sortMiddleDigit(int count) {
        for (int i = 0; i < count; i++) {
            long entry = spare[i];
            int digit = (int) (entry >>> 32 + DIGITS[0]) & (1 << DIGITS[1]) - 1;
            entries[middle[digit]++] = entry;
        }
    }
}
