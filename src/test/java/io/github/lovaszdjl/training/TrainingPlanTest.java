package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TrainingPlanTest {

    @Test
    void everyOptionReachesThePlan() {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(2)
                        .optBatchSize(3)
                        .optSampling(Sampling.rareClasses(0.5))
                        .optCropHeight(4)
                        .optCropWidth(5)
                        .optBaseWidth(6)
                        .optDepth(7)
                        .optOptimizer(OptimizerName.SGD)
                        .optLearningRate(0.8f)
                        .optMomentum(0.81f)
                        .optWeightDecay(0.9f)
                        .optSchedule(ScheduleName.POLY)
                        .optPower(0.91f)
                        .optSchedulePlan(SchedulePlan.builder().optCycleRise(0.4f).build())
                        .optWarmUpEpochs(1)
                        .optEncoderLearningRateFactor(0.92f)
                        .optFreezeEncoderEpochs(2)
                        .optAuxiliaryWeight(0.93f)
                        .optAugmentation(Augmentation.none())
                        .optUpdates(UpdatePlan.builder().optAccumulate(4).build())
                        .optSoftLabels(new SoftLabelPlan(0.2f, 0.5f, 2))
                        .optSeed(15)
                        .build();
        assertEquals(
                new TrainingPlan(
                        2,
                        3,
                        Sampling.rareClasses(0.5),
                        4,
                        5,
                        6,
                        7,
                        OptimizerName.SGD,
                        0.8f,
                        0.81f,
                        0.9f,
                        ScheduleName.POLY,
                        0.91f,
                        new SchedulePlan(List.of(), 0.1f, 0.4f, 25, 10_000),
                        1,
                        0.92f,
                        2,
                        0.93f,
                        Augmentation.none(),
                        new UpdatePlan(4, false, 0, 0, 0, 1, true, 0),
                        new SoftLabelPlan(0.2f, 0.5f, 2),
                        15),
                plan);
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        Map<String, Consumer<TrainingPlan.Builder>> bad =
                Map.ofEntries(
                        Map.entry("epochs", b -> b.optEpochs(0)),
                        Map.entry("batchSize", b -> b.optBatchSize(0)),
                        Map.entry("sampling", b -> b.optSampling(null)),
                        Map.entry("cropHeight", b -> b.optCropHeight(0)),
                        Map.entry("cropWidth", b -> b.optCropWidth(-1)),
                        Map.entry("baseWidth", b -> b.optBaseWidth(0)),
                        Map.entry("depth", b -> b.optDepth(0)),
                        Map.entry("learningRate", b -> b.optLearningRate(Float.NaN)),
                        Map.entry("weightDecay", b -> b.optWeightDecay(-1)),
                        Map.entry("momentum", b -> b.optMomentum(1)),
                        Map.entry("power", b -> b.optPower(0)),
                        Map.entry("warmUpEpochs", b -> b.optEpochs(3).optWarmUpEpochs(3)),
                        Map.entry(
                                "encoderLearningRateFactor",
                                b -> b.optEncoderLearningRateFactor(0)),
                        Map.entry(
                                "freezeEncoderEpochs",
                                b -> b.optEpochs(3).optFreezeEncoderEpochs(4)),
                        Map.entry("auxiliaryWeight", b -> b.optAuxiliaryWeight(-0.1f)),
                        Map.entry("optimizer", b -> b.optOptimizer(null)),
                        Map.entry("schedule", b -> b.optSchedule(null)),
                        Map.entry("updates", b -> b.optUpdates(null)),
                        Map.entry("schedulePlan", b -> b.optSchedulePlan(null)),
                        Map.entry("milestones", b -> b.optSchedule(ScheduleName.STEP)),
                        Map.entry("augmentation", b -> b.optAugmentation(null)));
        bad.forEach(
                (name, change) -> {
                    TrainingPlan.Builder builder = TrainingPlan.builder();
                    change.accept(builder);
                    String message =
                            assertThrows(IllegalArgumentException.class, builder::build)
                                    .getMessage();
                    assertTrue(message.startsWith(name + ": expected"), message);
                });
    }

    @Test
    void theScheduleIsThatOfThePlan() {
        TrainingPlan.Builder plan =
                TrainingPlan.builder().optEpochs(4).optLearningRate(1).optWarmUpEpochs(1);
        // 5 updates an epoch: the rate rises in the first epoch and then falls or stays.
        Schedule cosine = plan.build().newSchedule(5);
        assertEquals(1, cosine.getNewValue(6));
        assertTrue(cosine.getNewValue(1) < cosine.getNewValue(4));
        assertTrue(cosine.getNewValue(20) > 0 && cosine.getNewValue(20) < 0.02);
        Schedule constant = plan.optSchedule(ScheduleName.CONSTANT).build().newSchedule(5);
        assertEquals(1, constant.getNewValue(20));
        Schedule poly =
                plan.optSchedule(ScheduleName.POLY)
                        .optPower(2)
                        .optWarmUpEpochs(0)
                        .build()
                        .newSchedule(5);
        assertEquals(0.25f, poly.getNewValue(11), 1e-6f);
    }

    private static String refusal(TrainingPlan.Builder plan) {
        return assertThrows(IllegalArgumentException.class, plan::build).getMessage();
    }

    @Test
    void stepsAreAfterEpochs() {
        TrainingPlan.Builder plan =
                TrainingPlan.builder()
                        .optEpochs(4)
                        .optLearningRate(1)
                        .optSchedule(ScheduleName.STEP)
                        .optSchedulePlan(
                                SchedulePlan.builder()
                                        .optMilestones(List.of(1, 3))
                                        .optStepFactor(0.5f)
                                        .build());
        Schedule steps = plan.build().newSchedule(5);
        float[] expected = {1, 0.5f, 0.5f, 0.25f};
        for (int u = 1; u <= 20; u++) {
            assertEquals(expected[(u - 1) / 5], steps.getNewValue(u));
        }
        assertEquals(
                "milestones: expected at least one with the schedule step, below the number of"
                        + " epochs, 3, got [1, 3]",
                refusal(plan.optEpochs(3)));
        assertEquals(
                "milestones: expected none with the schedule cosine, got [1, 3]",
                refusal(plan.optEpochs(4).optSchedule(ScheduleName.COSINE)));
    }

    @Test
    void oneCycleTakesAllUpdatesAndNoWarmUp() {
        TrainingPlan.Builder plan =
                TrainingPlan.builder()
                        .optEpochs(4)
                        .optLearningRate(1)
                        .optSchedule(ScheduleName.ONE_CYCLE);
        Schedule cycle = plan.build().newSchedule(5);
        assertEquals(1, cycle.getNewValue(6));
        assertEquals(4e-6f, cycle.getNewValue(20), 1e-12f);
        assertEquals(
                "warmUpEpochs: expected 0 with the schedule one-cycle, which rises by itself, got 1",
                refusal(plan.optWarmUpEpochs(1)));
    }

    @Test
    void valuesOfSchedulesAreRefusedByName() {
        Map<String, Consumer<SchedulePlan.Builder>> bad =
                Map.of(
                        "stepFactor", b -> b.optStepFactor(1),
                        "cycleRise", b -> b.optCycleRise(Float.NaN),
                        "cycleStart", b -> b.optCycleStart(0.5f),
                        "cycleEnd", b -> b.optCycleEnd(Float.POSITIVE_INFINITY),
                        "milestones", b -> b.optMilestones(List.of(2, 1)));
        bad.forEach(
                (name, change) -> {
                    SchedulePlan.Builder builder = SchedulePlan.builder();
                    change.accept(builder);
                    String message =
                            assertThrows(IllegalArgumentException.class, builder::build)
                                    .getMessage();
                    assertTrue(message.startsWith(name + ": expected"), message);
                });
    }
}
