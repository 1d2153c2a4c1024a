package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
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

    @Test
    void suggestsWhatBeginsAlikeWhereNothingIsNear() {
        List<String> networks =
                List.of("unet", "resnet18-unet", "resnet18-deeplabv3plus", "mit-b0-segformer");
        assertEquals(
                "; did you mean resnet18-unet or resnet18-deeplabv3plus?",
                Names.suggestion("resnet18-segformer", networks));
        assertEquals("; did you mean mit-b0-segformer?", Names.suggestion("mit-b0-unet", networks));
        // The nearest goes before.
        assertEquals("; did you mean resnet18-unet?", Names.suggestion("resnet18-unte", networks));
        assertEquals("", Names.suggestion("resnet19-segformer", networks));
        // Too many to help, and no word before the hyphen.
        assertEquals(
                "", Names.suggestion("a-verylong", List.of("a-b", "a-c", "a-d", "a-e", "a-f")));
        assertEquals("", Names.suggestion("--verylong", List.of("--b", "--c")));
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

    @Test
    void theMiddleOfALongNameGoes() {
        assertEquals("a".repeat(40), Names.shortened("a".repeat(40)));
        assertEquals(
                "a".repeat(20) + "…" + "b".repeat(19),
                Names.shortened("a".repeat(150) + "b".repeat(150)));
        // By letters, not by halves of them.
        String wide = "\uD83D\uDE00".repeat(41);
        String shortened = Names.shortened(wide);
        assertEquals(40, shortened.codePointCount(0, shortened.length()));
        assertTrue(shortened.codePoints().allMatch(c -> c == 0x1F600 || c == '…'), shortened);
        assertEquals("…", Names.shortened("abc", 1));
        assertEquals("a…", Names.shortened("abc", 2));
    }

    @Test
    void ofManyNamesTheFirstAreListed() {
        assertEquals("[]", Names.list(List.of()));
        assertEquals("[sky, a,b]", Names.list(List.of("sky", "a,b")));
        List<String> twelve = Collections.nCopies(12, "x");
        assertEquals(twelve.toString(), Names.list(twelve));
        String many = Names.list(Collections.nCopies(255, "y".repeat(300)));
        assertTrue(many.endsWith(", … (255)]") && many.length() < 260, many);
    }

    @Test
    void whatCannotBeSeenToDifferIsSaid() {
        assertEquals("", Names.difference(List.of("a"), List.of("b")));
        List<String> many = Collections.nCopies(90, "x");
        assertEquals("", Names.difference(many, many));
        assertEquals(
                "; the first difference is name 90: expected x, got none",
                Names.difference(many, many.subList(0, 89)));
        assertEquals(
                "; the first difference is name 1: expected "
                        + Names.shortened("z".repeat(50))
                        + ", got a",
                Names.difference(List.of("z".repeat(50)), List.of("a")));
    }
}
