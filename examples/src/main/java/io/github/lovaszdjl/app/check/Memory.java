package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.github.lovaszdjl.app.options.Allocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How much memory a computation takes beyond what was taken before: of a GPU, what its allocator
 * asked for; of the process on Linux, the peak of its resident memory. Where the C library has
 * several arenas, it keeps an unknown part of what is free, and nothing can be said.
 */
public final class Memory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    private final Device device;
    private final Cuda cuda;

    /**
     * Creates one.
     *
     * @param device the device
     * @param cuda the runtime of a GPU, null of a CPU or where it is not found
     */
    Memory(Device device, Cuda cuda) {
        this.device = device;
        this.cuda = cuda;
    }

    /** Returns the bytes, or nothing where they cannot be known. */
    OptionalLong peakOf(Runnable computation) {
        if (device.isGpu()) {
            return cuda == null ? OptionalLong.empty() : ofGpu(computation);
        }
        if (!Allocator.hasOneArena()) {
            return OptionalLong.empty();
        }
        try {
            System.gc();
            giveBack();
            // Sets the peak back to what is resident now.
            Files.writeString(CLEAR, "5");
            long before = kilobytes("VmRSS:");
            computation.run();
            return OptionalLong.of(1024 * (kilobytes("VmHWM:") - before));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private OptionalLong ofGpu(Runnable computation) {
        JniUtils.emptyCudaCache();
        long before = cuda.usedBytes();
        computation.run();
        cuda.synchronize();
        return OptionalLong.of(cuda.usedBytes() - before);
    }

    /** Gives what the C library keeps of freed memory back to the system, as far as it can. */
    private static void giveBack() {
        try {
            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
                    .getFunction("malloc_trim")
                    .invokeInt(new Object[] {0L});
        } catch (UnsatisfiedLinkError e) {
            // Not glibc.
            return;
        }
    }

    private static long kilobytes(String key) throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new IOException(STATUS + ": expected " + key + ", got none"));
    }
}
