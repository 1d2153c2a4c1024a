package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.Augmentation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The random changes to samples as options, a flag each; the defaults are the standard ones. */
public final class AugmentationOptions {

    private final Augmentation defaults = Augmentation.standard();

    @Option(
            names = "--flip",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "mirror samples left to right at random, as by default")
    private boolean flip;

    @Option(
            names = "--vertical-flip",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description = "mirror samples top to bottom at random")
    private boolean verticalFlip;

    @Option(
            names = "--quarter-turns",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description = "turn samples by 0, 90, 180 or 270 degrees at random")
    private boolean quarterTurns;

    @Option(
            names = "--scale",
            paramLabel = "MIN..MAX",
            description = "the range of the random scale")
    private String scale = range(defaults.minScale(), defaults.maxScale());

    @Option(
            names = "--rotation",
            paramLabel = "DEGREES",
            description = "the largest angle of random rotation to either side, 0 to 180")
    private double rotation = defaults.rotation();

    @Option(
            names = "--elastic",
            paramLabel = "ALPHA,SIGMA",
            description =
                    "random elastic deformation: amplitude and smoothness in pixels, such as 34,4;"
                            + " none with an amplitude of 0")
    private String elastic = elastic(defaults);

    @Option(
            names = "--brightness",
            paramLabel = "X",
            description = "the amplitude of random brightness; 1 is white")
    private float brightness = defaults.brightness();

    @Option(
            names = "--contrast",
            paramLabel = "X",
            description = "the amplitude of random contrast")
    private float contrast = defaults.contrast();

    @Option(
            names = "--saturation",
            paramLabel = "X",
            description = "the amplitude of random saturation, 0 to 1")
    private float saturation = defaults.saturation();

    @Option(
            names = "--hue",
            paramLabel = "X",
            description = "the largest random shift of the hue, 0 to 0.5; 1 is the whole circle")
    private float hue = defaults.hue();

    @Option(
            names = "--blur",
            paramLabel = "MIN..MAX",
            description = "the range of the standard deviation of random Gaussian blur, in pixels")
    private String blur = range(defaults.minBlur(), defaults.maxBlur());

    @Option(
            names = "--noise",
            paramLabel = "X",
            description =
                    "the largest standard deviation of random Gaussian noise, 0 to 1; 1 is white")
    private float noise = defaults.noise();

    @Option(
            names = "--cutout",
            paramLabel = "HOLESxSIZE",
            description =
                    "how many squares are cut out of every sample and their side in pixels, such as"
                            + " 1x32; their labels are ignored")
    private String cutout = cutout(defaults);

    private static String range(double min, double max) {
        return min + ".." + max;
    }

    private static String elastic(Augmentation augmentation) {
        return augmentation.elasticAlpha() + "," + augmentation.elasticSigma();
    }

    private static String cutout(Augmentation augmentation) {
        return augmentation.cutoutHoles() + "x" + augmentation.cutoutSize();
    }

    /** Returns the values of these options that make an augmentation, by their names. */
    static Map<String, String> values(Augmentation augmentation) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--flip", String.valueOf(augmentation.horizontalFlip()));
        values.put("--vertical-flip", String.valueOf(augmentation.verticalFlip()));
        values.put("--quarter-turns", String.valueOf(augmentation.quarterTurns()));
        values.put("--scale", range(augmentation.minScale(), augmentation.maxScale()));
        values.put("--rotation", String.valueOf(augmentation.rotation()));
        values.put("--elastic", elastic(augmentation));
        values.put("--brightness", String.valueOf(augmentation.brightness()));
        values.put("--contrast", String.valueOf(augmentation.contrast()));
        values.put("--saturation", String.valueOf(augmentation.saturation()));
        values.put("--hue", String.valueOf(augmentation.hue()));
        values.put("--blur", range(augmentation.minBlur(), augmentation.maxBlur()));
        values.put("--noise", String.valueOf(augmentation.noise()));
        values.put("--cutout", cutout(augmentation));
        return values;
    }

    /**
     * Returns the augmentation.
     *
     * @throws IllegalArgumentException if a value is out of range; the message begins with the
     *     option or the name that the augmentation has for it
     */
    Augmentation augmentation() {
        Augmentation.Builder builder =
                Augmentation.builder()
                        .optHorizontalFlip(flip)
                        .optVerticalFlip(verticalFlip)
                        .optQuarterTurns(quarterTurns)
                        .optRotation(rotation)
                        .optRandomCrop(true)
                        .optBrightness(brightness)
                        .optContrast(contrast)
                        .optSaturation(saturation)
                        .optHue(hue)
                        .optNoise(noise);
        setPair(
                "--scale: expected MIN..MAX with 0 < MIN <= MAX <= 10, such as 0.75..1.5",
                scale,
                "..",
                builder,
                (b, min, max) -> b.optScale(Double.parseDouble(min), Double.parseDouble(max)));
        setPair(
                "--elastic: expected ALPHA,SIGMA of 0 to 10000 and 1 to 100, such as 34,4",
                elastic,
                ",",
                builder,
                (b, alpha, sigma) ->
                        b.optElastic(Double.parseDouble(alpha), Double.parseDouble(sigma)));
        setPair(
                "--blur: expected MIN..MAX with 0 <= MIN <= MAX <= 20, such as 0..1.5",
                blur,
                "..",
                builder,
                (b, min, max) -> b.optBlur(Double.parseDouble(min), Double.parseDouble(max)));
        setPair(
                "--cutout: expected HOLESxSIZE of 0 to 100 and 1 to 65536, such as 1x32",
                cutout,
                "x",
                builder,
                (b, holes, size) -> b.optCutout(Integer.parseInt(holes), Integer.parseInt(size)));
        return builder.build();
    }

    /** Sets two values at once. */
    private interface Pair {

        Augmentation.Builder set(Augmentation.Builder builder, String first, String second);
    }

    private static void setPair(
            String expected,
            String value,
            String separator,
            Augmentation.Builder builder,
            Pair pair) {
        String[] parts = value.split(Pattern.quote(separator), -1);
        try {
            if (parts.length == 2) {
                // On their own first, so that it is their range that is told.
                pair.set(Augmentation.builder(), parts[0], parts[1]).build();
                pair.set(builder, parts[0], parts[1]);
                return;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new IllegalArgumentException(expected + ", got " + value);
    }
}
