package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MontageTest {

    private static final List<String> CLASSES = List.of("ocean", "land", "ice", "lake");
    private static final List<Color> COLORS = Palette.of(CLASSES);
    private static final OptionalInt IGNORE = OptionalInt.of(255);
    // The room of each of four columns, from the width, the margins and the gaps.
    private static final int BOX = (1200 - 2 * 20 - 3 * 6) / 4;
    private static final int LEFT = 20;
    private static final int TOP = 20 + 20 + 6;

    @TempDir Path folder;

    @Test
    void smallSamplesAreEnlargedPixelByPixel() throws IOException {
        BufferedImage picture = draw(sample(100, 100));
        // 100 pixels fit twice into a column of 285.
        int step = 200 + 6;
        assertEquals(2, BOX / 100);
        for (int y : new int[] {0, 1, 99, 100, 198, 199}) {
            for (int x : new int[] {0, 1, 99, 100, 198, 199}) {
                int quadrant = x / 100 + 2 * (y / 100);
                int v = TOP + y;
                assertEquals(new Color(x / 2, y / 2, 7), at(picture, LEFT + x, v));
                Color truth = quadrant == 0 ? Palette.IGNORED : COLORS.get(quadrant);
                assertEquals(truth, at(picture, LEFT + step + x, v));
                assertEquals(COLORS.get(3), at(picture, LEFT + 2 * step + x, v));
                assertEquals(COLORS.get(quadrant), at(picture, LEFT + 3 * step + x, v));
            }
        }
        assertEquals(Color.WHITE, at(picture, LEFT + 200 + 3, TOP + 50));
    }

    @Test
    void largeSamplesAreReduced() throws IOException {
        // Twice the column each way: means of four in the image, one of four in the labels.
        BufferedImage picture = draw(sample(2 * BOX, 2 * BOX));
        int step = BOX + 6;
        for (int y : new int[] {0, 1, BOX / 2 - 1, BOX / 2 + 1, BOX - 1}) {
            for (int x : new int[] {0, 1, BOX / 2 - 1, BOX / 2 + 1, BOX - 1}) {
                int red = (2 * x % 256 + (2 * x + 1) % 256 + 1) / 2;
                int green = (2 * y % 256 + (2 * y + 1) % 256 + 1) / 2;
                assertEquals(new Color(red, green, 7), at(picture, LEFT + x, TOP + y));
                int quadrant = (x > BOX / 2 ? 1 : 0) + (y > BOX / 2 ? 2 : 0);
                assertEquals(COLORS.get(quadrant), at(picture, LEFT + 3 * step + x, TOP + y));
            }
        }
    }

    @Test
    void sizesMayDiffer() throws IOException {
        BufferedImage picture =
                draw(sample(100, 100), sample(40, 10), sample(1, 900), sample(900, 1));
        // Below the first row, in the middle of its column, 7 times enlarged: 280 by 70.
        int column = 285;
        int width = 4 * column + 3 * 6;
        assertEquals(2 * LEFT + width, picture.getWidth());
        int y = TOP + 200 + 6;
        assertEquals(COLORS.get(3), at(picture, LEFT + 2 * (column + 6) + 2, y));
        assertEquals(COLORS.get(3), at(picture, LEFT + 2 * (column + 6) + 281, y + 69));
        assertEquals(Color.WHITE, at(picture, LEFT + 2 * (column + 6) + 283, y + 69));
    }

    @Test
    void theLegendNamesTheClassesAndWhatIsIgnored() throws IOException {
        BufferedImage picture = draw(sample(100, 100));
        int y = picture.getHeight() - 20 - 13;
        assertEquals(COLORS.get(0), at(picture, LEFT + 10, y));
        for (Color color : COLORS) {
            assertTrue(
                    IntStream.range(0, picture.getWidth())
                            .anyMatch(x -> at(picture, x, y).equals(color)));
        }
        assertTrue(
                IntStream.range(0, picture.getWidth())
                        .anyMatch(x -> at(picture, x, y).equals(Palette.IGNORED)));
        int[][] land = {{1}};
        BufferedImage one = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        BufferedImage plain = draw(new Montage.Row(one, land, List.of(land, land)));
        int v = plain.getHeight() - 20 - 13;
        assertFalse(
                IntStream.range(0, plain.getWidth())
                        .anyMatch(x -> at(plain, x, v).equals(Palette.IGNORED)));
    }

    @Test
    void wrongSamplesAreRefused() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        int[][] fits = {{0, 1}};
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Montage.Row(image, fits, List.<int[][]>of(new int[][] {{0}})));
        assertEquals("predictions: expected the size of the image, 2x1, got 1x1", e.getMessage());
        Montage.Row lacking = new Montage.Row(image, fits, List.<int[][]>of(fits));
        assertThrows(IllegalArgumentException.class, () -> draw(lacking));
        Montage.Row noClass = new Montage.Row(image, fits, List.of(fits, new int[][] {{0, 4}}));
        assertThrows(IllegalArgumentException.class, () -> draw(noClass));
        assertThrows(IllegalArgumentException.class, () -> draw());
        assertFalse(Files.exists(folder.resolve("montage.png")));
    }

    @Test
    void halfOfTheChosenHaveMostOfTheRarestClass() {
        // Class 1 has 7 pixels, class 2 has 9, class 0 has 10.
        List<int[][]> truths =
                List.of(
                        row(0, 0, 0, 0),
                        row(0, 0, 0, 2),
                        row(0, 2, 2, 2),
                        row(1, 1, 1, 1),
                        row(0, 2, 2, 2),
                        row(2, 2, 255, 255),
                        row(1, 1, 1, 0));
        assertEquals(List.of(3), Montage.choose(truths, 3, IGNORE, 1));
        assertEquals(List.of(3, 6, 2, 4), Montage.choose(truths, 3, IGNORE, 4));
    }

    @Test
    void everyClassIsSeenThenTheRestIsSpread() {
        List<int[][]> truths =
                List.of(
                        row(0, 0, 0, 0),
                        row(0, 0, 0, 0),
                        row(0, 0, 0, 1),
                        row(0, 0, 0, 0),
                        row(2, 2, 0, 0),
                        row(0, 0, 0, 0),
                        row(0, 0, 0, 0));
        // The rarest class is in one sample; then class 2; then what is left, 0, 1, 3, 5 and 6,
        // in its middle or at its quarters.
        assertEquals(List.of(2, 4, 3), Montage.choose(truths, 4, IGNORE, 3));
        assertEquals(List.of(2, 4, 1, 5), Montage.choose(truths, 4, IGNORE, 4));
    }

    @Test
    void allAreChosenIfThereAreFewer() {
        List<int[][]> truths = List.of(row(0), row(1), row(255));
        List<Integer> chosen = Montage.choose(truths, 2, IGNORE, 9);
        assertEquals(List.of(0, 1, 2), chosen.stream().sorted().toList());
        assertEquals(List.of(), Montage.choose(truths, 2, IGNORE, 0));
        assertEquals(List.of(), Montage.choose(List.of(), 2, IGNORE, 3));
        assertEquals(List.of(0), Montage.choose(List.<int[][]>of(row(255)), 2, IGNORE, 3));
    }

    private static int[][] row(int... labels) {
        return new int[][] {labels};
    }

    /**
     * An image whose red is x and green y; the class is the quadrant, the first of them ignored in
     * truth; the first run says 3 everywhere, the second is right.
     */
    private static Montage.Row sample(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[][] truth = new int[height][width];
        int[][] first = new int[height][width];
        int[][] second = new int[height][width];
        for (int y = 0; y < height; y++) {
            Arrays.fill(first[y], 3);
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, new Color(x % 256, y % 256, 7).getRGB());
                second[y][x] = (x >= width / 2 ? 1 : 0) + (y >= height / 2 ? 2 : 0);
                truth[y][x] = second[y][x] == 0 ? 255 : second[y][x];
            }
        }
        return new Montage.Row(image, truth, List.of(first, second));
    }

    private BufferedImage draw(Montage.Row... rows) throws IOException {
        Path png = folder.resolve("montage.png");
        Montage.write(png, CLASSES, List.of("one", "two"), List.of(rows), IGNORE);
        return ImageIO.read(png.toFile());
    }

    private static Color at(BufferedImage picture, int x, int y) {
        return new Color(picture.getRGB(x, y));
    }
}
