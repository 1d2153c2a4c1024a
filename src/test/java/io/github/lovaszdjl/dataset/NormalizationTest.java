package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationTest {

    @Test
    void theMeanBecomesZeroAndOneDeviationOne() {
        Normalization n = Normalization.imageNet();
        for (int c = 0; c < 3; c++) {
            float mean = n.mean().get(c);
            float std = n.std().get(c);
            // Four roundings of values below 4: within a few units of the last place of 4.
            assertEquals(0, n.apply(255 * mean, c), 2e-6);
            assertEquals(1, n.apply(255 * (mean + std), c), 2e-6);
        }
    }

    @Test
    void channelsAreNormalisedOnTheirOwn() {
        Normalization n = new Normalization(List.of(0f, 0.5f, 1f), List.of(1f, 0.5f, 0.25f));
        assertEquals(1f, n.apply(255, 0));
        assertEquals(1f, n.apply(255, 1));
        assertEquals(-4f, n.apply(0, 2));
    }

    @Test
    void valuesAreCopied() {
        List<Float> mean = new ArrayList<>(List.of(0f, 0f, 0f));
        Normalization n = new Normalization(mean, List.of(1f, 1f, 1f));
        mean.set(0, 1f);
        assertEquals(List.of(0f, 0f, 0f), n.mean());
    }

    @Test
    void impossibleValuesAreRefused() {
        List<Float> ok = List.of(1f, 1f, 1f);
        for (List<Float> bad :
                List.of(List.of(1f), List.of(1f, 1f, Float.NaN), List.of(1f, 1f, 1f, 1f))) {
            assertThrows(IllegalArgumentException.class, () -> new Normalization(bad, ok));
            assertThrows(IllegalArgumentException.class, () -> new Normalization(ok, bad));
        }
        for (float bad : new float[] {0, -1, Float.POSITIVE_INFINITY}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Normalization(ok, List.of(1f, bad, 1f)));
        }
    }
}
