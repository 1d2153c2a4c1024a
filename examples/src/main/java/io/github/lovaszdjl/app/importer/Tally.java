package io.github.lovaszdjl.app.importer;

import java.util.Map;
import java.util.TreeMap;

/** Counts what is passed over, as it says nothing of pixels. */
final class Tally {

    private final Map<String, Integer> counts = new TreeMap<>();

    void add(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    Map<String, Integer> counts() {
        return counts;
    }
}
