package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColourChangeTest {

    /** Float rounding of samples up to 255. */
    private static final float ROUNDING = 1e-3f;

    /** Computed with Python's {@code colorsys}: hue plus shift, saturation and value as before. */
    @ParameterizedTest
    @CsvSource({
        "200,30,60, 0.1, 200,102,30",
        "200,30,60, -0.25, 85,30,200",
        "200,30,60, 0.5, 30,200,170",
        "10,250,90, 0.1, 10,250,234",
        "10,250,90, -0.25, 250,210,10",
        "17,17,200, 0.1, 126.8,17,200",
        "17,17,200, -0.25, 17,200,108.5",
        "90,180,180, 0.1, 90,126,180",
        "90,180,180, 0.5, 180,90,90",
        "255,0,0, -0.25, 127.5,0,255",
        "128,128,128, 0.1, 128,128,128"
    })
    void hueIsThatOfHsv(
            float red, float green, float blue, float shift, float r, float g, float b) {
        float[] pixel = {red, green, blue};
        ColourChange.shiftHue(pixel, shift);
        assertArrayEquals(new float[] {r, g, b}, pixel, ROUNDING);
    }

    @Test
    void hueIsThatOfTheJdk() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            int[] rgb = {random.nextInt(256), random.nextInt(256), random.nextInt(256)};
            float shift = (float) random.nextDouble() - 0.5f;
            float[] hsb = Color.RGBtoHSB(rgb[0], rgb[1], rgb[2], null);
            Color expected = new Color(Color.HSBtoRGB(hsb[0] + shift, hsb[1], hsb[2]));
            float[] pixel = {rgb[0], rgb[1], rgb[2]};
            ColourChange.shiftHue(pixel, shift);
            // The JDK rounds to whole samples.
            assertEquals(expected.getRed(), pixel[0], 0.51, "pixel " + i);
            assertEquals(expected.getGreen(), pixel[1], 0.51, "pixel " + i);
            assertEquals(expected.getBlue(), pixel[2], 0.51, "pixel " + i);
        }
    }

    /**
     * Computed in Python by the definition of torchvision's {@code adjust_saturation}: a blend with
     * the grey image, clamped.
     */
    @ParameterizedTest
    @CsvSource({
        "200,30,60, 0, 84.25,84.25,84.25",
        "200,30,60, 0.5, 142.125,57.125,72.125",
        "200,30,60, 1.6, 255,0,45.45",
        "17,17,200, 1.6, 4.4828,4.4828,255",
        "90,180,180, 1.6, 52.146,196.146,196.146",
        "128,128,128, 1.6, 128,128,128"
    })
    void saturationIsABlendWithGrey(
            float red, float green, float blue, float factor, float r, float g, float b) {
        float[] pixel = {red, green, blue};
        ColourChange.saturate(pixel, factor);
        assertArrayEquals(new float[] {r, g, b}, pixel, ROUNDING);
    }
}
