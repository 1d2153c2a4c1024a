package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.internal.Names;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Tables of text: the first row is the heading, the first column is set to the left and all others
 * to the right. Of cells of any kind, or of the results of several runs: there a row is a run; the
 * columns are the IoU of every class under its name, mean IoU, pixel accuracy and seconds. What is
 * NaN, as the IoU of a class that does not occur, is shown as "-".
 */
public final class Table {

    /** The letters of a line on a wide console. */
    private static final int MAX_LINE = 120;

    private Table() {}

    /**
     * A row.
     *
     * @param name the name of the run
     * @param scores its scores
     * @param seconds how long it took
     */
    public record Row(String name, Scores scores, double seconds) {}

    /**
     * Returns the table for a console, columns two blanks apart, each line ended by "\n". Where a
     * line would be too long for one, as with many classes, rows and columns change places.
     */
    public static String text(List<String> classNames, List<Row> rows) {
        List<List<String>> cells = cells(classNames, rows);
        String text = text(cells);
        return text.indexOf('\n') <= MAX_LINE ? text : text(turned(cells));
    }

    /** Returns the table of these cells for a console; long cells are shortened. */
    public static String text(List<List<String>> whole) {
        List<List<String>> cells =
                whole.stream().map(row -> row.stream().map(Names::shortened).toList()).toList();
        int[] widths = widths(cells);
        StringBuilder text = new StringBuilder();
        for (List<String> row : cells) {
            appendRow(text, row, widths, "", "  ", "");
        }
        return text.toString();
    }

    /** Returns the table in Markdown, aligned to the eye as well, each line ended by "\n". */
    public static String markdown(List<String> classNames, List<Row> rows) {
        return markdown(cells(classNames, rows));
    }

    /** Returns the table of these cells in Markdown; line breaks become blanks. */
    public static String markdown(List<List<String>> plain) {
        List<List<String>> cells =
                plain.stream().map(row -> row.stream().map(Table::escape).toList()).toList();
        int[] widths = widths(cells);
        StringBuilder text = new StringBuilder();
        appendRow(text, cells.get(0), widths, "| ", " | ", " |");
        for (int column = 0; column < widths.length; column++) {
            String dashes = "-".repeat(widths[column] + 1);
            text.append(column == 0 ? "|" + dashes + "-" : "|" + dashes + ":");
        }
        text.append("|\n");
        for (List<String> row : cells.subList(1, cells.size())) {
            appendRow(text, row, widths, "| ", " | ", " |");
        }
        return text.toString();
    }

    private static List<List<String>> turned(List<List<String>> cells) {
        return IntStream.range(0, cells.get(0).size())
                .mapToObj(column -> cells.stream().map(row -> row.get(column)).toList())
                .toList();
    }

    private static List<List<String>> cells(List<String> classNames, List<Row> rows) {
        List<List<String>> cells = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("run"));
        header.addAll(classNames);
        Collections.addAll(header, "mean IoU", "pixel accuracy", "seconds");
        cells.add(header);
        for (Row row : rows) {
            row.scores().checkClasses(classNames);
            List<String> line = new ArrayList<>(List.of(row.name()));
            row.scores().iou().forEach(iou -> line.add(number("%.3f", iou)));
            line.add(number("%.3f", row.scores().meanIou()));
            line.add(number("%.3f", row.scores().pixelAccuracy()));
            line.add(number("%.1f", row.seconds()));
            cells.add(line);
        }
        return cells;
    }

    /** Formats a number. */
    public static String number(String format, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }

    /** Returns "1 image", "2 images" for "image". */
    public static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** What would end a cell, or begin markup: of names of classes and losses, these two. */
    static String escape(String cell) {
        return cell.replaceAll("\\R", " ").replace("|", "\\|").replace("*", "\\*");
    }

    private static int[] widths(List<List<String>> cells) {
        int[] widths = new int[cells.get(0).size()];
        for (List<String> row : cells) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], width(row.get(column)));
            }
        }
        return widths;
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static void appendRow(
            StringBuilder text,
            List<String> row,
            int[] widths,
            String start,
            String between,
            String end) {
        text.append(start);
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            String blanks = " ".repeat(widths[column] - width(cell));
            text.append(column > 0 ? between : "");
            text.append(column == 0 ? cell + blanks : blanks + cell);
        }
        text.append(end).append('\n');
    }
}
