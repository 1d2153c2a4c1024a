package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files {@code classes.txt} of all kinds and damages. */
@Tag(Trials.TAG)
class ClassesFuzzTest {

    /** The file's own bytes a few times over, and what a pair of tiny images takes. */
    private static final long MAX_ALLOCATED = 32 << 20;

    @TempDir(factory = Fuzz.Memory.class)
    private Path temp;

    @Test
    void classesAreReadOrRefused() throws Exception {
        TestFiles files = new TestFiles(temp).add("x", 2, 2, (x, y) -> 0, (x, y) -> 2 * x);
        Path file = temp.resolve("classes.txt");
        List<byte[]> seeds =
                List.of(
                        utf8("ocean\nland\nice\nlake\n"),
                        utf8("\uFEFFeau de mer\r\nglacé\r\n北極\r\n"),
                        utf8("a\nb\n c \n\n\n"),
                        utf8(
                                IntStream.range(0, 255)
                                        .mapToObj(i -> i + "\n")
                                        .collect(Collectors.joining())),
                        utf8(
                                IntStream.range(0, 257)
                                        .mapToObj(i -> i + "\n")
                                        .collect(Collectors.joining())));
        Fuzz fuzz =
                new Fuzz(
                        "classes.txt",
                        temp + "/",
                        MAX_ALLOCATED,
                        Set.of(MalformedDatasetException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(500, 100_000),
                        random -> {
                            byte[] bytes = Mutator.mutateText(seeds, random);
                            Files.write(file, bytes);
                            boolean ignoring = random.nextBoolean();
                            FolderSegmentationDataset.Builder builder = files.builder();
                            if (ignoring) {
                                builder.optIgnoreLabel(255);
                            }
                            FolderSegmentationDataset data = builder.build();
                            data.prepare();
                            List<String> names = data.getClassNames();
                            // Labels 0 and 2 are there.
                            assertTrue(names.size() >= 3 && names.size() <= (ignoring ? 256 : 255));
                            assertEquals(names.size(), new HashSet<>(names).size());
                            String text = new String(bytes, StandardCharsets.UTF_8);
                            for (String name : names) {
                                assertTrue(!name.isBlank() && text.contains(name), name);
                                assertEquals(1, name.lines().count(), name);
                            }
                            // What was read, written again, reads the same.
                            Files.write(file, names);
                            FolderSegmentationDataset again = builder.build();
                            again.prepare();
                            assertEquals(names, again.getClassNames());
                            return "accepted";
                        });
        assertTrue(outcomes.getOrDefault("accepted", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedDatasetException") > 10, outcomes.toString());
    }

    @Test
    void longFilesAreRefused() throws Exception {
        TestFiles files = new TestFiles(temp, "a").add("x", 1, 1, (x, y) -> 0, (x, y) -> 0);
        Path file = Files.writeString(temp.resolve("classes.txt"), "a".repeat((1 << 20) + 1));
        MalformedDatasetException e =
                assertThrows(
                        MalformedDatasetException.class, () -> files.builder().build().prepare());
        assertEquals(file + ": expected at most 1048576 bytes, got 1048577", e.getMessage());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
