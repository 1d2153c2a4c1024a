package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelMappingTest {

    @Test
    void valuesRangesAndTheRestHaveIds() {
        LabelMapping map = LabelMapping.parse(" 255=1, 0..127=0 ,300=2 ");
        assertEquals(OptionalInt.of(0), map.ofValue(0));
        assertEquals(OptionalInt.of(0), map.ofValue(127));
        assertEquals(OptionalInt.empty(), map.ofValue(128));
        assertEquals(OptionalInt.of(1), map.ofValue(255));
        assertEquals(OptionalInt.empty(), map.ofValue(256));
        assertEquals(OptionalInt.of(2), map.ofValue(300));
        assertEquals(OptionalInt.empty(), map.ofValue(65535));
        assertEquals(OptionalInt.of(127), map.nearestValue(128));
        assertEquals(OptionalInt.of(255), map.nearestValue(254));
        assertEquals(Set.of(0, 1, 2), map.ids());
        assertEquals("0..127=0,255=1,300=2", map.toString());
        assertEquals(OptionalInt.of(7), LabelMapping.parse("0=0,*=7").ofValue(9));
        assertEquals("0=0,*=7", LabelMapping.parse("*=7,0=0").toString());
        assertEquals(map, LabelMapping.parse(map.toString()));
    }

    @Test
    void coloursHaveIds() {
        LabelMapping map = LabelMapping.parse("#ff00aa=3,#00FF00=255");
        assertEquals(255, map.colours().get(0x00ff00));
        assertEquals(3, map.colours().get(0xff00aa));
        assertTrue(map.hasColours() && !map.hasValues());
        assertEquals("#00FF00=255,#FF00AA=3", map.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "0",
                "0=",
                "=0",
                "a=0",
                "0=256",
                "65536=0",
                "2..1=0",
                "-1=0",
                "0=0,",
                "0=0;1=1",
                "#12345=0",
                "#1234567=0",
                "0=0=0",
                "1..=0",
                "9..65536=0",
                "0=1000"
            })
    void whatIsNoRuleIsRefused(String text) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> LabelMapping.parse(text));
        assertTrue(
                e.getMessage().startsWith("label-map: expected VALUE=ID, FIRST..LAST=ID, "),
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0=0,0=1",
                "0..9=0,5=1",
                "5=1,0..9=0",
                "3..9=1,0..3=0",
                "*=1,*=1",
                "#0000ff=1,#0000FF=1"
            })
    void everyValueIsNamedOnce(String text) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> LabelMapping.parse(text));
        assertTrue(e.getMessage().contains("every value and colour once"), e.getMessage());
    }

    @Test
    void valuesAndColoursDoNotMix() {
        Exception e =
                assertThrows(
                        IllegalArgumentException.class, () -> LabelMapping.parse("0=0,#000000=0"));
        assertEquals(
                "label-map: expected values or colours, got both in \"0=0,#000000=0\"",
                e.getMessage());
    }
}
