package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.table.Table;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The scores of trials over a value of theirs, and where the template that draws them, {@code
 * scatter.ftlh}, puts what. A dot without a score is a cross at the bottom. What a dot is shows
 * where the mouse rests on it.
 *
 * @param axis what the value is
 * @param ticks what stands on the horizontal axis
 * @param dots the trials, the best one first
 */
public record ScatterChart(String axis, List<Tick> ticks, List<Dot> dots) {

    /** From one tick of the vertical axis to the next where all scores are the same. */
    private static final double LEAST_STEP = 0.01;

    /** About as many ticks. */
    private static final int STEPS = 4;

    /** The room at both ends of the horizontal axis. */
    private static final double MARGIN = 10;

    /** The letters on a horizontal axis that fit; longer texts are cut. */
    private static final int MAX_LETTERS = 40;

    /**
     * A place on the horizontal axis.
     *
     * @param at where, 0 to 1
     * @param text what stands there
     */
    public record Tick(double at, String text) {}

    /** How a dot is drawn. */
    public enum Kind {
        /** The best trial. */
        BEST("s1", 6),
        /** One that was trained to its end. */
        WHOLE("s0", 5),
        /** One that was not continued to its end. */
        PART("s0 part", 3.5);

        private final String style;
        private final double radius;

        Kind(String style, double radius) {
            this.style = style;
            this.radius = radius;
        }

        /** Returns its classes in the style sheet. */
        public String getStyle() {
            return style;
        }

        /** Returns its size. */
        public double getRadius() {
            return radius;
        }
    }

    /**
     * A trial.
     *
     * @param at where on the horizontal axis, 0 to 1
     * @param score its score, or NaN
     * @param kind how it is drawn
     * @param text what it is
     */
    public record Dot(double at, double score, Kind kind, String text) {

        /** Returns whether it has a score. */
        public boolean scored() {
            return Double.isFinite(score);
        }

        /** Returns the text on it. */
        public String told() {
            return text + "\nmean IoU: " + Table.number("%.4f", score);
        }
    }

    /** Returns the dots in the order in which they are drawn: the best one over all others. */
    public List<Dot> drawn() {
        return IntStream.range(0, dots.size())
                .mapToObj(i -> dots.get(dots.size() - 1 - i))
                .toList();
    }

    /** Returns the vertical axis, and the places of both. */
    public LineChart.Frame frame() {
        double[] scores = dots.stream().filter(Dot::scored).mapToDouble(Dot::score).toArray();
        double low = Arrays.stream(scores).min().orElse(0);
        double high = Arrays.stream(scores).max().orElse(1);
        double step = LineChart.step(Math.max((high - low) / STEPS, LEAST_STEP));
        double bottom = Math.max(0, Math.floor(low / step - 1e-9) * step);
        double top = Math.max(Math.ceil(high / step + 1e-9) * step, bottom + step);
        return new LineChart.Frame(false, 1, bottom, top, step);
    }

    /** Returns what stands on the vertical axis. */
    public List<LineChart.Tick> scores() {
        return LineChart.ticks(frame());
    }

    /** Returns where something on the horizontal axis is, with room for dots at the ends. */
    public double x(double at) {
        LineChart.Frame frame = frame();
        return frame.left() + MARGIN + at * (frame.right() - frame.left() - 2 * MARGIN);
    }

    /** Returns how the text of a tick is set: a long one at an end begins or ends there. */
    public String anchor(Tick tick) {
        if (tick.text().length() < 4) {
            return "middle";
        }
        return tick.at() <= 0 ? "start" : tick.at() >= 1 ? "end" : "middle";
    }

    /** Returns the text of a tick, cut where it is longer than its share of the axis. */
    public String text(Tick tick) {
        int letters = Math.max(3, MAX_LETTERS / Math.max(1, ticks.size()));
        int[] all = tick.text().codePoints().toArray();
        return all.length <= letters ? tick.text() : new String(all, 0, letters - 1) + "\u2026";
    }
}
