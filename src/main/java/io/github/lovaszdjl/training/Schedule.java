package io.github.lovaszdjl.training;

import ai.djl.training.tracker.Tracker;
import java.util.Arrays;

/**
 * The learning rate of every update of a training: constant, falling to 0 along a polynomial or
 * half a cosine, or by steps, each after an optional linear warm-up; or rising and falling in one
 * cycle.
 *
 * <p>With the base rate γ, the number T of updates in all, W of them warm-up, and the number u of
 * an update, from 1:
 *
 * <pre>
 *   u ≤ W      γ u / (W + 1)
 *   u > W      γ                        constant
 *              γ (1 − d)^power          polynomial
 *              γ (1 + cos π d) / 2      cosine,  where d = (u − W − 1) / (T − W)
 *              γ factor^k               step,    after k of the milestones
 * </pre>
 *
 * <p>The first update after the warm-up has the full rate; without a warm-up that is the first of
 * all. The last update has a rate above 0: the rate would be 0 for the update after it, and for all
 * further ones. (DJL's own trackers give the first update the rate of the second and the last one
 * 0.)
 *
 * <p>One cycle, of which the share r is the rise, with s = u − 1 and R = r T − 1:
 *
 * <pre>
 *   s ≤ R      from γ / start to γ along half a cosine, at s / R
 *   s > R      from γ to γ / (start end) along half a cosine, at (s − R) / (T − 1 − R)
 * </pre>
 *
 * <p>to the digit as PyTorch's OneCycleLR has it in its default form, but that the momentum stays;
 * where r T ≤ 1 there is no rise and R is 0.
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
 * without restarts); P. Goyal et al., arXiv 1706.02677, section 2.2 (warm-up); L. N. Smith, N.
 * Topin, <i>Super-Convergence</i>, 2018, arXiv 1708.07120, section 3 (one cycle, there along
 * straight lines); K. He et al., CVPR 2016, arXiv 1512.03385, section 3.4 (steps).
 */
public final class Schedule implements Tracker {

    /** What the base rate is multiplied by after the warm-up. */
    private interface Curve {

        /**
         * @param update the number of the update, from 1
         * @param done the share of the updates after the warm-up that came before, 0 to 1
         */
        double factor(int update, double done);
    }

    private final Curve curve;
    private final float learningRate;
    private final int updates;
    private final int warmUp;

    private Schedule(Curve curve, float learningRate, int updates, int warmUp) {
        Values.checkAbove0("learningRate", learningRate);
        Values.check("updates", updates, updates >= 1, "at least 1");
        Values.check("warmUp", warmUp, warmUp >= 0, "at least 0");
        Values.check("warmUp", warmUp, warmUp < updates, "fewer than the " + updates + " updates");
        this.curve = curve;
        this.learningRate = learningRate;
        this.updates = updates;
        this.warmUp = warmUp;
    }

    /**
     * Returns a schedule of one rate.
     *
     * @param learningRate the rate, finite and above 0
     * @return the schedule, of any number of updates
     * @throws IllegalArgumentException if the rate is neither
     */
    public static Schedule constant(float learningRate) {
        return new Schedule((update, done) -> 1, learningRate, Integer.MAX_VALUE, 0);
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
        Values.checkAbove0("power", power);
        return new Schedule((update, done) -> Math.pow(1 - done, power), learningRate, updates, 0);
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
        return new Schedule(
                (update, done) -> (1 + Math.cos(Math.PI * done)) / 2, learningRate, updates, 0);
    }

    /**
     * Returns a schedule of several rates.
     *
     * @param learningRate the first rate, finite and above 0
     * @param factor by what the rate is multiplied after each milestone, above 0, below 1
     * @param milestones the updates after which it is, from 1, each above the one before
     * @return the schedule, of any number of updates
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule step(float learningRate, float factor, int... milestones) {
        Values.check("factor", factor, factor > 0 && factor < 1, "above 0, below 1");
        int[] after = milestones.clone();
        for (int i = 0; i < after.length; i++) {
            Values.check(
                    "milestones",
                    Arrays.toString(after),
                    after[i] > (i == 0 ? 0 : after[i - 1]),
                    "updates from 1, each above the one before");
        }
        return new Schedule(
                (update, done) ->
                        Math.pow(factor, Arrays.stream(after).filter(m -> update > m).count()),
                learningRate,
                Integer.MAX_VALUE,
                0);
    }

    /**
     * Returns a schedule that rises in 0.3 of all updates from 1/25 of the rate, and falls to
     * 1/10,000 of that.
     *
     * @param learningRate the highest rate, finite and above 0
     * @param updates the number of updates in all, at least 1
     * @return the schedule, which takes no warm-up
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule oneCycle(float learningRate, int updates) {
        return oneCycle(learningRate, updates, 0.3f, 25, 10_000);
    }

    /**
     * Returns a schedule that rises once and falls once.
     *
     * @param learningRate the highest rate, finite and above 0
     * @param updates the number of updates in all, at least 1; further ones have the last rate
     * @param rise the share of them in which it rises, above 0, below 1
     * @param start what the highest rate is divided by for the first one, at least 1
     * @param end what the first rate is divided by for the last one, at least 1
     * @return the schedule, which takes no warm-up
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule oneCycle(
            float learningRate, int updates, float rise, float start, float end) {
        Values.check("rise", rise, rise > 0 && rise < 1, "above 0, below 1");
        Values.checkAtLeast("start", start, 1);
        Values.checkAtLeast("end", end, 1);
        double first = 1.0 / start;
        double last = first / end;
        double peak = Math.max(0, (double) rise * updates - 1);
        Curve curve =
                (update, done) -> {
                    double step = Math.min(update, updates) - 1;
                    return step <= peak && peak > 0
                            ? along(first, 1, step / peak)
                            : along(1, last, step == 0 ? 0 : (step - peak) / (updates - 1 - peak));
                };
        return new Schedule(curve, learningRate, updates, 0);
    }

    /**
     * Returns a schedule that rises by the same factor from each update to the next.
     *
     * @param from the first rate, finite and above 0
     * @param to the last rate, finite and above the first
     * @param updates the number of updates in all, at least 1; further ones have the last rate
     * @return the schedule
     * @throws IllegalArgumentException if a value is out of range
     */
    public static Schedule exponential(float from, float to, int updates) {
        Values.checkAbove0("from", from);
        Values.check("to", to, to > from && Float.isFinite(to), "a finite number above " + from);
        return new Schedule(
                (update, done) ->
                        Math.pow(
                                (double) to / from,
                                Math.min(1, (update - 1.0) / Math.max(1, updates - 1))),
                from,
                updates,
                0);
    }

    /** Goes from one number to another along half a cosine. */
    private static double along(double from, double to, double done) {
        return to + (from - to) / 2 * (Math.cos(Math.PI * done) + 1);
    }

    /**
     * Returns this schedule with a linear warm-up; the fall of poly and cosine takes the updates
     * that are left. One cycle would lose a part of its rise.
     *
     * @param updates the number of updates of the warm-up, at least 0 and fewer than in all
     * @return the schedule
     * @throws IllegalArgumentException if the number is out of range
     */
    public Schedule withWarmUp(int updates) {
        return new Schedule(curve, learningRate, this.updates, updates);
    }

    /**
     * Returns the learning rate of an update.
     *
     * @param update the number of the update, from 1, as DJL's optimizers count
     * @return the rate; above 0 up to the last update, after it 0 for poly and cosine
     * @throws IllegalArgumentException if the number is below 1
     */
    @Override
    public float getNewValue(int update) {
        Values.check("update", update, update >= 1, "a number from 1");
        if (update <= warmUp) {
            return (float) (learningRate * (double) update / (warmUp + 1.0));
        }
        double done = Math.min(1, (update - warmUp - 1.0) / (updates - warmUp));
        return (float) (learningRate * curve.factor(update, done));
    }
}
