package io.github.lovaszdjl.app.command;

import io.github.lovaszdjl.EarthTiles;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Runs commands of the app in this process. */
final class CommandTesting {

    static final Path EARTH = Path.of("datasets", "earth");

    /** The label of ignored pixels in {@link #oceanOrGround}. */
    static final int IGNORED = 255;

    private static final int IGNORED_ROWS = 5;

    private CommandTesting() {}

    /**
     * What a command came to.
     *
     * @param code its exit code
     * @param printed what it wrote to the standard output and error
     */
    public record Outcome(int code, String printed) {}

    static Outcome run(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code;
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            code = Lovasz.run(args);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return new Outcome(code, bytes.toString(StandardCharsets.UTF_8));
    }

    /**
     * Writes a data set of two classes, ocean and ground, which is whatever is no ocean: tiles of
     * earth, of each split at most so many, from all over the planet. The first rows of each are
     * ignored.
     */
    static Path oceanOrGround(Path root, int count, String... splits) throws IOException {
        Files.createDirectories(root);
        Files.write(root.resolve("classes.txt"), List.of("ocean", "ground"));
        for (String split : splits) {
            Path images = Files.createDirectories(root.resolve(split).resolve("images"));
            Path labels = Files.createDirectories(root.resolve(split).resolve("labels"));
            List<Path> all;
            try (Stream<Path> files = Files.list(EARTH.resolve(split).resolve("images"))) {
                all = files.sorted().toList();
            }
            int tiles = Math.min(count, all.size());
            for (int i = 0; i < tiles; i++) {
                Path image = all.get(i * all.size() / tiles);
                Files.copy(image, images.resolve(image.getFileName()));
                String png = image.getFileName().toString().replace(".jpg", ".png");
                Raster ids =
                        ImageIO.read(EARTH.resolve(split).resolve("labels").resolve(png).toFile())
                                .getRaster();
                BufferedImage map =
                        new BufferedImage(
                                ids.getWidth(), ids.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
                for (int y = 0; y < ids.getHeight(); y++) {
                    for (int x = 0; x < ids.getWidth(); x++) {
                        int id = Math.min(ids.getSample(x, y, 0), 1);
                        map.getRaster().setSample(x, y, 0, y < IGNORED_ROWS ? IGNORED : id);
                    }
                }
                ImageIO.write(map, "png", labels.resolve(png).toFile());
            }
        }
        return root;
    }

    /** Copies the first images of some splits of earth to a folder. */
    static Path copyEarth(Path root, int count, String... splits) throws IOException {
        for (String split : splits) {
            EarthTiles.copy(root, split, count);
        }
        return root;
    }
}
