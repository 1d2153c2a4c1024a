package io.github.lovaszdjl.app.check;

import com.sun.jna.Callback;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * CUDA's runtime, as the engine has loaded it: the memory in use, and how often the host waits for
 * the device. On Linux; elsewhere nothing of it is known.
 */
public final class Cuda {

    /** The place of the callbacks of the runtime among those of CUPTI. */
    private static final int RUNTIME_API = 2;

    /** The start of the name of the calls that wait. */
    private static final java.util.regex.Pattern WAITING =
            java.util.regex.Pattern.compile("cuda(Stream|Device|Event)Synchronize.*");

    private final NativeLibrary runtime;
    private final NativeLibrary profiler;

    /** What CUPTI calls; must not be collected. */
    private final Calls calls = new Calls();

    private Pointer subscriber;

    private Cuda(NativeLibrary runtime, NativeLibrary profiler) {
        this.runtime = runtime;
        this.profiler = profiler;
    }

    /** Returns the libraries that are loaded in this process, nothing if there are none. */
    static Optional<Cuda> loaded() {
        try {
            Optional<String> runtime = mapped("libcudart.so");
            if (runtime.isEmpty()) {
                return Optional.empty();
            }
            NativeLibrary profiler =
                    mapped("libcupti.so").map(NativeLibrary::getInstance).orElse(null);
            return Optional.of(new Cuda(NativeLibrary.getInstance(runtime.get()), profiler));
        } catch (IOException | LinkageError e) {
            return Optional.empty();
        }
    }

    private static Optional<String> mapped(String name) throws IOException {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return Optional.empty();
        }
        return Files.readAllLines(maps).stream()
                .filter(line -> line.contains("/" + name))
                .map(line -> line.substring(line.indexOf('/')))
                .findFirst();
    }

    /** Waits until the device has done all it was told. */
    void synchronize() {
        call(runtime, "cudaDeviceSynchronize");
    }

    /** Returns the bytes of the device's memory that are in use, by whichever process. */
    long usedBytes() {
        try (Memory free = new Memory(Long.BYTES);
                Memory total = new Memory(Long.BYTES)) {
            call(runtime, "cudaMemGetInfo", free, total);
            return total.getLong(0) - free.getLong(0);
        }
    }

    /** Counts how often a computation waits for the device; nothing if that cannot be known. */
    OptionalInt synchronizations(Runnable computation) {
        if (profiler == null) {
            return OptionalInt.empty();
        }
        try {
            if (subscriber == null) {
                try (Memory handle = new Memory(Native.POINTER_SIZE)) {
                    call(profiler, "cuptiSubscribe", handle, calls, Pointer.NULL);
                    subscriber = handle.getPointer(0);
                }
            }
            calls.waits.set(0);
            call(profiler, "cuptiEnableDomain", 1, subscriber, RUNTIME_API);
            try {
                computation.run();
            } finally {
                call(profiler, "cuptiEnableDomain", 0, subscriber, RUNTIME_API);
            }
            return OptionalInt.of(calls.waits.get());
        } catch (IllegalStateException e) {
            // Another profiler has subscribed.
            return OptionalInt.empty();
        }
    }

    private static void call(NativeLibrary library, String function, Object... args) {
        int code = library.getFunction(function).invokeInt(args);
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
