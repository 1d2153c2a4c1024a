package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.internal.ImageSamples;
import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * The colours in which an image is shown.
 *
 * <p>Grey and RGB of 8 bits are shown as they are. Samples of 16 bits seldom reach up to white
 * (cameras of 12 bits, reflectances), and channels that are no colours need not either. There a
 * hundredth of the pixels becomes black and a hundredth white, and what is between is stretched in
 * proportion: of each channel by itself, but of red, green and blue by one rule, so that hues stay.
 * Of channels that are no colours, the first three are shown, or the first as grey.
 */
final class ShownImage {

    private static final int VALUES = 1 << Short.SIZE;
    private static final int WHITE = 255;

    /** One of so many pixels is black, and one white. */
    private static final int ENDS = 100;

    /** The sample of red, green and blue that becomes black, and the one that becomes white. */
    private final int[] black;

    private final int[] white;

    /** The channels that are red, green and blue; null where nothing is stretched. */
    private final int[] channels;

    private ShownImage(int[] channels, int[] black, int[] white) {
        this.channels = channels;
        this.black = black;
        this.white = white;
    }

    /** Returns the colours of a whole image. */
    static RgbImage colours(BufferedImage image) {
        return of(image).part(image);
    }

    /** Looks at all pixels of an image. */
    static ShownImage of(BufferedImage image) {
        ColorModel color = image.getColorModel();
        boolean ofChannels = ImageSamples.isOfChannels(color);
        boolean wide = image.getRaster().getTransferType() == DataBuffer.TYPE_USHORT;
        if (color instanceof IndexColorModel
                || color.isAlphaPremultiplied()
                || color.getNumComponents() != image.getRaster().getNumBands()
                || !wide && !ofChannels) {
            return new ShownImage(null, null, null);
        }
        boolean grey = color.getNumColorComponents() < ImageSamples.RGB;
        int[] channels = grey ? new int[] {0, 0, 0} : new int[] {0, 1, 2};
        int[] black = new int[ImageSamples.RGB];
        int[] white = new int[ImageSamples.RGB];
        long[] histogram = new long[VALUES];
        for (int c = 0; c < channels.length; c++) {
            if (grey || ofChannels) {
                histogram = new long[VALUES];
            }
            count(image.getRaster(), channels[c], histogram);
            black[c] = quantile(histogram, 1);
            white[c] = quantile(histogram, ENDS - 1);
        }
        if (!grey && !ofChannels) {
            // The last had the samples of all.
            black[0] = black[1] = black[2];
            white[0] = white[1] = white[2];
        }
        return new ShownImage(channels, black, white);
    }

    private static void count(Raster raster, int channel, long[] histogram) {
        int[] row = new int[raster.getWidth()];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, channel, row);
            for (int sample : row) {
                histogram[sample]++;
            }
        }
    }

    /** Returns the lowest sample that so many hundredths of all do not exceed. */
    private static int quantile(long[] histogram, int hundredths) {
        long all = 0;
        for (long count : histogram) {
            all += count;
        }
        long below = 0;
        int sample = 0;
        while (ENDS * (below + histogram[sample]) < hundredths * all) {
            below += histogram[sample++];
        }
        return sample;
    }

    /** Returns the colours of a part of the image, also of the whole. */
    RgbImage part(BufferedImage part) {
        if (channels == null) {
            return RgbImage.of(part);
        }
        Raster raster = part.getRaster();
        int width = raster.getWidth();
        byte[] data = new byte[width * raster.getHeight() * RgbImage.CHANNELS];
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int c = 0; c < channels.length; c++) {
                raster.getSamples(
                        raster.getMinX(), raster.getMinY() + y, width, 1, channels[c], row);
                for (int x = 0; x < width; x++) {
                    data[(y * width + x) * RgbImage.CHANNELS + c] = (byte) stretched(row[x], c);
                }
            }
        }
        return new RgbImage(width, raster.getHeight(), data);
    }

    private int stretched(int sample, int c) {
        if (sample <= black[c]) {
            // Where all are one, there is nothing to stretch, and grey says so.
            return white[c] == black[c] ? WHITE / 2 : 0;
        }
        if (sample >= white[c]) {
            return WHITE;
        }
        int range = white[c] - black[c];
        return ((sample - black[c]) * WHITE + range / 2) / range;
    }
}
