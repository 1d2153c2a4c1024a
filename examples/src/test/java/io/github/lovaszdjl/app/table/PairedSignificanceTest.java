package io.github.lovaszdjl.app.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.app.table.PairedSignificance.Pair;
import io.github.lovaszdjl.app.table.PairedSignificance.Significance;
import io.github.lovaszdjl.app.table.PairedSignificance.Significances;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.ImageCounts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class PairedSignificanceTest {

    private static final int DRAWS = PairedSignificance.DRAWS;

    private static final ImageCounts GOOD = counts(8, 1, 1, 8);
    private static final ImageCounts BAD = counts(4, 5, 5, 4);

    private static ImageCounts counts(long... matrix) {
        return ImageCounts.of(
                ConfusionMatrix.of(new long[][] {{matrix[0], matrix[1]}, {matrix[2], matrix[3]}}));
    }

    private static Significance of(List<ImageCounts> first, List<ImageCounts> second) {
        return PairedSignificance.of(List.of(new Pair(first, second))).mean();
    }

    /** So many images of the one kind, and so many of the other. */
    private static List<ImageCounts> images(int some, ImageCounts one, int rest, ImageCounts two) {
        List<ImageCounts> images = new ArrayList<>(Collections.nCopies(some, one));
        images.addAll(Collections.nCopies(rest, two));
        return images;
    }

    @Test
    void equalNetworksDoNotDiffer() {
        List<ImageCounts> images = images(5, GOOD, 7, BAD);
        assertEquals(new Significance(0, 0, 1), of(images, images));
    }

    @Test
    void fewImagesCannotTell() {
        for (int n = 1; n < PairedSignificance.INTERVAL; n++) {
            Significance few = of(images(n, BAD, 0, BAD), images(n, GOOD, 0, GOOD));
            assertEquals(new Significance(Double.NaN, Double.NaN, Math.pow(2, 1 - n)), few);
            assertEquals("-", few.interval());
        }
    }

    // Where all images are as good or as bad, the test is that of signs.
    @Test
    void imagesOfTwoKindsAreTestedAsTheBinomialSays() {
        // 2 of 11 against: 1 + 11 + 55 of 2048 on either side.
        Significance all = of(images(9, BAD, 2, GOOD), images(9, GOOD, 2, BAD));
        assertEquals(2 * 67.0 / 2048, all.p());
        // 5 of 20 against: 1 + 20 + 190 + 1140 + 4845 + 15504 of 2^20.
        double share = 2 * 21_700 / Math.pow(2, 20);
        Significance drawn = of(images(15, BAD, 5, GOOD), images(15, GOOD, 5, BAD));
        // Four standard deviations.
        assertEquals(share, drawn.p(), 4 * Math.sqrt(share * (1 - share) / DRAWS));
        // Of 20 alike, hardly a draw swaps none or all.
        Significance sure = of(images(20, BAD, 0, BAD), images(20, GOOD, 0, GOOD));
        assertEquals(1.0 / (DRAWS + 1), sure.p());
    }

    @Test
    void noiseIsSignificantAsSeldomAsItSays() {
        Random random = new Random(7);
        int trials = 1000;
        int found = 0;
        for (int i = 0; i < trials; i++) {
            found += of(images(random, 8), images(random, 8)).p() <= 0.05 ? 1 : 0;
        }
        // Of 256 swaps, 12 or less are as far; four standard deviations.
        double share = 12.0 / 256;
        assertEquals(share, (double) found / trials, 4 * Math.sqrt(share * (1 - share) / trials));
    }

    // Of ten alike but one, the draws have that one as often as the binomial of 10 and 1/10 says:
    // in 34.9 % never, in 93.0 % twice or less, in 98.7 % three times or less.
    @Test
    void imagesAreDrawnAsTheBinomialSays() {
        List<ImageCounts> better = images(1, GOOD, 9, BAD);
        Significance one = of(images(10, BAD, 0, BAD), better);
        assertEquals(0, one.low());
        // Three are 24 + 28 of 30 + 98.
        double three = (3.0 * 8 + 7 * 4) / (3 * 10 + 7 * 14) - 4.0 / 14;
        assertEquals(three, one.high(), 1e-15);
    }

    @Test
    void theOtherWayRoundTheSignChangesAndNothingElse() {
        Random random = new Random(5);
        List<ImageCounts> first = images(random, 20);
        List<ImageCounts> second = images(random, 20);
        Significance there = of(first, second);
        Significance back = of(second, first);
        assertEquals(there.low(), -back.high(), 1e-15);
        assertEquals(there.high(), -back.low(), 1e-15);
        assertEquals(there.p(), back.p());
        assertEquals(there, of(first, second));
        // The mean of a pair and its reverse is no difference.
        Significances none =
                PairedSignificance.of(List.of(new Pair(first, second), new Pair(second, first)));
        assertEquals(List.of(there, back), none.pairs());
        assertEquals(new Significance(0, 0, 1), none.mean());
        // That of a pair and itself is the pair's.
        Significances twice =
                PairedSignificance.of(List.of(new Pair(first, second), new Pair(first, second)));
        assertEquals(there, twice.mean());
    }

    private static List<ImageCounts> images(Random random, int size) {
        List<ImageCounts> images = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            images.add(counts(random.longs(4, 0, 50).toArray()));
        }
        return images;
    }

    @Test
    void threadsChangeNothing() throws Exception {
        Random random = new Random(9);
        List<Pair> pairs = List.of(new Pair(images(random, 30), images(random, 30)));
        List<Significances> found = new ArrayList<>();
        for (int threads : new int[] {1, 3}) {
            ForkJoinPool pool = new ForkJoinPool(threads);
            found.add(pool.submit(() -> PairedSignificance.of(pairs)).get());
            pool.shutdown();
        }
        assertEquals(found.get(0), found.get(1));
    }

    @Test
    void samplesWithoutAValidPixelAreLeftOut() {
        ImageCounts nothing = counts(0, 0, 0, 0);
        Significance some = of(images(1, BAD, 9, nothing), images(1, GOOD, 9, nothing));
        assertEquals(8.0 / 10 - 4.0 / 14, some.low());
        assertEquals(some.low(), some.high());
        assertEquals(1, some.p());
        Significance none = of(images(10, nothing, 0, BAD), images(10, nothing, 0, BAD));
        assertEquals(new Significance(Double.NaN, Double.NaN, Double.NaN), none);
    }

    @Test
    void otherImagesAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new Pair(List.of(GOOD), List.of(GOOD, BAD)));
        assertThrows(IllegalArgumentException.class, () -> PairedSignificance.of(List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        PairedSignificance.of(
                                List.of(
                                        new Pair(List.of(GOOD), List.of(GOOD)),
                                        new Pair(List.of(GOOD, BAD), List.of(GOOD, BAD)))));
    }
}
