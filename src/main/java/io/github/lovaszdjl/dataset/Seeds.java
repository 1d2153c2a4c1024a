package io.github.lovaszdjl.dataset;

import java.util.SplittableRandom;

/**
 * Independent random streams from (seed, epoch, index).
 *
 * <p>The three numbers go one after the other through the finaliser of SplitMix64 (variant 13 of D.
 * Stafford's mixers; Steele, Lea and Flood, <em>Fast splittable pseudorandom number
 * generators</em>, OOPSLA 2014, <a
 * href="https://doi.org/10.1145/2660193.2660195">doi:10.1145/2660193.2660195</a>): {@code
 * mix(mix(mix(seed) + epoch) + index)}, where each {@code mix} first adds the golden ratio's
 * increment. Neighbouring epochs and indices therefore share no pattern, and a sum such as {@code
 * seed + epoch}, which gives (1, 2) and (2, 1) the same stream, never arises.
 */
final class Seeds {

    /** The index that stands for the order of the samples; samples count from 0. */
    private static final long ORDER = -1;

    private Seeds() {}

    /** The stream of one sample. */
    static SplittableRandom sample(long seed, int epoch, long index) {
        return new SplittableRandom(mix(mix(mix(seed) + epoch) + index));
    }

    /** The stream that orders the samples of an epoch. */
    static SplittableRandom order(long seed, int epoch) {
        return sample(seed, epoch, ORDER);
    }

    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
