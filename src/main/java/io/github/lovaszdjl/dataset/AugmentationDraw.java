package io.github.lovaszdjl.dataset;

/**
 * The changes to one sample, see {@link Augmentation}.
 *
 * @param flipX whether left and right are swapped
 * @param flipY whether top and bottom are swapped
 * @param quarterTurns by how many right angles the image is turned counterclockwise, 0 to 3
 * @param scale the factor from the image's size to the seen size
 * @param angle by how many degrees the image is rotated counterclockwise
 * @param cropX where the window lies horizontally, see {@link AxisWindow#of}
 * @param cropY where the window lies vertically
 * @param brightness added to every sample, in units where 1 is white
 * @param contrast the factor by which samples move away from mid-grey
 * @param saturation the factor by which samples move away from the grey of their pixel
 * @param hue the shift of the hue, 1 once around the circle
 * @param blur the standard deviation of the blur in pixels
 * @param noise the standard deviation of the noise, in the units of the brightness
 * @param elasticSeed the seed of the deformation
 * @param noiseSeed the seed of the noise
 * @param cutoutSeed the seed of the places that are cut out
 */
record AugmentationDraw(
        boolean flipX,
        boolean flipY,
        int quarterTurns,
        double scale,
        double angle,
        double cropX,
        double cropY,
        float brightness,
        float contrast,
        float saturation,
        float hue,
        double blur,
        double noise,
        long elasticSeed,
        long noiseSeed,
        long cutoutSeed) {

    /** Where the columns of a sample come from, if it is neither turned nor deformed. */
    Axis columns(int source, int target) {
        return Axis.of(source, target, scale, flipX, cropX);
    }

    /** Where the rows of such a sample come from. */
    Axis rows(int source, int target) {
        return Axis.of(source, target, scale, flipY, cropY);
    }

    /**
     * Changes the light.
     *
     * @param sample a sample, 0 to 255
     * @param middle what contrast leaves as it is, in units where 1 is white
     * @param unit how much is 1 of the brightness, likewise
     * @return the changed sample, kept within 0 to 255; the same where there is no change
     */
    float light(float sample, float middle, float unit) {
        if (brightness == 0 && contrast == 1) {
            return sample;
        }
        float changed = (sample / 255f - middle) * contrast + middle + brightness * unit;
        return 255 * Math.min(Math.max(changed, 0), 1);
    }
}
