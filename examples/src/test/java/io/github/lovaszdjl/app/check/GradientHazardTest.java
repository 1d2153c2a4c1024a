package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Trials;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds docs/djl-gradient-hazard.md to what it says. */
@Tag(Trials.TAG)
class GradientHazardTest {

    private static final List<String> HIT =
            List.of(
                    "x.mul(2f).sum()",
                    "x.div(2f).sum()",
                    "x.pow(2).sum()",
                    "x.mul(array of manager.create), closed",
                    "L2Loss",
                    "SigmoidBinaryCrossEntropyLoss, weight 2",
                    "QuantileL1Loss",
                    "SoftmaxCrossEntropyLoss, weight 2");

    @Test
    void whatIsCalledSafeIsNeverHit() {
        int steps = Trials.of(10, 1000);
        Map<String, Integer> counts = new LinkedHashMap<>();
        GradientHazard.binary()
                .forEach((name, f) -> count(counts, name, f, GradientHazard.BINARY, steps));
        GradientHazard.classes()
                .forEach((name, f) -> count(counts, name, f, GradientHazard.CLASSES, steps));
        assertTrue(counts.size() > 8, counts::toString);
        counts.forEach((name, wrong) -> assertEquals(0, wrong, name));
        Trials.report("steps each of " + counts.size() + " safe losses", steps + ", 0 wrong");
    }

    private static void count(
            Map<String, Integer> counts,
            String name,
            GradientHazard.Function loss,
            Shape shape,
            int steps) {
        if (!HIT.contains(name)) {
            counts.put(name, GradientHazard.wrong(loss, shape, steps));
        }
    }

    @Test
    void aNumberInTheGraphIsHit() {
        GradientHazard.Function number = GradientHazard.binary().get(HIT.get(0));
        int wrong = 0;
        // In 300 steps at most; it is hit in one of the first.
        for (int tries = 0; wrong == 0 && tries < 30; tries++) {
            wrong = GradientHazard.wrong(number, GradientHazard.BINARY, 10);
        }
        assertTrue(wrong > 0);
    }
}
