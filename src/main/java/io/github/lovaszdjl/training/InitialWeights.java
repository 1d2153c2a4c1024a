package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;

/**
 * Draws the weights that PyTorch draws from a seed, for engines that draw others: He's normal
 * distribution, of variance 2 / fan-in.
 *
 * <p>PyTorch's generator on the CPU is the Mersenne Twister, M. Matsumoto, T. Nishimura, <i>ACM
 * Transactions on Modeling and Computer Simulation</i> 8(1), 1998; pairs of its numbers become
 * pairs of normal ones as G. E. P. Box, M. E. Muller, <i>Annals of Mathematical Statistics</i>
 * 29(2), 1958 have it. Numbers agree to rounding: PyTorch's own depend on the instructions of the
 * processor.
 */
final class InitialWeights implements Initializer {

    private static final int WORDS = 624;
    private static final int AHEAD = 397;

    /** So many numbers are drawn at once; fewer weights than that are drawn one by one. */
    private static final int BLOCK = 16;

    private final int[] state = new int[WORDS];
    private int next = WORDS;

    /** The second of a pair of single draws, until it is asked for. */
    private double spare = Double.NaN;

    InitialWeights(int seed) {
        state[0] = seed;
        for (int i = 1; i < WORDS; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        }
    }

    /** Tells whether a parameter has DJL's initializer of weights, and not one of its block's. */
    static boolean standsInFor(Parameter parameter) {
        return parameter.getType() == Parameter.Type.WEIGHT
                && parameter.getInitializer() == Parameter.Type.WEIGHT.getInitializer();
    }

    @Override
    public NDArray initialize(NDManager manager, Shape shape, DataType dataType) {
        double fanIn = (double) shape.size() / shape.get(0);
        float deviation = (float) Math.sqrt(2 / fanIn);
        float[] weights = new float[Math.toIntExact(shape.size())];
        if (weights.length < BLOCK) {
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) (deviation * single());
            }
        } else {
            fill(weights, 0, weights.length);
            for (int i = 0; i + BLOCK <= weights.length; i += BLOCK) {
                toNormal(weights, i, deviation);
            }
            if (weights.length % BLOCK != 0) {
                // The last whole block once more, from new numbers.
                fill(weights, weights.length - BLOCK, weights.length);
                toNormal(weights, weights.length - BLOCK, deviation);
            }
        }
        NDArray array = manager.create(weights, shape);
        return array.toType(dataType, false);
    }

    /** Draws numbers of [0, 1), 24 bits each. */
    private void fill(float[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            values[i] = (word() & 0xffffff) * 0x1p-24f;
        }
    }

    private static void toNormal(float[] values, int from, float deviation) {
        for (int i = from; i < from + BLOCK / 2; i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - values[i])) * deviation;
            double angle = 2 * Math.PI * values[i + BLOCK / 2];
            values[i] = (float) (radius * Math.cos(angle));
            values[i + BLOCK / 2] = (float) (radius * Math.sin(angle));
        }
    }

    /** Draws a normal number in double precision. */
    private double single() {
        if (!Double.isNaN(spare)) {
            double kept = spare;
            spare = Double.NaN;
            return kept;
        }
        double angle = 2 * Math.PI * uniform();
        double radius = Math.sqrt(-2 * Math.log1p(-uniform()));
        spare = radius * Math.sin(angle);
        return radius * Math.cos(angle);
    }

    /** Draws a number of [0, 1), 53 bits. */
    private double uniform() {
        long high = word();
        return (high << 32 & 0x1fffff_00000000L | word() & 0xffffffffL) * 0x1p-53;
    }

    /** Draws 32 bits. */
    private int word() {
        if (next == WORDS) {
            for (int i = 0; i < WORDS; i++) {
                int bits = state[i] & 0x80000000 | state[(i + 1) % WORDS] & 0x7fffffff;
                int twist = (bits & 1) == 0 ? 0 : 0x9908b0df;
                state[i] = state[(i + AHEAD) % WORDS] ^ bits >>> 1 ^ twist;
            }
            next = 0;
        }
        int word = state[next++];
        word ^= word >>> 11;
        word ^= word << 7 & 0x9d2c5680;
        word ^= word << 15 & 0xefc60000;
        return word ^ word >>> 18;
    }
}
