package io.github.lovaszdjl.app.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In processes of their own, as what is set stays set. */
class AllocatorTest {

    static final List<String> SETTINGS = Allocator.SETTINGS;

    /** Prints how much of the memory that was freed is still the process's. */
    static final class Probe {

        private Probe() {}

        public static void main(String... args) throws IOException {
            if (args.length > 1) {
                Allocator.keepPages();
            }
            // What JNA itself loads is there before.
            Native.free(Native.malloc(1));
            int bytes = Integer.parseInt(args[0]) << 20;
            long before = resident();
            long array = Native.malloc(bytes);
            new Pointer(array).setMemory(0, bytes, (byte) 1);
            Native.free(array);
            boolean kept = resident() - before > bytes / 2;
            System.out.println(kept ? "kept" : "given back");
        }

        private static long resident() throws IOException {
            String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
            return Long.parseLong(pages) * 4096;
        }
    }

    @BeforeEach
    void assumeGlibc() {
        boolean glibc = Platform.isLinux() && Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"));
        assumeTrue(glibc, "the C library is not glibc on Linux x86-64");
    }

    private static String probe(Map<String, String> environment, String... args)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName());
        for (String arg : args) {
            builder.command().add(arg);
        }
        // Whatever the tests themselves were started with.
        builder.environment()
                .keySet()
                .removeIf(
                        name ->
                                name.startsWith("MALLOC_")
                                        || name.equals("GLIBC_TUNABLES")
                                        || name.equals("LD_PRELOAD"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var reader = process.inputReader()) {
            String line = reader.readLine();
            assertEquals(0, process.waitFor());
            return line;
        }
    }

    @Test
    void pagesAreKept() throws Exception {
        assertEquals("given back", probe(Map.of(), "32"));
        assertEquals("kept", probe(Map.of(), "32", "keep"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"32", "64", "128", "176"})
    void pagesOfLargeBlocksAreKeptInOneArena(String megabytes) throws Exception {
        Map<String, String> oneArena = Map.of(Allocator.ARENAS, "1");
        assertEquals("given back", probe(oneArena, megabytes));
        assertEquals("kept", probe(oneArena, megabytes, "keep"));
    }

    @ParameterizedTest
    @FieldSource("SETTINGS")
    void whatTheUserSaysHolds(String name) throws Exception {
        String value =
                name.equals("GLIBC_TUNABLES")
                        ? "glibc.malloc.trim_threshold=131072"
                        : name.equals("MALLOC_MMAP_MAX_") ? "65536" : "131072";
        assertEquals("given back", probe(Map.of(name, value), "32", "keep"));
    }

    @Test
    void aStartedProcessHasOneArenaUnlessTheUserSaysOtherwise() {
        ProcessBuilder process = new ProcessBuilder("java");
        process.environment().remove(Allocator.ARENAS);
        Allocator.useOneArena(process);
        assertEquals("1", process.environment().get(Allocator.ARENAS));
        process.environment().put(Allocator.ARENAS, "4");
        Allocator.useOneArena(process);
        assertEquals("4", process.environment().get(Allocator.ARENAS));
    }

    @Test
    void whatIsRefusedIsNamed() {
        assertEquals(List.of(), Allocator.keepPages((name, value) -> 1));
        assertEquals(
                List.of("M_MMAP_MAX"), Allocator.keepPages((name, value) -> name == -4 ? 0 : 1));
    }
}
