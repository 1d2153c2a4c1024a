package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tables as CSV: commas between cells, quotes where a cell needs them, each line ended by "\n". */
public final class Csv {

    private Csv() {}

    /** Writes a file of these lines, wholly or not at all. */
    public static void write(Path csv, List<List<String>> lines) throws IOException {
        byte[] bytes = text(lines).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(csv, out -> out.write(bytes));
    }

    /** Returns the lines as text. */
    public static String text(List<List<String>> lines) {
        return lines.stream()
                .map(line -> line.stream().map(Csv::quoted).collect(Collectors.joining(",")) + "\n")
                .collect(Collectors.joining());
    }

    /** Formats a number; what is not one is "NaN". */
    public static String number(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }

    private static String quoted(String cell) {
        return cell.matches("[^,\"\n\r]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
