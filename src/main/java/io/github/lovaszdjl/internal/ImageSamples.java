package io.github.lovaszdjl.internal;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * The samples of an image, the one form in which training and prediction see images: any number of
 * channels, of 8 or 16 bits.
 *
 * <p>Samples are those of the file; 1 to 7 bits are scaled to 8, and 9 to 15 to 16, so that 255 or
 * 65535 is white. Colour profiles are not applied, see {@link RgbImage}.
 *
 * <p>Instances are immutable.
 */
public final class ImageSamples {

    /** The most channels of an image. */
    public static final int MAX_CHANNELS = 64;

    /** The channels of an image in colours: red, green and blue. */
    public static final int RGB = 3;

    private final int width;
    private final int height;
    private final int channels;

    /** Samples of 8 bits, or null; those of a pixel are next to each other. */
    private final byte[] narrow;

    /** Samples of 16 bits, or null. */
    private final short[] wide;

    private ImageSamples(int width, int height, int channels, byte[] narrow, short[] wide) {
        this.width = width;
        this.height = height;
        this.channels = channels;
        this.narrow = narrow;
        this.wide = wide;
    }

    /**
     * Takes 8-bit RGB.
     *
     * @param image the image
     * @return its samples, in three channels
     */
    public static ImageSamples of(RgbImage image) {
        return new ImageSamples(image.width(), image.height(), RGB, image.data(), null);
    }

    /**
     * Reads the samples of a decoded image. Where it has as many as there are to be channels, all
     * are taken, in their order. With one more that is alpha, that is left out. Grey is repeated
     * where there are to be three. A palette stands for three.
     *
     * @param image an image of any type that Java can decode
     * @param channels the number of channels, at least 1
     * @return its samples
     * @throws IllegalArgumentException if it has another number of channels, or other colours than
     *     RGB or grey where some are left out or repeated
     */
    public static ImageSamples of(BufferedImage image, int channels) {
        checkChannels(image, channels);
        ColorModel color = image.getColorModel();
        Raster raster = image.getRaster();
        int bits = 0;
        for (int size : color.getComponentSize()) {
            bits = Math.max(bits, size);
        }
        boolean plain = !(color instanceof IndexColorModel) && !color.isAlphaPremultiplied();
        if (channels == RGB && (bits <= Byte.SIZE || !plain)) {
            return of(RgbImage.of(image));
        }
        int width = image.getWidth();
        int size = Math.multiplyExact(Math.multiplyExact(width, image.getHeight()), channels);
        byte[] narrow = bits <= Byte.SIZE ? new byte[size] : null;
        short[] wide = bits <= Byte.SIZE ? null : new short[size];
        int white = narrow != null ? 0xff : 0xffff;
        int bands = raster.getNumBands();
        int[] band = new int[channels];
        int[] most = new int[channels];
        for (int c = 0; c < channels; c++) {
            band[c] = Math.min(c, channels == RGB && bands < RGB ? 0 : bands - 1);
            most[c] = (1 << color.getComponentSize(band[c])) - 1;
        }
        int[] row = new int[width * bands];
        int out = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < row.length; x += bands) {
                for (int c = 0; c < channels; c++) {
                    int sample = row[x + band[c]];
                    if (most[c] != white) {
                        sample = (int) ((sample * (long) white + most[c] / 2) / most[c]);
                    }
                    if (narrow != null) {
                        narrow[out++] = (byte) sample;
                    } else {
                        wide[out++] = (short) sample;
                    }
                }
            }
        }
        return new ImageSamples(width, image.getHeight(), channels, narrow, wide);
    }

    /**
     * Makes an image of channels.
     *
     * @param raster the samples, of 8 or 16 bits
     * @return the image, of which no channel is alpha
     */
    public static BufferedImage ofChannels(WritableRaster raster) {
        int[] bits = raster.getSampleModel().getSampleSize();
        ColorModel color =
                new ComponentColorModel(
                        new Bands(bits.length),
                        bits,
                        false,
                        false,
                        ColorModel.OPAQUE,
                        raster.getTransferType());
        return new BufferedImage(color, raster, false, null);
    }

    /**
     * Tells whether the channels of an image are no colours.
     *
     * @param color its colours, such as they are
     * @return whether {@link #ofChannels} has made it
     */
    public static boolean isOfChannels(ColorModel color) {
        return color.getColorSpace() instanceof Bands;
    }

    /**
     * Checks that an image has a number of channels, see {@link #of(BufferedImage, int)}.
     *
     * @param image the image
     * @param channels the number of channels
     * @throws IllegalArgumentException if it has another one
     */
    public static void checkChannels(BufferedImage image, int channels) {
        ColorModel color = image.getColorModel();
        int own = color instanceof IndexColorModel ? RGB : image.getRaster().getNumBands();
        int colours =
                color instanceof IndexColorModel || !color.hasAlpha()
                        ? own
                        : color.getNumColorComponents();
        boolean fits = own == channels || colours == channels || channels == RGB && colours == 1;
        if (!fits) {
            throw new IllegalArgumentException(
                    String.format(
                            "channels: expected %d, got %d%s",
                            channels, own, colours == own ? "" : ", of which the last is alpha"));
        }
    }

    /**
     * Returns the width in pixels.
     *
     * @return the width in pixels
     */
    public int width() {
        return width;
    }

    /**
     * Returns the height in pixels.
     *
     * @return the height in pixels
     */
    public int height() {
        return height;
    }

    /**
     * Returns the number of channels.
     *
     * @return the number of channels
     */
    public int channels() {
        return channels;
    }

    /**
     * Returns the samples of 8 bits.
     *
     * @return the samples, row by row, those of a pixel next to each other, not to be changed; null
     *     where they have 16 bits
     */
    public byte[] narrow() {
        return narrow;
    }

    /**
     * Returns the samples of 16 bits.
     *
     * @return the samples, likewise; null where they have 8 bits
     */
    public short[] wide() {
        return wide;
    }

    /**
     * Cuts out a rectangle.
     *
     * @param x the left column, 0 to width − 1
     * @param y the top row, 0 to height − 1
     * @param columns the width of the rectangle, at most width − x
     * @param rows the height of the rectangle, at most height − y
     * @return a copy of its samples
     */
    public ImageSamples crop(int x, int y, int columns, int rows) {
        int length = columns * channels;
        byte[] bytes = narrow == null ? null : new byte[length * rows];
        short[] shorts = wide == null ? null : new short[length * rows];
        for (int row = 0; row < rows; row++) {
            int from = ((y + row) * width + x) * channels;
            System.arraycopy(
                    narrow == null ? wide : narrow,
                    from,
                    narrow == null ? shorts : bytes,
                    row * length,
                    length);
        }
        return new ImageSamples(columns, rows, channels, bytes, shorts);
    }

    /**
     * The colours of an image whose channels are no colours, such as infrared: to show it, the
     * first three are taken for red, green and blue, or the first for grey.
     */
    private static final class Bands extends ColorSpace {

        private static final long serialVersionUID = 1L;

        Bands(int channels) {
            // Only a name; Java has some for 2 to 15 channels.
            super(TYPE_2CLR, channels);
        }

        @Override
        public float[] toRGB(float[] channels) {
            int green = channels.length < ImageSamples.RGB ? 0 : 1;
            return new float[] {channels[0], channels[green], channels[2 * green]};
        }

        @Override
        public float[] fromRGB(float[] rgb) {
            throw new UnsupportedOperationException("channels cannot be made of colours");
        }

        @Override
        public float[] toCIEXYZ(float[] channels) {
            return ColorSpace.getInstance(CS_sRGB).toCIEXYZ(toRGB(channels));
        }

        @Override
        public float[] fromCIEXYZ(float[] colours) {
            return fromRGB(colours);
        }
    }
}
