package io.github.lovaszdjl.app.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TableTest {

    private static final List<String> CLASSES = List.of("ocean", "a|b");
    private static final List<Table.Row> ROWS =
            List.of(
                    new Table.Row("plain", new Scores(List.of(0.5, 1.0), 0.75, 0.98765), 9.96),
                    new Table.Row(
                            "Lovász", new Scores(List.of(0.25, Double.NaN), 0.25, 0.5), 1234.5678));

    @Test
    void textIsAligned() {
        assertEquals(
                """
                run     ocean    a|b  mean IoU  pixel accuracy  seconds
                plain   0.500  1.000     0.750           0.988     10.0
                Lovász  0.250      -     0.250           0.500   1234.6
                """,
                Table.text(CLASSES, ROWS));
    }

    @Test
    void markdownIsAlignedAndEscaped() {
        assertEquals(
                """
                | run    | ocean |  a\\|b | mean IoU | pixel accuracy | seconds |
                |--------|------:|------:|---------:|---------------:|--------:|
                | plain  | 0.500 | 1.000 |    0.750 |          0.988 |    10.0 |
                | Lovász | 0.250 |     - |    0.250 |          0.500 |  1234.6 |
                """,
                Table.markdown(CLASSES, ROWS));
    }

    @Test
    void cellsOfAnyKindAreEscapedInMarkdown() {
        assertEquals(
                """
                | a        |    b |
                |----------|-----:|
                | two line | x\\*y |
                """,
                Table.markdown(List.of(List.of("a", "b"), List.of("two\nline", "x*y"))));
    }

    @Test
    void noLocaleChangesTheNumbers() {
        Locale before = Locale.getDefault();
        String expected = Table.text(CLASSES, ROWS);
        try {
            Locale.setDefault(Locale.forLanguageTag("de"));
            assertEquals(expected, Table.text(CLASSES, ROWS));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void manyClassesAreRowsAndLongNamesShort() {
        List<String> names = IntStream.range(0, 255).mapToObj(i -> "n".repeat(300) + i).toList();
        List<Double> ious = Collections.nCopies(255, 0.5);
        List<Table.Row> rows = List.of(new Table.Row("ce", new Scores(ious, 0.5, 0.5), 1));
        List<String> lines = Table.text(names, rows).lines().toList();
        assertEquals(1 + 255 + 3, lines.size());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 50), lines.get(1));
        assertEquals("run" + " ".repeat(37 + 5) + "ce", lines.get(0));
        assertTrue(lines.get(255).endsWith("n254  0.500"), lines.get(255));
        // Files have them whole.
        assertTrue(Table.markdown(names, rows).contains(names.get(254)));
    }

    @Test
    void oneOfAKindHasNoS() {
        assertEquals("1 image", Table.count(1, "image"));
        assertEquals("0 images", Table.count(0, "image"));
        assertEquals("31 images", Table.count(31, "image"));
    }

    @Test
    void withoutRunsThereIsTheHeading() {
        assertEquals(
                "run  ocean  a|b  mean IoU  pixel accuracy  seconds\n",
                Table.text(CLASSES, List.of()));
    }

    @Test
    void aScoreForEachClassIsNeeded() {
        assertThrows(IllegalArgumentException.class, () -> Table.text(List.of("ocean"), ROWS));
    }

    @Test
    void scoresAreThoseOfTheMatrix() {
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        matrix.add(0, 0);
        matrix.add(0, 1);
        // IoU 1/2, 0/1 and none; one of two pixels is right.
        assertEquals(new Scores(List.of(0.5, 0.0, Double.NaN), 0.25, 0.5), Scores.of(matrix));
    }
}
