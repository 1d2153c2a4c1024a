package io.github.lovaszdjl.training;

import java.util.SplittableRandom;

/**
 * How a batch is mixed with itself: the same for the same seed, epoch and batch.
 *
 * <p>Source: H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, <i>mixup: Beyond Empirical Risk
 * Minimization</i>, ICLR 2018, arXiv 1710.09412: one part and one order for a batch.
 *
 * @param part the part of the batch in its own order, λ, ½ to 1: below ½, the other order is taken
 *     for its own, so that what is mixed in is never more
 * @param order the sample that is mixed into each, a permutation
 */
record MixUp(double part, int... order) {

    /**
     * Draws a mixture.
     *
     * @param alpha α of Beta(α, α), above 0
     * @param seed the seed of the training
     * @param epoch the epoch
     * @param batch the number of the batch in it
     * @param size the number of samples
     */
    static MixUp draw(double alpha, int seed, int epoch, int batch, int size) {
        SplittableRandom random =
                new SplittableRandom(((long) seed << 32) ^ ((long) epoch << 20) ^ batch);
        double part = beta(alpha, random);
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return new MixUp(Math.max(part, 1 - part), order);
    }

    /** Draws from Beta(α, α), as one of two numbers of Gamma(α) over their sum. */
    static double beta(double alpha, SplittableRandom random) {
        double first = gamma(alpha, random);
        double second = gamma(alpha, random);
        // Of a small α both may be too small for a double: then it is nearly always 0 or 1.
        return first + second == 0 ? random.nextInt(2) : first / (first + second);
    }

    /**
     * Draws from Gamma(α). Source: G. Marsaglia, W. W. Tsang, <i>A Simple Method for Generating
     * Gamma Variables</i>, ACM TOMS 26 (2000), 363–372; below 1 by U^(1/α) times that of α + 1.
     */
    private static double gamma(double alpha, SplittableRandom random) {
        if (alpha < 1) {
            return Math.pow(random.nextDouble(), 1 / alpha) * gamma(alpha + 1, random);
        }
        double d = alpha - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        while (true) {
            double x = random.nextGaussian();
            double v = Math.pow(1 + c * x, 3);
            double u = random.nextDouble();
            if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
                return d * v;
            }
        }
    }
}
