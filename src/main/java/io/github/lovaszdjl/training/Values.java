package io.github.lovaszdjl.training;

/** Checks of the values of a plan. */
final class Values {

    private Values() {}

    static void check(String name, Object value, boolean good, String expected) {
        if (!good) {
            throw new IllegalArgumentException(name + ": expected " + expected + ", got " + value);
        }
    }

    static void checkAtLeast(String name, float value, int least) {
        check(
                name,
                value,
                value >= least && Float.isFinite(value),
                "a finite number not below " + least);
    }

    static void checkAbove0(String name, float value) {
        check(name, value, value > 0 && Float.isFinite(value), "a finite number above 0");
    }
}
