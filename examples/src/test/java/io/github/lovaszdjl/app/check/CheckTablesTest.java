package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckTablesTest {

    private static LossFinding finding(int thrown, boolean sameBits) {
        return new LossFinding(
                "Lovász hinge", "per image", 15, thrown, 0.1, 0.2, sameBits, List.of());
    }

    private static EngineCheck check(LossFinding finding, LossTiming... timings) {
        return new EngineCheck(
                "PyTorch",
                "cpu",
                Map.of(),
                List.of(finding),
                null,
                List.of(timings),
                Map.of(),
                null,
                1,
                List.of(),
                List.of());
    }

    @Test
    void whatThrewEverywhereHasFailed() {
        assertEquals(
                List.of("Lovász hinge", "15, 15 failed", "failed", "failed", "failed"),
                CheckTables.losses(check(finding(15, true))).get(1));
        assertEquals(
                List.of("Lovász hinge", "15, 1 failed", "failed", "failed", "yes"),
                CheckTables.losses(check(finding(1, true))).get(1));
        assertEquals(
                List.of("Lovász hinge", "15", "0.10", "0.20", "yes"),
                CheckTables.losses(check(finding(0, true))).get(1));
    }

    @Test
    void whatCouldNotBeTimedHasFailed() {
        LossTiming timing =
                new LossTiming("Lovász hinge", "(1, 1)", null, null, "out of memory", null, null);
        assertEquals(
                List.of("Lovász hinge", "(1, 1)", "failed", "-", "-", "-", "-"),
                CheckTables.timings(check(finding(0, true), timing)).get(1));
    }

    @Test
    void whatWasNotRunSaysHowLongItWouldTake() {
        LossTiming known = LossTiming.notRun("a", "(1, 1)", 8.26);
        LossTiming unknown = LossTiming.notRun("b", "(1, 1)", null);
        List<List<String>> cells = CheckTables.timings(check(finding(0, true), known, unknown));
        assertEquals("not run: 8.3 s", cells.get(1).get(2));
        assertEquals("not run", cells.get(2).get(2));
    }

    @Test
    void otherBitsStandBesideAllRight() throws IOException {
        String named = "all right, but other bits on the same input: Lovász hinge (per image)";
        assertTrue(CheckTables.text(List.of(check(finding(0, false)))).contains(named));
        String page = CheckPage.of(List.of(check(finding(0, false))));
        assertTrue(page.contains("All right, but other bits on the same input: Lovász hinge"));
        assertTrue(page.contains("The same input gave other bits on 1 of 1 engines"));
        assertFalse(CheckTables.text(List.of(check(finding(0, true)))).contains("bits on"));
    }

    @Test
    void whatIsLeftOutIsNotAllRight() {
        String text =
                CheckTables.text(List.of(EngineCheck.leftOut("MXNet", "gpu0", "it sees no GPU")));
        assertTrue(text.contains("MXNet on gpu0\nleft out: it sees no GPU"), text);
        assertFalse(text.contains("all right"), text);
    }
}
