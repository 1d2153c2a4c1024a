package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** The CSV of all files of the app: RFC 4180, but for lines that end with "\n". */
public final class Csv {

    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').build();

    private Csv() {}

    /** Writes a file of these lines, wholly or not at all. */
    public static void write(Path csv, List<List<String>> lines) throws IOException {
        byte[] bytes = text(lines).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(csv, out -> out.write(bytes));
    }

    /** Returns the lines as text. */
    public static String text(List<List<String>> lines) {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
            printer.printRecords(lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringBuilder throws none
        }
        return text.toString();
    }

    /** Formats a number; what is not one is "NaN". */
    public static String number(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }
}
