package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.table.Table;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Curves over epochs, and where the template that draws them, {@code chart.ftlh}, puts what. An
 * epoch whose value is NaN or infinite is a gap. What an epoch's values are shows where the mouse
 * rests on it.
 *
 * <p>XChart, which draws the pictures, is not for pages: in its SVG text is outlines, dashes begin
 * anew at every point, colours cannot change with the reader's light or dark, and it needs fonts.
 *
 * @param title what is shown; read aloud, not drawn
 * @param lines the curves; the last is drawn on top
 * @param upToOne whether the axis goes from 0 to 1, as for IoU, or as far as the values do
 * @param mark the epoch to mark, or 0
 * @param small whether it is one of many, with less on its axes
 */
public record LineChart(String title, List<Line> lines, boolean upToOne, int mark, boolean small) {

    /** More points than this are not dotted. */
    private static final int MAX_DOTS = 40;

    /** More curves than this are not all told in the text on an epoch, but the main ones alone. */
    private static final int MAX_TOLD = 8;

    /**
     * A curve.
     *
     * @param name what it shows
     * @param series the number that gives its colour and dashes, or -1 for a colour of its own
     * @param color that colour, as a style sheet writes it
     * @param thin whether it is one of those behind a mean
     * @param values its values from epoch 1
     */
    public record Line(String name, int series, String color, boolean thin, double[] values) {

        static Line of(String name, int series, double[] values) {
            return new Line(name, series, "", false, values);
        }
    }

    /** A value on the vertical axis. */
    public record Tick(double value, String text) {}

    /** Returns whether there is nothing to draw. */
    public boolean empty() {
        return finite().length == 0;
    }

    private double[] finite() {
        return lines.stream()
                .flatMapToDouble(line -> Arrays.stream(line.values()))
                .filter(Double::isFinite)
                .toArray();
    }

    /** Returns the axes. */
    public Frame frame() {
        int epochs = Math.max(1, lines.stream().mapToInt(l -> l.values().length).max().orElse(1));
        if (upToOne) {
            return new Frame(small, epochs, 0, 1, small ? 0.5 : 0.2);
        }
        double[] values = finite();
        double low = Math.min(0, Arrays.stream(values).min().orElse(0));
        double high = Math.max(0, Arrays.stream(values).max().orElse(1));
        double step = step((high > low ? high - low : 1) / (small ? 2 : 5));
        return new Frame(
                small,
                epochs,
                Math.floor(low / step) * step,
                Math.max(Math.ceil(high / step - 1e-9), 1) * step,
                step);
    }

    /** Returns 1, 2 or 5 times a power of ten: the next that is not below. */
    static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= least * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    /** Returns what stands on the vertical axis. */
    public List<Tick> ticks() {
        return ticks(frame());
    }

    static List<Tick> ticks(Frame frame) {
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(frame.step()) + 1e-9));
        boolean plain = decimals <= 3 && frame.high() < 100_000;
        return IntStream.rangeClosed(
                        0, (int) Math.round((frame.high() - frame.low()) / frame.step()))
                .mapToDouble(i -> frame.low() + i * frame.step())
                .mapToObj(
                        v -> new Tick(v, plain ? format("%." + decimals + "f", v) : scientific(v)))
                .toList();
    }

    /** Returns 0.0000015 as "1.5e-6". */
    private static String scientific(double value) {
        return value == 0
                ? "0"
                : format("%.1e", value).replace(".0e", "e").replaceFirst("e\\+?(-?)0*", "e$1");
    }

    /** Returns the epochs whose numbers stand on the horizontal axis. */
    public List<Integer> labelledEpochs() {
        int last = frame().epochs();
        int every = Math.max(1, (int) Math.round(step(last / 6.0)));
        return IntStream.rangeClosed(1, last)
                .filter(
                        epoch -> {
                            boolean ends = epoch == 1 || epoch == last;
                            boolean near = epoch != last && last - epoch < every / 2.0;
                            return ends || !small && epoch % every == 0 && !near;
                        })
                .boxed()
                .toList();
    }

    /** Returns a curve as the path of an SVG, empty if it has no value. */
    public String path(Line line) {
        Frame frame = frame();
        double[] values = line.values();
        return IntStream.range(0, values.length)
                .filter(i -> Double.isFinite(values[i]))
                .mapToObj(
                        i ->
                                format(
                                        "%s%.1f %.1f",
                                        starts(values, i) ? "M" : "L",
                                        frame.x(i + 1),
                                        frame.y(values[i])))
                .collect(Collectors.joining());
    }

    /** Returns the epochs that have a dot on a curve: of a thin or long one those alone. */
    public List<Integer> dots(Line line) {
        double[] values = line.values();
        boolean all = !line.thin() && frame().epochs() <= MAX_DOTS;
        return IntStream.range(0, values.length)
                .filter(i -> Double.isFinite(values[i]))
                .filter(i -> all || starts(values, i) && ends(values, i))
                .mapToObj(i -> i + 1)
                .toList();
    }

    private static boolean starts(double[] values, int i) {
        return i == 0 || !Double.isFinite(values[i - 1]);
    }

    private static boolean ends(double[] values, int i) {
        return i == values.length - 1 || !Double.isFinite(values[i + 1]);
    }

    /** Returns the text on an epoch. */
    public String told(int epoch) {
        boolean all = lines.size() <= MAX_TOLD;
        return lines.stream()
                .filter(line -> (all || !line.thin()) && line.values().length >= epoch)
                .map(line -> line.name() + ": " + number(line.values()[epoch - 1]))
                .collect(Collectors.joining("\n", "epoch " + epoch + "\n", ""));
    }

    private static String number(double value) {
        boolean plain = value == 0 || Math.abs(value) >= 0.01 && Math.abs(value) < 10_000;
        return Table.number(plain ? "%.3f" : "%.2e", value);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /**
     * The axes.
     *
     * @param epochs the number of epochs, each a band of the width
     * @param low the value at the bottom
     * @param high the value at the top
     * @param step from one tick to the next
     */
    public record Frame(boolean small, int epochs, double low, double high, double step) {

        public int width() {
            return small ? 220 : 400;
        }

        public int height() {
            return small ? 125 : 250;
        }

        public int left() {
            return small ? 30 : 50;
        }

        public int right() {
            return width() - 8;
        }

        public double middle() {
            return (left() + right()) / 2.0;
        }

        public int top() {
            return 10;
        }

        public int bottom() {
            return height() - (small ? 22 : 40);
        }

        /** Returns where an epoch is; half of its band is on each side. */
        public double x(double epoch) {
            return left() + (epoch - 0.5) / epochs * (right() - left());
        }

        public double y(double value) {
            return bottom() - (value - low) / (high - low) * (bottom() - top());
        }
    }
}
