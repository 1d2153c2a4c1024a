package io.github.lovaszdjl.training;

import ai.djl.training.tracker.Tracker;

/**
 * The learning rate of every update of a training: constant, or falling to 0 along a polynomial or
 * half a cosine, each after an optional linear warm-up.
 *
 * <p>With the base rate γ, the number T of updates in all, W of them warm-up, and the number u of
 * an update, from 1:
 *
 * <pre>
 *   u ≤ W      γ u / (W + 1)
 *   u > W      γ                        constant
 *              γ (1 − d)^power          polynomial
 *              γ (1 + cos π d) / 2      cosine,  where d = (u − W − 1) / (T − W)
 * </pre>
 *
 * <p>The first update after the warm-up has the full rate; without a warm-up that is the first of
 * all. The last update has a rate above 0: the rate would be 0 for the update after it, and for all
 * further ones. (DJL's own trackers give the first update the rate of the second and the last one
 * 0.)
 *
 * <p>It depends on the number of the update alone, so a training that is resumed needs nothing of
 * it saved.
 *
 * <pre>{@code
 * Tracker learningRate = Schedule.poly(0.01f, epochs * batches).withWarmUp(500);
 * }</pre>
 *
 * <p>Sources: L.-C. Chen et al., <i>DeepLab</i>, TPAMI 2018, arXiv 1606.00915, section 4.1 (poly);
 * I. Loshchilov, F. Hutter, <i>SGDR</i>, ICLR 2017, arXiv 1608.03983, equation 5 (cosine, here
 * without restarts); P. Goyal et al., arXiv 1706.02677, section 2.2 (warm-up).
 */
public final class Schedule implements Tracker {

    private enum Kind {
        CONSTANT,
        POLY,
        COSINE
    }

    private final Kind kind;
    private final float learningRate;
    private final int updates;
    private final float power;
    private final int warmUp;

    private Schedule(Kind kind, float learningRate, int updates, float power, int warmUp) {
        check(
                "learningRate",
                learningRate,
                learningRate > 0 && Float.isFinite(learningRate),
                "a finite number above 0");
        check("updates", updates, updates >= 1, "at least 1");
        check("power", power, power > 0 && Float.isFinite(power), "a finite number above 0");
        check("warmUp", warmUp, warmUp >= 0, "at least 0");
        check("warmUp", warmUp, warmUp < updates, "fewer than the " + updates + " updates");
        this.kind = kind;
        this.learningRate = learningRate;
        this.updates = updates;
        this.power = power;
        this.warmUp = warmUp;
    }

    private static void check(String name, Object value, boolean good, String expected) {
        if (!good) {
            throw new IllegalArgumentException(name + ": expected " + expected + ", got " + value);
        }
    }

    /**
     * Returns a schedule of one rate.
     *
     * @param learningRate the rate, finite and above 0
     * @return the schedule, of any number of updates
     * @throws IllegalArgumentException if the rate is neither
     */
    public static Schedule constant(float learningRate) {
        return new Schedule(Kind.CONSTANT, learningRate, Integer.MAX_VALUE, 1, 0);
    }

    /**
     * Returns a schedule that falls along a polynomial of power 0.9.
     *
     * @param learningRate the rate at the start, finite and above 0
     * @param updates the number of updates in all, at least 1
     * @return the schedule
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule poly(float learningRate, int updates) {
        return poly(learningRate, updates, 0.9f);
    }

    /**
     * Returns a schedule that falls along a polynomial.
     *
     * @param learningRate the rate at the start, finite and above 0
     * @param updates the number of updates in all, at least 1
     * @param power the power, finite and above 0; 1 is a straight line
     * @return the schedule
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule poly(float learningRate, int updates, float power) {
        return new Schedule(Kind.POLY, learningRate, updates, power, 0);
    }

    /**
     * Returns a schedule that falls along half a cosine.
     *
     * @param learningRate the rate at the start, finite and above 0
     * @param updates the number of updates in all, at least 1
     * @return the schedule
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule cosine(float learningRate, int updates) {
        return new Schedule(Kind.COSINE, learningRate, updates, 1, 0);
    }

    /**
     * Returns this schedule with a linear warm-up; the fall takes the updates that are left.
     *
     * @param updates the number of updates of the warm-up, at least 0 and fewer than in all
     * @return the schedule
     * @throws IllegalArgumentException if the number is out of range
     */
    public Schedule withWarmUp(int updates) {
        return new Schedule(kind, learningRate, this.updates, power, updates);
    }

    /**
     * Returns the learning rate of an update.
     *
     * @param update the number of the update, from 1, as DJL's optimizers count
     * @return the rate; above 0 up to the last update, 0 after it unless constant
     * @throws IllegalArgumentException if the number is below 1
     */
    @Override
    public float getNewValue(int update) {
        check("update", update, update >= 1, "a number from 1");
        if (update <= warmUp) {
            return (float) (learningRate * (double) update / (warmUp + 1.0));
        }
        double done = Math.min(1, (update - warmUp - 1.0) / (updates - warmUp));
        return switch (kind) {
            case CONSTANT -> learningRate;
            case POLY -> (float) (learningRate * Math.pow(1 - done, power));
            case COSINE -> (float) (learningRate * (1 + Math.cos(Math.PI * done)) / 2);
        };
    }
}
