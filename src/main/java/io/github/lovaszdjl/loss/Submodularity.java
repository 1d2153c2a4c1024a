package io.github.lovaszdjl.loss;

import java.util.Locale;
import java.util.Objects;

/**
 * Looks whether a function of wrong pixels may be extended by a Lovász loss, on all sets of up to
 * {@value #MOST} foreground and background pixels.
 *
 * <p>A function of the numbers a and b of two kinds of pixels is submodular where every second
 * difference is at most 0: f(a+2, b) − 2 f(a+1, b) + f(a, b), the same in b, and f(a+1, b+1) −
 * f(a+1, b) − f(a, b+1) + f(a, b).
 */
final class Submodularity {

    static final int MOST = 8;

    /** What rounding may make of a difference of 0, beside costs of about 1. */
    private static final double ROUNDING = 1e-9;

    private final ErrorSetFunction function;
    private String rises;
    private boolean anyFalls;
    private String decreases;

    private Submodularity(ErrorSetFunction function) {
        this.function = function;
    }

    /**
     * Throws if a function cannot be extended.
     *
     * @param function the function
     * @param increasing whether it must not fall when a pixel more is wrong, as for a hinge, which
     *     cuts errors off at 0
     * @return the function
     * @throws IllegalArgumentException if it cannot; the message has an example
     */
    static ErrorSetFunction check(ErrorSetFunction function, boolean increasing) {
        Objects.requireNonNull(function, "setFunction: expected a function, got null");
        Submodularity found = new Submodularity(function);
        for (int foreground = 0; foreground <= MOST; foreground++) {
            for (int background = 0; background <= MOST; background++) {
                found.look(foreground, background);
            }
        }
        if (found.rises != null) {
            throw new IllegalArgumentException(
                    String.format(
                            "setFunction: expected a submodular function, got one that is %s: %s",
                            found.anyFalls
                                    ? "neither sub- nor supermodular"
                                    : "supermodular, whose extension is not convex",
                            found.rises));
        }
        if (increasing && found.decreases != null) {
            throw new IllegalArgumentException(
                    "setFunction: expected a function that never falls when a pixel more is wrong,"
                            + " as a hinge takes errors below 0 for none, got "
                            + found.decreases);
        }
        return function;
    }

    private void look(int foreground, int background) {
        double[][] costs = new double[foreground + 1][background + 1];
        for (int a = 0; a <= foreground; a++) {
            for (int b = 0; b <= background; b++) {
                costs[a][b] = function.cost(a, b, foreground, background);
                if (!Double.isFinite(costs[a][b])) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "setFunction: expected a finite cost, got %s for %s",
                                    costs[a][b], wrong(a, b, foreground, background)));
                }
            }
        }
        if (costs[0][0] != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "setFunction: expected 0 where nothing is wrong, got %s for %s",
                            costs[0][0], wrong(0, 0, foreground, background)));
        }
        for (int a = 0; a <= foreground; a++) {
            for (int b = 0; b <= background; b++) {
                for (int first = 0; first < 2; first++) {
                    step(costs, a, b, first);
                    for (int second = first; second < 2; second++) {
                        secondDifference(costs, a, b, first, second);
                    }
                }
            }
        }
    }

    /** Looks at a pixel more of one kind: 0 for a false negative, 1 for a false positive. */
    private void step(double[][] costs, int a, int b, int kind) {
        int nextA = a + 1 - kind;
        int nextB = b + kind;
        if (nextA < costs.length && nextB < costs[0].length && decreases == null) {
            double difference = costs[nextA][nextB] - costs[a][b];
            if (difference < -ROUNDING) {
                decreases =
                        String.format(
                                Locale.ROOT,
                                "%.4g less for %s than for a pixel less",
                                -difference,
                                wrong(nextA, nextB, costs.length - 1, costs[0].length - 1));
            }
        }
    }

    private void secondDifference(double[][] costs, int a, int b, int first, int second) {
        int lastA = a + 2 - first - second;
        int lastB = b + first + second;
        if (lastA >= costs.length || lastB >= costs[0].length) {
            return;
        }
        double alone = costs[a + 1 - second][b + second] - costs[a][b];
        double after = costs[lastA][lastB] - costs[a + 1 - first][b + first];
        anyFalls |= after < alone - ROUNDING;
        if (after > alone + ROUNDING && rises == null) {
            rises =
                    String.format(
                            Locale.ROOT,
                            "with %s, a false %s more costs %.4g, and %.4g after one false %s",
                            wrong(a, b, costs.length - 1, costs[0].length - 1),
                            second == 0 ? "negative" : "positive",
                            alone,
                            after,
                            first == 0 ? "negative" : "positive");
        }
    }

    private static String wrong(int a, int b, int foreground, int background) {
        return String.format(
                "%d of %d foreground and %d of %d background pixels wrong",
                a, foreground, b, background);
    }
}
