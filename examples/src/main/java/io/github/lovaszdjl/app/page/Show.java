package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.picture.Confusion;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.awt.Color;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** How templates show figures, files and addresses; they know it as {@code show}. */
public final class Show {

    Show() {}

    /** Returns a score from 0 to 1, or "-" for NaN. */
    public String score(double value) {
        return number("%.3f", value);
    }

    /** Returns a number, or "-" for NaN. */
    public String number(String format, double value) {
        return Table.number(format, value);
    }

    /** Returns a share in percent, without the sign. */
    public String percent(long part, long whole, int decimals) {
        return Confusion.percent(part, whole, decimals);
    }

    /** Returns the number of pixels of a true class. */
    public long truePixels(ConfusionMatrix matrix, int truth) {
        return Confusion.truePixels(matrix, truth);
    }

    /** Returns a duration such as "1 h 12 min", "3 min 5 s" or "42.1 s". */
    public String duration(double seconds) {
        if (Double.isNaN(seconds)) {
            return "-";
        }
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    /** Returns the address of a file, given by its path from the page with "/" between folders. */
    public String relative(String path) {
        try {
            // The dot keeps a colon in the first folder from being read as the end of a scheme.
            return new URI(null, null, "./" + path, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("path: expected a relative path, got " + path, e);
        }
    }

    /** Returns a file as it stands in the address of an image. */
    public String base64(byte[] file) {
        return Base64.getEncoder().encodeToString(file);
    }

    /** Returns colours as style sheets write them. */
    static List<String> hex(List<Color> colors) {
        return colors.stream()
                .map(color -> String.format(Locale.ROOT, "#%06x", color.getRGB() & 0xFFFFFF))
                .toList();
    }
}
