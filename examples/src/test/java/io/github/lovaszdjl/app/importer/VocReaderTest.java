package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Folders of the form of PASCAL VOC, of which CVAT's "Segmentation mask 1.1"
 * (https://docs.cvat.ai/docs/dataset_management/formats/format-smask) is one.
 */
class VocReaderTest {

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void writeFolder() throws IOException {
        files = new ImportTesting(temp).image("JPEGImages/a.jpg", 4, 1);
        files.image("JPEGImages/b.jpg", 4, 1).image("JPEGImages/c.jpg", 4, 1);
        files.write("ImageSets/Segmentation/train.txt", "a\nb\n\n");
        files.write("ImageSets/Segmentation/val.txt", "c\n");
    }

    private void save(String name, BufferedImage image) throws IOException {
        Path file = files.source().resolve("SegmentationClass").resolve(name + ".png");
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    /** A palette image of one row. */
    private static BufferedImage indexed(IntUnaryOperator palette, int... ids) {
        int[] rgb = IntStream.range(0, 256).map(palette).toArray();
        IndexColorModel model =
                new IndexColorModel(8, 256, rgb, 0, false, -1, DataBuffer.TYPE_BYTE);
        BufferedImage image =
                new BufferedImage(ids.length, 1, BufferedImage.TYPE_BYTE_INDEXED, model);
        image.getRaster().setPixels(0, 0, ids.length, 1, ids);
        return image;
    }

    private static BufferedImage coloured(int... rgb) {
        BufferedImage image = new BufferedImage(rgb.length, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, rgb.length, 1, rgb, 0, rgb.length);
        return image;
    }

    /** The colours that the devkit of VOC documents. */
    @Test
    void thePaletteIsVocs() {
        int[] known = {
            0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080, 0x008080, 0x808080,
            0x400000, 0xc00000, 0x408000, 0xc08000, 0x400080, 0xc00080, 0x408080, 0xc08080,
            0x004000, 0x804000, 0x00c000, 0x80c000, 0x004080
        };
        for (int id = 0; id < known.length; id++) {
            assertEquals(known[id], LabelColours.vocColour(id), "class " + id);
        }
        assertEquals(0xe0e0c0, LabelColours.vocColour(255));
    }

    @Test
    void theListsAreSplitsAndNumbersAreClasses() throws IOException {
        save("a", indexed(LabelColours::vocColour, 0, 1, 3, 255));
        // What counts is the number, whatever colour it has.
        save("b", indexed(id -> 0x123456, 0, 2, 2, 2));
        save("c", indexed(LabelColours::vocColour, 5, 5, 5, 5));
        ImportResult result = files.run(ImportFormat.VOC, files.source());
        assertEquals(21, result.classNames().size());
        assertEquals("tvmonitor", result.classNames().get(20));
        assertEquals("013-\n", files.labels("a"));
        assertEquals("0222\n", files.labels("b"));
        ImportResult val = files.run(files.request(ImportFormat.VOC, files.source(), "val"));
        assertEquals(1, val.count());
        assertEquals(4, val.pixels()[5]);
    }

    @Test
    void coloursAreThoseOfVoc() throws IOException {
        save("a", coloured(0x000000, 0x800000, 0x004080, 0xe0e0c0));
        save("b", coloured(0x000000, 0x000000, 0x400000, 0x400000));
        files.run(ImportFormat.VOC, files.source());
        assertEquals("0120-\n".replace("120", "1" + 20), files.labels("a"));
        assertEquals("0088\n", files.labels("b"));
    }

    @Test
    void aMapOfLabelsHasColoursOfItsOwn() throws IOException {
        files.write(
                "labelmap.txt",
                "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:10,20,30::\ncar:1,2,3::");
        save("a", coloured(0x0a141e, 0x010203, 0x000000, 0xe0e0c0));
        // Of a palette, too, the colours count then.
        save("b", indexed(id -> id == 7 ? 0x010203 : 0, 7, 7, 0, 3));
        files.run(ImportFormat.VOC, files.source());
        assertEquals(List.of("background", "road", "car"), files.classes());
        assertEquals("120-\n", files.labels("a"));
        assertEquals("2200\n", files.labels("b"));
    }

    @Test
    void namesOfClassesMayBeInAFile() throws IOException {
        files.write("class_names.txt", "_background_\nroad\ncar\n");
        save("a", indexed(LabelColours::vocColour, 0, 1, 2, 255));
        save("b", coloured(0, 0x800000, 0x008000, 0xe0e0c0));
        files.run(ImportFormat.VOC, files.source());
        assertEquals(List.of("_background_", "road", "car"), files.classes());
        assertEquals("012-\n", files.labels("a"));
        assertEquals("012-\n", files.labels("b"));
    }

    @Test
    void classesOfOtherSplitsHaveToBeTheSame() throws IOException {
        save("a", indexed(LabelColours::vocColour, 0, 1, 2, 255));
        save("b", indexed(LabelColours::vocColour, 0, 1, 2, 255));
        save("c", indexed(LabelColours::vocColour, 0, 1, 2, 255));
        files.run(ImportFormat.VOC, files.source());
        files.write("class_names.txt", "background\nroad\ncar\n");
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> files.run(files.request(ImportFormat.VOC, files.source(), "val")));
        assertTrue(
                e.getMessage()
                        .startsWith(
                                files.out().resolve("classes.txt")
                                        + ": classes: expected [background, road, car], got"),
                e.getMessage());
        assertTrue(Files.notExists(files.out().resolve("val")));
    }

    @Test
    void imagesWithoutLabelsOrOfAnotherSizeAreLeftOut() throws IOException {
        files.write("ImageSets/Segmentation/train.txt", "a\nb\nc\nd\n../../secret");
        save("a", indexed(LabelColours::vocColour, 0, 1, 2, 3));
        save("b", indexed(LabelColours::vocColour, 0, 1, 2));
        save("d", indexed(LabelColours::vocColour, 0, 1, 2));
        ImportResult result = files.run(ImportFormat.VOC, files.source());
        assertEquals(
                List.of(
                        "b.jpg: its label map is 3x1, the image 4x1",
                        "c.jpg: no label map SegmentationClass/c.png",
                        "d.jpg: not found in " + files.source().resolve("JPEGImages"),
                        "../../secret.jpg: no label map SegmentationClass/../../secret.png"),
                result.leftOut());
    }

    @Test
    void whatIsNoVocIsRefused() throws IOException {
        save("a", indexed(LabelColours::vocColour, 0, 1, 2, 21));
        save("b", indexed(LabelColours::vocColour, 0, 1, 2, 3));
        Path a = files.source().resolve("SegmentationClass/a.png");
        assertRefused(a + ": expected ids from 0 to 20 or 255, got 21");
        save("a", coloured(0, 0, 0x800001, 0));
        assertRefused(a + ": expected the colours of the classes, got 128,0,1 in column 2, row 0");
        Files.writeString(a, "no PNG");
        IOException e =
                assertThrows(IOException.class, () -> files.run(ImportFormat.VOC, files.source()));
        assertTrue(e.getMessage().startsWith(a + ": expected"), e.getMessage());
        Path map = files.write("labelmap.txt", "background:0,0:");
        assertRefused(map + ": expected name:red,green,blue and so on, got background:0,0:");
        files.write("labelmap.txt", "background:0,0,256::");
        assertRefused(map + ": expected name:red,green,blue");
        files.write("labelmap.txt", "a:0,0,0::\na:0,0,1::");
        assertRefused(map + ": a:0,0,1::: expected a name and a colour of its own");
        Files.delete(map);
        Path names = files.write("class_names.txt", "a\nb\na");
        assertRefused(names + ": expected every name once, got a again");
        Files.delete(files.source().resolve("ImageSets/Segmentation/train.txt"));
        assertRefused(
                files.source().resolve("ImageSets/Segmentation/train.txt")
                        + ": expected a list of images, there is none; --list takes one of val");
    }

    private void assertRefused(String message) {
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.VOC, files.source()));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
        assertTrue(Files.notExists(files.out()));
    }
}
