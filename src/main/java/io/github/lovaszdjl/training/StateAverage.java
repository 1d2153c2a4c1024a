package io.github.lovaszdjl.training;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The mean of what the parts of a round came to, each with the number of its steps as weight.
 *
 * <pre>
 *   x = (Σₚ nₚ xₚ) / (Σₚ nₚ)
 * </pre>
 *
 * <p>Sums are in double precision, in the order of the parts, and are rounded once to the type of
 * the array: the same parts give the same bits, wherever they were trained. Where one part alone
 * has steps, the mean is that part to the bit. Integers, which are counts, become the largest ones.
 * The moments of the optimizer are averaged as the parameters are.
 *
 * <p>An element of an array has to do with the same element of the other parts alone, so that
 * several processes may average some of the arrays each.
 *
 * <p>Sources: S. U. Stich, <i>Local SGD Converges Fast and Communicates Little</i>, ICLR 2019,
 * arXiv 1805.09767, algorithm 1; weights by B. McMahan et al., <i>Communication-Efficient Learning
 * of Deep Networks from Decentralized Data</i>, AISTATS 2017, arXiv 1602.05629, algorithm 1.
 */
public final class StateAverage {

    private StateAverage() {}

    /**
     * Returns the mean of arrays.
     *
     * @param parts the arrays of each part, in the order of the parts, the same ones of all
     * @param steps how many steps each part took, at least 0; where none took any, the first part's
     *     arrays are the mean
     * @return the mean of each array
     * @throws IllegalArgumentException if there is no part, or a number of steps for each, or the
     *     arrays differ in more than their values, or are of a type that has no mean
     */
    public static List<StateArray> of(List<List<StateArray>> parts, int[] steps) {
        if (parts.isEmpty() || parts.size() != steps.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "parts: expected at least 1 and the steps of each, got %d and %d",
                            parts.size(), steps.length));
        }
        List<List<StateArray>> stepped = new ArrayList<>();
        for (int p = 0; p < steps.length; p++) {
            if (steps[p] > 0) {
                stepped.add(parts.get(p));
            }
        }
        if (stepped.size() < 2) {
            return stepped.isEmpty() ? parts.get(0) : stepped.get(0);
        }
        int[] weights = Arrays.stream(steps).filter(n -> n > 0).toArray();
        List<StateArray> means = new ArrayList<>();
        for (int a = 0; a < stepped.get(0).size(); a++) {
            List<StateArray> same = new ArrayList<>();
            for (List<StateArray> part : stepped) {
                same.add(part.get(a));
            }
            means.add(mean(same, weights));
        }
        return means;
    }

    private static StateArray mean(List<StateArray> parts, int[] weights) {
        StateArray first = parts.get(0);
        for (StateArray part : parts) {
            if (!part.name().equals(first.name())
                    || part.type() != first.type()
                    || !Arrays.equals(part.shape(), first.shape())) {
                throw new IllegalArgumentException(
                        "parts: expected the same arrays of all, got " + first + " and " + part);
            }
        }
        double total = Arrays.stream(weights).asLongStream().sum();
        ByteBuffer[] values = parts.stream().map(StateArray::buffer).toArray(ByteBuffer[]::new);
        ByteBuffer mean = ByteBuffer.allocate(first.values().length).order(ByteOrder.nativeOrder());
        int bytes = first.type().getNumOfBytes();
        for (int at = 0; at < first.values().length; at += bytes) {
            switch (first.type()) {
                case FLOAT32 -> {
                    double sum = weights[0] * (double) values[0].getFloat(at);
                    for (int p = 1; p < weights.length; p++) {
                        sum += weights[p] * (double) values[p].getFloat(at);
                    }
                    mean.putFloat(at, (float) (sum / total));
                }
                case FLOAT64 -> {
                    double sum = weights[0] * values[0].getDouble(at);
                    for (int p = 1; p < weights.length; p++) {
                        sum += weights[p] * values[p].getDouble(at);
                    }
                    mean.putDouble(at, sum / total);
                }
                case INT64 -> {
                    long largest = values[0].getLong(at);
                    for (ByteBuffer part : values) {
                        largest = Math.max(largest, part.getLong(at));
                    }
                    mean.putLong(at, largest);
                }
                default -> {
                    checkEqual(parts);
                    return first;
                }
            }
        }
        return first.with(mean);
    }

    /** Of a type that is neither: nothing that learns, and nothing that changes. */
    private static void checkEqual(List<StateArray> parts) {
        StateArray first = parts.get(0);
        for (StateArray part : parts) {
            if (!Arrays.equals(part.values(), first.values())) {
                throw new IllegalArgumentException(
                        first.name()
                                + ": expected type float32, float64 or int64, or the same values"
                                + " of all parts, got type "
                                + first.type());
            }
        }
    }
}
