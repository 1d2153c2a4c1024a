package io.github.lovaszdjl.app.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class RungTest {

    /** Table 1 of the paper on Hyperband, the bracket s = 4. */
    @Test
    void halvingIsThePublishedBracket() {
        assertEquals(
                List.of(
                        new Rung(81, 1),
                        new Rung(27, 3),
                        new Rung(9, 9),
                        new Rung(3, 27),
                        new Rung(1, 81)),
                Rung.halving(81, 81, 3));
    }

    @Test
    void numbersAreRoundedDown() {
        assertEquals(
                List.of(new Rung(9, 3), new Rung(3, 10), new Rung(1, 30)), Rung.halving(9, 30, 3));
        assertEquals(
                List.of(new Rung(7, 1), new Rung(3, 3), new Rung(1, 7)), Rung.halving(7, 7, 2));
        // Of five epochs there are two rungs only.
        assertEquals(List.of(new Rung(100, 1), new Rung(33, 5)), Rung.halving(100, 5, 3));
        assertEquals(List.of(new Rung(5, 50), new Rung(1, 200)), Rung.halving(5, 200, 4));
    }

    @Test
    void oneRungIsNoHalving() {
        assertThrows(IllegalArgumentException.class, () -> Rung.halving(2, 100, 3));
        assertThrows(IllegalArgumentException.class, () -> Rung.halving(100, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> Rung.halving(9, 9, Integer.MAX_VALUE));
    }
}
