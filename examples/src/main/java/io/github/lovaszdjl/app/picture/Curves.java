package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Table;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A picture of how runs went: above, mean IoU and pixel accuracy on the validation set and the loss
 * in training; below, a panel for the IoU of each class. A run has one colour everywhere.
 *
 * <p>IoU and accuracy are always shown from 0 to 1, so that panels and pictures compare at a
 * glance; the numbers above a panel, those of the last epoch, tell small differences. The loss has
 * a scale of its own, on which different losses do not compare. An epoch whose value is NaN or
 * infinite is a gap.
 */
public final class Curves {

    /** Okabe and Ito's colours, which the colour-blind tell apart; without yellow, too faint. */
    static final List<Color> COLORS =
            List.of(
                    new Color(0x0072B2),
                    new Color(0xD55E00),
                    new Color(0x009E73),
                    new Color(0xCC79A7),
                    new Color(0xE69F00),
                    new Color(0x56B4E9),
                    Color.BLACK);

    /** Closer to each other than this, large marks would hide the line. */
    private static final int MARK_DISTANCE = 14;

    private static final int GAP = 24;

    /** Around a chart: XChart leaves out the labels of ticks that do not fit. */
    private static final int PADDING = 10;

    private static final int TITLE_HEIGHT = 26;
    private static final int HEAD_HEIGHT = 330;

    private Curves() {}

    /**
     * An epoch.
     *
     * @param loss the mean loss in training
     * @param scores the scores on the validation set
     * @param averaged whether these are of an average of weights
     */
    public record Epoch(double loss, Scores scores, boolean averaged) {

        /** Constructs an epoch without an average. */
        public Epoch(double loss, Scores scores) {
            this(loss, scores, false);
        }
    }

    /**
     * A run.
     *
     * @param name what the legend calls it
     * @param epochs its epochs, from the first
     */
    public record Run(String name, List<Epoch> epochs) {

        public Run {
            epochs = List.copyOf(epochs);
        }
    }

    /**
     * Draws the picture.
     *
     * @param png the file, replaced if it exists
     * @param classNames the names of the classes
     * @param runs the runs; their numbers of epochs may differ
     * @throws IOException if the file cannot be written or there is no font
     */
    public static void write(Path png, List<String> classNames, List<Run> runs) throws IOException {
        for (Run run : runs) {
            run.epochs().forEach(epoch -> epoch.scores().checkClasses(classNames));
        }
        Pictures.checkFonts();
        Pictures.write(png, draw(classNames, runs));
    }

    private static BufferedImage draw(List<String> classNames, List<Run> runs) {
        int classes = classNames.size();
        int columns = classes <= 4 ? 2 : classes <= 9 ? 3 : 4;
        int rows = (classes + columns - 1) / columns;
        int rowHeight = columns == 2 ? 280 : columns == 3 ? 250 : 220;
        int width = Pictures.WIDTH - 2 * Pictures.MARGIN;
        List<Pictures.Key> keys =
                IntStream.range(0, runs.size())
                        .mapToObj(i -> new Pictures.Key(runs.get(i).name(), color(i), stroke(i)))
                        .toList();
        int top = Pictures.MARGIN + Pictures.legendHeight(keys, width) + Pictures.LINE + GAP / 2;
        int bottom = top + HEAD_HEIGHT + rows * (GAP + rowHeight);
        BufferedImage page = Pictures.page(Pictures.WIDTH, bottom + Pictures.MARGIN);
        Graphics2D g = Pictures.pen(page);
        g.translate(Pictures.MARGIN, 0);
        Pictures.drawLegend(g, keys, 0, Pictures.MARGIN, width);
        boolean averaged =
                runs.stream().flatMap(r -> r.epochs().stream()).anyMatch(Epoch::averaged);
        String note =
                "IoU and accuracy on the validation set after each epoch"
                        + (averaged ? ", of the average of the weights" : "");
        String numbers = note + "; numbers: last epoch";
        Pictures.drawText(g, numbers, Pictures.SMALL, Pictures.FAINT_INK, 0, top - GAP / 2 - 8);

        g.translate(0, top);
        int half = (width - GAP) / 2;
        int quarter = (half - GAP) / 2;
        new Panel("mean IoU", "IoU", true, e -> e.scores().meanIou())
                .draw(g, runs, 0, 0, half, HEAD_HEIGHT);
        new Panel("pixel accuracy", "accuracy", true, e -> e.scores().pixelAccuracy())
                .draw(g, runs, half + GAP, 0, quarter, HEAD_HEIGHT);
        new Panel("training loss", "loss", false, Epoch::loss)
                .draw(g, runs, width - quarter, 0, quarter, HEAD_HEIGHT);
        int panelWidth = (width - (columns - 1) * GAP) / columns;
        for (int i = 0; i < classes; i++) {
            int c = i;
            int x = c % columns * (panelWidth + GAP);
            int y = HEAD_HEIGHT + GAP + c / columns * (rowHeight + GAP);
            new Panel(classNames.get(c), "IoU", true, e -> e.scores().iou().get(c))
                    .draw(g, runs, x, y, panelWidth, rowHeight);
        }
        g.dispose();
        return page;
    }

    private static Color color(int run) {
        return COLORS.get(run % COLORS.size());
    }

    /** Runs that must share their colours with earlier ones have thin lines. */
    private static BasicStroke stroke(int run) {
        float width = run < COLORS.size() ? 2.5f : 1.2f;
        return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    }

    /** One panel: a title, what its vertical axis shows, whether it ends at 1, and what to show. */
    private record Panel(
            String title, String axis, boolean upToOne, ToDoubleFunction<Epoch> value) {

        void draw(Graphics2D page, List<Run> runs, int x, int y, int width, int height) {
            List<double[]> curves = runs.stream().map(this::curve).toList();
            Graphics2D g = (Graphics2D) page.create();
            g.translate(x, y);
            drawTitle(g, title, curves, width - PADDING);
            // The chart has padding on all sides; on the left and below, the page has its own.
            g.translate(-PADDING, TITLE_HEIGHT);
            chart(curves, width).paint(g, width + PADDING, height - TITLE_HEIGHT + PADDING);
            g.dispose();
        }

        private double[] curve(Run run) {
            DoubleStream values = run.epochs().stream().mapToDouble(value);
            return values.map(v -> Double.isFinite(v) ? v : Double.NaN).toArray();
        }

        private XYChart chart(List<double[]> curves, int width) {
            DoubleSummaryStatistics values =
                    curves.stream()
                            .flatMapToDouble(Arrays::stream)
                            .filter(Double::isFinite)
                            .summaryStatistics();
            double epochs = Math.max(1, curves.stream().mapToInt(c -> c.length).max().orElse(1));
            double low = Math.min(0, values.getMin());
            double high = upToOne ? 1 : Math.max(0, values.getMax());
            double unit = unit(Math.max(-low, high));

            XYChart chart = new XYChartBuilder().xAxisTitle("epoch").yAxisTitle(axis).build();
            if (unit != 1) {
                chart.setYAxisTitle(String.format(Locale.ROOT, "%s / %.0e", axis, unit));
            }
            style(chart.getStyler());
            chart.getStyler()
                    .setXAxisMin(0.5)
                    .setXAxisMax(epochs + 0.5)
                    .setYAxisMin(low / unit)
                    .setYAxisMax(low == high ? 1 : high / unit)
                    .setMarkerSize(width < MARK_DISTANCE * epochs ? 3 : 7);
            // At values an equal step apart, XChart would put the ticks; NaN has no step to any.
            chart.addSeries("none", new double[] {Double.NaN}, new double[] {Double.NaN});
            for (int i = 0; i < curves.size(); i++) {
                double[] curve = Arrays.stream(curves.get(i)).map(v -> v / unit).toArray();
                if (curve.length > 0) {
                    chart.addSeries("run " + i, curve)
                            // Without a mark, what is alone between gaps would not be seen.
                            .setMarker(SeriesMarkers.CIRCLE)
                            .setMarkerColor(color(i))
                            .setLineColor(color(i))
                            .setLineStyle(stroke(i));
                }
            }
            if (values.getCount() == 0) {
                chart.addAnnotation(new AnnotationText("no value", (1 + epochs) / 2, 0.5, false));
            }
            return chart;
        }
    }

    /** Returns 1 or, lest labels be long or alike, the power of ten below the largest value. */
    private static double unit(double largest) {
        boolean plain = largest < Double.MIN_NORMAL || largest >= 0.01 && largest < 10_000;
        return plain ? 1 : Math.pow(10, Math.floor(Math.log10(largest)));
    }

    private static void style(XYStyler styler) {
        styler.setLegendVisible(false)
                .setChartTitleVisible(false)
                .setChartBackgroundColor(Color.WHITE)
                .setChartPadding(PADDING)
                .setPlotBorderVisible(false)
                // Room for the marks at 0 and 1.
                .setPlotContentSize(0.95)
                .setChartFontColor(Pictures.INK)
                .setAnnotationTextFont(Pictures.SMALL)
                .setAnnotationTextFontColor(Pictures.FAINT_INK);
        styler.setAxisTitleFont(Pictures.SMALL)
                .setAxisTickLabelsFont(Pictures.SMALL)
                .setAxisTickLabelsColor(Pictures.INK)
                .setPlotGridLinesStroke(new BasicStroke(1))
                .setPlotGridLinesColor(new Color(0xDDDDDD))
                .setPlotMargin(0)
                .setXAxisTickMarkSpacingHint(50)
                // Ticks between two epochs would have equal labels, which XChart avoids.
                .setXAxisDecimalPattern("0")
                .setYAxisDecimalPattern("0.0##")
                .setYAxisLabelAlignment(TextAlignment.Right)
                .setLocale(Locale.ROOT);
    }

    /** The title on the left and, where there is room, the last values on the right. */
    private static void drawTitle(Graphics2D g, String title, List<double[]> curves, int width) {
        FontMetrics metrics = Pictures.measure(Pictures.BOLD);
        FontMetrics numberMetrics = Pictures.measure(Pictures.SMALL_BOLD);
        List<String> last = curves.stream().map(Curves::last).toList();
        int numberWidth = 8 + last.stream().mapToInt(numberMetrics::stringWidth).max().orElse(0);
        int baseline = Pictures.baseline(metrics, 0, TITLE_HEIGHT);
        int numbers = curves.size() * numberWidth;
        boolean fits = numbers <= width / 2 || numbers + metrics.stringWidth(title) + GAP <= width;
        String shown = Pictures.fit(title, metrics, fits ? width - numbers : width);
        Pictures.drawText(g, shown, Pictures.BOLD, Pictures.INK, 0, baseline);
        for (int i = 0; fits && i < curves.size(); i++) {
            String number = last.get(i);
            int right = width - (curves.size() - 1 - i) * numberWidth;
            int left = right - numberMetrics.stringWidth(number);
            Pictures.drawText(g, number, Pictures.SMALL_BOLD, color(i), left, baseline);
        }
    }

    private static String last(double[] curve) {
        double last = curve.length == 0 ? Double.NaN : curve[curve.length - 1];
        boolean plain = last == 0 || Math.abs(last) >= 0.001 && Math.abs(last) < 1000;
        return Table.number(plain ? "%.3f" : "%.2e", last);
    }
}
