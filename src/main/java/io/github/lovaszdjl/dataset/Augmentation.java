package io.github.lovaszdjl.dataset;

import java.util.SplittableRandom;

/**
 * Random changes to the samples of a data set, drawn once per sample for image and labels together.
 *
 * <p>A sample is a window on its image. From the source outwards: the image is mirrored, scaled,
 * and seen through the window, which lies at the centre or, with {@link
 * Builder#optRandomCrop(boolean)}, at a random place; then contrast and brightness change. Image
 * and labels go through the same affine map, in one step from the decoded pixels: the image by
 * bilinear interpolation, the labels by the nearest pixel, never interpolated. Where the window
 * leaves the source, the image is 0 after normalisation and the label is the ignore label. Without
 * scaling the pixels are those of the file, exactly.
 *
 * <pre>{@code
 * Augmentation augmentation =
 *         Augmentation.builder()
 *                 .optHorizontalFlip(true)
 *                 .optScale(0.5, 2)
 *                 .optRandomCrop(true)
 *                 .optBrightness(0.1f)
 *                 .optContrast(0.2f)
 *                 .build();
 * }</pre>
 *
 * <p>Scaling below 1 skips source pixels rather than averaging them: bilinear interpolation looks
 * at four neighbours, so that below 0.5 fine texture turns into noise.
 *
 * <p>What a sample draws depends on the data set's seed, the epoch and the sample's place in the
 * split. Every sample draws the same numbers whatever is turned on, so that turning one thing on
 * leaves the rest as it was.
 *
 * @param horizontalFlip whether every second sample, on average, is mirrored left to right
 * @param verticalFlip whether every second sample, on average, is turned upside down
 * @param minScale the smallest factor by which samples are scaled, above 0
 * @param maxScale the largest factor, minScale to 10
 * @param randomCrop whether the window lies at a random place
 * @param brightness the largest shift of brightness, 0 to 1, where 1 is white
 * @param contrast the largest change of the factor of contrast, 0 to 1
 */
public record Augmentation(
        boolean horizontalFlip,
        boolean verticalFlip,
        double minScale,
        double maxScale,
        boolean randomCrop,
        float brightness,
        float contrast) {

    /**
     * Beyond this factor a sample shows next to nothing of its image, and an image of {@link
     * ImageFiles#MAX_PIXELS} in one row still has a scaled size that an {@code int} holds.
     */
    private static final double MAX_SCALE = 10;

    /**
     * Checks the values.
     *
     * @param horizontalFlip whether every second sample, on average, is mirrored left to right
     * @param verticalFlip whether every second sample, on average, is turned upside down
     * @param minScale the smallest factor by which samples are scaled, above 0
     * @param maxScale the largest factor, minScale to 10
     * @param randomCrop whether the window lies at a random place
     * @param brightness the largest shift of brightness, 0 to 1, where 1 is white
     * @param contrast the largest change of the factor of contrast, 0 to 1
     * @throws IllegalArgumentException if a value is out of range
     */
    public Augmentation {
        check("minScale", minScale, minScale > 0, "above 0");
        check(
                "maxScale",
                maxScale,
                maxScale >= minScale && maxScale <= MAX_SCALE,
                "minScale to 10");
        check("brightness", brightness, brightness >= 0 && brightness <= 1, "0 to 1");
        check("contrast", contrast, contrast >= 0 && contrast <= 1, "0 to 1");
    }

    private static void check(String name, Object value, boolean good, String expected) {
        if (!good) {
            throw new IllegalArgumentException(name + ": expected " + expected + ", got " + value);
        }
    }

    /**
     * Returns the augmentation that changes nothing.
     *
     * @return no augmentation
     */
    public static Augmentation none() {
        return builder().build();
    }

    /**
     * Returns what suits most photographs: mirrored left to right, scaled by 0.75 to 1.5, cut at a
     * random place, brightness and contrast changed by up to 0.1.
     *
     * @return the augmentation of a training unless it is told otherwise
     */
    public static Augmentation standard() {
        return builder()
                .optHorizontalFlip(true)
                .optScale(0.75, 1.5)
                .optRandomCrop(true)
                .optBrightness(0.1f)
                .optContrast(0.1f)
                .build();
    }

    /**
     * Returns a builder in which everything is off.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns a builder that starts from these values.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return builder()
                .optHorizontalFlip(horizontalFlip)
                .optVerticalFlip(verticalFlip)
                .optScale(minScale, maxScale)
                .optRandomCrop(randomCrop)
                .optBrightness(brightness)
                .optContrast(contrast);
    }

    /** Draws the changes to one sample. */
    Draw draw(SplittableRandom random) {
        // One number each, always and in this order: see the class doc.
        boolean flipX = random.nextDouble() < 0.5;
        boolean flipY = random.nextDouble() < 0.5;
        double scale = random.nextDouble();
        double cropX = random.nextDouble();
        double cropY = random.nextDouble();
        double light = random.nextDouble();
        double spread = random.nextDouble();
        return new Draw(
                horizontalFlip && flipX,
                verticalFlip && flipY,
                minScale + (maxScale - minScale) * scale,
                randomCrop ? cropX : 0.5,
                randomCrop ? cropY : 0.5,
                (float) (brightness * (2 * light - 1)),
                (float) (1 + contrast * (2 * spread - 1)));
    }

    /**
     * The changes to one sample.
     *
     * @param flipX whether left and right are swapped
     * @param flipY whether top and bottom are swapped
     * @param scale the factor from the image's size to the seen size
     * @param cropX where the window lies horizontally, see {@link Axis#of}
     * @param cropY where the window lies vertically
     * @param brightness added to every sample, in units where 1 is white
     * @param contrast the factor by which samples move away from mid-grey
     */
    record Draw(
            boolean flipX,
            boolean flipY,
            double scale,
            double cropX,
            double cropY,
            float brightness,
            float contrast) {

        /** Where the columns of a sample come from. */
        Axis columns(int source, int target) {
            return Axis.of(source, target, scale, flipX, cropX);
        }

        /** Where the rows of a sample come from. */
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

    /** Builds an {@link Augmentation}. */
    public static final class Builder {

        private boolean horizontalFlip;
        private boolean verticalFlip;
        private double minScale = 1;
        private double maxScale = 1;
        private boolean randomCrop;
        private float brightness;
        private float contrast;

        private Builder() {}

        /**
         * Sets whether every second sample, on average, is mirrored left to right.
         *
         * @param on whether to mirror; off by default
         * @return this builder
         */
        public Builder optHorizontalFlip(boolean on) {
            horizontalFlip = on;
            return this;
        }

        /**
         * Sets whether every second sample, on average, is turned upside down. It suits pictures
         * taken from above.
         *
         * @param on whether to mirror; off by default
         * @return this builder
         */
        public Builder optVerticalFlip(boolean on) {
            verticalFlip = on;
            return this;
        }

        /**
         * Sets the range of the scale, drawn evenly between its ends. The sample keeps its size: 2
         * shows a quarter of what 1 shows, 0.5 shows the image in a quarter of the sample and
         * padding around it.
         *
         * @param min the smallest factor, above 0; 1 by default
         * @param max the largest factor, {@code min} to 10; 1 by default
         * @return this builder
         */
        public Builder optScale(double min, double max) {
            minScale = min;
            maxScale = max;
            return this;
        }

        /**
         * Sets whether a sample that is smaller than its (scaled) image is cut from a random place
         * and one that is larger has its image at a random place, instead of the centre.
         *
         * @param on whether places are random; off by default
         * @return this builder
         */
        public Builder optRandomCrop(boolean on) {
            randomCrop = on;
            return this;
        }

        /**
         * Sets how much brightness may change: all samples of an image are shifted by one amount
         * between {@code −amplitude} and {@code amplitude}, where 1 is the way from black to white.
         *
         * @param amplitude the largest shift, 0 to 1; 0 by default
         * @return this builder
         */
        public Builder optBrightness(float amplitude) {
            brightness = amplitude;
            return this;
        }

        /**
         * Sets how much contrast may change: the distance of all samples of an image from mid-grey
         * is multiplied by one factor between {@code 1 − amplitude} and {@code 1 + amplitude}.
         *
         * @param amplitude the largest change, 0 to 1; 0 by default
         * @return this builder
         */
        public Builder optContrast(float amplitude) {
            contrast = amplitude;
            return this;
        }

        /**
         * Builds the augmentation.
         *
         * @return what was set
         * @throws IllegalArgumentException if a value is out of range
         */
        public Augmentation build() {
            return new Augmentation(
                    horizontalFlip,
                    verticalFlip,
                    minScale,
                    maxScale,
                    randomCrop,
                    brightness,
                    contrast);
        }
    }
}
