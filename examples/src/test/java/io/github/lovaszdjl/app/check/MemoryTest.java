package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import io.github.lovaszdjl.app.options.Allocator;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In a process of its own, as the allocator is that of the process. */
class MemoryTest {

    /** Prints the peak of an array of 96 MiB, in 32 MiB, after as much was allocated and freed. */
    static final class Probe {

        private Probe() {}

        public static void main(String... args) {
            Allocator.keepPages();
            array(96);
            Memory memory = new Memory(Device.cpu(), null);
            // What the measuring itself loads.
            memory.peakOf(() -> array(1));
            for (int i = 0; i < 2; i++) {
                memory.peakOf(() -> array(96))
                        .ifPresentOrElse(
                                bytes -> System.out.println(bytes + (16 << 20) >> 25),
                                () -> System.out.println("not known"));
            }
        }

        private static void array(int megabytes) {
            long array = Native.malloc((long) megabytes << 20);
            new Pointer(array).setMemory(0, (long) megabytes << 20, (byte) 1);
            Native.free(array);
        }
    }

    @BeforeEach
    void assumeGlibc() {
        boolean glibc = Platform.isLinux() && Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"));
        assumeTrue(glibc, "the C library is not glibc on Linux x86-64");
    }

    private static String probe(String arenas) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // As "engines check" starts its processes.
                        "-XX:MaxHeapFreeRatio=100",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName());
        builder.environment()
                .keySet()
                .removeIf(
                        name ->
                                name.startsWith("MALLOC_")
                                        || name.equals("GLIBC_TUNABLES")
                                        || name.equals("LD_PRELOAD"));
        builder.environment().put("MALLOC_ARENA_MAX", arenas);
        Process process = builder.start();
        try (var reader = process.inputReader()) {
            String lines = String.join(" ", reader.lines().toList());
            assertEquals(0, process.waitFor());
            return lines;
        }
    }

    @Test
    void thePeakIsThatOfTheComputationAlone() throws Exception {
        // To 16 MiB: Java itself takes and gives memory meanwhile.
        assertEquals("3 3", probe("1"));
    }

    @Test
    void ofSeveralArenasNothingIsSaid() throws Exception {
        assertEquals("not known not known", probe("4"));
    }
}
