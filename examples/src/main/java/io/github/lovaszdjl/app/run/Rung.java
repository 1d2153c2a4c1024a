package io.github.lovaszdjl.app.run;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A rung of successive halving (K. Jamieson and A. Talwalkar 2016, arXiv 1502.07943): the best
 * trials of the rung before train on, to more epochs.
 *
 * @param trials how many trials
 * @param epochs how many epochs each has at its end
 */
public record Rung(int trials, int epochs) {

    /** Returns the only rung of a random search. */
    public static List<Rung> random(int trials, int epochs) {
        return List.of(new Rung(trials, epochs));
    }

    /**
     * Returns the rungs of one bracket of Hyperband (L. Li et al. 2018, Algorithm 1): as many as
     * leave a trial and an epoch in each, s + 1; rung i has n / η^i trials, which have R / η^(s -
     * i) epochs, both rounded down. All rungs take about as long.
     *
     * @param trials how many there are to begin with, n
     * @param epochs how many the last ones have in the end, R
     * @param eta what part goes on, 1 / η; at least 2
     * @throws IllegalArgumentException if that is no more than one rung
     */
    public static List<Rung> halving(int trials, int epochs, int eta) {
        int last = 0;
        long power = eta;
        while (power <= Math.min(trials, epochs)) {
            last++;
            power *= eta;
        }
        if (last == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected at least as many trials and epochs as --eta, %d, got %d and"
                                    + " %d",
                            eta, trials, epochs));
        }
        int rungs = last;
        return IntStream.rangeClosed(0, rungs)
                .mapToObj(
                        i ->
                                new Rung(
                                        trials / (int) Math.pow(eta, i),
                                        epochs / (int) Math.pow(eta, rungs - i)))
                .toList();
    }
}
