package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.internal.WholeFile;
import java.awt.FontMetrics;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {

    private static final byte[] OLD = {1, 2, 3};

    @TempDir Path folder;

    @Test
    void aPictureReplacesTheOldFileAndLeavesNothingElse() throws IOException {
        Path png = Files.write(folder.resolve("a.png"), OLD);
        Pictures.write(png, Pictures.page(3, 2));
        assertEquals(3, ImageIO.read(png.toFile()).getWidth());
        assertEquals(List.of(png), files(folder));
    }

    @Test
    void missingFoldersAreMade() throws IOException {
        Path png = folder.resolve("x/y/a.png");
        Pictures.write(png, Pictures.page(3, 2));
        assertEquals(List.of(png), files(png.getParent()));
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.write(folder.resolve("a.png"), OLD);
        IOException full = new IOException("no space left");
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                WholeFile.write(
                                        file,
                                        out -> {
                                            out.write(new byte[100]);
                                            throw full;
                                        }));
        assertEquals(file + ": cannot be written: no space left", e.getMessage());
        assertEquals(full, e.getCause());
        assertArrayEquals(OLD, Files.readAllBytes(file));
        assertEquals(List.of(file), files(folder));
    }

    @Test
    void whatPngCannotHoldIsAnError() throws IOException {
        Path png = Files.write(folder.resolve("a.png"), OLD);
        IOException e =
                assertThrows(IOException.class, () -> Pictures.write(png, imageOfFiveBands()));
        assertTrue(e.getMessage().startsWith(png.toString()), e.getMessage());
        assertArrayEquals(OLD, Files.readAllBytes(png));
        assertEquals(List.of(png), files(folder));
    }

    @Test
    void aFolderInThePlaceOfTheFileIsAnErrorAndStays() throws IOException {
        Path inside = Files.createDirectories(folder.resolve("a.png/inside"));
        assertThrows(
                IOException.class, () -> Pictures.write(inside.getParent(), Pictures.page(3, 2)));
        assertTrue(Files.isDirectory(inside));
        assertEquals(List.of(inside.getParent()), files(folder));
    }

    @Test
    void textIsCutToItsRoom() {
        FontMetrics metrics = Pictures.measure(Pictures.FONT);
        String text = "a long text of many words";
        assertEquals(text, Pictures.fit(text, metrics, metrics.stringWidth(text)));
        String cut = Pictures.fit(text, metrics, metrics.stringWidth(text) - 1);
        assertTrue(cut.endsWith("…"), cut);
        assertTrue(metrics.stringWidth(cut) < metrics.stringWidth(text), cut);
        assertEquals("…", Pictures.fit(text, metrics, 0));
    }

    @Test
    void textIsBrokenBetweenWords() {
        FontMetrics metrics = Pictures.measure(Pictures.FONT);
        int width = metrics.stringWidth("one two ");
        assertEquals(
                List.of("one two", "three"), Pictures.wrap("one two three", metrics, width, 3));
        List<String> cut = Pictures.wrap("one two three four five", metrics, width, 2);
        assertEquals(2, cut.size());
        assertTrue(cut.get(1).endsWith("…"), cut.get(1));
    }

    @Test
    void aLegendTakesAsManyLinesAsItNeeds() {
        Pictures.Key key = new Pictures.Key("name", Pictures.INK, null);
        assertEquals(Pictures.LINE, Pictures.legendHeight(List.of(key, key), 1000));
        assertEquals(2 * Pictures.LINE, Pictures.legendHeight(List.of(key, key), 100));
        assertEquals(0, Pictures.legendHeight(List.of(), 100));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static BufferedImage imageOfFiveBands() {
        WritableRaster raster = Raster.createBandedRaster(DataBuffer.TYPE_BYTE, 2, 2, 5, null);
        ColorSpace space =
                new ColorSpace(ColorSpace.TYPE_5CLR, 5) {
                    private static final long serialVersionUID = 1;

                    @Override
                    public float[] toRGB(float[] values) {
                        return new float[3];
                    }

                    @Override
                    public float[] fromRGB(float[] rgb) {
                        return new float[5];
                    }

                    @Override
                    public float[] toCIEXYZ(float[] values) {
                        return new float[3];
                    }

                    @Override
                    public float[] fromCIEXYZ(float[] values) {
                        return new float[5];
                    }
                };
        ComponentColorModel model =
                new ComponentColorModel(space, false, false, 1, DataBuffer.TYPE_BYTE);
        return new BufferedImage(model, raster, false, null);
    }
}
