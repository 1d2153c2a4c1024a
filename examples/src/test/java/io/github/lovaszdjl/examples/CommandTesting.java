package io.github.lovaszdjl.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Runs commands of the app in this process. */
final class CommandTesting {

    static final Path EARTH = Path.of("datasets", "earth");

    private CommandTesting() {}

    /**
     * What a command came to.
     *
     * @param code its exit code
     * @param printed what it wrote to the standard output and error
     */
    record Outcome(int code, String printed) {}

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

    /** Copies the first images of some splits of earth to a folder. */
    static Path copyEarth(Path root, int count, String... splits) throws IOException {
        Files.createDirectories(root);
        Files.copy(EARTH.resolve("classes.txt"), root.resolve("classes.txt"));
        for (String split : splits) {
            for (String kind : new String[] {"images", "labels"}) {
                Path to = Files.createDirectories(root.resolve(split).resolve(kind));
                try (Stream<Path> files = Files.list(EARTH.resolve(split).resolve(kind))) {
                    for (Path file : files.sorted().limit(count).toList()) {
                        Files.copy(file, to.resolve(file.getFileName()));
                    }
                }
            }
        }
        return root;
    }
}
