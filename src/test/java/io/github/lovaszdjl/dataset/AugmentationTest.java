package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
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
                    .build();

    @Test
    void noneDrawsNoChange() {
        for (int i = 0; i < 100; i++) {
            Augmentation.Draw draw = Augmentation.none().draw(Seeds.sample(1, 2, i));
            // Primitive comparison: a brightness of −0 is no change either.
            assertTrue(!draw.flipX() && !draw.flipY() && draw.scale() == 1);
            assertTrue(draw.cropX() == 0.5 && draw.cropY() == 0.5);
            assertTrue(draw.brightness() == 0 && draw.contrast() == 1);
        }
    }

    @Test
    void drawsFillTheirRangesEvenly() {
        int n = 20_000;
        double[] sum = new double[6];
        for (int i = 0; i < n; i++) {
            Augmentation.Draw draw = ALL.draw(Seeds.sample(3, 4, i));
            assertTrue(draw.scale() >= 0.5 && draw.scale() < 2);
            assertTrue(Math.abs(draw.brightness()) <= 0.2f);
            assertTrue(draw.contrast() >= 0.6f && draw.contrast() <= 1.4f);
            sum[0] += draw.flipX() ? 1 : 0;
            sum[1] += draw.flipY() ? 1 : 0;
            sum[2] += (draw.scale() - 0.5) / 1.5;
            sum[3] += draw.cropX();
            sum[4] += (draw.brightness() + 0.2) / 0.4;
            sum[5] += (draw.contrast() - 0.6) / 0.8;
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
            Augmentation.Draw all = ALL.draw(Seeds.sample(5, 6, i));
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
            assertEquals(v, new Augmentation.Draw(true, true, 2, 0, 0, 0, 1).light(v, 0.5f, 1));
            float light = new Augmentation.Draw(true, true, 2, 0, 0, 0.7f, 1.9f).light(v, 0.5f, 1);
            assertTrue(light >= 0 && light <= 255);
        }
        // Mid-grey is the fixed point of contrast; brightness is in units of white.
        assertEquals(
                127.5, new Augmentation.Draw(false, false, 1, 0, 0, 0, 0).light(3, 0.5f, 1), 1e-4);
        assertEquals(
                151,
                new Augmentation.Draw(false, false, 1, 0, 0, 0.2f, 1).light(100, 0.5f, 1),
                1e-4);
        assertEquals(
                72.5, new Augmentation.Draw(false, false, 1, 0, 0, 0, 2).light(100, 0.5f, 1), 1e-4);
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
    }

    private static void refused(String name, UnaryOperator<Augmentation.Builder> change) {
        Augmentation.Builder builder = change.apply(Augmentation.builder());
        String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertTrue(message.startsWith(name + ": expected"), message);
    }

    @Test
    void aCopyHasEveryValue() {
        assertEquals(ALL, ALL.toBuilder().build());
        assertEquals(Augmentation.standard(), Augmentation.standard().toBuilder().build());
        assertNotEquals(ALL, Augmentation.none());
    }
}
