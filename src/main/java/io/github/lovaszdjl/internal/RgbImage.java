package io.github.lovaszdjl.internal;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * The pixels of an image as 8-bit RGB, the one form in which training and prediction see images.
 *
 * <p>Grey images are read from the raster and repeated in all three channels: {@link
 * BufferedImage#getRGB(int, int)} would apply a gamma curve to them. Alpha is dropped and 16-bit
 * samples are reduced to 8 bits.
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
     * @param image an image of any type that Java can decode
     * @return its pixels
     */
    public static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] data = new byte[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)];
        Raster raster = image.getRaster();
        ColorModel color = image.getColorModel();
        boolean indexed = color instanceof IndexColorModel;
        boolean grey = !indexed && color.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        boolean plainRgb =
                !indexed
                        && color.getColorSpace().isCS_sRGB()
                        && raster.getNumBands() >= CHANNELS
                        && color.getComponentSize(0) == 8
                        && !color.isAlphaPremultiplied();
        int bands = raster.getNumBands();
        int[] row = new int[width * bands];
        for (int y = 0; y < height; y++) {
            int out = y * width * CHANNELS;
            if (grey) {
                raster.getPixels(0, y, width, 1, row);
                int max = (1 << color.getComponentSize(0)) - 1;
                for (int x = 0; x < width; x++) {
                    byte value = (byte) (row[x * bands] * 255 / max);
                    data[out++] = value;
                    data[out++] = value;
                    data[out++] = value;
                }
            } else if (plainRgb) {
                raster.getPixels(0, y, width, 1, row);
                for (int x = 0; x < width; x++) {
                    data[out++] = (byte) row[x * bands];
                    data[out++] = (byte) row[x * bands + 1];
                    data[out++] = (byte) row[x * bands + 2];
                }
            } else {
                for (int x = 0; x < width; x++) {
                    int rgb = image.getRGB(x, y);
                    data[out++] = (byte) (rgb >> 16);
                    data[out++] = (byte) (rgb >> 8);
                    data[out++] = (byte) rgb;
                }
            }
        }
        return new RgbImage(width, height, data);
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
