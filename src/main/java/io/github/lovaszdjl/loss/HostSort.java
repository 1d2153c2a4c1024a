package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * The weights of {@link LovaszExtension} again, for FLOAT32 errors in the memory of the host.
 *
 * <p>Use: {@link HostLosses}. The same closed form, in double precision; the order comes from a
 * radix sort (least digit first) of integer keys, made for this one purpose:
 *
 * <ul>
 *   <li>Of the errors only the ranks are wanted, so the pass of the highest digit moves nothing:
 *       how many foreground and background pixels stand before a pixel is counted while the pixels
 *       are visited in the order of the lower digits.
 *   <li>Errors below 2⁻¹¹, most of those of a trained network, differ in their lowest digit only.
 *       They are counted in the order they have in memory, and not moved at all.
 *   <li>Pixels whose weight is 0, or whose error is too small to count, never enter the sort.
 *   <li>Classes are independent, so each is one task of the common fork-join pool.
 * </ul>
 *
 * <p>An instance is the scratch memory of one thread.
 */
final class HostSort {

    /** Pixels that are read at once: three arrays of them fit into a 32 KiB first-level cache. */
    static final int BLOCK = 2048;

    /** The key of a pixel that is not sorted and has the weight 0: after all others. */
    static final int LEFT_OUT = Integer.MAX_VALUE;

    /** Bits of the digits of keys of errors of any size, lowest first; the last has 10. */
    private static final int[] DIGITS = {11, 11};

    /** Bits of the lowest digit of errors in [0, 1]; the other has 11. */
    private static final int UNIT_DIGIT = 12;

    /**
     * The key of the error 0 among errors in [0, 1]: 23 bits. Two errors whose keys are equal
     * differ by at most 2⁻²³, of which either may stand first.
     */
    static final int UNIT_KEYS = 1 << 23;

    /** The first key of the last value of the highest digit. */
    private static final int SMALL = UNIT_KEYS - (1 << UNIT_DIGIT);

    /**
     * Entries of {@link #small}: two for every key from {@link #SMALL}, one for pixels left out.
     */
    private static final int SMALL_KEYS = 2 * (UNIT_KEYS - SMALL + 1) + 1;

    private static final int POSITION = Integer.MAX_VALUE;

    private final float[] values = new float[BLOCK];
    private final int[] keys = new int[BLOCK];
    private final int[] chosen = new int[BLOCK];
    private final int[] chosenSmall = new int[BLOCK];
    private final FloatBuffer floatBits;
    private final IntBuffer intBits;

    /** How many keys of every lowest digit stand before; the last is for those not sorted. */
    private final int[] low = new int[(1 << UNIT_DIGIT) + 1];

    private final int[] middle = new int[1 << DIGITS[1]];

    /**
     * How many background (even) and foreground (odd) pixels of every highest digit stand before.
     */
    private final int[] high = new int[2 << 11];

    /** The same for every small error. */
    private final int[] small = new int[SMALL_KEYS];

    private long[] entries = new long[0];
    private long[] spare = new long[0];

    HostSort() {
        ByteBuffer bits = ByteBuffer.allocateDirect(BLOCK * Float.BYTES);
        bits.order(ByteOrder.nativeOrder());
        floatBits = bits.asFloatBuffer();
        intBits = bits.asIntBuffer();
    }

    /** Returns how much memory grows with the problems, in bytes. */
    long bytes() {
        return (long) Long.BYTES * (entries.length + spare.length);
    }

    /**
     * Pixels that are sorted together: rows of {@code pixels} values of one class or channel.
     *
     * @param values the values that errors are made of, (N, C, D)
     * @param labels the labels, {@code LabelMap.IGNORED} where ignored
     * @param firstRow the first image
     * @param lastRow the image after the last
     * @param channel the class or channel
     * @param channels C
     * @param labelChannels 1 where all channels share the labels, else C
     * @param pixels D
     * @param foreground the label that counts as foreground
     * @param foregroundCount G
     * @param backgroundCount the number of other valid pixels
     * @param share the share of these pixels in the loss
     */
    record Problem(
            FloatBuffer values,
            int[] labels,
            int firstRow,
            int lastRow,
            int channel,
            int channels,
            int labelChannels,
            int pixels,
            int foreground,
            long foregroundCount,
            long backgroundCount,
            double share) {

        int position(int row) {
            return (row * channels + channel) * pixels;
        }

        int labelPosition(int row) {
            return labelChannels == 1 ? row * pixels : position(row);
        }
    }

    /** Errors of any size, by keys of the same order. */
    interface Keys {

        /**
         * Returns the key of an error: the larger the error, the smaller the key.
         *
         * @param value the value that the error is made of
         * @param isForeground whether the pixel is foreground
         * @return {@link HostSort#key}, or {@link #LEFT_OUT} where the error costs nothing
         */
        int of(float value, boolean isForeground);
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

    /** The closed form of the weights of one problem. */
    private record Weights(
            double foreground, double background, double share, double sign, boolean symmetric) {

        Weights(Problem problem, boolean symmetric, double sign) {
            this(
                    problem.foregroundCount,
                    problem.backgroundCount,
                    symmetric ? problem.share / 2 : problem.share,
                    sign,
                    symmetric);
        }

        /**
         * Returns the weight of the next pixel of a digit, and counts it.
         *
         * @param soFar how many background and foreground pixels stand before, by digit
         * @param pair twice the digit
         * @param isForeground 1 for foreground, 0 for background
         */
        float next(int[] soFar, int pair, int isForeground) {
            int before = soFar[pair | isForeground ^ 1];
            int wrong = ++soFar[pair | isForeground];
            double weight;
            if (isForeground == 1) {
                weight = ofForeground(foreground, before);
                weight += symmetric ? ofBackground(background, before, wrong) : 0;
                weight *= sign;
            } else {
                weight = ofBackground(foreground, before, wrong);
                weight += symmetric ? ofForeground(background, before) : 0;
            }
            return (float) (share * weight);
        }

        private static double ofForeground(double total, int backgroundBefore) {
            return 1 / (total + backgroundBefore);
        }

        private static double ofBackground(double total, int foregroundBefore, int wrong) {
            double union = total + wrong;
            // A union of 1 is the first pixel of an absent class.
            return union == 1 ? 1 : (total - foregroundBefore) / (union * (union - 1));
        }
    }

    /**
     * Computes the weights of errors in [0, 1]: 1 − p where p is the probability of foreground, p
     * elsewhere. Those of foreground come with a minus.
     *
     * @param problem the pixels; the values are probabilities
     * @param leaveOut whether background of an error up to 2⁻²⁴ is left out
     * @param weights takes the weights, of the layout of the values; 0 where a pixel is left out
     */
    void weighProbabilities(Problem problem, boolean leaveOut, FloatBuffer weights) {
        int leave = leaveOut ? 1 : 0;
        Weights formula = new Weights(problem, false, -1);
        // Keys come with the foreground in their lowest bit.
        int last = 2 * lastUnitKey(problem) + 1;
        Arrays.fill(low, 0);
        Arrays.fill(high, 0);
        Arrays.fill(small, 0);
        for (int row = problem.firstRow; row < problem.lastRow; row++) {
            for (int from = 0; from < problem.pixels; from += BLOCK) {
                int size = readProbabilities(problem, row, from, leave);
                countProbabilities(size, last);
            }
        }
        low[low.length - 1] = 0;
        int count = toStarts(low);
        int[] before = new int[2];
        toStarts(high, 2 * (SMALL >>> UNIT_DIGIT), before);
        toStarts(small, small.length - 1, before);
        reserve(count);
        for (int row = problem.firstRow; row < problem.lastRow; row++) {
            for (int from = 0; from < problem.pixels; from += BLOCK) {
                int size = readProbabilities(problem, row, from, leave);
                int position = problem.position(row) + from;
                sortProbabilities(size, last, position, formula);
                weights.put(position, values, 0, size);
            }
        }
        put(UNIT_DIGIT, count, formula, weights);
    }

    /**
     * Returns the largest key that can have a weight: that of the last foreground pixel, after
     * which no intersection is left to lose; without foreground that of the first pixel.
     */
    private int lastUnitKey(Problem problem) {
        if (problem.foregroundCount == 0) {
            int first = LEFT_OUT;
            for (int row = problem.firstRow; row < problem.lastRow; row++) {
                for (int from = 0; from < problem.pixels; from += BLOCK) {
                    int size = readProbabilities(problem, row, from, 0);
                    for (int i = 0; i < size; i++) {
                        first = Math.min(first, keys[i]);
                    }
                }
            }
            return first >> 1;
        }
        float largest = 0;
        for (int row = problem.firstRow; row < problem.lastRow; row++) {
            int label = problem.labelPosition(row);
            int position = problem.position(row);
            for (int i = 0; i < problem.pixels; i++) {
                if (problem.labels[label + i] == problem.foreground) {
                    largest = Math.max(largest, problem.values.get(position + i));
                }
            }
        }
        // Rounded as it is rounded there.
        return unitKey(3 - (2 - largest));
    }

    /** Returns the key of a number from 1, of the error 1, to 2, of the error 0. */
    private static int unitKey(float number) {
        int key = Float.floatToRawIntBits(number) - Float.floatToRawIntBits(1);
        return Math.max(0, Math.min(key, UNIT_KEYS));
    }

    /**
     * Reads the keys, shifted to the left by one bit, which is 1 for foreground.
     *
     * @param leave 1 if the key of the error 0 is that of a pixel to leave out, else 0; foreground
     *     is always kept: of many small probabilities softmax may lose all in the sum, and take an
     *     error for 0 that is not
     */
    private int readProbabilities(Problem problem, int row, int from, int leave) {
        int size = Math.min(BLOCK, problem.pixels - from);
        problem.values.get(problem.position(row) + from, values, 0, size);
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
            int key = Math.max(0, Math.min(keys[i] - one, UNIT_KEYS));
            keys[i] = key + (key >> 23 & leave) << 1;
        }
        int[] labels = problem.labels;
        int label = problem.labelPosition(row) + from;
        int foreground = problem.foreground;
        for (int i = 0; i < size; i++) {
            int at = labels[label + i];
            if (at == foreground) {
                keys[i] = unitKey(3 - values[i]) << 1 | 1;
            } else if (at == LabelMap.IGNORED) {
                keys[i] = UNIT_KEYS + 1 << 1;
            }
        }
        return size;
    }

    private void countProbabilities(int size, int last) {
        for (int i = 0; i < size; i++) {
            int key = keys[i];
            // Keys beyond the last may be counted as any that stands after all others.
            if (key >= 2 * SMALL) {
                small[key - 2 * SMALL]++;
            } else {
                high[key >>> UNIT_DIGIT + 1 << 1 | key & 1]++;
                // A sign in place of a branch, which no processor could predict.
                int beyond = last - key >> 31;
                int digit = key >>> 1 & (1 << UNIT_DIGIT) - 1;
                low[digit & ~beyond | 1 << UNIT_DIGIT & beyond]++;
            }
        }
    }

    /**
     * Moves the keys by their lowest digit, and replaces the values by the weights of the others.
     */
    private void sortProbabilities(int size, int last, int position, Weights formula) {
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
        int mask = (1 << UNIT_DIGIT) - 1;
        for (int j = 0; j < sorted; j++) {
            int i = chosen[j];
            int key = keys[i];
            entries[low[key >>> 1 & mask]++] = entry(key >>> 1, key & 1, position + i);
        }
    }

    /**
     * Computes the weights of errors of any size.
     *
     * @param problem the pixels
     * @param source their keys
     * @param symmetric whether the weight is the mean of that with foreground and background as
     *     they are and that with both exchanged
     * @param weights takes the weights, of the layout of the values; 0 where a pixel is left out
     */
    void weigh(Problem problem, Keys source, boolean symmetric, FloatBuffer weights) {
        int found = collect(problem, source, weights);
        int last = symmetric ? LEFT_OUT : lastKey(problem, found);
        int count = count(found, last);
        if (spare.length < count) {
            spare = new long[count];
        }
        sortLowestDigit(found, last);
        sortMiddleDigit(count);
        put(DIGITS[0] + DIGITS[1], count, new Weights(problem, symmetric, 1), weights);
    }

    /** Makes entries of all pixels that are not left out, clears the weights, and counts. */
    private int collect(Problem problem, Keys source, FloatBuffer weights) {
        int[] labels = problem.labels;
        int foreground = problem.foreground;
        int found = 0;
        for (int row = problem.firstRow; row < problem.lastRow; row++) {
            for (int from = 0; from < problem.pixels; from += BLOCK) {
                int size = Math.min(BLOCK, problem.pixels - from);
                int label = problem.labelPosition(row) + from;
                int position = problem.position(row) + from;
                if (entries.length < found + BLOCK) {
                    entries = Arrays.copyOf(entries, found + found / 2 + BLOCK);
                }
                problem.values.get(position, values, 0, size);
                for (int i = 0; i < size; i++) {
                    int at = labels[label + i];
                    int isForeground = at == foreground ? 1 : 0;
                    int key = source.of(values[i], isForeground == 1);
                    entries[found] = entry(key ^ Integer.MIN_VALUE, isForeground, position + i);
                    found += key == LEFT_OUT || at == LabelMap.IGNORED ? 0 : 1;
                }
                Arrays.fill(values, 0, size, 0);
                weights.put(position, values, 0, size);
            }
        }
        return found;
    }

    private static long entry(int digits, int isForeground, int position) {
        return (long) digits << 32 | (long) isForeground << 31 | position;
    }

    /** As {@link #lastUnitKey}, from the entries; foreground that was left out stands after all. */
    private int lastKey(Problem problem, int found) {
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
        if (problem.foregroundCount == 0) {
            return first;
        }
        return foreground < problem.foregroundCount ? LEFT_OUT : last;
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

    private void reserve(int count) {
        if (entries.length < count) {
            entries = new long[count];
        }
    }

    /** Turns the counts of digits into the number of entries before each, and returns the sum. */
    private static int toStarts(int[] counts) {
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
    private static void toStarts(int[] counts, int end, int... before) {
        for (int d = 0; d < end; d++) {
            int count = counts[d];
            counts[d] = before[d & 1];
            before[d & 1] += count;
        }
    }

    /** Visits the entries in the order of the lower digits and counts on the highest. */
    private void put(int shift, int count, Weights formula, FloatBuffer weights) {
        long[] sorted = entries;
        for (int i = 0; i < count; i++) {
            long entry = sorted[i];
            int pair = (int) (entry >>> 32 + shift) << 1;
            int isForeground = (int) (entry >>> 31) & 1;
            weights.put((int) entry & POSITION, formula.next(high, pair, isForeground));
        }
    }
}
