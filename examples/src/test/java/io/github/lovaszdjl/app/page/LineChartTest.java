package io.github.lovaszdjl.app.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LineChartTest {

    private static final double NAN = Double.NaN;

    /** What the template needs of a page. */
    public record Alone(LineChart chart) {}

    // The plot of a large chart: from x 50 to 392 and, downwards, from y 10 to 210.
    @Test
    void valuesAreWhereTheyBelong() throws IOException {
        String svg = chart(true, 0, 0.5, 1);
        // Three epochs, each a third of the width, its value in the middle.
        assertTrue(svg.contains("d=\"M107.0 210.0L221.0 110.0L335.0 10.0\""), svg);
        assertEquals(3, count("<circle", svg));
    }

    @Test
    void whatIsNotANumberIsAGapAndWhatIsAloneADot() throws IOException {
        String svg = chart(true, NAN, 0.5, Double.POSITIVE_INFINITY, 1, 1);
        // A line begins at 0.5 and at 1.
        assertTrue(svg.contains("d=\"M152.6 110.0M289.4 10.0L357.8 10.0\""), svg);
        assertFalse(svg.contains("NaN"), svg);
        assertEquals(3, count("<circle", svg));
    }

    @Test
    void anEpochTellsItsValues() throws IOException {
        String svg = chart(true, 0.25, 0.5);
        assertTrue(svg.contains("<title>epoch 2\na &lt; b: 0.500</title>"), svg);
        assertEquals(2, count("class=\"band\"", svg));
    }

    @Test
    void theAxisGoesAsFarAsTheValues() throws IOException {
        assertEquals(List.of("0", "1", "2", "3", "4"), ticks(chart(false, 3.3, 0.2)));
        assertEquals(
                List.of("0.000", "0.001", "0.002", "0.003"), ticks(chart(false, 0.003, 0.0001)));
        assertEquals(List.of("-2", "-1", "0", "1", "2", "3"), ticks(chart(false, -1.5, 3)));
        assertEquals(
                List.of("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"), ticks(chart(true, 0.1, 0.2)));
    }

    @Test
    void tinyAndHugeValuesHaveShortTicks() throws IOException {
        for (double largest : new double[] {4e-5, 7e-9, 3e6, 2e20}) {
            List<String> ticks = ticks(chart(false, largest));
            assertTrue(ticks.size() >= 3, ticks.toString());
            assertEquals(ticks.size(), ticks.stream().distinct().count(), ticks.toString());
            assertTrue(ticks.stream().allMatch(t -> t.length() <= 6), ticks.toString());
        }
    }

    @Test
    void withoutValuesItSaysSo() throws IOException {
        assertTrue(chart(true, NAN, NAN).contains(">no value</text>"));
        assertTrue(chart(false).contains(">no value</text>"));
        assertFalse(chart(false, 0).contains(">no value</text>"));
        assertFalse(chart(false, NAN, NAN).contains("<path"));
    }

    private static String chart(boolean upToOne, double... values) throws IOException {
        List<LineChart.Line> lines = List.of(LineChart.Line.of("a < b", 0, values));
        return Pages.fill(
                "chart.ftlh", new Alone(new LineChart("chart", lines, upToOne, 0, false)));
    }

    private static List<String> ticks(String svg) {
        return Pattern.compile("text-anchor=\"end\">([^<]*)<")
                .matcher(svg)
                .results()
                .map(m -> m.group(1))
                .toList();
    }

    private static long count(String regex, String text) {
        return Pattern.compile(regex).matcher(text).results().count();
    }
}
