package io.github.lovaszdjl.app.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.app.table.PairedBootstrap.Pair;
import io.github.lovaszdjl.app.table.PairedBootstrap.Significance;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.ImageCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {

    private static final int SAMPLES = PairedBootstrap.RESAMPLES;

    private static final ImageCounts GOOD = counts(8, 1, 1, 8);
    private static final ImageCounts BAD = counts(4, 5, 5, 4);

    private static ImageCounts counts(long... matrix) {
        return ImageCounts.of(
                ConfusionMatrix.of(new long[][] {{matrix[0], matrix[1]}, {matrix[2], matrix[3]}}));
    }

    @Test
    void equalNetworksDoNotDiffer() {
        List<ImageCounts> images = List.of(GOOD, BAD, GOOD);
        assertEquals(
                new Significance(0, 0, 1), PairedBootstrap.of(List.of(new Pair(images, images))));
    }

    @Test
    void aSingleImageIsAllThereIsToDraw() {
        Significance one = PairedBootstrap.of(List.of(new Pair(List.of(BAD), List.of(GOOD))));
        double difference = 8.0 / 10 - 4.0 / 14;
        assertEquals(new Significance(difference, difference, 2.0 / (SAMPLES + 1)), one);
    }

    // The draws of two images are twice the one (1/4), each once (1/2), and twice the other (1/4).
    @Test
    void twoImagesAreDrawnAsTheBinomialSays() {
        ImageCounts better = counts(9, 0, 0, 9);
        Pair pair = new Pair(List.of(GOOD, GOOD), List.of(BAD, better));
        Significance two = PairedBootstrap.of(List.of(pair));
        assertEquals(4.0 / 14 - 8.0 / 10, two.low());
        assertEquals(1 - 8.0 / 10, two.high());
        // Better together: 13 of 23, worse than 16 of 20; so worse in 3/4, and p is twice 1/4.
        // Four standard deviations of a share of 1/4.
        assertEquals(0.5, two.p(), 2 * 4 * Math.sqrt(3.0 / 16 / SAMPLES));
    }

    @Test
    void theOtherWayRoundTheSignChangesAndNothingElse() {
        Random random = new Random(5);
        List<ImageCounts> first = images(random);
        List<ImageCounts> second = images(random);
        Significance there = PairedBootstrap.of(List.of(new Pair(first, second)));
        Significance back = PairedBootstrap.of(List.of(new Pair(second, first)));
        assertEquals(there.low(), -back.high(), 1e-15);
        assertEquals(there.high(), -back.low(), 1e-15);
        assertEquals(there.p(), back.p());
        assertEquals(there, PairedBootstrap.of(List.of(new Pair(first, second))));
        // The mean of a pair and its reverse is no difference.
        Significance none =
                PairedBootstrap.of(List.of(new Pair(first, second), new Pair(second, first)));
        assertEquals(0, none.low(), 1e-15);
        assertEquals(0, none.high(), 1e-15);
    }

    private static List<ImageCounts> images(Random random) {
        List<ImageCounts> images = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            images.add(counts(random.longs(4, 0, 50).toArray()));
        }
        return images;
    }

    @Test
    void samplesWithoutAValidPixelAreLeftOut() {
        ImageCounts nothing = counts(0, 0, 0, 0);
        Significance some =
                PairedBootstrap.of(
                        List.of(new Pair(List.of(BAD, nothing), List.of(GOOD, nothing))));
        assertEquals(some.low(), some.high());
        Significance none =
                PairedBootstrap.of(List.of(new Pair(List.of(nothing), List.of(nothing))));
        assertEquals(Double.NaN, none.p());
        assertEquals("- to -", none.interval());
    }

    @Test
    void otherImagesAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new Pair(List.of(GOOD), List.of(GOOD, BAD)));
        assertThrows(IllegalArgumentException.class, () -> PairedBootstrap.of(List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        PairedBootstrap.of(
                                List.of(
                                        new Pair(List.of(GOOD), List.of(GOOD)),
                                        new Pair(List.of(GOOD, BAD), List.of(GOOD, BAD)))));
    }
}
