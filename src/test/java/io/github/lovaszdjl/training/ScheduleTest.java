package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ScheduleTest {

    /** One rounding to float. */
    private static final double ULP = 6e-8;

    private static void assertRate(double expected, Schedule schedule, int update) {
        float actual = schedule.getNewValue(update);
        assertEquals(expected, actual, ULP * expected, "update " + update);
    }

    @Test
    void constantStays() {
        Schedule schedule = Schedule.constant(0.5f);
        assertRate(0.5, schedule, 1);
        assertRate(0.5, schedule, 1000);
        assertRate(0.5, schedule, Integer.MAX_VALUE);
    }

    @Test
    void polyFalls() {
        Schedule schedule = Schedule.poly(0.5f, 10);
        assertRate(0.5, schedule, 1);
        // 0.5^0.9, with the float 0.9.
        assertRate(0.5 * Math.pow(0.5, 0.9f), schedule, 6);
        assertRate(0.5 * Math.pow(0.1, 0.9f), schedule, 10);
        assertEquals(0, schedule.getNewValue(11));
        assertEquals(0, schedule.getNewValue(1000));
        Schedule line = Schedule.poly(1, 4, 1);
        for (int u = 1; u <= 5; u++) {
            assertEquals(1 - (u - 1) / 4f, line.getNewValue(u));
        }
    }

    @Test
    void cosineFalls() {
        Schedule schedule = Schedule.cosine(0.5f, 6);
        assertRate(0.5, schedule, 1);
        // (1 + cos 60°) / 2, (1 + cos 90°) / 2, (1 + cos 120°) / 2.
        assertRate(0.5 * 0.75, schedule, 3);
        assertRate(0.5 * 0.5, schedule, 4);
        assertRate(0.5 * 0.25, schedule, 5);
        assertRate(0.5 * (1 - Math.sqrt(0.75)) / 2, schedule, 6);
        assertEquals(0, schedule.getNewValue(7));
        assertEquals(0, schedule.getNewValue(1000));
    }

    @Test
    void stepFallsAfterEveryMilestone() {
        Schedule schedule = Schedule.step(0.5f, 0.25f, 2, 5);
        double[] expected = {0.5, 0.5, 0.125, 0.125, 0.125, 0.03125, 0.03125};
        for (int u = 1; u <= expected.length; u++) {
            assertRate(expected[u - 1], schedule, u);
        }
        assertRate(0.03125, schedule, Integer.MAX_VALUE);
        Schedule warm = schedule.withWarmUp(1);
        assertRate(0.25, warm, 1);
        assertRate(0.5, warm, 2);
        assertRate(0.125, warm, 3);
    }

    /** Of 11 updates half rises, R = 4.5: what PyTorch's formula gives for them by hand. */
    @Test
    void oneCycleRisesAndFalls() {
        Schedule schedule = Schedule.oneCycle(0.5f, 11, 0.5f, 5, 100);
        assertRate(0.1, schedule, 1);
        // cos(π · 2 / 4.5) and cos(π · 4 / 4.5) of the rise from 0.1.
        assertRate(0.5 - 0.2 * (Math.cos(Math.toRadians(80)) + 1), schedule, 3);
        assertRate(0.5 - 0.2 * (Math.cos(Math.toRadians(160)) + 1), schedule, 5);
        // From R to 10 it falls, to 0.1 / 100, in steps of π / 5.5.
        double fall = 0.5 - 0.001;
        assertRate(0.001 + fall / 2 * (Math.cos(Math.PI / 11) + 1), schedule, 6);
        assertRate(0.001 + fall / 2 * (Math.cos(Math.PI * 9 / 11) + 1), schedule, 10);
        assertRate(0.001, schedule, 11);
        assertRate(0.001, schedule, 12);
        // The default form, of 20 updates: R = 5.
        Schedule usual = Schedule.oneCycle(1, 20);
        assertRate(0.04, usual, 1);
        assertEquals(1, usual.getNewValue(6), ULP);
        assertEquals(4e-6, usual.getNewValue(20), 4e-12);
    }

    @Test
    void aCycleTooShortToRiseFalls() {
        assertRate(0.5, Schedule.oneCycle(0.5f, 1), 1);
        Schedule three = Schedule.oneCycle(0.5f, 3);
        assertRate(0.5, three, 1);
        assertRate((0.5 + 2e-6) / 2, three, 2);
        assertRate(2e-6, three, 3);
    }

    @Test
    void warmUpRisesToTheFullRate() {
        Schedule schedule = Schedule.poly(1, 8, 1).withWarmUp(4);
        double[] expected = {0.2, 0.4, 0.6, 0.8, 1, 0.75, 0.5, 0.25, 0};
        for (int u = 1; u <= expected.length; u++) {
            assertRate(expected[u - 1], schedule, u);
        }
        assertRate(0.5 / 101, Schedule.constant(0.5f).withWarmUp(100), 1);
        assertRate(0.5 * 100 / 101, Schedule.constant(0.5f).withWarmUp(100), 100);
        assertRate(0.5, Schedule.constant(0.5f).withWarmUp(100), 101);
        assertRate(0.5, Schedule.cosine(0.5f, 9).withWarmUp(8), 9);
        assertRate(0.5, Schedule.cosine(0.5f, 9).withWarmUp(8).withWarmUp(0), 1);
    }

    @Test
    void oneUpdateHasTheFullRate() {
        assertRate(0.5, Schedule.cosine(0.5f, 1), 1);
        assertRate(0.5, Schedule.poly(0.5f, 1), 1);
    }

    @Test
    void neverRisesAfterTheWarmUpNorEndsEarly() {
        for (int updates : new int[] {1, 2, 7, 1000, 10_000_000}) {
            for (Schedule schedule :
                    new Schedule[] {
                        Schedule.poly(1e-3f, updates), Schedule.cosine(1e-3f, updates)
                    }) {
                float before = schedule.getNewValue(1);
                assertEquals(1e-3f, before);
                for (int i = 1; i <= 100; i++) {
                    int update = (int) Math.max(1, (long) updates * i / 100);
                    float rate = schedule.getNewValue(update);
                    assertTrue(rate <= before && rate > 0, updates + " updates, at " + update);
                    before = rate;
                }
            }
        }
    }

    @Test
    void badValuesAreNamed() {
        assertRefused(
                "learningRate: expected a finite number above 0, got 0.0",
                () -> Schedule.constant(0));
        assertRefused(
                "learningRate: expected a finite number above 0, got NaN",
                () -> Schedule.cosine(Float.NaN, 3));
        assertRefused("updates: expected at least 1, got 0", () -> Schedule.cosine(1, 0));
        assertRefused(
                "power: expected a finite number above 0, got -1.0", () -> Schedule.poly(1, 3, -1));
        assertRefused("factor: expected above 0, below 1, got 1.0", () -> Schedule.step(1, 1, 3));
        assertRefused(
                "milestones: expected updates from 1, each above the one before, got [3, 3]",
                () -> Schedule.step(1, 0.1f, 3, 3));
        assertRefused(
                "rise: expected above 0, below 1, got 0.0",
                () -> Schedule.oneCycle(1, 9, 0, 25, 100));
        assertRefused(
                "end: expected a finite number not below 1, got 0.5",
                () -> Schedule.oneCycle(1, 9, 0.3f, 25, 0.5f));
        Schedule schedule = Schedule.poly(1, 3);
        assertRefused("warmUp: expected at least 0, got -1", () -> schedule.withWarmUp(-1));
        assertRefused(
                "warmUp: expected fewer than the 3 updates, got 3", () -> schedule.withWarmUp(3));
        assertRefused("update: expected a number from 1, got 0", () -> schedule.getNewValue(0));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
