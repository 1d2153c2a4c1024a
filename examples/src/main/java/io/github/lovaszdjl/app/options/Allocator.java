package io.github.lovaszdjl.app.options;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.List;

/**
 * glibc's allocator, of which the arrays of the engines come on Linux. It gives large ones back to
 * the system as soon as they are free, and every new one waits for new pages, filled with zeros.
 */
public final class Allocator {

    /** How a user says how memory is allocated. */
    private static final List<String> SETTINGS =
            List.of(
                    "MALLOC_MMAP_MAX_",
                    "MALLOC_MMAP_THRESHOLD_",
                    "MALLOC_TRIM_THRESHOLD_",
                    "MALLOC_TOP_PAD_",
                    "GLIBC_TUNABLES");

    private static final int TRIM_THRESHOLD = -1;

    private static final int TOP_PAD = -2;

    private static final int MMAP_MAX = -4;

    /** What is asked of the system at a time. */
    private static final int PAD = 256 << 20;

    private Allocator() {}

    /**
     * Keeps pages that are free for the next arrays, up to 2 GiB at the end of the heap, unless the
     * environment says how memory is allocated. Does nothing where the C library is not glibc.
     */
    public static void keepPages() {
        if (!Platform.isLinux() || SETTINGS.stream().anyMatch(s -> System.getenv(s) != null)) {
            return;
        }
        try {
            var mallopt = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction("mallopt");
            mallopt.invokeInt(new Object[] {MMAP_MAX, 0});
            mallopt.invokeInt(new Object[] {TRIM_THRESHOLD, Integer.MAX_VALUE});
            mallopt.invokeInt(new Object[] {TOP_PAD, PAD});
        } catch (UnsatisfiedLinkError e) {
            // Such as musl, which has no such settings.
            return;
        }
    }
}
