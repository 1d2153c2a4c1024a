package io.github.lovaszdjl.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverFolderTest {

    @TempDir private Path temp;

    private Set<String> names() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.map(file -> file.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Makes a folder in another process, which says so and waits. */
    public static void main(String[] args) throws IOException {
        DriverFolder folder = DriverFolder.create(Path.of(args[0]));
        Files.createDirectories(folder.path().resolve("spark/blocks"));
        System.out.println(folder.path());
        System.in.read();
    }

    @Test
    void thatOfADriverThatWasKilledIsRemovedByTheNext() throws Exception {
        Files.createDirectory(temp.resolve("lovasz-cluster-without-a-lock"));
        Files.createDirectory(temp.resolve("another"));
        Process other =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        DriverFolderTest.class.getName(),
                                        temp.toString()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Path lives = Path.of(other.inputReader().readLine());
        Set<String> before = names();
        assertEquals(3, before.size());
        try (DriverFolder folder = DriverFolder.create(temp)) {
            assertTrue(Files.isDirectory(folder.path()));
            assertTrue(Files.isDirectory(lives.resolve("spark/blocks")));
        }
        assertEquals(before, names());
        other.destroyForcibly().waitFor();
        DriverFolder.create(temp).close();
        assertFalse(Files.exists(lives));
        assertEquals(Set.of("another", "lovasz-cluster-without-a-lock"), names());
    }
}
