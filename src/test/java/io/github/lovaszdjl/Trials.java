package io.github.lovaszdjl;

import java.util.Random;
import java.util.SplittableRandom;

/**
 * How often the tests of docs/reliability.md repeat: a little in every build, at length with {@code
 * -Preliability}. Those tests carry the tag {@link #TAG}.
 */
public final class Trials {

    /** The tag that {@code -Preliability} runs. */
    public static final String TAG = "reliability";

    /** Whether this is the long form. */
    public static final boolean LONG = Boolean.getBoolean("reliability");

    /** What every random case is drawn from; another one with {@code -Dseed=N}. */
    private static final long SEED = Long.getLong("seed", 20261125);

    private Trials() {}

    /** Returns the number of trials: the first in every build, the second in the long form. */
    public static int of(int build, int reliability) {
        return LONG ? reliability : build;
    }

    /** Returns the seed of a trial, for the message of its failure and for {@link #random}. */
    public static long seed(int trial) {
        return SEED + trial;
    }

    /** Returns the random numbers of a trial. */
    public static Random random(int trial) {
        // Random begins alike for neighbouring seeds; these are mixed first.
        return new Random(new SplittableRandom(seed(trial)).nextLong());
    }

    /** Prints what was done, for the table in docs/reliability.md. */
    public static void report(String what, Object result) {
        if (LONG) {
            System.out.printf("%s, seed %d: %s%n", what, SEED, result);
        }
    }
}
