package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AugmentationTest {

    private static final Augmentation ALL =
            Augmentation.builder()
                    .optHorizontalFlip(true)
                    .optVerticalFlip(true)
                    .optScale(0.5, 2)
                    .optRandomCrop(true)
                    .optBrightness(0.2f)
                    .optContrast(0.4f)
                    .optQuarterTurns(true)
                    .optRotation(30)
                    .optElastic(34, 5)
                    .optSaturation(0.6f)
                    .optHue(0.1f)
                    .optBlur(0.5, 1.5)
                    .optNoise(0.05f)
                    .optCutout(2, 16)
                    .build();

    @Test
    void noneDrawsNoChange() {
        for (int i = 0; i < 100; i++) {
            AugmentationDraw draw = Augmentation.none().draw(Seeds.sample(1, 2, i));
            // Primitive comparison: a brightness of −0 is no change either.
            assertTrue(!draw.flipX() && !draw.flipY() && draw.scale() == 1);
            assertTrue(draw.cropX() == 0.5 && draw.cropY() == 0.5);
            assertTrue(draw.brightness() == 0 && draw.contrast() == 1);
            assertTrue(draw.quarterTurns() == 0 && draw.angle() == 0);
            assertTrue(draw.saturation() == 1 && draw.hue() == 0);
            assertTrue(draw.blur() == 0 && draw.noise() == 0);
        }
    }

    @Test
    void drawsFillTheirRangesEvenly() {
        int n = 20_000;
        double[] sum = new double[12];
        for (int i = 0; i < n; i++) {
            AugmentationDraw draw = ALL.draw(Seeds.sample(3, 4, i));
            assertTrue(draw.scale() >= 0.5 && draw.scale() < 2);
            assertTrue(Math.abs(draw.brightness()) <= 0.2f);
            assertTrue(draw.contrast() >= 0.6f && draw.contrast() <= 1.4f);
            sum[0] += draw.flipX() ? 1 : 0;
            sum[1] += draw.flipY() ? 1 : 0;
            sum[2] += (draw.scale() - 0.5) / 1.5;
            sum[3] += draw.cropX();
            sum[4] += (draw.brightness() + 0.2) / 0.4;
            sum[5] += (draw.contrast() - 0.6) / 0.8;
            sum[6] += (draw.angle() + 30) / 60;
            sum[7] += draw.quarterTurns() / 3.0;
            sum[8] += (draw.saturation() - 0.4) / 1.2;
            sum[9] += (draw.hue() + 0.1) / 0.2;
            sum[10] += draw.blur() - 0.5;
            sum[11] += draw.noise() / 0.05;
        }
        for (double s : sum) {
            // A mean of n coin tosses has a standard deviation of 0.0035; the seed is fixed.
            assertEquals(0.5, s / n, 0.014);
        }
    }

    @Test
    void oneThingTurnedOnLeavesTheRest() {
        Augmentation flip = Augmentation.builder().optHorizontalFlip(true).build();
        for (int i = 0; i < 100; i++) {
            AugmentationDraw all = ALL.draw(Seeds.sample(5, 6, i));
            assertEquals(all.flipX(), flip.draw(Seeds.sample(5, 6, i)).flipX());
        }
    }

    @Test
    void seedEpochAndIndexAllMatterAndAreNotMixedUp() {
        Set<Long> first = new HashSet<>();
        for (int seed = -2; seed < 10; seed++) {
            for (int epoch = 0; epoch < 10; epoch++) {
                for (int index = -1; index < 10; index++) {
                    assertTrue(first.add(Seeds.sample(seed, epoch, index).nextLong()));
                }
            }
        }
    }

    @Test
    void lightStaysInRangeAndIsExactWhenUnchanged() {
        for (int v = 0; v < 256; v++) {
            assertEquals(v, withLight(0, 1).light(v, 0.5f, 1));
            float light = withLight(0.7f, 1.9f).light(v, 0.5f, 1);
            assertTrue(light >= 0 && light <= 255);
        }
        // Mid-grey is the fixed point of contrast; brightness is in units of white.
        assertEquals(127.5, withLight(0, 0).light(3, 0.5f, 1), 1e-4);
        assertEquals(151, withLight(0.2f, 1).light(100, 0.5f, 1), 1e-4);
        assertEquals(72.5, withLight(0, 2).light(100, 0.5f, 1), 1e-4);
    }

    private static AugmentationDraw withLight(float brightness, float contrast) {
        return new AugmentationDraw(
                true, true, 0, 2, 0, 0, 0, brightness, contrast, 1, 0, 0, 0, 1, 2, 3);
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        refused("minScale", b -> b.optScale(0, 1));
        refused("minScale", b -> b.optScale(Double.NaN, 1));
        refused("maxScale", b -> b.optScale(2, 1));
        refused("maxScale", b -> b.optScale(1, 11));
        refused("brightness", b -> b.optBrightness(-0.1f));
        refused("contrast", b -> b.optContrast(1.1f));
        refused("contrast", b -> b.optContrast(Float.NaN));
        refused("rotation", b -> b.optRotation(-1));
        refused("rotation", b -> b.optRotation(181));
        refused("elasticAlpha", b -> b.optElastic(-1, 4));
        refused("elasticAlpha", b -> b.optElastic(Double.POSITIVE_INFINITY, 4));
        refused("elasticSigma", b -> b.optElastic(34, 0));
        refused("elasticSigma", b -> b.optElastic(34, 101));
        refused("saturation", b -> b.optSaturation(1.1f));
        refused("hue", b -> b.optHue(0.51f));
        refused("minBlur", b -> b.optBlur(-1, 1));
        refused("maxBlur", b -> b.optBlur(1, 0.5));
        refused("maxBlur", b -> b.optBlur(0, 21));
        refused("noise", b -> b.optNoise(Float.NaN));
        refused("cutoutHoles", b -> b.optCutout(101, 4));
        refused("cutoutSize", b -> b.optCutout(1, 0));
    }

    private static void refused(String name, UnaryOperator<Augmentation.Builder> change) {
        Augmentation.Builder builder = change.apply(Augmentation.builder());
        String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertTrue(message.startsWith(name + ": expected"), message);
    }

    /** Each named by the change that needs the three channels. */
    @Test
    void coloursChangeInRgbAlone() {
        assertDoesNotThrow(() -> ALL.checkChannels(3));
        Augmentation plain = ALL.toBuilder().optHue(0).optSaturation(0).build();
        assertDoesNotThrow(() -> plain.checkChannels(4));
        for (Augmentation colours :
                List.of(
                        plain.toBuilder().optHue(0.1f).build(),
                        plain.toBuilder().optSaturation(0.1f).build())) {
            String message =
                    assertThrows(IllegalArgumentException.class, () -> colours.checkChannels(4))
                            .getMessage();
            String name = colours.hue() == 0 ? "saturation" : "hue";
            assertEquals(
                    name + ": expected 0 with images of 4 channels instead of 3, got 0.1", message);
        }
    }

    @Test
    void aCopyHasEveryValue() {
        assertEquals(ALL, ALL.toBuilder().build());
        assertEquals(Augmentation.standard(), Augmentation.standard().toBuilder().build());
        assertNotEquals(ALL, Augmentation.none());
    }
}
