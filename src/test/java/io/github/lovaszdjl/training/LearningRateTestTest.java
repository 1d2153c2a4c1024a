package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.training.LearningRateTest.Point;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LearningRateTestTest {

    private static LearningRateTest of(double... smoothed) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < smoothed.length; i++) {
            points.add(new Point((float) Math.pow(10, i - 5), smoothed[i], smoothed[i]));
        }
        return new LearningRateTest(points);
    }

    @Test
    void theSteepestFallIsSuggested() {
        // Over the neighbours of 1e-2 it falls by 0.7, of others by 0.4 at most.
        assertEquals(1e-2f, of(1, 1, 0.9, 0.6, 0.2, 0.1, 0.5).suggestion().getAsDouble(), 0);
        // Not where it falls again after its lowest.
        assertEquals(1e-3f, of(1, 0.9, 0.5, 0.2, 3, 0.9, 0.3).suggestion().getAsDouble(), 0);
        assertEquals(OptionalDouble.empty(), of(1, 1, 1, 2).suggestion());
        assertEquals(OptionalDouble.empty(), of().suggestion());
    }

    private static TrainingPlan plan(UpdatePlan updates) {
        return TrainingTesting.plan()
                .optOptimizer(OptimizerName.SGD)
                .optMomentum(0)
                .optWeightDecay(0)
                .optUpdates(updates)
                .build();
    }

    @Test
    void ratesRiseByOneFactorAndLossesAreSmoothed() throws IOException {
        SegmentationTraining training =
                TrainingTesting.training().setPlan(plan(UpdatePlan.builder().build())).build();
        LearningRateTest test = training.testLearningRates(1e-4f, 1e-1f, 13);
        assertEquals(13, test.points().size());
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < 13; i++) {
            Point point = test.points().get(i);
            assertEquals(Math.pow(10, -4 + i / 4.0), point.learningRate(), 1e-6 * 1e-1);
            sum = 0.9 * sum + 0.1 * point.loss();
            weights = 0.9 * weights + 0.1;
            assertEquals(sum / weights, point.smoothed(), 1e-12);
        }
        // It begins as the training does, and comes to the same again.
        assertEquals(test, training.testLearningRates(1e-4f, 1e-1f, 13));
    }

    @Test
    void aPointIsAnUpdateOfSeveralBatches() throws IOException {
        UpdatePlan joint = UpdatePlan.builder().optAccumulate(2).optJointLoss(true).build();
        LearningRateTest test =
                TrainingTesting.training()
                        .setPlan(plan(joint))
                        .build()
                        .testLearningRates(1e-4f, 1e-1f, 11);
        assertEquals(11, test.points().size());
    }

    @Test
    void itEndsWhenTheLossIsTooHigh() throws IOException {
        LearningRateTest test =
                TrainingTesting.training()
                        .setPlan(plan(UpdatePlan.builder().build()))
                        .build()
                        .testLearningRates(1e-3f, 1e12f, 60);
        int updates = test.points().size();
        assertTrue(updates > 3 && updates < 60, updates + " updates");
    }

    /** Returns how many of these losses of updates a test takes. */
    private static int taken(double... losses) {
        RangeTest test = new RangeTest(1e-4f, 1, 1000);
        int taken = 0;
        while (taken < losses.length && !test.isDone()) {
            Map<String, Float> loss = Map.of("loss", (float) losses[taken++]);
            TrainingBatch batch = new TrainingBatch(taken, 1000, null, loss);
            TrainingState state = new TrainingState(null, null, null, 1, taken, List.of());
            test.onGradients(state, batch);
            test.onBatch(state, batch);
        }
        return taken;
    }

    private static double[] losses(int updates, IntToDoubleFunction loss) {
        return IntStream.range(0, updates).mapToDouble(loss).toArray();
    }

    @Test
    void aLossBelowZeroMayFall() {
        assertEquals(80, taken(losses(80, i -> -0.01 * i)));
        // From above 0, with noise next to it.
        assertEquals(80, taken(losses(80, i -> 0.3 - 0.01 * i + (i % 2 == 0 ? 0.05 : -0.05))));
        // And then it rises: by 1.2 in an update of the smoothed one.
        double[] rising = losses(80, i -> i < 40 ? -0.01 * i : 12);
        assertEquals(41, taken(rising));
    }

    @Test
    void aLossAboveZeroMayBeFourTimesItsLowest() {
        // Smoothed, 1 and then x are (0.09 + 0.1 x) / 0.19, which is 4 at x = 6.7.
        assertEquals(3, taken(1, 6.6, 1));
        assertEquals(2, taken(1, 6.8, 1));
    }

    @Test
    void oneThatIsStoppedBeforeItsFirstUpdateHasNoPoint() throws IOException {
        Engines.assumePyTorch("MXNet does not add gradients up");
        AtomicInteger batches = new AtomicInteger();
        LearningRateTest test =
                TrainingTesting.training()
                        .setPlan(plan(UpdatePlan.builder().optAccumulate(2).build()))
                        .optStop(() -> batches.getAndIncrement() > 0)
                        .build()
                        .testLearningRates(1e-4f, 1e-1f, 11);
        assertEquals(List.of(), test.points());
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        SegmentationTraining training = TrainingTesting.training().build();
        assertEquals(
                "updates: expected at least 10, got 9",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> training.testLearningRates(1e-4f, 1, 9))
                        .getMessage());
        assertEquals(
                "to: expected a finite number above 1.0, got 1.0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> training.testLearningRates(1, 1, 10))
                        .getMessage());
    }
}
