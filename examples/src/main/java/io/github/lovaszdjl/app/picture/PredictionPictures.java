package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.internal.RgbImage;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The pictures of one prediction. */
public final class PredictionPictures {

    /** A PNG of palette colours holds this many. */
    public static final int MAX_CLASSES = 256;

    /** Below this width the names of classes would be cut. */
    private static final int MIN_WIDTH = 240;

    private PredictionPictures() {}

    /** Returns an image whose pixels are class ids and whose palette has the classes' colours. */
    public static BufferedImage index(List<String> classNames, int width, int height) {
        List<Color> colors = Palette.of(classNames);
        int[] rgb = colors.stream().mapToInt(Color::getRGB).toArray();
        IndexColorModel palette =
                new IndexColorModel(Byte.SIZE, rgb.length, rgb, 0, false, -1, DataBuffer.TYPE_BYTE);
        return new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, palette);
    }

    /** Writes a row of class ids. */
    public static void fill(BufferedImage index, int y, int[] labels) {
        byte[] ids = new byte[labels.length];
        for (int x = 0; x < ids.length; x++) {
            ids[x] = (byte) labels[x];
        }
        index.getRaster().setDataElements(0, y, labels.length, 1, ids);
    }

    /** Counts the pixels of each class. */
    public static long[] count(BufferedImage index) {
        long[] counts = new long[((IndexColorModel) index.getColorModel()).getMapSize()];
        int[] row = new int[index.getWidth()];
        for (int y = 0; y < index.getHeight(); y++) {
            for (int id : index.getRaster().getPixels(0, y, row.length, 1, row)) {
                counts[id]++;
            }
        }
        return counts;
    }

    /**
     * Draws the image with the colours of its classes over it and, below, a legend of the classes
     * that occur with their shares of the pixels.
     *
     * @param image the image
     * @param index its class ids, see {@link #index}
     * @param classNames the names of the classes
     * @param counts the pixels of each class
     * @param opacity how much the colours cover, 0 to 1
     * @param legend whether to draw the legend, which needs a font
     */
    public static BufferedImage overlay(
            BufferedImage image,
            BufferedImage index,
            List<String> classNames,
            long[] counts,
            double opacity,
            boolean legend) {
        int width = image.getWidth();
        int height = image.getHeight();
        int wide = legend ? Math.max(width, MIN_WIDTH) : width;
        // Shown as a whole, a large picture is made small, and its legend with it.
        double scale = Math.max(1, Math.min((double) wide, height * 3.0) / Pictures.WIDTH);
        int margin = Pictures.MARGIN / 2;
        int room = (int) (wide / scale) - 2 * margin;
        List<Pictures.Key> keys = legend ? keys(classNames, counts) : List.of();
        int below =
                legend
                        ? (int) Math.ceil(scale * (Pictures.legendHeight(keys, room) + 2 * margin))
                        : 0;
        BufferedImage page = new BufferedImage(wide, height + below, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = Pictures.pen(page);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, wide, height + below);
        blend(page, image, index, opacity);
        if (legend) {
            g.translate(0, height);
            g.scale(scale, scale);
            Pictures.drawLegend(g, keys, margin, margin, room);
        }
        g.dispose();
        return page;
    }

    private static void blend(
            BufferedImage page, BufferedImage image, BufferedImage index, double opacity) {
        int width = image.getWidth();
        IndexColorModel palette = (IndexColorModel) index.getColorModel();
        int[] colors = new int[palette.getMapSize()];
        palette.getRGBs(colors);
        // Row by row, as a copy of a large image is large.
        int[] ids = new int[width];
        int[] rgb = new int[width * RgbImage.CHANNELS];
        ShownImage shown = ShownImage.of(image);
        for (int y = 0; y < image.getHeight(); y++) {
            RgbImage row = shown.part(image.getSubimage(0, y, width, 1));
            index.getRaster().getPixels(0, y, width, 1, ids);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    int color = colors[ids[x]] >> 8 * (RgbImage.CHANNELS - 1 - c) & 0xff;
                    double value = row.sample(x, 0, c) * (1 - opacity) + color * opacity;
                    rgb[x * RgbImage.CHANNELS + c] = (int) Math.round(value);
                }
            }
            page.getRaster().setPixels(0, y, width, 1, rgb);
        }
    }

    private static List<Pictures.Key> keys(List<String> classNames, long[] counts) {
        List<Color> colors = Palette.of(classNames);
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        List<Pictures.Key> keys = new ArrayList<>();
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] > 0) {
                String name = classNames.get(c) + " " + share(counts[c], total);
                keys.add(new Pictures.Key(name, colors.get(c), null));
            }
        }
        return keys;
    }

    /** Returns a share in percent; what is there is never 0.0 %. */
    public static String share(long count, long total) {
        double percent = 100.0 * count / total;
        return count > 0 && percent < 0.05
                ? "< 0.1 %"
                : String.format(Locale.ROOT, "%.1f %%", percent);
    }
}
