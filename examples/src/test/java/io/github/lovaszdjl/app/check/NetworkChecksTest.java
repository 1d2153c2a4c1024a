package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import org.junit.jupiter.api.Test;

class NetworkChecksTest {

    private static final NetworkChecks CHECKS = new NetworkChecks(Device.cpu(), null);

    @Test
    void aStepOnTheCpuIsTheStoredOne() {
        StepComparison comparison = CHECKS.compare();
        assertTrue(comparison.right(), comparison.toString());
        assertTrue(comparison.gradientOff() < 1e-9, comparison.toString());
    }

    @Test
    void aWrongStepOnTheCpuIsNoticed() {
        StepComparison comparison =
                CHECKS.compare(SegmentationCrossEntropyLoss.builder().optWeight(1.01f).build());
        assertFalse(comparison.right(), comparison.toString());
    }
}
