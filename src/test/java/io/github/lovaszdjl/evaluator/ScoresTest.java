package io.github.lovaszdjl.evaluator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.evaluator.ScoreReference.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The scores of images, without an engine. */
class ScoresTest {

    // Sums of a few hundred doubles, added in another order.
    private static final double EPSILON = 1e-12;

    // Two images of two classes and one of the third alone.
    private static final List<ImageCounts> THREE_IMAGES =
            List.of(
                    counts(new long[][] {{6, 2, 0}, {0, 2, 0}, {0, 0, 0}}),
                    counts(new long[][] {{1, 3, 0}, {0, 4, 0}, {0, 0, 0}}),
                    counts(new long[][] {{0, 0, 0}, {0, 0, 0}, {4, 0, 1}}));

    private static ImageCounts counts(long[][] matrix) {
        return ImageCounts.of(ConfusionMatrix.of(matrix));
    }

    @Test
    void fineGrainedScoresOfThreeImagesAreThoseComputedByHand() {
        FineGrainedScores scores = FineGrainedScores.of(THREE_IMAGES);
        // The first class: 6 of 8 and 1 of 4; 4 pixels of the third image are taken for it, where
        // it is not, and count against it in D alone. The second: 2 of 4, 4 of 7. The third: 1/5.
        double first = (6.0 / 8 + 1.0 / 4) / 2;
        double second = (2.0 / 4 + 4.0 / 7) / 2;
        assertEquals(first, scores.iouC(0), EPSILON);
        assertEquals(second, scores.iouC(1), EPSILON);
        assertEquals((first + second + 1.0 / 5) / 3, scores.meanIouC(), EPSILON);
        double i1 = (6.0 / 8 + 2.0 / 4) / 2;
        double i2 = (1.0 / 4 + 4.0 / 7) / 2;
        assertEquals((i1 + i2 + 1.0 / 5) / 3, scores.meanIouI(), EPSILON);
        assertEquals((7.0 / 16 + 6.0 / 11 + 1.0 / 5) / 3, scores.meanIouD(), EPSILON);

        // Of three images, ⌊3 q / 100⌋ but at least one; of two, and of one, likewise.
        assertEquals(1.0 / 5, scores.meanIouI(5), EPSILON);
        assertEquals(1.0 / 5, scores.meanIouI(66), EPSILON);
        assertEquals((1.0 / 5 + i2) / 2, scores.meanIouI(67), EPSILON);
        assertEquals((1.0 / 4 + 2.0 / 4 + 1.0 / 5) / 3, scores.meanIouC(99), EPSILON);
        double q = (6 * 0.2 + 3 * (0.2 + i2) / 2 + (0.2 + i1 + i2) / 3) / 10;
        assertEquals(q, scores.meanIouIOverQuantiles(), EPSILON);
        double worst = (1.0 / 4 + 2.0 / 4 + 1.0 / 5) / 3;
        assertEquals((9 * worst + scores.meanIouC()) / 10, scores.meanIouCOverQuantiles(), EPSILON);
    }

    @Test
    void fineGrainedScoresEqualTheDefinition() {
        for (int trial = 0; trial < 40; trial++) {
            Random random = Trials.random(trial);
            int classes = 1 + random.nextInt(5);
            List<Picture> pictures = new ArrayList<>();
            for (int i = random.nextInt(12); i >= 0; i--) {
                pictures.add(picture(random, classes));
            }
            FineGrainedScores scores =
                    FineGrainedScores.of(
                            pictures.stream()
                                    .map(p -> ImageCounts.of(matrix(p, classes)))
                                    .toList());
            String seed = "seed " + Trials.seed(trial);
            double q = random.nextInt(100) + 1;
            assertEquals(
                    ScoreReference.meanIouI(pictures, classes, q),
                    scores.meanIouI(q),
                    EPSILON,
                    seed);
            assertEquals(
                    ScoreReference.meanIouC(pictures, classes, q),
                    scores.meanIouC(q),
                    EPSILON,
                    seed);
            ConfusionMatrix all = new ConfusionMatrix(classes);
            pictures.forEach(p -> all.add(matrix(p, classes)));
            assertEquals(all.meanIou(), scores.meanIouD(), EPSILON, seed);
        }
    }

    @Test
    void nothingValidHasNoScore() {
        FineGrainedScores none = FineGrainedScores.of(List.of(counts(new long[2][2])));
        assertEquals(Double.NaN, none.meanIouD());
        assertEquals(Double.NaN, none.meanIouIOverQuantiles());
        assertEquals(Double.NaN, none.meanIouCOverQuantiles());
        assertEquals(Double.NaN, FineGrainedScores.of(List.of()).meanIouI());
        int[] ignored = {-1, -1, -1, -1};
        int[] anything = {7, 0, 1, -9};
        assertEquals(Double.NaN, BoundaryCounts.of(ignored, anything, 2, 2).meanIou());
        assertEquals(Double.NaN, HausdorffDistances.of(ignored, anything, 2, 2).mean());
        assertEquals(Double.NaN, BoundaryCounts.of(new int[0], new int[0], 0, 2).meanIou());
        assertEquals(Double.NaN, HausdorffDistances.of(new int[0], new int[0], 0, 2).mean());
        assertEquals(
                Double.NaN, CalibrationBins.of(ignored, anything, new float[4]).expectedError());
    }

    /** Discs and stripes of 40 rows of 60 pixels. */
    private static final Picture DISCS =
            new Picture(60, discs(25, 18, 150, 45, -1), discs(28, 20, 130, 43, 3));

    private static int[] discs(int x0, int y0, int square, int left, int top) {
        int[] labels = new int[40 * 60];
        for (int i = 0; i < labels.length; i++) {
            int x = i % 60;
            int y = i / 60;
            boolean disc = (x - x0) * (x - x0) + (y - y0) * (y - y0) <= square;
            labels[i] = x > left && y > top ? 2 : disc ? 1 : 0;
        }
        return labels;
    }

    // Of the same labels in SciPy 1.17.1: binary_erosion of the mask, padded as the authors' code
    // does, by a square of 3 x 3 as often as d says.
    @Test
    void boundariesAreThoseOfRepeatedErosion() {
        assertCounts(0.02, "[141, 12, 50]\n[423, 172, 154]"); // d = 1
        assertCounts(0.05, "[784, 176, 256]\n[1294, 448, 464]"); // d = 4
    }

    private static void assertCounts(double ratio, String expected) {
        BoundaryCounts counts =
                BoundaryCounts.of(DISCS.truth(), DISCS.predicted(), DISCS.width(), 3, ratio);
        assertEquals(expected, counts.toString());
    }

    // The ring of a square of 6 x 6 pixels has 20; of one beside it, 10 of these.
    @Test
    void squareMovedByAPixelHasAThirdOfItsBoundary() {
        BoundaryCounts counts = BoundaryCounts.of(square(2), square(3), 10, 2);
        assertEquals(1.0 / 3, counts.iou(1));
        assertEquals(1, BoundaryCounts.of(square(2), square(2), 10, 2).meanIou());
        BoundaryCounts twice = counts.plus(BoundaryCounts.of(square(2), square(2), 10, 2));
        assertEquals(30.0 / 50, twice.iou(1));
    }

    private static int[] square(int left) {
        return IntStream.range(0, 100)
                .map(i -> i / 10 >= 2 && i / 10 < 8 && i % 10 >= left && i % 10 < left + 6 ? 1 : 0)
                .toArray();
    }

    @Test
    void boundariesEqualTheDefinition() {
        for (int trial = 0; trial < 60; trial++) {
            Random random = Trials.random(trial);
            int classes = 1 + random.nextInt(4);
            Picture p = picture(random, classes);
            double ratio = new double[] {0.02, 0.1, 0.3}[random.nextInt(3)];
            BoundaryCounts counts =
                    BoundaryCounts.of(p.truth(), p.predicted(), p.width(), classes, ratio);
            for (int c = 0; c < classes; c++) {
                assertArrayEquals(
                        ScoreReference.boundary(p, c, ratio),
                        new long[] {counts.intersection(c), counts.union(c)},
                        "seed " + Trials.seed(trial));
            }
        }
    }

    // Of the same labels in NumPy 2.4.6 and SciPy 1.17.1, as MONAI computes it: binary_erosion,
    // distance_transform_edt and quantile.
    @Test
    void distancesAreThoseOfMonai() {
        assertDistances(95, 8.899999999999977, 4.242640687119285, 4);
        assertDistances(100, 14, 4.47213595499958, 4);
    }

    private static void assertDistances(double percentile, double... expected) {
        HausdorffDistances distances =
                HausdorffDistances.of(
                        DISCS.truth(), DISCS.predicted(), DISCS.width(), 3, percentile);
        for (int c = 0; c < 3; c++) {
            assertEquals(expected[c], distances.distance(0, c), EPSILON);
        }
        assertEquals(Arrays.stream(expected).average().orElseThrow(), distances.mean(), EPSILON);
    }

    @Test
    void distanceOfTwoPixelsIsTheirs() {
        int[] truth = new int[70];
        int[] predicted = new int[70];
        truth[12] = 1; // column 2, row 1
        predicted[45] = 1; // column 5, row 4
        HausdorffDistances two = HausdorffDistances.of(truth, predicted, 10, 3);
        assertEquals(Math.sqrt(18), two.distance(0, 1), EPSILON);
        assertEquals(Double.NaN, two.distance(0, 2));
        // Missed in the second image, and in the third there for nothing.
        HausdorffDistances all =
                two.plus(HausdorffDistances.of(truth, new int[70], 10, 3))
                        .plus(HausdorffDistances.of(new int[70], predicted, 10, 3));
        assertEquals(3, all.images());
        assertEquals((Math.sqrt(18) + 2 * Math.sqrt(149)) / 3, all.mean(1), EPSILON);
        assertEquals(Double.NaN, all.mean(2));
    }

    @Test
    void distancesEqualTheDefinition() {
        for (int trial = 0; trial < 60; trial++) {
            Random random = Trials.random(trial);
            int classes = 1 + random.nextInt(4);
            Picture p = picture(random, classes);
            double percentile = new double[] {0, 50, 95, 100}[random.nextInt(4)];
            HausdorffDistances distances =
                    HausdorffDistances.of(p.truth(), p.predicted(), p.width(), classes, percentile);
            for (int c = 0; c < classes; c++) {
                assertEquals(
                        ScoreReference.hausdorff(p, c, percentile),
                        distances.distance(0, c),
                        EPSILON,
                        "seed " + Trials.seed(trial));
            }
        }
    }

    @Test
    void predictionWhereItIsIgnoredChangesNothing() {
        Random random = Trials.random(0);
        int[] truth = random.ints(300, -1, 3).toArray();
        int[] predicted = random.ints(300, 0, 3).toArray();
        int[] other = predicted.clone();
        Arrays.setAll(other, i -> truth[i] < 0 ? random.nextInt(3) : predicted[i]);
        assertEquals(
                BoundaryCounts.of(truth, predicted, 20, 3).toString(),
                BoundaryCounts.of(truth, other, 20, 3).toString());
        assertEquals(
                HausdorffDistances.of(truth, predicted, 20, 3).mean(),
                HausdorffDistances.of(truth, other, 20, 3).mean());
        float[] half = new float[300];
        Arrays.fill(half, 0.5f);
        assertEquals(
                CalibrationBins.of(truth, predicted, half).expectedError(),
                CalibrationBins.of(truth, other, half).expectedError());
    }

    @Test
    void confidenceOfABoundIsInTheBinBelow() {
        int[] zeros = new int[3];
        CalibrationBins bins = CalibrationBins.of(zeros, zeros, new float[] {0, 0.5f, 1}, 2);
        assertEquals(2, bins.pixels(0));
        assertEquals(0.25, bins.confidence(0));
        assertEquals(1, bins.accuracy(1));
        assertEquals(1.5 / 3, bins.expectedError());
        assertEquals(1.5 / 3, bins.plus(bins).expectedError());
    }

    @Test
    void wrongInputIsRefused() {
        int[] two = {0, 1};
        assertMessage(
                "truth: expected classes from 0 to 0, got 1",
                () -> BoundaryCounts.of(two, two, 2, 1));
        assertMessage(
                "predicted: expected 2 labels as in truth, got 1",
                () -> HausdorffDistances.of(two, new int[1], 2, 2));
        assertMessage(
                "width: expected a divisor of 2 pixels, got 3",
                () -> HausdorffDistances.of(two, two, 3, 2));
        assertMessage(
                "ratio: expected a number above 0, at most 1, got 0.0",
                () -> BoundaryCounts.of(two, two, 2, 2, 0));
        assertMessage(
                "percentile: expected a number from 0 to 100, got NaN",
                () -> HausdorffDistances.of(two, two, 2, 2, Double.NaN));
        assertMessage(
                "q: expected a share in percent above 0, at most 100, got 0.0",
                () -> FineGrainedScores.of(THREE_IMAGES).meanIouC(0));
        assertMessage(
                "confidences: expected probabilities from 0 to 1, got 1.5",
                () -> CalibrationBins.of(two, two, new float[] {1, 1.5f}));
        assertMessage(
                "bins: expected 1 or more, got 0",
                () -> CalibrationBins.of(two, two, new float[2], 0));
        assertMessage(
                "falseNegatives: expected 0 or more, got -1",
                () -> ImageCounts.of(new long[1], new long[1], new long[] {-1}));
        assertMessage(
                "images: expected counts of 3 classes, got 2",
                () ->
                        FineGrainedScores.of(THREE_IMAGES)
                                .plus(FineGrainedScores.of(List.of(counts(new long[2][2])))));
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private static ConfusionMatrix matrix(Picture picture, int classes) {
        ConfusionMatrix matrix = new ConfusionMatrix(classes);
        matrix.add(picture.truth(), picture.predicted());
        return matrix;
    }

    /** Blocks of labels, so that masks have an inside, and some single pixels. */
    private static Picture picture(Random random, int classes) {
        int width = 1 + random.nextInt(16);
        int height = 1 + random.nextInt(16);
        int block = 1 + random.nextInt(8);
        int[] noise = random.ints(width * height * 2, -1, classes).toArray();
        int[] truth = new int[width * height];
        int[] predicted = new int[width * height];
        double share = random.nextDouble() / 4;
        for (int i = 0; i < truth.length; i++) {
            int x = i % width / block * block;
            int y = i / width / block * block;
            truth[i] = noise[y * width + x];
            predicted[i] =
                    random.nextDouble() < share
                            ? random.nextInt(classes)
                            : Math.max(0, noise[y * width + Math.max(0, x - block)]);
        }
        return new Picture(width, truth, predicted);
    }
}
