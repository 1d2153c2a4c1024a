package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.Color;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the report pages have in common. A page is one file that loads nothing, and a policy in its
 * head makes the browser see to that. It is HTML that is well-formed XML as well, so that tests,
 * and any tool, can parse it.
 *
 * <p>Every text from outside passes {@link #escape}.
 */
public final class Html {

    /** The colours of series that the style sheet has. */
    private static final int COLORS = 7;

    private static final int DASHES = 4;

    private Html() {}

    /** Writes a page, wholly or not at all. */
    static void write(Path html, String page) throws IOException {
        byte[] bytes = page.getBytes(StandardCharsets.UTF_8);
        WholeFile.write(html, out -> out.write(bytes));
    }

    /**
     * Returns a whole page.
     *
     * @param kind what it is about, in two words
     * @param title its title
     * @param subtitle the line under it
     * @param notice HTML of what to know first, or an empty text
     * @param body HTML of the contents
     * @param contents the sections to link to: text by id
     */
    public static String page(
            String kind,
            String title,
            String subtitle,
            String notice,
            String body,
            Map<String, String> contents)
            throws IOException {
        String links =
                contents.entrySet().stream()
                        .map(e -> link("#" + e.getKey(), e.getValue()))
                        .map(link -> "<li>" + link + "</li>")
                        .collect(Collectors.joining());
        return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <link rel="icon" href="data:,"/>
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <header>
        <p class="kind">%s</p>
        <h1>%s</h1>
        <p class="faint">%s</p>
        %s<nav aria-label="Contents"><ul>%s</ul></nav>
        </header>
        <main>
        %s</main>
        <footer><p>Written by lovasz-djl. This page is one file and loads nothing.</p></footer>
        </body>
        </html>
        """
                .formatted(
                        escape(title),
                        styleSheet(),
                        escape(kind),
                        escape(title),
                        escape(subtitle),
                        notice,
                        links,
                        body);
    }

    private static String styleSheet() throws IOException {
        try (InputStream in = Html.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IOException("report.css: expected on the class path, there is none");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Returns a text as it may stand in elements and in attributes. */
    public static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '&' -> escaped.append("&amp;");
                                case '<' -> escaped.append("&lt;");
                                case '>' -> escaped.append("&gt;");
                                case '"' -> escaped.append("&quot;");
                                case '\'' -> escaped.append("&#39;");
                                default -> escaped.appendCodePoint(isAllowed(c) ? c : 0xFFFD);
                            }
                        });
        return escaped.toString();
    }

    /** Control characters, halves of pairs and the like are in no XML, however written. */
    private static boolean isAllowed(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || c >= 0x20 && c < 0x7F
                || c >= 0xA0 && c < 0xD800
                || c >= 0xE000 && c < 0xFFFE
                || c >= 0x10000 && (c & 0xFFFE) != 0xFFFE;
    }

    static String link(String href, String text) {
        return "<a href=\"" + escape(href) + "\">" + escape(text) + "</a>";
    }

    /** Returns the address of a file, given by its path from the page with "/" between folders. */
    static String relative(String path) {
        try {
            // The dot keeps a colon in the first folder from being read as the end of a scheme.
            return new URI(null, null, "./" + path, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("path: expected a relative path, got " + path, e);
        }
    }

    /** Returns a part of the page. */
    public static String section(String id, String heading, String body) {
        return "<section id=\"%1$s\" aria-labelledby=\"%1$s-heading\">\n<h2 id=\"%1$s-heading\">%2$s</h2>\n"
                        .formatted(id, escape(heading))
                + body
                + "</section>\n";
    }

    public static String paragraph(String text) {
        return "<p class=\"faint\">" + escape(text) + "</p>\n";
    }

    public static String notice(String text) {
        return "<p class=\"notice\">" + escape(text) + "</p>\n";
    }

    /** Returns a box that scrolls where its content is wider than the page. */
    public static String scroll(String label, String content) {
        return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\""
                + escape(label)
                + "\">\n"
                + content
                + "</div>\n";
    }

    /** A headline figure. */
    record Tile(String name, String value, String hint) {}

    static String tiles(List<Tile> tiles) {
        return tiles.stream()
                .map(
                        t ->
                                "<div><dt>%s</dt><dd class=\"value\">%s</dd><dd class=\"hint\">%s</dd></div>\n"
                                        .formatted(
                                                escape(t.name()),
                                                escape(t.value()),
                                                escape(t.hint())))
                .collect(Collectors.joining("", "<dl class=\"tiles\">\n", "</dl>\n"));
    }

    /** Returns a section of names and values in two tables. */
    static String facts(Map<String, String> configuration, Map<String, String> versions) {
        String body =
                "<div class=\"columns\">\n"
                        + facts("Configuration", configuration)
                        + facts("Versions", versions)
                        + "</div>\n";
        return section("configuration", "Configuration and versions", body);
    }

    private static String facts(String heading, Map<String, String> facts) {
        if (facts.isEmpty()) {
            return "";
        }
        return facts.entrySet().stream()
                .map(
                        e ->
                                "<tr><th scope=\"row\">%s</th><td><code>%s</code></td></tr>\n"
                                        .formatted(escape(e.getKey()), escape(e.getValue())))
                .collect(
                        Collectors.joining(
                                "",
                                "<div><h3>" + heading + "</h3><table class=\"facts\"><tbody>\n",
                                "</tbody></table></div>\n"));
    }

    /** Returns the section that says what the figures are. */
    public static String meaning(Map<String, String> terms) {
        String list =
                terms.entrySet().stream()
                        .map(
                                e ->
                                        "<dt>%s</dt><dd>%s</dd>\n"
                                                .formatted(
                                                        escape(e.getKey()), escape(e.getValue())))
                        .collect(Collectors.joining("", "<dl class=\"meaning\">\n", "</dl>\n"));
        return section("meaning", "What the figures mean", list);
    }

    /** Returns the section with the montage. */
    static String montage(byte[] png, String split) {
        String text =
                "Images of the "
                        + split
                        + " split, their true labels and what is predicted; a colour is a class,"
                        + " grey is ignored.";
        String image =
                "<img class=\"montage\" alt=\"%s\" src=\"data:image/png;base64,%s\"/>\n"
                        .formatted(escape(text), Base64.getEncoder().encodeToString(png));
        return section(
                "predictions",
                "Predictions",
                "<figure>\n"
                        + scroll("Predictions", image)
                        + "<figcaption>"
                        + escape(text)
                        + "</figcaption>\n</figure>\n");
    }

    /** Returns a class's name after a sample of its colour. */
    static String className(String name, Color color) {
        return ("<span class=\"class-name\"><span class=\"swatch\" style=\"background:%s\"></span>"
                        + "%s</span>")
                .formatted(hex(color), escape(name));
    }

    static String hex(Color color) {
        return String.format(Locale.ROOT, "#%06x", color.getRGB() & 0xFFFFFF);
    }

    /** Returns a bar, as long as its value is between 0 and 1. */
    static String bar(String classes, String style, double value, double deviation) {
        String spread = "";
        if (deviation > 0) {
            double from = Math.max(0, value - deviation);
            double to = Math.min(1, value + deviation);
            spread =
                    String.format(
                            Locale.ROOT,
                            "<div class=\"spread\" style=\"left:%.2f%%;width:%.2f%%\"></div>",
                            100 * from,
                            100 * (to - from));
        }
        return String.format(
                Locale.ROOT,
                "<div class=\"track\"><div class=\"fill %s\" style=\"%swidth:%.2f%%\"></div>%s</div>",
                classes,
                style,
                100 * value,
                spread);
    }

    /**
     * Returns the classes of the lines of a series: a colour and, where they are used up, dashes.
     */
    static String stroke(int series) {
        int dash = series / COLORS % DASHES;
        return "s" + series % COLORS + (dash == 0 ? "" : " d" + dash);
    }

    /** Returns the class of the areas of a series. */
    static String fill(int series) {
        return "b" + series % COLORS;
    }

    /** Returns the number of a series, from 1, on its colour. */
    static String badge(int series) {
        return "<span class=\"badge %s\">%d</span>".formatted(fill(series), series + 1);
    }

    static String score(double value) {
        return Table.number("%.3f", value);
    }

    /** Returns a duration such as "1 h 12 min", "3 min 5 s" or "42.1 s". */
    static String duration(double seconds) {
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
}
