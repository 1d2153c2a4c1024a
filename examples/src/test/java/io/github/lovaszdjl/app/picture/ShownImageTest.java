package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lovaszdjl.internal.ImageSamples;
import io.github.lovaszdjl.internal.RgbImage;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import org.junit.jupiter.api.Test;

class ShownImageTest {

    private static final int SIDE = 100;

    /** Channels with the samples from, from + step, ..., each on a hundredth of the pixels. */
    private static WritableRaster ramps(int type, int from, int step, int channels) {
        WritableRaster raster = Raster.createInterleavedRaster(type, SIDE, SIDE, channels, null);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                for (int c = 0; c < channels; c++) {
                    raster.setSample(x, y, c, from + step * (c + 1) * y);
                }
            }
        }
        return raster;
    }

    private static int[] column(BufferedImage image, int channel) {
        RgbImage shown = ShownImage.colours(image);
        int[] column = new int[SIDE];
        for (int y = 0; y < SIDE; y++) {
            column[y] = shown.sample(y, y, channel);
        }
        return column;
    }

    @Test
    void whatIsStoredInAFewOfSixteenBitsIsShownFromBlackToWhite() {
        BufferedImage grey = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_USHORT_GRAY);
        grey.setData(ramps(DataBuffer.TYPE_USHORT, 300, 10, 1));
        int[] column = column(grey, 2);
        // The first hundredth is black, the last two rows are at white or beyond.
        assertEquals(0, column[0]);
        assertEquals(Math.round(255 * 49 / 98.0), column[49]);
        assertEquals(Math.round(255 * 97 / 98.0), column[97]);
        assertEquals(255, column[98]);
        assertEquals(255, column[99]);
    }

    @Test
    void channelsThatAreNoColoursAreStretchedEachByItself() {
        BufferedImage two = ImageSamples.ofChannels(ramps(DataBuffer.TYPE_BYTE, 1, 1, 2));
        assertArrayEquals(column(two, 0), column(two, 2), "the first as grey");
        assertEquals(255, column(two, 0)[99]);
        BufferedImage four = ImageSamples.ofChannels(ramps(DataBuffer.TYPE_USHORT, 9, 5, 4));
        assertArrayEquals(column(four, 0), column(four, 1));
        assertArrayEquals(column(four, 0), column(four, 2));
        assertEquals(0, column(four, 2)[0]);
        assertEquals(255, column(four, 2)[99]);
    }

    @Test
    void wideColoursKeepTheirHue() {
        ComponentColorModel rgb =
                new ComponentColorModel(
                        ColorSpace.getInstance(ColorSpace.CS_sRGB),
                        false,
                        false,
                        ComponentColorModel.OPAQUE,
                        DataBuffer.TYPE_USHORT);
        BufferedImage image =
                new BufferedImage(rgb, ramps(DataBuffer.TYPE_USHORT, 0, 7, 3), false, null);
        int[] red = column(image, 0);
        int[] green = column(image, 1);
        assertEquals(2 * red[40], green[40], 6);
    }

    @Test
    void eightBitsAreAsTheyAreAndOneValueIsGrey() {
        BufferedImage grey = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        grey.setData(ramps(DataBuffer.TYPE_BYTE, 5, 1, 1));
        assertEquals(5, column(grey, 0)[0]);
        assertEquals(104, column(grey, 1)[99]);
        BufferedImage flat = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_USHORT_GRAY);
        assertEquals(127, column(flat, 0)[50]);
    }

    @Test
    void aPartIsStretchedAsTheWhole() {
        BufferedImage bands = ImageSamples.ofChannels(ramps(DataBuffer.TYPE_USHORT, 40, 9, 5));
        RgbImage whole = ShownImage.colours(bands);
        RgbImage row = ShownImage.of(bands).part(bands.getSubimage(0, 33, SIDE, 1));
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
            assertEquals(whole.sample(7, 33, c), row.sample(7, 0, c));
        }
    }
}
