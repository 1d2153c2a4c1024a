package io.github.lovaszdjl.internal;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * The pixels of an image as 8-bit RGB, in which it is shown; {@link ImageSamples} are what a
 * network sees.
 *
 * <p>Samples are those of the file: grey is repeated in all three channels, palettes are looked up,
 * alpha is dropped, other depths than 8 bits are scaled to 0 to 255 and rounded. Of channels that
 * are no colours, the first three are taken, or the first as grey. Colour profiles are not applied,
 * as in other tools for training; {@link BufferedImage#getRGB(int, int)} would apply them, and a
 * gamma curve to grey. It is left to read only what has no plain RGB or grey samples.
 *
 * @param width the width in pixels
 * @param height the height in pixels
 * @param data the samples, row by row, red, green and blue of a pixel next to each other
 */
public record RgbImage(int width, int height, byte[] data) {

    /** The number of samples of a pixel. */
    public static final int CHANNELS = 3;

    /**
     * Reads the pixels of a decoded image.
     *
     * @param image an image in grey or RGB, of any type that Java can decode
     * @return its pixels
     * @throws IllegalArgumentException if it has other colours, such as CMYK, which cannot be
     *     converted without a profile
     */
    public static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] data = new byte[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)];
        ColorModel color = image.getColorModel();
        if (color instanceof IndexColorModel palette) {
            readIndexed(image.getRaster(), palette, data);
        } else if (hasPlainSamples(image.getRaster(), color)) {
            readSamples(image.getRaster(), color, data);
        } else if (hasKnownColours(color)) {
            readConverted(image, data);
        } else {
            throw new IllegalArgumentException(
                    "image: expected grey or RGB, got another colour space, of "
                            + color.getNumColorComponents()
                            + " channels; convert it to RGB first");
        }
        return new RgbImage(width, height, data);
    }

    private static boolean hasPlainSamples(Raster raster, ColorModel color) {
        int space = color.getColorSpace().getType();
        boolean grey = space == ColorSpace.TYPE_GRAY || ImageSamples.isOfChannels(color);
        boolean rgb = space == ColorSpace.TYPE_RGB && raster.getNumBands() >= CHANNELS;
        return (grey || rgb) && !color.isAlphaPremultiplied() && color.getComponentSize(0) <= 16;
    }

    private static boolean hasKnownColours(ColorModel color) {
        int space = color.getColorSpace().getType();
        return space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB;
    }

    private static void readIndexed(Raster raster, IndexColorModel palette, byte[] data) {
        int width = raster.getWidth();
        int[] colors = new int[palette.getMapSize()];
        palette.getRGBs(colors);
        int[] row = new int[width];
        int out = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int index : row) {
                // An index beyond the palette has no colour; black, as most decoders have it.
                int rgb = index < colors.length ? colors[index] : 0;
                data[out++] = (byte) (rgb >> 16);
                data[out++] = (byte) (rgb >> 8);
                data[out++] = (byte) rgb;
            }
        }
    }

    private static void readSamples(Raster raster, ColorModel color, byte[] data) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        boolean grey = color.getColorSpace().getType() == ColorSpace.TYPE_GRAY || bands < CHANNELS;
        int[] band = new int[CHANNELS];
        int[] max = new int[CHANNELS];
        for (int c = 0; c < CHANNELS; c++) {
            band[c] = grey ? 0 : c;
            max[c] = (1 << color.getComponentSize(band[c])) - 1;
        }
        int[] row = new int[width * bands];
        int out = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < row.length; x += bands) {
                for (int c = 0; c < CHANNELS; c++) {
                    int sample = row[x + band[c]];
                    data[out++] =
                            (byte) (max[c] == 255 ? sample : (sample * 255 + max[c] / 2) / max[c]);
                }
            }
        }
    }

    private static void readConverted(BufferedImage image, byte[] data) {
        int out = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                data[out++] = (byte) (rgb >> 16);
                data[out++] = (byte) (rgb >> 8);
                data[out++] = (byte) rgb;
            }
        }
    }

    /**
     * Cuts out a rectangle.
     *
     * @param x the left column, 0 to width − 1
     * @param y the top row, 0 to height − 1
     * @param columns the width of the rectangle, at most width − x
     * @param rows the height of the rectangle, at most height − y
     * @return a copy of its pixels
     */
    public RgbImage crop(int x, int y, int columns, int rows) {
        byte[] part = new byte[columns * rows * CHANNELS];
        for (int row = 0; row < rows; row++) {
            int from = ((y + row) * width + x) * CHANNELS;
            System.arraycopy(data, from, part, row * columns * CHANNELS, columns * CHANNELS);
        }
        return new RgbImage(columns, rows, part);
    }

    /**
     * Returns one sample.
     *
     * @param x the column, 0 to width − 1
     * @param y the row, 0 to height − 1
     * @param channel 0 red, 1 green, 2 blue
     * @return the sample, 0 to 255
     */
    public int sample(int x, int y, int channel) {
        return data[(y * width + x) * CHANNELS + channel] & 0xff;
    }
}
