package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.app.check.CheckBatch.Layout;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class LossChecksTest {

    private static final LossChecks CHECKS = new LossChecks(Device.cpu());

    /** Changes what a loss that is right comes to. */
    private static LossFinding ofChanged(UnaryOperator<NDArray> change) {
        LossCase right =
                LossCase.all().stream()
                        .filter(each -> each.layout() == Layout.CLASS_LOGITS)
                        .filter(each -> each.loss().equals("cross-entropy"))
                        .findFirst()
                        .orElseThrow();
        LossCase changed =
                new LossCase(
                        "changed",
                        "",
                        right.layout(),
                        channels -> new Changed(right.make().apply(channels), change),
                        right.reference());
        return CHECKS.run(List.of(changed), true, name -> {}).get(0);
    }

    private static final class Changed extends Loss {

        private final Loss loss;
        private final UnaryOperator<NDArray> change;

        Changed(Loss loss, UnaryOperator<NDArray> change) {
            super("changed");
            this.loss = loss;
            this.change = change;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return change.apply(loss.evaluate(labels, predictions));
        }
    }

    private static NDArray times(NDArray loss, float factor) {
        return loss.mul(loss.getManager().full(new Shape(), factor, loss.getDataType()));
    }

    @Test
    void allLossesAreRight() {
        List<LossFinding> findings = CHECKS.run(LossCase.all(), true, name -> {});
        assertEquals(LossCase.all().size(), findings.size());
        for (LossFinding finding : findings) {
            String name = finding.loss() + " " + finding.options();
            assertEquals(List.of(), finding.failures(), name);
            assertTrue(finding.sameBits(), name);
            assertTrue(finding.value() <= 1 && finding.gradient() <= 1, name);
            // Five batches of three types.
            assertEquals(15, finding.comparisons(), name);
            assertEquals(0, finding.thrown(), name);
        }
    }

    @Test
    void whatIsLeftAsItIsPasses() {
        assertEquals(List.of(), ofChanged(loss -> loss).failures());
    }

    @Test
    void aWrongValueIsNoticed() {
        LossFinding finding = ofChanged(loss -> times(loss, 1.001f));
        assertTrue(finding.value() > 1);
        assertTrue(finding.failures().stream().anyMatch(failure -> failure.contains("value")));
    }

    @Test
    void aWrongGradientIsNoticed() {
        // The value stays: twice the loss, less the loss outside the graph.
        LossFinding finding = ofChanged(loss -> times(loss, 2).sub(loss.stopGradient()));
        assertTrue(finding.value() <= 1);
        assertTrue(finding.gradient() > 1);
        assertTrue(finding.failures().stream().anyMatch(failure -> failure.contains("gradient")));
    }

    @Test
    void nanIsWrong() {
        assertFalse(ofChanged(loss -> times(loss, Float.NaN)).failures().isEmpty());
    }

    @Test
    void otherBitsAreNoticed() {
        int[] calls = new int[1];
        LossFinding finding =
                ofChanged(loss -> times(loss, calls[0]++ % 2 == 0 ? 1 : 1 + 0x1p-22f));
        assertFalse(finding.sameBits());
        assertTrue(finding.failures().stream().allMatch(failure -> failure.contains("float64")));
    }

    @Test
    void anExceptionIsAFailure() {
        LossFinding finding =
                ofChanged(
                        loss -> {
                            throw new IllegalStateException("no such kernel");
                        });
        assertTrue(finding.failures().get(0).contains("no such kernel"), finding.toString());
        assertEquals(15, finding.comparisons());
        assertEquals(15, finding.thrown());
    }

    @Test
    void anErrorIsAFailureToo() {
        Error[] errors = {new UnsatisfiedLinkError("no symbol"), new OutOfMemoryError("no heap")};
        for (Error error : errors) {
            LossFinding finding =
                    ofChanged(
                            loss -> {
                                throw error;
                            });
            assertEquals(15, finding.thrown(), finding.toString());
        }
    }
}
