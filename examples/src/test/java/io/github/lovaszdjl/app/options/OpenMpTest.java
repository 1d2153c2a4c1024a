package io.github.lovaszdjl.app.options;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lovaszdjl.internal.EngineNames;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenMpTest {

    private static Map<String, String> told(
            Map<String, String> environment, String engine, Integer threads) {
        ProcessBuilder process = new ProcessBuilder("none");
        process.environment().clear();
        process.environment().putAll(environment);
        OpenMp.tell(process, engine, threads);
        return process.environment();
    }

    @Test
    void aProcessIsToldToWaitPassivelyAndMxnetItsThreads() {
        Map<String, String> passive = Map.of("OMP_WAIT_POLICY", "passive");
        assertEquals(passive, told(Map.of(), EngineNames.PYTORCH, 2));
        assertEquals(passive, told(Map.of(), EngineNames.MXNET, null));
        assertEquals(
                Map.of("OMP_WAIT_POLICY", "passive", "OMP_NUM_THREADS", "2"),
                told(Map.of("OMP_NUM_THREADS", "7"), EngineNames.MXNET, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"})
    void whatTheUserSaysOfWaitingStays(String name) {
        Map<String, String> own = Map.of(name, "0");
        assertEquals(own, told(own, EngineNames.PYTORCH, null));
    }
}
