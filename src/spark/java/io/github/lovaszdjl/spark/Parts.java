package io.github.lovaszdjl.spark;

import java.util.List;
import java.util.stream.IntStream;

/** How work on many things is spread over tasks. */
public final class Parts {

    /** A worker that is lost loses a quarter of its work at most. */
    private static final int PER_WORKER = 4;

    /** Executors may come later than the tasks are made. */
    private static final int LEAST = 8;

    private Parts() {}

    /**
     * Spreads things: the first part has things 0, n, 2n, …, so that neighbours, which often have
     * one size, go to several.
     *
     * @param things the number of things, at least 1
     * @param workers the number of workers
     * @return the things of each part, none empty
     */
    public static List<int[]> of(int things, int workers) {
        int parts = Math.min(things, Math.max(LEAST, PER_WORKER * workers));
        return IntStream.range(0, parts)
                .mapToObj(p -> IntStream.range(0, things).filter(i -> i % parts == p).toArray())
                .toList();
    }
}
