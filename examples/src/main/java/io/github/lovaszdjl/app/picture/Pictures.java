package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.internal.WholeFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What the pictures have in common: text, legends and files. */
public final class Pictures {

    /** The pictures are this wide at most; a README shows them a little smaller. */
    static final int WIDTH = 1200;

    static final int MARGIN = 20;
    static final Color INK = new Color(0x222222);
    static final Color FAINT_INK = new Color(0x666666);
    static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 16);
    static final Font BOLD = FONT.deriveFont(Font.BOLD);
    static final Font SMALL = FONT.deriveFont(14f);
    static final Font SMALL_BOLD = BOLD.deriveFont(14f);

    /** The height of a line of a legend. */
    static final int LINE = 26;

    private static final int SAMPLE = 28;
    private static final String ELLIPSIS = "…";

    private Pictures() {}

    /**
     * Checks that text can be drawn. A trainer does so before it begins, not hours later.
     *
     * @throws IOException if Java finds no font, as on a bare server; says what to install
     */
    public static void checkFonts() throws IOException {
        try {
            measure(FONT).stringWidth("x");
        } catch (RuntimeException | LinkageError | InternalError e) {
            // Java has no exception for this: which one comes depends on its version.
            throw new IOException(
                    "Java finds no font to write into pictures with. On Debian and Ubuntu, 'apt"
                            + " install fontconfig fonts-dejavu-core' helps ("
                            + e
                            + ")",
                    e);
        }
    }

    /** Tells whether text can be drawn, and so pictures be written. */
    public static boolean haveFonts() {
        try {
            checkFonts();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Warns where no pictures will be written; a training is worth its while without them. */
    public static void warnWithoutFonts() {
        try {
            checkFonts();
        } catch (IOException e) {
            System.err.println("warning: no pictures will be written: " + e.getMessage());
        }
    }

    /**
     * Writes a picture, wholly or not at all.
     *
     * @param png the file; replaced if it exists, its folder made if it is not
     * @param image the picture
     * @throws IOException if it cannot be written; then the old file is as it was
     */
    public static void write(Path png, BufferedImage image) throws IOException {
        WholeFile.write(png, png(image));
    }

    /** Returns what a file of a picture holds. */
    public static WholeFile.Content png(BufferedImage image) {
        return out -> {
            try (MemoryCacheImageOutputStream buffer = new MemoryCacheImageOutputStream(out)) {
                if (!ImageIO.write(image, "png", buffer)) {
                    throw new IOException("no PNG can hold " + image);
                }
            }
        };
    }

    /** Returns a white page. */
    static BufferedImage page(int width, int height) {
        BufferedImage page = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = page.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return page;
    }

    /** Returns what draws smooth lines and text on a page. */
    static Graphics2D pen(BufferedImage page) {
        Graphics2D g = page.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        return g;
    }

    /** Draws text as shapes: smoother than pixel fonts, above all when turned or shown smaller. */
    static void drawText(
            Graphics2D g, String text, Font font, Color color, int left, int baseline) {
        if (!text.isEmpty()) {
            g.setColor(color);
            g.fill(
                    new TextLayout(text, font, g.getFontRenderContext())
                            .getOutline(AffineTransform.getTranslateInstance(left, baseline)));
        }
    }

    /** Returns the measures of a font. */
    static FontMetrics measure(Font font) {
        Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            return g.getFontMetrics(font);
        } finally {
            g.dispose();
        }
    }

    /** Shortens a text to a width, with an ellipsis at its end if anything had to go. */
    static String fit(String text, FontMetrics metrics, int width) {
        if (metrics.stringWidth(text) <= width) {
            return text;
        }
        int[] letters = text.codePoints().toArray();
        for (int kept = letters.length - 1; kept > 0; kept--) {
            String shorter = new String(letters, 0, kept).stripTrailing() + ELLIPSIS;
            if (metrics.stringWidth(shorter) <= width) {
                return shorter;
            }
        }
        return ELLIPSIS;
    }

    /** Breaks a text between words into lines of a width; what the last cannot hold is cut. */
    static List<String> wrap(String text, FontMetrics metrics, int width, int maxLines) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.strip().split("\\s+")) {
            String longer = line.isEmpty() ? word : line + " " + word;
            boolean fits = metrics.stringWidth(longer) <= width;
            if (fits || line.isEmpty() || lines.size() == maxLines - 1) {
                line = longer;
            } else {
                lines.add(line);
                line = word;
            }
        }
        lines.add(line);
        lines.replaceAll(l -> fit(l, metrics, width));
        return lines;
    }

    /**
     * One entry of a legend.
     *
     * @param name what it stands for
     * @param color its colour
     * @param stroke the line that is drawn as a sample, or null for an area
     */
    record Key(String name, Color color, BasicStroke stroke) {}

    /** Returns how high a legend of this width is. */
    static int legendHeight(List<Key> keys, int width) {
        return LINE * rows(keys, width).size();
    }

    /** Draws a legend, as many entries in a line as there is room for. */
    static void drawLegend(Graphics2D g, List<Key> keys, int left, int top, int width) {
        FontMetrics metrics = measure(FONT);
        int y = top;
        for (List<Key> row : rows(keys, width)) {
            int x = left;
            for (Key key : row) {
                drawSample(g, key, x, y + LINE / 2);
                String name = fit(key.name(), metrics, width - SAMPLE - MARGIN / 2);
                drawText(g, name, FONT, INK, x + SAMPLE + MARGIN / 2, baseline(metrics, y, LINE));
                x += keyWidth(key, metrics, width);
            }
            y += LINE;
        }
    }

    private static void drawSample(Graphics2D g, Key key, int x, int middle) {
        g.setColor(key.color());
        if (key.stroke() != null) {
            g.setStroke(key.stroke());
            g.drawLine(x + 2, middle, x + SAMPLE - 2, middle);
        } else {
            g.fillRect(x, middle - 8, SAMPLE, 16);
            g.setColor(FAINT_INK);
            g.setStroke(new BasicStroke(1));
            g.drawRect(x, middle - 8, SAMPLE, 16);
        }
    }

    private static List<List<Key>> rows(List<Key> keys, int width) {
        FontMetrics metrics = measure(FONT);
        List<List<Key>> rows = new ArrayList<>();
        int used = 0;
        for (Key key : keys) {
            int needed = keyWidth(key, metrics, width);
            // The gap behind the last entry may stick out.
            if (rows.isEmpty() || used + needed - MARGIN > width) {
                rows.add(new ArrayList<>());
                used = 0;
            }
            rows.get(rows.size() - 1).add(key);
            used += needed;
        }
        return rows;
    }

    private static int keyWidth(Key key, FontMetrics metrics, int width) {
        int name = Math.min(metrics.stringWidth(key.name()), width - SAMPLE - MARGIN / 2);
        return SAMPLE + MARGIN / 2 + name + MARGIN;
    }

    /** Returns where the baseline of a line of text is that is centred between top and bottom. */
    static int baseline(FontMetrics metrics, int top, int height) {
        return top + (height - metrics.getHeight()) / 2 + metrics.getAscent();
    }
}
