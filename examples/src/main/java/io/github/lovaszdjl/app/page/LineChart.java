package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.table.Table;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Curves over epochs as SVG within a page. An epoch whose value is NaN or infinite is a gap. What
 * an epoch's values are shows where the mouse rests on it.
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
     * @param classes classes of the style sheet: colour and dashes
     * @param color a colour of its own, which gets an edge lest it vanish in the page, or empty
     * @param thin whether it is one of those behind a mean
     * @param values its values from epoch 1
     */
    record Line(String name, String classes, String color, boolean thin, double[] values) {

        static Line of(String name, int series, double[] values) {
            return new Line(name, Html.stroke(series), "", false, values);
        }
    }

    /** Returns the chart under a heading, with a legend where there is more than one name in it. */
    String figure(String heading, List<Line> legend) {
        String keys =
                legend.stream()
                        .map(
                                line ->
                                        ("<li><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><line"
                                                        + " class=\"%s\" x1=\"0\" y1=\"5\" x2=\"26\""
                                                        + " y2=\"5\"/></svg>%s</li>")
                                                .formatted(
                                                        line.classes(), Html.escape(line.name())))
                        .collect(Collectors.joining("", "<ul class=\"legend\">", "</ul>\n"));
        return "<figure>\n<h3>"
                + heading
                + "</h3>\n"
                + svg()
                + (legend.isEmpty() ? "" : keys)
                + "</figure>\n";
    }

    /** Returns the chart. */
    String svg() {
        int epochs = Math.max(1, lines.stream().mapToInt(l -> l.values().length).max().orElse(1));
        Frame frame = frame(epochs);
        StringBuilder svg = new StringBuilder();
        svg.append(
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
                        .formatted(frame.width, frame.height, Html.escape(title)));
        appendAxes(svg, frame);
        if (mark > 0) {
            svg.append(
                    format(
                            "<line class=\"mark\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
                            frame.x(mark), Frame.TOP, frame.x(mark), frame.bottom()));
        }
        lines.forEach(line -> appendLine(svg, line, frame));
        if (lines.stream()
                .flatMapToDouble(l -> Arrays.stream(l.values()))
                .noneMatch(Double::isFinite)) {
            svg.append(
                    format(
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">no value</text>\n",
                            (frame.left + frame.right()) / 2.0, frame.height / 2));
        }
        for (int epoch = 1; epoch <= epochs; epoch++) {
            double half = (frame.right() - frame.left) / 2.0 / epochs;
            svg.append(
                    format(
                            "<rect class=\"band\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\">"
                                    + "<title>%s</title></rect>\n",
                            frame.x(epoch) - half,
                            Frame.TOP,
                            2 * half,
                            frame.bottom() - Frame.TOP,
                            Html.escape(told(epoch))));
        }
        return svg.append("</svg>\n").toString();
    }

    private Frame frame(int epochs) {
        double[] values =
                lines.stream()
                        .flatMapToDouble(l -> Arrays.stream(l.values()))
                        .filter(Double::isFinite)
                        .toArray();
        double low = Math.min(0, Arrays.stream(values).min().orElse(0));
        double high = Math.max(0, Arrays.stream(values).max().orElse(1));
        if (upToOne) {
            return new Frame(small, epochs, 0, 1, small ? 0.5 : 0.2);
        }
        double step = step((high > low ? high - low : 1) / (small ? 2 : 5));
        return new Frame(
                small,
                epochs,
                Math.floor(low / step) * step,
                Math.max(Math.ceil(high / step - 1e-9), 1) * step,
                step);
    }

    /** Returns 1, 2 or 5 times a power of ten: the next that is not below. */
    private static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= least * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private void appendAxes(StringBuilder svg, Frame frame) {
        long ticks = Math.round((frame.high - frame.low) / frame.step);
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(frame.step) + 1e-9));
        boolean plain = decimals <= 3 && frame.high < 100_000;
        for (int i = 0; i <= ticks; i++) {
            double value = frame.low + i * frame.step;
            String text = plain ? format("%." + decimals + "f", value) : scientific(value);
            svg.append(
                    format(
                            "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                                    + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                            frame.left,
                            frame.y(value),
                            frame.right(),
                            frame.y(value),
                            frame.left - 6,
                            frame.y(value) + 4,
                            text));
        }
        int every = Math.max(1, (int) Math.round(step(frame.epochs / 6.0)));
        for (int epoch = 1; epoch <= frame.epochs; epoch++) {
            boolean ends = epoch == 1 || epoch == frame.epochs;
            boolean near = epoch != frame.epochs && frame.epochs - epoch < every / 2.0;
            if (small ? ends : epoch == 1 && every < 3 || epoch % every == 0 && !near || ends) {
                svg.append(
                        format(
                                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n",
                                frame.x(epoch), frame.bottom() + 17, epoch));
            }
        }
        if (!small) {
            svg.append(
                    format(
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n",
                            (frame.left + frame.right()) / 2.0, frame.height - 3));
        }
    }

    /** Returns 0.0000015 as "1.5e-6". */
    private static String scientific(double value) {
        return value == 0
                ? "0"
                : format("%.1e", value).replace(".0e", "e").replaceFirst("e\\+?(-?)0*", "e$1");
    }

    private static void appendLine(StringBuilder svg, Line line, Frame frame) {
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        double[] values = line.values();
        String style = line.color().isEmpty() ? "" : " style=\"stroke:" + line.color() + "\"";
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                continue;
            }
            boolean starts = i == 0 || !Double.isFinite(values[i - 1]);
            boolean ends = i == values.length - 1 || !Double.isFinite(values[i + 1]);
            double x = frame.x(i + 1);
            double y = frame.y(values[i]);
            path.append(format("%s%.1f %.1f", starts ? "M" : "L", x, y));
            if (!line.thin() && frame.epochs <= MAX_DOTS || starts && ends) {
                if (!style.isEmpty()) {
                    dots.append(
                            format(
                                    "<circle class=\"case\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.3\"/>",
                                    x, y));
                }
                String fill = line.color().isEmpty() ? "" : " style=\"fill:" + line.color() + "\"";
                dots.append(
                        format(
                                "<circle class=\"%s\"%s cx=\"%.1f\" cy=\"%.1f\" r=\"2.3\"/>",
                                line.classes(), fill, x, y));
            }
        }
        if (path.length() == 0) {
            return;
        }
        if (!style.isEmpty()) {
            svg.append("<path class=\"case\" d=\"").append(path).append("\"/>\n");
        }
        svg.append("<path class=\"").append(line.classes()).append(line.thin() ? " thin\"" : "\"");
        svg.append(style).append(" d=\"").append(path).append("\"/>");
        svg.append(dots).append('\n');
    }

    private String told(int epoch) {
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

    /** Where what is. */
    private static final class Frame {

        static final int TOP = 10;

        final int epochs;
        final double low;
        final double high;
        final double step;
        final int width;
        final int height;
        final int left;
        private final int foot;

        Frame(boolean small, int epochs, double low, double high, double step) {
            this.epochs = epochs;
            this.low = low;
            this.high = high;
            this.step = step;
            width = small ? 220 : 400;
            height = small ? 125 : 250;
            left = small ? 30 : 50;
            foot = small ? 22 : 40;
        }

        int right() {
            return width - 8;
        }

        int bottom() {
            return height - foot;
        }

        double x(int epoch) {
            return left + (epoch - 0.5) / epochs * (right() - left);
        }

        double y(double value) {
            return bottom() - (value - low) / (high - low) * (bottom() - TOP);
        }
    }
}
