package io.github.lovaszdjl.app.importer;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the files that annotations name, which most often were made on another machine. */
final class ImageFinder {

    /** Folders in folders that anybody has. */
    private static final int MAX_PARTS = 64;

    private ImageFinder() {}

    /**
     * Finds a file in a folder, or in a folder therein, never outside.
     *
     * @param folder the folder
     * @param names the names it may have, with or without folders, the likeliest first
     * @return the file, at the longest end of a name that is there: for {@code a/b/c.jpg} as this,
     *     as {@code b/c.jpg} or as {@code c.jpg}
     */
    static Optional<Path> find(Path folder, List<String> names) {
        for (String name : names) {
            List<String> parts = parts(name);
            for (int from = Math.max(0, parts.size() - MAX_PARTS); from < parts.size(); from++) {
                try {
                    Path file = folder.resolve(String.join("/", parts.subList(from, parts.size())));
                    if (Files.isRegularFile(file)) {
                        return Optional.of(file);
                    }
                } catch (InvalidPathException e) {
                    // No file can have this name.
                }
            }
        }
        return Optional.empty();
    }

    /** Returns the folders and the file of a name, of Windows too, without steps outside. */
    static List<String> parts(String name) {
        return Stream.of(name.split("[/\\\\]+"))
                .filter(part -> !part.isEmpty() && !part.matches("\\.+|[A-Za-z]:"))
                .toList();
    }
}
