package io.github.lovaszdjl.training;

import ai.djl.engine.Engine;
import java.util.SplittableRandom;

/**
 * The seed of what the engine draws: it depends on that of the plan, the epoch and, in rounds, the
 * round and part alone.
 */
final class EngineSeed {

    private EngineSeed() {}

    /** Returns the seed of an epoch, from 1; 0 is before the first. */
    static int of(int seed, int epoch) {
        // A generator between, so that (1, 2) and (2, 1) share nothing.
        long both = (long) seed << 32 | epoch;
        return new SplittableRandom(both).nextInt();
    }

    /**
     * Returns the seed of a part of a round; of the first part of the first round, it is that of
     * the epoch.
     */
    static int of(int seed, Round round, int part) {
        if (round.number() == 0 && part == 0) {
            return of(seed, round.epoch());
        }
        long both = (long) seed << 32 | round.epoch();
        long which = (long) round.number() << 32 | part;
        return new SplittableRandom(new SplittableRandom(both).nextLong() + which).nextInt();
    }

    /** Sets the default engine's generator to the start of a part of a round. */
    static void set(int seed, Round round, int part) {
        Engine.getInstance().setRandomSeed(of(seed, round, part));
    }

    /** Sets the default engine's generator to the start of an epoch. */
    static void set(int seed, int epoch) {
        Engine.getInstance().setRandomSeed(of(seed, epoch));
    }
}
