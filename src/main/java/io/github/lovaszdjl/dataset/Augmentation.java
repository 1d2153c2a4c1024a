package io.github.lovaszdjl.dataset;

import java.util.SplittableRandom;

/**
 * Random changes to the samples of a data set, drawn once per sample for image and labels together.
 *
 * <p>A sample is a window on its image. From the source outwards: the image is mirrored, turned by
 * quarters, scaled, and seen through the window, which lies at the centre or, with {@link
 * Builder#optRandomCrop(boolean)}, at a random place, is rotated about its own centre and may be
 * deformed. Image and labels go through the same map, in one step from the decoded pixels: the
 * image by bilinear interpolation, the labels by the nearest pixel, never interpolated. Where the
 * window leaves the source, the image is 0 after normalisation and the label is the ignore label.
 * Without scale, rotation and deformation the pixels are those of the file, exactly.
 *
 * <p>Then the image alone changes: contrast and brightness, saturation, hue, blur and noise, in
 * this order. The source's samples have contrast and brightness changed before they are
 * interpolated. Samples stay within black and white. At last squares are cut out of both.
 *
 * <pre>{@code
 * Augmentation augmentation =
 *         Augmentation.builder()
 *                 .optHorizontalFlip(true)
 *                 .optScale(0.5, 2)
 *                 .optRotation(15)
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
 * @param quarterTurns whether samples are turned by 0, 90, 180 or 270 degrees, each equally often
 * @param minScale the smallest factor by which samples are scaled, above 0
 * @param maxScale the largest factor, minScale to 10
 * @param rotation the largest angle, to either side, in degrees, 0 to 180
 * @param elasticAlpha the amplitude of elastic deformation in pixels, 0 to 10000
 * @param elasticSigma its smoothness in pixels, 1 to 100
 * @param randomCrop whether the window lies at a random place
 * @param brightness the largest shift of brightness, 0 to 1, where 1 is white
 * @param contrast the largest change of the factor of contrast, 0 to 1
 * @param saturation the largest change of the factor of saturation, 0 to 1
 * @param hue the largest shift of hue, 0 to 0.5, where 1 is the whole circle
 * @param minBlur the smallest standard deviation of Gaussian blur in pixels, at least 0
 * @param maxBlur the largest one, minBlur to 20
 * @param noise the largest standard deviation of Gaussian noise, 0 to 1, where 1 is white
 * @param cutoutHoles the number of squares that are cut out, 0 to 100
 * @param cutoutSize their sides in pixels, 1 to 65536
 */
public record Augmentation(
        boolean horizontalFlip,
        boolean verticalFlip,
        boolean quarterTurns,
        double minScale,
        double maxScale,
        double rotation,
        double elasticAlpha,
        double elasticSigma,
        boolean randomCrop,
        float brightness,
        float contrast,
        float saturation,
        float hue,
        double minBlur,
        double maxBlur,
        float noise,
        int cutoutHoles,
        int cutoutSize) {

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
     * @param quarterTurns whether samples are turned by 0, 90, 180 or 270 degrees, each equally
     *     often
     * @param minScale the smallest factor by which samples are scaled, above 0
     * @param maxScale the largest factor, minScale to 10
     * @param rotation the largest angle, to either side, in degrees, 0 to 180
     * @param elasticAlpha the amplitude of elastic deformation in pixels, 0 to 10000
     * @param elasticSigma its smoothness in pixels, 1 to 100
     * @param randomCrop whether the window lies at a random place
     * @param brightness the largest shift of brightness, 0 to 1, where 1 is white
     * @param contrast the largest change of the factor of contrast, 0 to 1
     * @param saturation the largest change of the factor of saturation, 0 to 1
     * @param hue the largest shift of hue, 0 to 0.5, where 1 is the whole circle
     * @param minBlur the smallest standard deviation of Gaussian blur in pixels, at least 0
     * @param maxBlur the largest one, minBlur to 20
     * @param noise the largest standard deviation of Gaussian noise, 0 to 1, where 1 is white
     * @param cutoutHoles the number of squares that are cut out, 0 to 100
     * @param cutoutSize their sides in pixels, 1 to 65536
     * @throws IllegalArgumentException if a value is out of range
     */
    public Augmentation {
        check("minScale", minScale, minScale > 0, "above 0");
        check(
                "maxScale",
                maxScale,
                maxScale >= minScale && maxScale <= MAX_SCALE,
                "minScale to 10");
        check("rotation", rotation, rotation >= 0 && rotation <= 180, "0 to 180");
        check(
                "elasticAlpha",
                elasticAlpha,
                elasticAlpha >= 0 && elasticAlpha <= 10_000,
                "0 to 10000");
        check("elasticSigma", elasticSigma, elasticSigma >= 1 && elasticSigma <= 100, "1 to 100");
        check("brightness", brightness, brightness >= 0 && brightness <= 1, "0 to 1");
        check("contrast", contrast, contrast >= 0 && contrast <= 1, "0 to 1");
        check("saturation", saturation, saturation >= 0 && saturation <= 1, "0 to 1");
        check("hue", hue, hue >= 0 && hue <= 0.5f, "0 to 0.5");
        check("minBlur", minBlur, minBlur >= 0, "at least 0");
        check("maxBlur", maxBlur, maxBlur >= minBlur && maxBlur <= 20, "minBlur to 20");
        check("noise", noise, noise >= 0 && noise <= 1, "0 to 1");
        check("cutoutHoles", cutoutHoles, cutoutHoles >= 0 && cutoutHoles <= 100, "0 to 100");
        check("cutoutSize", cutoutSize, cutoutSize >= 1 && cutoutSize <= 65536, "1 to 65536");
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
                .optQuarterTurns(quarterTurns)
                .optScale(minScale, maxScale)
                .optRotation(rotation)
                .optElastic(elasticAlpha, elasticSigma)
                .optRandomCrop(randomCrop)
                .optBrightness(brightness)
                .optContrast(contrast)
                .optSaturation(saturation)
                .optHue(hue)
                .optBlur(minBlur, maxBlur)
                .optNoise(noise)
                .optCutout(cutoutHoles, cutoutSize);
    }

    /**
     * Checks that images have the channels that these changes are defined for.
     *
     * @param channels the number of channels of the images
     * @throws IllegalArgumentException if hue or saturation change and it is not 3
     */
    void checkChannels(int channels) {
        String expected = "0 with images of " + channels + " channels instead of 3";
        check("saturation", saturation, saturation == 0 || channels == 3, expected);
        check("hue", hue, hue == 0 || channels == 3, expected);
    }

    /**
     * Tells whether samples are made by scale, mirrors, window and light alone: each row and column
     * of theirs is then one of the image, and a pixel needs no other one's.
     */
    boolean keepsRows() {
        return !quarterTurns
                && rotation == 0
                && elasticAlpha == 0
                && saturation == 0
                && hue == 0
                && maxBlur == 0
                && noise == 0
                && cutoutHoles == 0;
    }

    /** Draws the changes to one sample. */
    AugmentationDraw draw(SplittableRandom random) {
        // One number each, always and in this order: see the class doc.
        boolean flipX = random.nextDouble() < 0.5;
        boolean flipY = random.nextDouble() < 0.5;
        double scale = random.nextDouble();
        double cropX = random.nextDouble();
        double cropY = random.nextDouble();
        double light = random.nextDouble();
        double spread = random.nextDouble();
        double angle = random.nextDouble();
        int turns = random.nextInt(4);
        double vividness = random.nextDouble();
        double shift = random.nextDouble();
        double blur = random.nextDouble();
        double grain = random.nextDouble();
        return new AugmentationDraw(
                horizontalFlip && flipX,
                verticalFlip && flipY,
                quarterTurns ? turns : 0,
                minScale + (maxScale - minScale) * scale,
                rotation * (2 * angle - 1),
                randomCrop ? cropX : 0.5,
                randomCrop ? cropY : 0.5,
                (float) (brightness * (2 * light - 1)),
                (float) (1 + contrast * (2 * spread - 1)),
                (float) (1 + saturation * (2 * vividness - 1)),
                (float) (hue * (2 * shift - 1)),
                minBlur + (maxBlur - minBlur) * blur,
                noise * grain,
                random.nextLong(),
                random.nextLong(),
                random.nextLong());
    }

    /** Builds an {@link Augmentation}. */
    public static final class Builder extends AugmentationOptions {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the augmentation.
         *
         * @return what was set
         * @throws IllegalArgumentException if a value is out of range
         */
        public Augmentation build() {
            return augmentation();
        }
    }
}
