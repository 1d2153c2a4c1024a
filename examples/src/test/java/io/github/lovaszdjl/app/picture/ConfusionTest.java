package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfusionTest {

    private static final Color NONE = new Color(0xF7F7F7);
    private static final Color ALL = new Color(0x084A91);

    @TempDir Path folder;

    @Test
    void csvHasTruthInRowsAndQuotesNames() throws IOException {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        matrix.add(0, 1);
        matrix.add(0, 1);
        matrix.add(1, 1);
        Path csv = folder.resolve("confusion.csv");
        Confusion.writeCsv(csv, List.of("sky, \"blue\"", "wall"), matrix);
        assertEquals(
                """
                truth \\ prediction,"sky, ""blue""\",wall
                "sky, ""blue""\",0,2
                wall,0,1
                """,
                Files.readString(csv));
    }

    @Test
    void cellsAreShadedByTheShareOfTheirRow() throws IOException {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        // All of the first class are taken for the second; the second does not occur.
        IntStream.range(0, 7).forEach(i -> matrix.add(0, 1));
        BufferedImage picture = draw(List.of("a", "b"), matrix);
        // Corners of the cells, seen from the right lower corner of the picture: off the text.
        int right = picture.getWidth() - 20 - 110;
        int bottom = picture.getHeight() - 20 - 110;
        int noteWider = rightOfCells(picture) - 20 - 110 - right;
        int x = right + noteWider;
        assertEquals(ALL, at(picture, x + 5, bottom - 110 + 5));
        assertEquals(NONE, at(picture, x - 110 + 5, bottom - 110 + 5));
        assertEquals(NONE, at(picture, x + 5, bottom + 5));
    }

    /** Where the last cell ends, and a margin. */
    private static int rightOfCells(BufferedImage picture) {
        int y = picture.getHeight() - 20 - 110 - 5;
        int x = picture.getWidth() - 1;
        while (at(picture, x, y).equals(Color.WHITE)) {
            x--;
        }
        return x + 20;
    }

    @Test
    void manyClassesWithLongNamesFitAWidth() throws IOException {
        for (int n : new int[] {1, 2, 8, 25}) {
            List<String> names =
                    IntStream.range(0, n)
                            .mapToObj(i -> "a name that is long " + "x".repeat(9 * i))
                            .toList();
            BufferedImage picture = draw(names, diagonal(n));
            assertTrue(picture.getWidth() <= Pictures.WIDTH, n + ": " + picture.getWidth());
        }
    }

    @Test
    void percentIsExactAtItsEnds() {
        assertEquals("0", Confusion.percent(0, 9, 1));
        assertEquals("100", Confusion.percent(9, 9, 1));
        assertEquals("-", Confusion.percent(0, 0, 1));
        assertEquals("33.3", Confusion.percent(3, 9, 1));
        assertEquals("<0.1", Confusion.percent(1, 100_000, 1));
        assertEquals("0.1", Confusion.percent(50, 100_000, 1));
        assertEquals(">99.9", Confusion.percent(99_999, 100_000, 1));
        assertEquals("<1", Confusion.percent(4, 1000, 0));
        assertEquals("1", Confusion.percent(5, 1000, 0));
        assertEquals(">99", Confusion.percent(996, 1000, 0));
        assertEquals("99", Confusion.percent(994, 1000, 0));
    }

    @Test
    void aNameForEachClassIsNeeded() {
        Path png = folder.resolve("a.png");
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Confusion.writePicture(png, List.of("a"), diagonal(2)))
                        .getMessage();
        assertEquals("classNames: expected 2, one for each class of the matrix, got [a]", message);
        assertFalse(Files.exists(png));
    }

    private BufferedImage draw(List<String> names, ConfusionMatrix matrix) throws IOException {
        Path png = folder.resolve("confusion.png");
        Confusion.writePicture(png, names, matrix);
        return ImageIO.read(png.toFile());
    }

    private static ConfusionMatrix diagonal(int n) {
        ConfusionMatrix matrix = new ConfusionMatrix(n);
        IntStream.range(0, n).forEach(c -> matrix.add(c, c));
        return matrix;
    }

    private static Color at(BufferedImage picture, int x, int y) {
        return new Color(picture.getRGB(x, y));
    }
}
