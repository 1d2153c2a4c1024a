package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * A confusion matrix as a picture and as CSV. A row is a true class, a column a predicted one. The
 * picture shows of each true class in percent where its pixels went; a row sums to 100.
 */
public final class Confusion {

    private static final int MAX_CELL = 110;
    private static final int MIN_CELL = 30;
    private static final int MAX_LABEL = 220;
    private static final int SWATCH = 12;
    private static final int GAP = 8;
    private static final Color NONE = new Color(0xF7F7F7);
    private static final Color ALL = new Color(0x084A91);
    private static final Color GRID = new Color(0xD8D8D8);

    private Confusion() {}

    /**
     * Draws the picture.
     *
     * @param png the file, replaced if it exists
     * @param classNames the names of the classes
     * @param matrix the counts
     * @throws IOException if the file cannot be written or there is no font
     */
    public static void writePicture(Path png, List<String> classNames, ConfusionMatrix matrix)
            throws IOException {
        Pictures.write(png, picture(classNames, matrix));
    }

    /** Returns the picture, see {@link #writePicture}. */
    public static BufferedImage picture(List<String> classNames, ConfusionMatrix matrix)
            throws IOException {
        checkClasses(classNames, matrix);
        Pictures.checkFonts();
        return draw(classNames, matrix);
    }

    /** Writes the counts, see {@link #csv}. */
    public static void writeCsv(Path csv, List<String> classNames, ConfusionMatrix matrix)
            throws IOException {
        String text = csv(classNames, matrix);
        WholeFile.write(csv, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Returns the counts: a line for each true class, its name first, under the names of the
     * predicted classes.
     */
    public static String csv(List<String> classNames, ConfusionMatrix matrix) {
        checkClasses(classNames, matrix);
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("truth \\ prediction"));
        header.addAll(classNames);
        lines.add(header);
        for (int t = 0; t < matrix.classes(); t++) {
            List<String> line = new ArrayList<>(List.of(classNames.get(t)));
            for (int p = 0; p < matrix.classes(); p++) {
                line.add(String.valueOf(matrix.count(t, p)));
            }
            lines.add(line);
        }
        return Csv.text(lines);
    }

    /** Checks that there is a name for each class. */
    public static void checkClasses(List<String> classNames, ConfusionMatrix matrix) {
        if (classNames.size() != matrix.classes()) {
            throw new IllegalArgumentException(
                    "classNames: expected "
                            + matrix.classes()
                            + ", one for each class of the matrix, got "
                            + Names.list(classNames));
        }
    }

    /** Returns the number of pixels of a true class. */
    public static long truePixels(ConfusionMatrix matrix, int truth) {
        return LongStream.range(0, matrix.classes()).map(p -> matrix.count(truth, (int) p)).sum();
    }

    /**
     * Formats a share in percent, without the sign. Only nothing is "0" and only all is "100": a
     * share that would be rounded to them is "&lt;0.1" or "&gt;99.9".
     *
     * @param part the pixels meant
     * @param whole of how many; of none the share is "-"
     * @param decimals the decimals, 0 or 1
     */
    public static String percent(long part, long whole, int decimals) {
        if (whole == 0) {
            return "-";
        }
        if (part == 0 || part == whole) {
            return part == 0 ? "0" : "100";
        }
        double percent = 100.0 * part / whole;
        double step = decimals == 0 ? 1 : 0.1;
        if (percent < step / 2) {
            return "<" + Table.number("%." + decimals + "f", step);
        }
        if (percent >= 100 - step / 2) {
            return ">" + Table.number("%." + decimals + "f", 100 - step);
        }
        return String.format(Locale.ROOT, "%." + decimals + "f", percent);
    }

    private static BufferedImage draw(List<String> classNames, ConfusionMatrix matrix) {
        int n = classNames.size();
        FontMetrics metrics = Pictures.measure(Pictures.SMALL);
        int longest = classNames.stream().mapToInt(metrics::stringWidth).max().orElse(0);
        int label = Math.min(longest, MAX_LABEL);
        int left = Pictures.MARGIN + Pictures.LINE + SWATCH + GAP + label + GAP;
        int room = Pictures.WIDTH - left - Pictures.MARGIN;
        int cell = Math.max(MIN_CELL, Math.min(MAX_CELL, room / Math.max(1, n)));
        // Names of columns lie flat where they fit, and stand where they do not.
        boolean flat = longest + SWATCH + 2 * GAP <= cell;
        int head = flat ? Pictures.LINE : label + SWATCH + 2 * GAP;
        String note = "Percent of the pixels of a true class (row) that were predicted as a class";
        List<String> notes = Pictures.wrap(note, metrics, Math.max(300, left + n * cell), 3);
        int noteHeight = notes.size() * Pictures.LINE;
        int top = Pictures.MARGIN + noteHeight + Pictures.LINE + head;
        int noteWidth = notes.stream().mapToInt(metrics::stringWidth).max().orElse(0);
        int width = Math.max(left + n * cell, noteWidth + Pictures.MARGIN) + Pictures.MARGIN;
        BufferedImage page = Pictures.page(width, top + n * cell + Pictures.MARGIN);
        Graphics2D g = Pictures.pen(page);
        for (int i = 0; i < notes.size(); i++) {
            int base =
                    Pictures.baseline(metrics, Pictures.MARGIN + i * Pictures.LINE, Pictures.LINE);
            Pictures.drawText(
                    g, notes.get(i), Pictures.SMALL, Pictures.FAINT_INK, Pictures.MARGIN, base);
        }
        drawAxes(g, left, top, top - head - Pictures.LINE, n * cell);
        List<Color> colors = Palette.of(classNames);
        for (int c = 0; c < n; c++) {
            String name = Pictures.fit(classNames.get(c), metrics, label);
            int wide = metrics.stringWidth(name);
            int right = left - GAP;
            int y = top + c * cell;
            drawName(g, name, colors.get(c), right - wide - SWATCH - GAP, y, cell);
            if (flat) {
                int x = left + c * cell + (cell - wide - SWATCH - GAP) / 2;
                drawName(g, name, colors.get(c), x, top - Pictures.LINE, Pictures.LINE);
            } else {
                AffineTransform before = g.getTransform();
                g.translate(left + c * cell, top - GAP);
                g.rotate(-Math.PI / 2);
                drawName(g, name, colors.get(c), 0, 0, cell);
                g.setTransform(before);
            }
        }
        for (int t = 0; t < n; t++) {
            long whole = truePixels(matrix, t);
            for (int p = 0; p < n; p++) {
                drawCell(g, matrix.count(t, p), whole, left + p * cell, top + t * cell, cell);
            }
        }
        g.dispose();
        return page;
    }

    private static void drawAxes(Graphics2D g, int left, int top, int titleTop, int side) {
        FontMetrics bold = Pictures.measure(Pictures.SMALL_BOLD);
        String prediction = "prediction";
        int x = left + Math.max(0, (side - bold.stringWidth(prediction)) / 2);
        int base = Pictures.baseline(bold, titleTop, Pictures.LINE);
        Pictures.drawText(g, prediction, Pictures.SMALL_BOLD, Pictures.INK, x, base);
        AffineTransform before = g.getTransform();
        String truth = "truth";
        g.translate(Pictures.MARGIN, top + (side + bold.stringWidth(truth)) / 2);
        g.rotate(-Math.PI / 2);
        base = Pictures.baseline(bold, 0, Pictures.LINE);
        Pictures.drawText(g, truth, Pictures.SMALL_BOLD, Pictures.INK, 0, base);
        g.setTransform(before);
    }

    private static void drawName(Graphics2D g, String name, Color color, int x, int y, int height) {
        int top = y + (height - SWATCH) / 2;
        g.setColor(color);
        g.fillRect(x, top, SWATCH, SWATCH);
        g.setColor(Pictures.FAINT_INK);
        g.drawRect(x, top, SWATCH, SWATCH);
        int base = Pictures.baseline(Pictures.measure(Pictures.SMALL), y, height);
        Pictures.drawText(g, name, Pictures.SMALL, Pictures.INK, x + SWATCH + GAP, base);
    }

    private static void drawCell(Graphics2D g, long part, long whole, int x, int y, int cell) {
        double share = whole == 0 ? 0 : (double) part / whole;
        g.setColor(mix(share));
        g.fillRect(x, y, cell, cell);
        g.setColor(GRID);
        g.drawRect(x, y, cell, cell);
        Font font = cell >= 60 ? Pictures.FONT : Pictures.SMALL.deriveFont(cell < 40 ? 12f : 14f);
        FontMetrics metrics = Pictures.measure(font);
        String text = percent(part, whole, cell >= 50 ? 1 : 0);
        Color ink = share > 0.5 ? Color.WHITE : part == 0 ? Pictures.FAINT_INK : Pictures.INK;
        int left = x + (cell - metrics.stringWidth(text)) / 2;
        Pictures.drawText(g, text, font, ink, left, Pictures.baseline(metrics, y, cell));
    }

    private static Color mix(double share) {
        return new Color(
                mix(NONE.getRed(), ALL.getRed(), share),
                mix(NONE.getGreen(), ALL.getGreen(), share),
                mix(NONE.getBlue(), ALL.getBlue(), share));
    }

    private static int mix(int from, int to, double share) {
        return (int) Math.round(from + (to - from) * share);
    }
}
