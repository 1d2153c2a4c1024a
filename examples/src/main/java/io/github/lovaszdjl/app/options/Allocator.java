package io.github.lovaszdjl.app.options;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * glibc's allocator, of which the arrays of the engines come on Linux. It gives large ones back to
 * the system as soon as they are free, and every new one waits for new pages, filled with zeros.
 *
 * <p>Pages are kept in full where a process has one arena ({@value #ARENAS} is 1). In any other
 * arena, and Java's threads have others, a block of 64 MiB and more is given back all the same, and
 * no limit holds for what several threads keep. The number of arenas can be set before Java starts
 * alone: the launchers of the app do, and {@link #useOneArena} for a process that the app starts.
 */
public final class Allocator {

    /** The variable of the environment with the number of arenas. */
    static final String ARENAS = "MALLOC_ARENA_MAX";

    /** How a user says how memory is allocated. */
    static final List<String> SETTINGS =
            List.of(
                    "MALLOC_MMAP_MAX_",
                    "MALLOC_MMAP_THRESHOLD_",
                    "MALLOC_TRIM_THRESHOLD_",
                    "MALLOC_TOP_PAD_",
                    "GLIBC_TUNABLES");

    private static final Logger LOG = LoggerFactory.getLogger(Allocator.class);

    private static final int TRIM_THRESHOLD = -1;

    private static final int TOP_PAD = -2;

    private static final int MMAP_MAX = -4;

    /** What is asked of the system at a time. */
    private static final int PAD = 256 << 20;

    private Allocator() {}

    /**
     * Keeps pages that are free for the next arrays, of one arena up to 2 GiB at the end of the
     * heap, unless the environment says how memory is allocated. Does nothing where the C library
     * is not glibc. Logs if glibc refuses.
     */
    public static void keepPages() {
        if (!Platform.isLinux() || SETTINGS.stream().anyMatch(s -> System.getenv(s) != null)) {
            return;
        }
        Function mallopt;
        try {
            mallopt = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction("mallopt");
        } catch (UnsatisfiedLinkError e) {
            // Such as musl, which has no such settings.
            return;
        }
        List<String> refused =
                keepPages((name, value) -> mallopt.invokeInt(new Object[] {name, value}));
        if (!refused.isEmpty()) {
            LOG.warn(
                    "the C library refuses {}: it gives free memory back, which is slower",
                    String.join(", ", refused));
        }
    }

    /** Returns what is refused: {@code mallopt} returns 0. */
    static List<String> keepPages(IntBinaryOperator mallopt) {
        List<String> refused = new ArrayList<>();
        if (mallopt.applyAsInt(MMAP_MAX, 0) == 0) {
            refused.add("M_MMAP_MAX");
        }
        if (mallopt.applyAsInt(TRIM_THRESHOLD, Integer.MAX_VALUE) == 0) {
            refused.add("M_TRIM_THRESHOLD");
        }
        if (mallopt.applyAsInt(TOP_PAD, PAD) == 0) {
            refused.add("M_TOP_PAD");
        }
        return refused;
    }

    /** Gives a process one arena, unless the environment says how many. */
    public static void useOneArena(ProcessBuilder process) {
        process.environment().putIfAbsent(ARENAS, "1");
    }

    /**
     * Tells whether all that is allocated is in one arena, which alone gives all that is free back
     * when it is asked to.
     */
    public static boolean hasOneArena() {
        return Platform.isLinux() && "1".equals(System.getenv(ARENAS));
    }
}
