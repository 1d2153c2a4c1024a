package io.github.lovaszdjl.app.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.evaluator.ImageCounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryTest {

    private static final double NAN = Double.NaN;
    private static final List<String> CLASSES = List.of("ocean", "a,b");

    /** Seeds 1, 2 and 3 of one loss, 2, 3 and 4 of another in another order. */
    private static final List<Summary.Result> RESULTS =
            List.of(
                    result("ce", 1, 0.5, 0.125, 10),
                    result("ce", 2, 0.75, 0.25, 20),
                    result("0.5*ce + lovasz", 4, 0.5, 0.5, 4),
                    result("0.5*ce + lovasz", 3, 0.5, 0.5, 5),
                    result("0.5*ce + lovasz", 2, 1.0, NAN, 6),
                    result("ce", 3, 0.25, 0.0, 30));

    @TempDir Path folder;

    private static Summary.Result result(
            String loss, long seed, double first, double second, double seconds) {
        double mean = Double.isNaN(second) ? first : (first + second) / 2;
        Scores scores = new Scores(List.of(first, second), mean, first);
        return new Summary.Result(loss, seed, scores, seconds);
    }

    @Test
    void meanAndSampleDeviationAreThoseWorkedOutByHand() {
        Summary summary = Summary.of(CLASSES, RESULTS);
        Summary.LossSummary ce = summary.losses().get(0);
        assertEquals("ce", ce.name());
        assertEquals(3, ce.measures().runs());
        // 0.25, 0.5, 0.75: squares of 0.25, 0 and 0.25 over 2.
        assertSpread(0.5, 0.25, 3, ce.measures().iou().get(0));
        assertSpread(0.5, 0.25, 3, ce.measures().pixelAccuracy());
        // 0, 0.125, 0.25.
        assertSpread(0.125, 0.125, 3, ce.measures().iou().get(1));
        // 0.3125, 0.5, 0.125.
        assertSpread(0.3125, 0.1875, 3, ce.measures().meanIou());
        assertSpread(20, 10, 3, ce.measures().seconds());
    }

    @Test
    void differencesAreThoseOfTheSharedSeeds() {
        Summary.LossSummary lovasz = Summary.of(CLASSES, RESULTS).losses().get(1);
        assertEquals(2, lovasz.difference().runs());
        // Seeds 2 and 3: 1 - 0.75 and 0.5 - 0.25.
        assertSpread(0.25, 0, 2, lovasz.difference().pixelAccuracy());
        // 1 - 0.5 and 0.5 - 0.125: mean 0.4375, both 0.0625 away from it.
        assertSpread(0.4375, Math.sqrt(2) * 0.0625, 2, lovasz.difference().meanIou());
    }

    @Test
    void aClassThatIsAbsentLeavesItsRunOutOfItsOwnMeasureAlone() {
        Summary.LossSummary lovasz = Summary.of(CLASSES, RESULTS).losses().get(1);
        assertEquals(3, lovasz.measures().runs());
        assertSpread(0.5, 0, 2, lovasz.measures().iou().get(1));
        assertSpread(0.5, NAN, 1, lovasz.difference().iou().get(1));
        assertSpread(2.0 / 3, Math.sqrt(1 / 12.0), 3, lovasz.measures().iou().get(0));
    }

    @Test
    void ofNoValueThereIsNoMeanAndOfOneNoDeviation() {
        assertSpread(NAN, NAN, 0, Summary.Spread.of(List.of()));
        assertSpread(NAN, NAN, 0, Summary.Spread.of(List.of(NAN, NAN)));
        assertSpread(0.25, NAN, 1, Summary.Spread.of(List.of(NAN, 0.25)));
        assertEquals(List.of(), Summary.of(CLASSES, List.of()).losses());
    }

    @Test
    void theFirstLossDoesNotDifferFromItself() {
        Summary.Measures difference = Summary.of(CLASSES, RESULTS).losses().get(0).difference();
        assertEquals(0, difference.runs());
        assertSpread(NAN, NAN, 0, difference.meanIou());
    }

    @Test
    void significanceIsOfThePairsWhoseImagesAreKnown() throws IOException {
        ImageCounts bad = ImageCounts.of(new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1});
        ImageCounts good = ImageCounts.of(new long[] {3, 3}, new long[2], new long[2]);
        List<ImageCounts> bads = Collections.nCopies(11, bad);
        List<ImageCounts> goods = Collections.nCopies(11, good);
        PairedSignificance.Significance sure =
                new PairedSignificance.Significance(1 - 1 / 3.0, 1 - 1 / 3.0, 1 / 1024.0);
        List<Summary.Result> results =
                List.of(
                        new Summary.Result("ce", 1, scores(1 / 3.0), 1, bads),
                        new Summary.Result("ce", 2, scores(0.5), 1),
                        new Summary.Result("dice", 1, scores(1), 1, goods),
                        new Summary.Result("dice", 2, scores(0.5), 1, goods),
                        new Summary.Result("jaccard", 1, scores(1), 1, goods));
        Summary summary = Summary.of(CLASSES, results);
        assertEquals(List.of(), summary.losses().get(0).pairs());
        Summary.LossSummary dice = summary.losses().get(1);
        assertEquals(Optional.empty(), dice.significance()); // the mean is over both pairs
        assertEquals(
                List.of(
                        new Summary.PairDifference(1, 1 - 1 / 3.0, Optional.of(sure)),
                        new Summary.PairDifference(2, 0, Optional.empty())),
                dice.pairs());
        assertEquals(Optional.of(sure), summary.losses().get(2).significance());
        String text = summary.text();
        assertTrue(text.contains("95 % of images               -  +0.667 to +0.667"), text);
        assertTrue(text.contains("p                            -            0.0010"), text);
        Path csv = folder.resolve("significance.csv");
        summary.writeSignificance(csv);
        assertEquals(
                List.of(
                        "loss,seed,difference in mean IoU,low,high,p",
                        "dice,1,0.666667,0.666667,0.666667,0.000977",
                        "dice,2,0.000000,,,",
                        "dice,mean,0.333333,,,",
                        "jaccard,1,0.666667,0.666667,0.666667,0.000977",
                        "jaccard,mean,0.666667,0.666667,0.666667,0.000977"),
                Files.readAllLines(csv));
    }

    @Test
    void ofFewImagesThereIsNoInterval() throws IOException {
        ImageCounts bad = ImageCounts.of(new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1});
        ImageCounts good = ImageCounts.of(new long[] {3, 3}, new long[2], new long[2]);
        Summary summary =
                Summary.of(
                        CLASSES,
                        List.of(
                                new Summary.Result("ce", 1, scores(1 / 3.0), 1, List.of(bad, bad)),
                                new Summary.Result("dice", 1, scores(1), 1, List.of(good, good))));
        String text = summary.text();
        assertTrue(text.contains("95 % of images       -\n"), text);
        assertTrue(text.contains("p               0.5000\n"), text);
        Path csv = folder.resolve("significance.csv");
        summary.writeSignificance(csv);
        assertEquals("dice,mean,0.666667,,,0.500000", Files.readAllLines(csv).get(2));
    }

    private static Scores scores(double iou) {
        return new Scores(List.of(iou, iou), iou, iou);
    }

    @Test
    void textHasALossAColumn() {
        assertEquals(
                """
                                           ce         0.5*ce + lovasz
                seeds                       3                       3
                mean IoU        0.313 ± 0.188           0.667 ± 0.289
                pixel accuracy  0.500 ± 0.250           0.667 ± 0.289
                IoU ocean       0.500 ± 0.250           0.667 ± 0.289
                IoU a,b         0.125 ± 0.125  0.500 ± 0.000 (2 of 3)
                seconds           20.0 ± 10.0               5.0 ± 1.0

                Difference to ce in runs of the same seed:

                                0.5*ce + lovasz
                pairs                         2
                mean IoU         +0.438 ± 0.088
                pixel accuracy   +0.250 ± 0.000
                IoU ocean        +0.250 ± 0.000
                IoU a,b         +0.500 (1 of 2)
                """,
                Summary.of(CLASSES, RESULTS).text());
    }

    @Test
    void markdownHasTheSameCells() {
        String markdown = Summary.of(CLASSES, RESULTS).markdown();
        assertTrue(markdown.contains("| 0.5\\*ce + lovasz |"), markdown);
        assertTrue(markdown.contains("| IoU a,b        | 0.125 ± 0.125 | 0.500"), markdown);
        assertTrue(markdown.contains("|   +0.438 ± 0.088 |"), markdown);
    }

    @Test
    void oneSeedHasNoDeviationAndOneLossNoDifference() {
        Summary summary = Summary.of(CLASSES, RESULTS.subList(0, 1));
        assertFalse(summary.text().contains("±"), summary.text());
        assertFalse(summary.text().contains("Difference"), summary.text());
        Summary apart =
                Summary.of(
                        CLASSES, List.of(result("a", 1, 0.5, 0.5, 1), result("b", 2, 0.5, 0.5, 1)));
        assertFalse(apart.hasPairs());
        assertFalse(apart.markdown().contains("Difference"), apart.markdown());
    }

    @Test
    void csvHasEveryResult() throws IOException {
        Path csv = folder.resolve("a/results.csv");
        Summary.of(CLASSES, List.of(RESULTS.get(0), RESULTS.get(4))).writeCsv(csv);
        assertEquals(
                """
                loss,seed,mean IoU,pixel accuracy,IoU ocean,"IoU a,b",seconds
                ce,1,0.312500,0.500000,0.500000,0.125000,10.000000
                0.5*ce + lovasz,2,1.000000,1.000000,1.000000,NaN,6.000000
                """,
                Files.readString(csv));
    }

    @Test
    void aSeedTwiceIsRefused() {
        List<Summary.Result> twice = List.of(RESULTS.get(0), RESULTS.get(0));
        String message =
                assertThrows(IllegalArgumentException.class, () -> Summary.of(CLASSES, twice))
                        .getMessage();
        assertEquals(
                "results: expected a seed once for each loss, got seed 1 of ce twice", message);
        assertThrows(IllegalArgumentException.class, () -> Summary.of(List.of("ocean"), RESULTS));
    }

    private static void assertSpread(double mean, double dev, int count, Summary.Spread spread) {
        // Sums of few numbers of order 1 to 100: rounding is far below this.
        assertEquals(mean, spread.mean(), 1e-12);
        assertEquals(dev, spread.deviation(), 1e-12);
        assertEquals(count, spread.count());
    }
}
