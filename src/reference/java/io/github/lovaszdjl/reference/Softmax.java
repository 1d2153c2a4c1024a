package io.github.lovaszdjl.reference;

import java.util.Arrays;

/** Softmax over the classes of (N, C, D), and how a gradient goes back through it. */
final class Softmax {

    private Softmax() {}

    /** Returns where a pixel of N · D and a label stand in (N, C, D). */
    static int index(int pixel, int label, int classes, int pixels) {
        return (pixel / pixels * classes + label) * pixels + pixel % pixels;
    }

    /** Returns the gradient by logits of one by probabilities. */
    static double[] gradient(
            double[] byProbability, double[] probabilities, int images, int classes, int pixels) {
        double[] byLogit = new double[byProbability.length];
        double[] p = new double[classes];
        double[] slopes = new double[classes];
        for (int i = 0; i < images * pixels; i++) {
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                p[c] = probabilities[at];
                slopes[c] = byProbability[at];
            }
            for (int c = 0; c < classes; c++) {
                double g = 0;
                for (int k = 0; k < classes; k++) {
                    g += p[k] * (slopes[c] - slopes[k]);
                }
                byLogit[index(i, c, classes, pixels)] = p[c] * g;
            }
        }
        return byLogit;
    }

    /** The largest that {@link #gradient} may become for numbers of either sign. */
    static double[] slack(
            double[] slack, double[] probabilities, int images, int classes, int pixels) {
        double[] byLogit = new double[slack.length];
        for (int i = 0; i < images * pixels; i++) {
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                sum += slack[at] * probabilities[at];
            }
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                double own = slack[at] * probabilities[at];
                byLogit[at] = own * (1 - probabilities[at]) + probabilities[at] * (sum - own);
            }
        }
        return byLogit;
    }

    /**
     * How far {@link #gradient} may be off where autograd takes the mean of the slopes from each,
     * and loses what it can.
     *
     * @param near the relative rounding of a softmax; none below 0
     */
    static double[] rounding(
            double[] byProbability,
            double[] probabilities,
            int images,
            int classes,
            int pixels,
            double near) {
        double[] rounding = new double[byProbability.length];
        for (int i = 0; i < images * pixels; i++) {
            double largest = 0;
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                largest = Math.max(largest, Math.abs(byProbability[at]));
            }
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                rounding[at] = Math.max(0, near) * largest * probabilities[at];
            }
        }
        return rounding;
    }

    /** Softmax over the classes of (N, C, D). */
    static double[] of(double[] logits, int images, int classes, int pixels) {
        double[] probabilities = new double[logits.length];
        for (int i = 0; i < images * pixels; i++) {
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[index(i, c, classes, pixels)];
            }
            double[] p = of(at);
            for (int c = 0; c < classes; c++) {
                probabilities[index(i, c, classes, pixels)] = p[c];
            }
        }
        return probabilities;
    }

    static double logSum(double[] logits) {
        double max = Arrays.stream(logits).max().orElseThrow();
        return max + Math.log(Arrays.stream(logits).map(z -> Math.exp(z - max)).sum());
    }

    static double[] of(double[] logits) {
        // Not exp(z − log Σ exp): beside a logit of 10¹⁶ the logarithm of a few classes is lost.
        double max = Arrays.stream(logits).max().orElseThrow();
        double[] exponentials = Arrays.stream(logits).map(z -> Math.exp(z - max)).toArray();
        double sum = Arrays.stream(exponentials).sum();
        return Arrays.stream(exponentials).map(e -> e / sum).toArray();
    }
}
