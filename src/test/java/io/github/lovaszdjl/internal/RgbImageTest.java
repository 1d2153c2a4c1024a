package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RgbImageTest {

    @Test
    void greyIsReadWithoutGamma() {
        BufferedImage image = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        for (int v = 0; v < 256; v++) {
            image.getRaster().setSample(v, 0, 0, v);
        }
        RgbImage rgb = RgbImage.of(image);
        for (int v = 0; v < 256; v++) {
            assertPixel(rgb, v, 0, v, v, v);
        }
    }

    @Test
    void grey16IsScaledAndRounded() {
        BufferedImage image = new BufferedImage(5, 1, BufferedImage.TYPE_USHORT_GRAY);
        // 65535 / 255 = 257 sixteen-bit steps to one of eight; 128.5 of them round up.
        int[] samples = {0, 128, 129, 257 * 100, 65535};
        int[] expected = {0, 0, 1, 100, 255};
        for (int x = 0; x < samples.length; x++) {
            image.getRaster().setSample(x, 0, 0, samples[x]);
        }
        RgbImage rgb = RgbImage.of(image);
        for (int x = 0; x < samples.length; x++) {
            assertPixel(rgb, x, 0, expected[x], expected[x], expected[x]);
        }
    }

    @Test
    void paletteIsLookedUp() {
        byte[] red = {10, (byte) 200, 0, 1};
        byte[] green = {20, (byte) 210, 0, 2};
        byte[] blue = {30, (byte) 220, 0, 3};
        IndexColorModel palette = new IndexColorModel(2, 4, red, green, blue, 3);
        BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_BYTE_BINARY, palette);
        image.getRaster().setSample(1, 1, 0, 1);
        image.getRaster().setSample(2, 1, 0, 3);
        RgbImage rgb = RgbImage.of(image);
        assertPixel(rgb, 0, 0, 10, 20, 30);
        assertPixel(rgb, 1, 1, 200, 210, 220);
        // Transparent, but it has a colour all the same.
        assertPixel(rgb, 2, 1, 1, 2, 3);
    }

    @Test
    void alphaIsDropped() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_4BYTE_ABGR);
        image.getRaster().setPixel(0, 0, new int[] {9, 8, 7, 255});
        image.getRaster().setPixel(1, 0, new int[] {9, 8, 7, 0});
        RgbImage rgb = RgbImage.of(image);
        assertPixel(rgb, 0, 0, 9, 8, 7);
        assertPixel(rgb, 1, 0, 9, 8, 7);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_INT_BGR,
                BufferedImage.TYPE_INT_ARGB_PRE,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_4BYTE_ABGR_PRE
            })
    void everyRgbTypeGivesTheSamePixels(int type) {
        BufferedImage image = new BufferedImage(7, 5, type);
        for (int i = 0; i < 35; i++) {
            image.setRGB(i % 7, i / 7, 0xff000000 | i * 0x050301);
        }
        RgbImage rgb = RgbImage.of(image);
        for (int i = 0; i < 35; i++) {
            assertPixel(rgb, i % 7, i / 7, i * 5, i * 3, i);
        }
    }

    /** As DJL's own ImageFactory reads such a file. */
    @Test
    void cmykIsRefused() throws IOException {
        Path file = Path.of("src", "test", "resources", "images", "cmyk.jpg");
        BufferedImage image = ImageIO.read(file.toFile());
        assertEquals(
                "image: expected grey or RGB, got another colour space, of 4 channels; convert it"
                        + " to RGB first",
                assertThrows(IllegalArgumentException.class, () -> RgbImage.of(image))
                        .getMessage());
    }

    @Test
    void fiveBitsSpanTheWholeRange() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_565_RGB);
        image.setRGB(0, 0, 0xffffff);
        image.setRGB(1, 0, 0x000000);
        RgbImage rgb = RgbImage.of(image);
        assertPixel(rgb, 0, 0, 255, 255, 255);
        assertPixel(rgb, 1, 0, 0, 0, 0);
    }

    @Test
    void aPartOfAnImageIsReadInItsOwnCoordinates() {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
        image.setRGB(2, 3, 0x010203);
        RgbImage rgb = RgbImage.of(image.getSubimage(1, 2, 3, 2));
        assertEquals(3, rgb.width());
        assertEquals(2, rgb.height());
        assertPixel(rgb, 1, 1, 1, 2, 3);
    }

    private static void assertPixel(RgbImage rgb, int x, int y, int red, int green, int blue) {
        assertArrayEquals(
                new int[] {red, green, blue},
                new int[] {rgb.sample(x, y, 0), rgb.sample(x, y, 1), rgb.sample(x, y, 2)},
                "pixel " + x + ", " + y);
    }
}
