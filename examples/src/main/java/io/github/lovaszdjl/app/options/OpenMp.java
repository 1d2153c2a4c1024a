package io.github.lovaszdjl.app.options;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.github.lovaszdjl.internal.EngineNames;
import java.util.List;
import java.util.Map;

/**
 * OpenMP, with whose threads both engines compute. It reads the environment alone, and that when
 * the engine loads, so that what is set here in time holds however the app was started.
 */
public final class OpenMp {

    static final String THREADS = "OMP_NUM_THREADS";

    /**
     * How a user says what waiting threads do: to any OpenMP, to that of GNU, which PyTorch and
     * MXNet bring on Linux, and to that of LLVM and Intel, elsewhere.
     */
    private static final List<String> WAITING =
            List.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME");

    private OpenMp() {}

    /**
     * Lets threads sleep while they wait, unless the user has said what they do. They spin
     * otherwise, which takes the cores from whoever works: see docs/engines.md.
     */
    static void waitPassively() {
        if (canSet() && WAITING.stream().allMatch(name -> System.getenv(name) == null)) {
            set(WAITING.get(0), "passive");
        }
    }

    /**
     * Says the same to a process of the app that is to start, and its number of threads to MXNet:
     * on Windows it can say neither to itself.
     *
     * @param process the process
     * @param engine the engine that it loads
     * @param threads the number of threads, null for the default
     */
    public static void tell(ProcessBuilder process, String engine, Integer threads) {
        Map<String, String> environment = process.environment();
        if (WAITING.stream().noneMatch(environment::containsKey)) {
            environment.put(WAITING.get(0), "passive");
        }
        if (engine.equals(EngineNames.MXNET) && threads != null) {
            environment.put(THREADS, threads.toString());
        }
    }

    /** Tells whether the environment of this process can be changed; there is no setenv there. */
    static boolean canSet() {
        return !Platform.isWindows();
    }

    /** Sets a variable for what is loaded from now on; Java has no way of its own. */
    static void set(String name, String value) {
        NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
                .getFunction("setenv")
                .invokeInt(new Object[] {name, value, 1});
    }
}
