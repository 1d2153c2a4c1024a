package io.github.lovaszdjl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A few tiles of the embedded data set, for a test to train on and to damage. */
public final class EarthTiles {

    private static final Path EARTH = Path.of("datasets", "earth");

    private EarthTiles() {}

    /**
     * Copies the first tiles of a split, and the names of the classes where they are not there yet.
     *
     * @param root the folder of the data set that is made
     * @param split the split
     * @param count the number of tiles
     * @throws IOException if they cannot be copied
     */
    public static void copy(Path root, String split, int count) throws IOException {
        Files.createDirectories(root);
        Path classes = root.resolve("classes.txt");
        if (!Files.exists(classes)) {
            Files.copy(EARTH.resolve("classes.txt"), classes);
        }
        for (String kind : new String[] {"images", "labels"}) {
            Path to = Files.createDirectories(root.resolve(split).resolve(kind));
            try (Stream<Path> files = Files.list(EARTH.resolve(split).resolve(kind))) {
                for (Path file : files.sorted().limit(count).toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }
}
