package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTest {

    private static final List<String> KNOWN = List.of("ce", "lovasz", "dice", "jaccard", "focal");

    @Test
    void listsTheKnownAndSuggestsTheNearest() {
        assertEquals(
                "loss: expected one of ce, lovasz, dice, jaccard, focal, got \"lovaz\"; did you"
                        + " mean lovasz?",
                Names.unknown("loss", "lovaz", KNOWN));
        assertEquals(
                "loss: expected one of ce, lovasz, dice, jaccard, focal, got \"hinge\"",
                Names.unknown("loss", "hinge", KNOWN));
        assertEquals(
                "parameter: expected gamma, got \"gama\"; did you mean gamma?",
                Names.unknown("parameter", "gama", List.of("gamma")));
    }

    @ParameterizedTest
    @CsvSource({"LOVASZ, lovasz", "lvoasz, lovasz", "dce, ce", "jacard, jaccard", "vocal, focal"})
    void findsTheNearest(String given, String expected) {
        assertEquals(Optional.of(expected), Names.nearest(given, KNOWN));
    }

    @Test
    void suggestsNothingForAnotherWord() {
        for (String given : List.of("", "xy", "mse", "tversky", "x".repeat(1000))) {
            assertEquals(Optional.empty(), Names.nearest(given, KNOWN), given);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', abc, 3",
        "kitten, sitting, 3",
        "sunday, saturday, 3",
        "ab, ba, 1",
        "abcd, acbd, 1",
        "abc, abc, 0"
    })
    void countsEdits(String a, String b, int expected) {
        assertEquals(expected, Names.distance(a, b));
        assertEquals(expected, Names.distance(b, a));
    }
}
