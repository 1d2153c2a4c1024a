package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Sorts errors in [0, 1], those of probabilities that come from softmax: 1 − p where p is the
 * probability of foreground, p elsewhere.
 *
 * <p>Keys have 23 bits, in two digits. Errors below 2⁻¹¹, most of those of a trained network,
 * differ in their lowest digit only. They are counted in the order they have in memory, and not
 * moved at all.
 */
final class ProbabilitySort extends HostSort {

    /** Bits of the lowest digit; the other has 11. */
    private static final int LOW_DIGIT = 12;

    /**
     * The key of the error 0 among errors in [0, 1]: 23 bits. Two errors whose keys are equal
     * differ by at most 2⁻²³, of which either may stand first.
     */
    private static final int KEYS = 1 << 23;

    /** The first key of the last value of the highest digit. */
    private static final int SMALL = KEYS - (1 << LOW_DIGIT);

    /**
     * Entries of {@link #small}: two for every key from {@link #SMALL}, one for pixels left out.
     */
    private static final int SMALL_KEYS = 2 * (KEYS - SMALL + 1) + 1;

    private final int[] keys = new int[BLOCK];
    private final int[] chosen = new int[BLOCK];
    private final int[] chosenSmall = new int[BLOCK];
    private final FloatBuffer floatBits;
    private final IntBuffer intBits;

    /** As {@link #high}, for every small error. */
    private final int[] small = new int[SMALL_KEYS];

    ProbabilitySort() {
        // The last of the lowest digits is for keys that are not sorted.
        super((1 << LOW_DIGIT) + 1, 1 << 11);
        ByteBuffer bits = ByteBuffer.allocateDirect(BLOCK * Float.BYTES);
        bits.order(ByteOrder.nativeOrder());
        floatBits = bits.asFloatBuffer();
        intBits = bits.asIntBuffer();
    }

    /**
     * Computes the weights. Those of foreground come with a minus.
     *
     * @param problem the pixels; the values are probabilities
     * @param leaveOut whether background of an error up to 2⁻²⁴ is left out
     * @param weights takes the weights, of the layout of the values; 0 where a pixel is left out
     */
    void weigh(RankingProblem problem, boolean leaveOut, FloatBuffer weights) {
        int leave = leaveOut ? 1 : 0;
        RankedWeights formula = RankedWeights.of(problem, false, -1);
        // Keys come with the foreground in their lowest bit.
        int last = 2 * lastKey(problem) + 1;
        Arrays.fill(low, 0);
        Arrays.fill(high, 0);
        Arrays.fill(small, 0);
        for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
            for (int from = 0; from < problem.pixels(); from += BLOCK) {
                int size = read(problem, row, from, leave);
                count(size, last);
            }
        }
        low[low.length - 1] = 0;
        int count = toStarts(low);
        int[] before = new int[2];
        toStarts(high, 2 * (SMALL >>> LOW_DIGIT), before);
        toStarts(small, small.length - 1, before);
        if (entries.length < count) {
            entries = new long[count];
        }
        for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
            for (int from = 0; from < problem.pixels(); from += BLOCK) {
                int size = read(problem, row, from, leave);
                int position = problem.position(row) + from;
                sort(size, last, position, formula);
                weights.put(position, values, 0, size);
            }
        }
        put(LOW_DIGIT, count, formula, weights);
    }

    /**
     * Returns the largest key that can have a weight: that of the last foreground pixel, after
     * which no intersection is left to lose; without foreground that of the first pixel.
     */
    private int lastKey(RankingProblem problem) {
        if (problem.foregroundCount() == 0) {
            int first = Integer.MAX_VALUE;
            for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
                for (int from = 0; from < problem.pixels(); from += BLOCK) {
                    int size = read(problem, row, from, 0);
                    for (int i = 0; i < size; i++) {
                        first = Math.min(first, keys[i]);
                    }
                }
            }
            return first >> 1;
        }
        float largest = 0;
        for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
            int label = problem.labelPosition(row);
            int position = problem.position(row);
            for (int i = 0; i < problem.pixels(); i++) {
                if (problem.labels()[label + i] == problem.foreground()) {
                    largest = Math.max(largest, problem.values().get(position + i));
                }
            }
        }
        // Rounded as it is rounded there.
        return key(3 - (2 - largest));
    }

    /** Returns the key of a number from 1, of the error 1, to 2, of the error 0. */
    private static int key(float number) {
        int key = Float.floatToRawIntBits(number) - Float.floatToRawIntBits(1);
        return Math.max(0, Math.min(key, KEYS));
    }

    /**
     * Reads the keys, shifted to the left by one bit, which is 1 for foreground.
     *
     * @param leave 1 if the key of the error 0 is that of a pixel to leave out, else 0; foreground
     *     is always kept: of many small probabilities softmax may lose all in the sum, and take an
     *     error for 0 that is not
     */
    private int read(RankingProblem problem, int row, int from, int leave) {
        int size = Math.min(BLOCK, problem.pixels() - from);
        problem.values().get(problem.position(row) + from, values, 0, size);
        // 1 + (1 − p) has the wanted 23 bits for its mantissa. Copied through memory they come in
        // vectors, which floatToRawIntBits does not give.
        for (int i = 0; i < size; i++) {
            values[i] = 2 - values[i];
        }
        floatBits.put(0, values, 0, size);
        intBits.get(0, keys, 0, size);
        int one = Float.floatToRawIntBits(1);
        for (int i = 0; i < size; i++) {
            // NaN may have any sign.
            int key = Math.max(0, Math.min(keys[i] - one, KEYS));
            keys[i] = key + (key >> 23 & leave) << 1;
        }
        int[] labels = problem.labels();
        int label = problem.labelPosition(row) + from;
        int foreground = problem.foreground();
        for (int i = 0; i < size; i++) {
            int at = labels[label + i];
            if (at == foreground) {
                keys[i] = key(3 - values[i]) << 1 | 1;
            } else if (at == LabelMap.IGNORED) {
                keys[i] = KEYS + 1 << 1;
            }
        }
        return size;
    }

    private void count(int size, int last) {
        for (int i = 0; i < size; i++) {
            int key = keys[i];
            // Keys beyond the last may be counted as any that stands after all others.
            if (key >= 2 * SMALL) {
                small[key - 2 * SMALL]++;
            } else {
                high[key >>> LOW_DIGIT + 1 << 1 | key & 1]++;
                // A sign in place of a branch, which no processor could predict.
                int beyond = last - key >> 31;
                int digit = key >>> 1 & (1 << LOW_DIGIT) - 1;
                low[digit & ~beyond | 1 << LOW_DIGIT & beyond]++;
            }
        }
    }

    /**
     * Moves the keys by their lowest digit, and replaces the values by the weights of the others.
     */
    private void sort(int size, int last, int position, RankedWeights formula) {
        int sorted = 0;
        int counted = 0;
        for (int i = 0; i < size; i++) {
            int key = keys[i];
            // Signs in place of branches, which no processor could predict.
            int isSmall = 2 * SMALL - 1 - key >>> 31;
            int isKept = key - last - 1 >>> 31;
            chosen[sorted] = i;
            sorted += isKept & ~isSmall;
            chosenSmall[counted] = i;
            counted += isKept & isSmall;
        }
        Arrays.fill(values, 0, size, 0);
        for (int j = 0; j < counted; j++) {
            int i = chosenSmall[j];
            int key = keys[i] - 2 * SMALL;
            values[i] = formula.next(small, key & ~1, key & 1);
        }
        int mask = (1 << LOW_DIGIT) - 1;
        for (int j = 0; j < sorted; j++) {
            int i = chosen[j];
            int key = keys[i];
            entries[low[key >>> 1 & mask]++] = entry(key >>> 1, key & 1, position + i);
        }
    }
}
