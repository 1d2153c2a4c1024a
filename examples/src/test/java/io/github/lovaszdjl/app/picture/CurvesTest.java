package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.table.Scores;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CurvesTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "2, 2, 2", "4, 2, 30", "9, 3, 200", "21, 5, 60", "1, 8, 3", "40, 1, 5"})
    void everyRunIsSeenInItsColour(int classes, int runs, int epochs) throws IOException {
        BufferedImage picture = draw(classes, runs(classes, runs, epochs, e -> 1.0 / (e + 1)));
        assertEquals(Pictures.WIDTH, picture.getWidth());
        for (int i = 0; i < runs; i++) {
            // The legend, the numbers and, unless another hides it, the curve.
            assertTrue(count(picture, i) > 20, "run " + i);
        }
        if (runs == 1) {
            assertEquals(0, count(picture, 1));
        }
    }

    @Test
    void thePictureGrowsByRowsOfPanels() throws IOException {
        int two = draw(2, runs(2, 1, 3, e -> 1)).getHeight();
        int three = draw(3, runs(3, 1, 3, e -> 1)).getHeight();
        int four = draw(4, runs(4, 1, 3, e -> 1)).getHeight();
        assertTrue(two < three);
        assertEquals(three, four);
    }

    @Test
    void aGapInOneCurveLeavesTheRest() throws IOException {
        int whole = count(draw(2, runs(2, 1, 100, e -> 0.5)), 0);
        int gap = count(draw(2, runs(2, 1, 100, e -> e / 50 == 1 ? Double.NaN : 0.5)), 0);
        assertTrue(gap < whole && gap > whole / 4, gap + " of " + whole);
    }

    @Test
    void aValueBetweenGapsIsSeen() throws IOException {
        int none = count(draw(2, runs(2, 1, 100, e -> Double.NaN)), 0);
        int lonely = count(draw(2, runs(2, 1, 100, e -> e == 50 ? 0.5 : Double.NaN)), 0);
        assertTrue(lonely > none, lonely + " and " + none);
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void theLowestAndTheHighestAreNotCutOff(double value) throws IOException {
        // No last value: the numbers above the panels are alike.
        int middle = inked(draw(2, runs(2, 1, 9, e -> e == 8 ? Double.NaN : 0.5)));
        int edge = inked(draw(2, runs(2, 1, 9, e -> e == 8 ? Double.NaN : value)));
        // The edges of a line fall differently on pixels; a cut would take almost half of it.
        assertTrue(edge > 0.8 * middle, edge + " and " + middle);
    }

    @ParameterizedTest
    @CsvSource({
        "NaN",
        "Infinity",
        "0",
        "-3",
        "1e30",
        "1e-30",
        "123456",
        "-1e300",
        "5e-324",
        "0.01",
        "9999"
    })
    void anyLossIsDrawn(double loss) throws IOException {
        Scores scores = new Scores(List.of(0.5, 0.5), 0.5, 0.5);
        List<Curves.Epoch> epochs =
                List.of(new Curves.Epoch(loss, scores), new Curves.Epoch(loss / 2, scores));
        draw(2, List.of(new Curves.Run("run", epochs)));
    }

    @Test
    void thatScoresAreOfAnAverageIsSaid() throws IOException {
        Scores scores = new Scores(List.of(0.5, 0.5), 0.5, 0.5);
        Curves.Run plain = new Curves.Run("run", List.of(new Curves.Epoch(1, scores)));
        Curves.Run averaged = new Curves.Run("run", List.of(new Curves.Epoch(1, scores, true)));
        // More words in the note, and not a pixel of the curves.
        BufferedImage without = draw(2, List.of(plain));
        BufferedImage with = draw(2, List.of(averaged));
        assertTrue(dark(with) > dark(without));
        assertEquals(count(without, 0), count(with, 0));
    }

    /** The number of pixels that are not white. */
    private static long dark(BufferedImage picture) {
        int[] all =
                picture.getRGB(
                        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        return IntStream.of(all).filter(p -> p != 0xFFFFFFFF).count();
    }

    @Test
    void runsMayDifferInLength() throws IOException {
        List<Curves.Run> runs = new ArrayList<>(runs(2, 1, 50, e -> 0.2));
        runs.addAll(runs(2, 1, 0, e -> 0.8));
        draw(2, runs);
        draw(2, List.of());
    }

    @Test
    void anIouForEachClassIsNeeded() {
        assertThrows(IllegalArgumentException.class, () -> draw(3, runs(2, 1, 1, e -> 1)));
        assertFalse(Files.exists(folder.resolve("curves.png")));
    }

    private BufferedImage draw(int classes, List<Curves.Run> runs) throws IOException {
        Path png = folder.resolve("curves.png");
        Curves.write(png, IntStream.range(0, classes).mapToObj(c -> "class " + c).toList(), runs);
        return ImageIO.read(png.toFile());
    }

    /** Runs whose scores are all one function of the epoch, a little apart. */
    private static List<Curves.Run> runs(
            int classes, int runs, int epochs, IntToDoubleFunction value) {
        List<Curves.Run> list = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            double factor = 1 - 0.1 * i;
            list.add(
                    new Curves.Run(
                            "run " + i,
                            IntStream.range(0, epochs)
                                    .mapToDouble(e -> value.applyAsDouble(e) * factor)
                                    .mapToObj(
                                            v ->
                                                    new Curves.Epoch(
                                                            v,
                                                            new Scores(
                                                                    IntStream.range(0, classes)
                                                                            .mapToObj(c -> v)
                                                                            .toList(),
                                                                    v,
                                                                    v)))
                                    .toList()));
        }
        return list;
    }

    /** The number of pixels in a run's colour. */
    private static int count(BufferedImage picture, int run) {
        int rgb = Curves.COLORS.get(run % Curves.COLORS.size()).getRGB();
        int[] all =
                picture.getRGB(
                        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        return (int) IntStream.of(all).filter(p -> p == rgb).count();
    }

    /** The number of pixels that are not grey. */
    private static int inked(BufferedImage picture) {
        int[] all =
                picture.getRGB(
                        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        return (int) IntStream.of(all).filter(p -> (p & 0xFF) != (p >> 16 & 0xFF)).count();
    }
}
