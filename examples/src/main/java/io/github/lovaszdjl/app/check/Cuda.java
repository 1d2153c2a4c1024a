package io.github.lovaszdjl.app.check;

import com.sun.jna.Callback;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * CUDA's runtime, as the engine has loaded it, for one device: the memory in use, and how often the
 * host waits for the device. On Linux; elsewhere nothing of it is known.
 */
public final class Cuda {

    /** The file names; a package of Python puts a sum behind the name: libcudart-9335f6a2.so.12. */
    static final Pattern RUNTIME = Pattern.compile("libcudart[-.][^/]*");

    static final Pattern PROFILER = Pattern.compile("libcupti[-.][^/]*");

    /** The place of the callbacks of the runtime among those of CUPTI. */
    private static final int RUNTIME_API = 2;

    /** The start of the name of the calls that wait. */
    private static final Pattern WAITING =
            Pattern.compile("cuda(Stream|Device|Event)Synchronize.*");

    private final Functions runtime;
    private final Functions profiler;
    private final int device;

    /** What CUPTI calls; must not be collected. */
    private final Calls calls = new Calls();

    private Pointer subscriber;

    /** The functions of a library. */
    @FunctionalInterface
    interface Functions {
        /**
         * Calls a function.
         *
         * @return its code, 0 if it did what it should
         * @throws UnsatisfiedLinkError if there is no such function
         */
        int call(String function, Object... args);
    }

    /**
     * Creates one.
     *
     * @param runtime CUDA's runtime
     * @param profiler CUPTI, null if it is not loaded
     * @param device the number of the GPU
     */
    Cuda(Functions runtime, Functions profiler, int device) {
        this.runtime = runtime;
        this.profiler = profiler;
        this.device = device;
    }

    /** Returns the libraries that are loaded in this process, nothing if there are none. */
    static Optional<Cuda> loaded(int device) {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return Optional.empty();
        }
        try {
            List<String> lines = Files.readAllLines(maps);
            Functions profiler = mapped(lines, PROFILER).map(Cuda::open).orElse(null);
            return mapped(lines, RUNTIME).map(path -> new Cuda(open(path), profiler, device));
        } catch (IOException | LinkageError e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the path of the first file of a name.
     *
     * @param maps the lines of {@code /proc/self/maps}
     * @param name what the whole name of the file is like
     */
    static Optional<String> mapped(List<String> maps, Pattern name) {
        return maps.stream()
                .filter(line -> line.contains("/"))
                .map(line -> line.substring(line.indexOf('/')))
                .filter(path -> name.matcher(path.substring(path.lastIndexOf('/') + 1)).matches())
                .findFirst();
    }

    private static Functions open(String path) {
        NativeLibrary library = NativeLibrary.getInstance(path);
        return (function, args) -> library.getFunction(function).invokeInt(args);
    }

    /** Waits until the device has done all it was told. */
    void synchronize() {
        choose();
        call(runtime, "cudaDeviceSynchronize");
    }

    /** Returns the bytes of the device's memory that are in use, by whichever process. */
    long usedBytes() {
        choose();
        try (Memory free = new Memory(Long.BYTES);
                Memory total = new Memory(Long.BYTES)) {
            call(runtime, "cudaMemGetInfo", free, total);
            return total.getLong(0) - free.getLong(0);
        }
    }

    /** The runtime's functions are about the device of the thread, the first one unless told. */
    private void choose() {
        call(runtime, "cudaSetDevice", device);
    }

    /**
     * Counts how often a computation waits for the device; nothing if that cannot be known. The
     * computation runs either way, and what it throws is thrown.
     */
    OptionalInt synchronizations(Runnable computation) {
        boolean counts = profiler != null && begin();
        calls.waits.set(0);
        try {
            computation.run();
        } finally {
            if (counts) {
                counts = enable(0);
            }
        }
        return counts ? OptionalInt.of(calls.waits.get()) : OptionalInt.empty();
    }

    private boolean begin() {
        if (subscriber == null) {
            try (Memory handle = new Memory(Native.POINTER_SIZE)) {
                call(profiler, "cuptiSubscribe", handle, calls, Pointer.NULL);
                subscriber = handle.getPointer(0);
            } catch (IllegalStateException | UnsatisfiedLinkError e) {
                // Another profiler has subscribed.
                return false;
            }
        }
        return enable(1);
    }

    private boolean enable(int on) {
        try {
            call(profiler, "cuptiEnableDomain", on, subscriber, RUNTIME_API);
            return true;
        } catch (IllegalStateException | UnsatisfiedLinkError e) {
            return false;
        }
    }

    private static void call(Functions library, String function, Object... args) {
        int code = library.call(function, args);
        if (code != 0) {
            throw new IllegalStateException(function + ": expected 0, got the error " + code);
        }
    }

    /** The callback of CUPTI. */
    public static final class Calls implements Callback {

        private final AtomicInteger waits = new AtomicInteger();

        /**
         * Counts a call of the runtime.
         *
         * @param user nothing
         * @param domain the runtime
         * @param id the number of the function
         * @param data 0 where the call begins, and at the next pointer the function's name
         */
        public void callback(Pointer user, int domain, int id, Pointer data) {
            if (data.getInt(0) == 0
                    && WAITING.matcher(data.getPointer(Native.POINTER_SIZE).getString(0))
                            .matches()) {
                waits.incrementAndGet();
            }
        }
    }
}
