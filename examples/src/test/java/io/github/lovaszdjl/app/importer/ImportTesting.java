package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Images, and what was imported of them. */
final class ImportTesting {

    /** Nobody is told, nothing stops it. */
    static final Work UNTOLD = new Work(null, () -> false);

    private final Path root;

    /** A folder for the source, in "source", and for the data set, in "out". */
    ImportTesting(Path root) throws IOException {
        this.root = Files.createDirectories(root.resolve("source")).getParent();
    }

    Path source() {
        return root.resolve("source");
    }

    Path out() {
        return root.resolve("out");
    }

    /** Writes a file of the source. */
    Path write(String name, String text) throws IOException {
        Path file = source().resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** Writes an image of the source, in the format of its extension. */
    ImportTesting image(String name, int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, 0x010203 * i);
        }
        Path file = source().resolve(name);
        Files.createDirectories(file.getParent());
        String format = name.substring(name.lastIndexOf('.') + 1).toLowerCase();
        assertTrue(ImageIO.write(image, format.replace("jpeg", "jpg"), file.toFile()));
        return this;
    }

    ImportRequest request(ImportFormat format, Path annotations, String split) {
        return new ImportRequest(
                format, annotations, null, out(), split, split, null, true, null, false);
    }

    /** Imports the split train. */
    ImportResult run(ImportFormat format, Path annotations) throws IOException {
        return run(request(format, annotations, "train"));
    }

    ImportResult run(ImportRequest request) throws IOException {
        ImportResult result = DatasetImport.run(request, UNTOLD);
        assertReadable(request.split(), result);
        return result;
    }

    /** What is imported is what a training reads. */
    private void assertReadable(String split, ImportResult result) throws IOException {
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(out())
                        .setSplit(split)
                        .setSampling(1, false)
                        .optIgnoreLabel(255)
                        .build();
        data.prepare();
        assertEquals(result.count(), data.size());
        assertEquals(result.classNames(), data.getClassNames());
        long[] pixels = new long[result.classNames().size()];
        for (long[] counts : data.countPixels()) {
            for (int id = 0; id < pixels.length; id++) {
                pixels[id] += counts[id];
            }
        }
        for (int id = 0; id < pixels.length; id++) {
            assertEquals(pixels[id], result.pixels()[id], "class " + id);
        }
    }

    List<String> classes() throws IOException {
        return Files.readAllLines(out().resolve("classes.txt"));
    }

    /** The label map of an image of the split train, a digit for a class and '-' for ignored. */
    String labels(String name) throws IOException {
        BufferedImage map = ImageIO.read(out().resolve("train/labels/" + name + ".png").toFile());
        assertEquals(8, map.getColorModel().getPixelSize());
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < map.getHeight(); y++) {
            for (int x = 0; x < map.getWidth(); x++) {
                int id = map.getRaster().getSample(x, y, 0);
                text.append(id == 255 ? "-" : String.valueOf(id));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
