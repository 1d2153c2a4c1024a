package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import io.github.lovaszdjl.app.options.Allocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In processes of their own, as what is set stays set. */
class AllocatorTest {

    private static final int BYTES = 32 << 20;

    /** Prints how much of the memory that was freed is still the process's. */
    static final class Probe {

        private Probe() {}

        public static void main(String... args) throws IOException {
            if (args.length > 0) {
                Allocator.keepPages();
            }
            // What JNA itself loads is there before.
            Native.free(Native.malloc(1));
            long before = resident();
            long array = Native.malloc(BYTES);
            new Pointer(array).setMemory(0, BYTES, (byte) 1);
            Native.free(array);
            boolean kept = resident() - before > BYTES / 2;
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
        assertEquals("given back", probe(Map.of()));
        assertEquals("kept", probe(Map.of(), "keep"));
    }

    @Test
    void whatTheUserSaysHolds() throws Exception {
        assertEquals("given back", probe(Map.of("MALLOC_TRIM_THRESHOLD_", "131072"), "keep"));
    }
}
