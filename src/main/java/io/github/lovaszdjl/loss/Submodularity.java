package io.github.lovaszdjl.loss;

import java.util.Locale;
import java.util.Objects;

/**
 * Looks whether a function of wrong pixels may be extended by a Lovász loss: on all sets of up to
 * {@value #MOST} foreground and background pixels, and on larger ones in steps of an eighth of the
 * pixels of a kind. What happens between these steps is not seen.
 *
 * <p>A function of the numbers a and b of two kinds of pixels is submodular where every second
 * difference is at most 0: f(a+2, b) − 2 f(a+1, b) + f(a, b), the same in b, and f(a+1, b+1) −
 * f(a+1, b) − f(a, b+1) + f(a, b). Then those over larger steps are, too, as they are sums of them.
 */
final class Submodularity {

    static final int MOST = 8;

    /** Pixels of a step on larger sets, of which there are eight. */
    private static final int[] STEPS = {2, 8, 64, 1024, 1 << 17};

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
                found.look(new Grid(foreground, background, 1, 1));
            }
        }
        for (int ofForeground : STEPS) {
            for (int ofBackground : STEPS) {
                found.look(new Grid(MOST, MOST, ofForeground, ofBackground));
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

    /**
     * Sets of wrong pixels.
     *
     * @param rows the steps from no foreground pixel to all of them
     * @param columns those of background pixels
     * @param ofForeground the pixels of a step
     * @param ofBackground those of a step of the background
     */
    private record Grid(int rows, int columns, int ofForeground, int ofBackground) {

        String wrong(int a, int b) {
            return String.format(
                    "%d of %d foreground and %d of %d background pixels wrong",
                    a * ofForeground,
                    rows * ofForeground,
                    b * ofBackground,
                    columns * ofBackground);
        }

        /** Returns a step of a kind in words: 0 for false negatives, 1 for false positives. */
        String step(int kind) {
            String name = kind == 0 ? "false negative" : "false positive";
            return isOne(kind) ? "one " + name : pixels(kind) + " " + name + "s";
        }

        boolean isOne(int kind) {
            return pixels(kind) == 1;
        }

        private int pixels(int kind) {
            return kind == 0 ? ofForeground : ofBackground;
        }
    }

    private void look(Grid grid) {
        double[][] costs = new double[grid.rows + 1][grid.columns + 1];
        for (int a = 0; a <= grid.rows; a++) {
            for (int b = 0; b <= grid.columns; b++) {
                costs[a][b] =
                        function.cost(
                                (double) a * grid.ofForeground,
                                (double) b * grid.ofBackground,
                                (double) grid.rows * grid.ofForeground,
                                (double) grid.columns * grid.ofBackground);
                if (!Double.isFinite(costs[a][b])) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "setFunction: expected a finite cost, got %s for %s",
                                    costs[a][b], grid.wrong(a, b)));
                }
            }
        }
        if (costs[0][0] != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "setFunction: expected 0 where nothing is wrong, got %s for %s",
                            costs[0][0], grid.wrong(0, 0)));
        }
        for (int a = 0; a <= grid.rows; a++) {
            for (int b = 0; b <= grid.columns; b++) {
                for (int first = 0; first < 2; first++) {
                    step(grid, costs, a, b, first);
                    for (int second = first; second < 2; second++) {
                        secondDifference(grid, costs, a, b, first, second);
                    }
                }
            }
        }
    }

    /** Looks at a step more of one kind: 0 for false negatives, 1 for false positives. */
    private void step(Grid grid, double[][] costs, int a, int b, int kind) {
        int nextA = a + 1 - kind;
        int nextB = b + kind;
        if (nextA < costs.length && nextB < costs[0].length && decreases == null) {
            double difference = costs[nextA][nextB] - costs[a][b];
            if (difference < -rounding(costs[a][b])) {
                decreases =
                        String.format(
                                Locale.ROOT,
                                "%.4g less for %s than for %s less",
                                -difference,
                                grid.wrong(nextA, nextB),
                                grid.step(kind));
            }
        }
    }

    private void secondDifference(
            Grid grid, double[][] costs, int a, int b, int first, int second) {
        int lastA = a + 2 - first - second;
        int lastB = b + first + second;
        if (lastA >= costs.length || lastB >= costs[0].length) {
            return;
        }
        double alone = costs[a + 1 - second][b + second] - costs[a][b];
        double after = costs[lastA][lastB] - costs[a + 1 - first][b + first];
        double rounding = rounding(costs[lastA][lastB]);
        anyFalls |= after < alone - rounding;
        if (after > alone + rounding && rises == null) {
            rises =
                    String.format(
                            Locale.ROOT,
                            "with %s, %s more %s %.4g, and %.4g after %s",
                            grid.wrong(a, b),
                            grid.step(second),
                            grid.isOne(second) ? "costs" : "cost",
                            alone,
                            after,
                            grid.step(first));
        }
    }

    private static double rounding(double cost) {
        return ROUNDING * Math.max(1, Math.abs(cost));
    }
}
