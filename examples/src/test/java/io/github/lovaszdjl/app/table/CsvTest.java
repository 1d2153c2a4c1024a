package io.github.lovaszdjl.app.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {

    @Test
    void onlyCellsThatNeedItAreQuoted() {
        assertEquals(
                "plain,two words,a/b.png,Lovász->ce@20,-1.5,NaN,,0.5*ce+lovasz\n"
                        + "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\rx\",c;d,'e',tab\tx,\n",
                Csv.text(
                        List.of(
                                List.of(
                                        "plain",
                                        "two words",
                                        "a/b.png",
                                        "Lovász->ce@20",
                                        "-1.5",
                                        "NaN",
                                        "",
                                        "0.5*ce+lovasz"),
                                List.of(
                                        "a,b",
                                        "say \"x\"",
                                        "two\nlines",
                                        "cr\rx",
                                        "c;d",
                                        "'e'",
                                        "tab\tx",
                                        ""))));
    }

    /** Readers may take such cells for comments, or strip them. */
    @Test
    void cellsWithABlankOrHashAtAnEndAreQuoted() {
        assertEquals(
                "\"#1.png\",\" a\",\"b \",c#\n",
                Csv.text(List.of(List.of("#1.png", " a", "b ", "c#"))));
    }

    @Test
    void numbersHaveSixDecimals() {
        assertEquals("0.123457", Csv.number(0.1234567));
        assertEquals("NaN", Csv.number(Double.NaN));
    }

    @Test
    void noLinesAreNoText() {
        assertEquals("", Csv.text(List.of()));
    }
}
