package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** With functions in the place of CUDA's. */
class CudaTest {

    private final List<String> calls = new ArrayList<>();

    private int call(String function, Object... args) {
        boolean numbered = args.length > 0 && args[0] instanceof Integer;
        calls.add(numbered ? function + " " + args[0] : function);
        if (function.equals("cudaMemGetInfo")) {
            ((Memory) args[0]).setLong(0, 30);
            ((Memory) args[1]).setLong(0, 100);
        }
        if (function.equals("cuptiSubscribe")) {
            ((Memory) args[0]).setPointer(0, Pointer.createConstant(8));
        }
        return 0;
    }

    @Test
    void itIsTheDeviceThatWasAskedFor() {
        Cuda cuda = new Cuda(this::call, null, 3);
        cuda.synchronize();
        assertEquals(List.of("cudaSetDevice 3", "cudaDeviceSynchronize"), calls);
        calls.clear();
        assertEquals(70, cuda.usedBytes());
        assertEquals(List.of("cudaSetDevice 3", "cudaMemGetInfo"), calls);
    }

    @Test
    void whatTheComputationThrowsIsThrown() {
        Cuda cuda = new Cuda(this::call, this::call, 0);
        IllegalStateException thrown = new IllegalStateException("the loss's own");
        Runnable computation =
                () -> {
                    throw thrown;
                };
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class, () -> cuda.synchronizations(computation)));
        assertEquals(
                List.of("cuptiSubscribe", "cuptiEnableDomain 1", "cuptiEnableDomain 0"), calls);
    }

    @Test
    void withoutAProfilerTheComputationRunsAndNothingIsKnown() {
        Cuda.Functions subscribed = (function, args) -> 1;
        Cuda.Functions older =
                (function, args) -> {
                    throw new UnsatisfiedLinkError(function);
                };
        int[] runs = new int[1];
        for (Cuda.Functions profiler : new Cuda.Functions[] {null, subscribed, older}) {
            Cuda cuda = new Cuda(this::call, profiler, 0);
            assertEquals(OptionalInt.empty(), cuda.synchronizations(() -> runs[0]++));
        }
        assertEquals(3, runs[0]);
        assertEquals(OptionalInt.of(0), new Cuda(null, this::call, 0).synchronizations(() -> {}));
    }

    @Test
    void librariesAreFoundByTheirNames() {
        String line = "7f0-7f1 r-xp 00000000 08:01 42                 ";
        for (String name : List.of("libcudart.so.12", "libcudart-9335f6a2.so.12", "libcudart.so")) {
            assertEquals(
                    Optional.of("/opt/torch/lib/" + name),
                    Cuda.mapped(
                            List.of(
                                    "7f0-7f1 rw-p 00000000 00:00 0",
                                    line + "/opt/torch/lib/" + name),
                            Cuda.RUNTIME));
        }
        assertEquals(
                Optional.of("/a/libcupti-1a.so.12"),
                Cuda.mapped(List.of(line + "/a/libcupti-1a.so.12"), Cuda.PROFILER));
        for (String name : List.of("libcudart_static.so", "libcudart.so.d/other.so")) {
            assertEquals(
                    Optional.empty(), Cuda.mapped(List.of(line + "/opt/" + name), Cuda.RUNTIME));
        }
    }
}
