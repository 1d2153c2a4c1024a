package io.github.lovaszdjl.dataset;

/**
 * Changes of the colour of one RGB pixel, its samples 0 to 255, see {@link Augmentation.Builder}.
 */
final class ColourChange {

    private ColourChange() {}

    /**
     * Moves a pixel away from the grey of its luminance, as ITU-R BT.601 weighs it.
     *
     * @param rgb the pixel, changed in place and kept within 0 to 255
     * @param factor 0 gives grey, 1 leaves the pixel as it is
     */
    static void saturate(float[] rgb, float factor) {
        float grey = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
        for (int c = 0; c < rgb.length; c++) {
            rgb[c] = clamp(grey + factor * (rgb[c] - grey));
        }
    }

    /**
     * Shifts the hue of HSV (A. R. Smith, <em>Color gamut transform pairs</em>, SIGGRAPH 1978, <a
     * href="https://doi.org/10.1145/965139.807361">doi:10.1145/965139.807361</a>); grey has none.
     *
     * @param rgb the pixel, changed in place; its largest and smallest sample stay
     * @param shift the shift, 1 once around the circle
     */
    static void shiftHue(float[] rgb, float shift) {
        float red = rgb[0];
        float green = rgb[1];
        float blue = rgb[2];
        float value = Math.max(red, Math.max(green, blue));
        float chroma = value - Math.min(red, Math.min(green, blue));
        if (chroma == 0) {
            return;
        }
        float sixths;
        if (value == red) {
            sixths = (green - blue) / chroma;
        } else if (value == green) {
            sixths = 2 + (blue - red) / chroma;
        } else {
            sixths = 4 + (red - green) / chroma;
        }
        sixths += 6 * shift;
        rgb[0] = value - chroma * below(sixths + 5);
        rgb[1] = value - chroma * below(sixths + 3);
        rgb[2] = value - chroma * below(sixths + 1);
    }

    /** By how much of the chroma a sample is below the value: a trapezoid with a period of 6. */
    private static float below(float sixths) {
        float k = sixths - 6 * (float) Math.floor(sixths / 6);
        return Math.max(0, Math.min(1, Math.min(k, 4 - k)));
    }

    /** Keeps a sample within black and white. */
    static float clamp(float sample) {
        return Math.min(Math.max(sample, 0), 255);
    }
}
