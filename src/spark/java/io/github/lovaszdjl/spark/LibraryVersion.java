package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.training.SegmentationTraining;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Tells one build of the library from another, whatever version it calls itself: the first 64 bits
 * of a SHA-256 over its classes, be they in a jar or in a folder.
 */
final class LibraryVersion {

    private static final List<Class<?>> PARTS =
            List.of(SegmentationTraining.class, LibraryVersion.class);

    private LibraryVersion() {}

    /** Returns the version of this process, 16 hexadecimal digits. */
    static String here() throws IOException {
        return Holder.version();
    }

    private static String compute() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
        for (Class<?> part : PARTS) {
            Path place;
            try {
                place = Path.of(part.getProtectionDomain().getCodeSource().getLocation().toURI());
            } catch (URISyntaxException e) {
                throw new IOException(e.getMessage(), e);
            }
            if (Files.isDirectory(place)) {
                add(digest, place);
            } else {
                URI jar = URI.create("jar:" + place.toUri());
                try (FileSystem inside = FileSystems.newFileSystem(jar, Map.of())) {
                    add(digest, inside.getPath("/"));
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    private static void add(MessageDigest digest, Path root) throws IOException {
        List<Path> classes;
        try (Stream<Path> all = Files.walk(root)) {
            classes =
                    all.filter(f -> f.toString().endsWith(".class"))
                            .filter(f -> !f.toString().endsWith("module-info.class"))
                            .sorted((a, b) -> name(root, a).compareTo(name(root, b)))
                            .toList();
        }
        for (Path file : classes) {
            digest.update(name(root, file).getBytes());
            try (InputStream in = Files.newInputStream(file)) {
                digest.update(in.readAllBytes());
            }
        }
    }

    private static String name(Path root, Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /** Computed once in a process. */
    private static final class Holder {

        private static String version;

        private static synchronized String version() throws IOException {
            if (version == null) {
                version = compute();
            }
            return version;
        }
    }
}
