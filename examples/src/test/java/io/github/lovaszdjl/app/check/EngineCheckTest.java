package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineCheckTest {

    @Test
    void whatAStepThrowsIsAProblem() {
        List<String> problems = new ArrayList<>();
        assertEquals(1, EngineCheck.attempt("one", problems, () -> 1));
        for (Throwable thrown :
                new Throwable[] {
                    new UnsatisfiedLinkError("no such symbol"),
                    new OutOfMemoryError("Java heap space"),
                    new IllegalStateException("CUDA error\n  frame #0")
                }) {
            assertNull(
                    EngineCheck.attempt(
                            "step",
                            problems,
                            () -> {
                                if (thrown instanceof Error error) {
                                    throw error;
                                }
                                throw (Exception) thrown;
                            }));
        }
        assertEquals(
                List.of(
                        "step: java.lang.UnsatisfiedLinkError: no such symbol",
                        "step: java.lang.OutOfMemoryError: Java heap space",
                        "step: java.lang.IllegalStateException: CUDA error; frame #0"),
                problems);
    }

    @Test
    void devicesHaveTheNamesOfTheOption() {
        assertEquals("cpu", EngineCheck.name(Device.cpu()));
        assertEquals("gpu1", EngineCheck.name(Device.gpu(1)));
    }
}
