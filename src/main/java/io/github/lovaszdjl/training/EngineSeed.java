package io.github.lovaszdjl.training;

import ai.djl.engine.Engine;
import java.util.SplittableRandom;

/** The seed of what the engine draws: it depends on that of the plan and on the epoch alone. */
final class EngineSeed {

    private EngineSeed() {}

    /** Returns the seed of an epoch, from 1; 0 is before the first. */
    static int of(int seed, int epoch) {
        // A generator between, so that (1, 2) and (2, 1) share nothing.
        long both = (long) seed << 32 | epoch;
        return new SplittableRandom(both).nextInt();
    }

    /** Sets the default engine's generator to the start of an epoch. */
    static void set(int seed, int epoch) {
        Engine.getInstance().setRandomSeed(of(seed, epoch));
    }
}
