package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.model.TwoParts;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option of a plan either has its part in rounds, or is refused. */
class RoundOptionsTest {

    @TempDir private static Path earth;

    @BeforeAll
    static void copy() throws IOException {
        EarthTiles.copy(earth, "train", 6);
        EarthTiles.copy(earth, "val", 2);
    }

    private static TrainingPlan.Builder plan() {
        return TrainingTesting.plan().optEpochs(2).optLearningRate(0.02f);
    }

    private static TrainingPlan.Builder updates(UpdatePlan.Builder updates) {
        return plan().optUpdates(updates.build());
    }

    /** Plans that differ from {@link #plan} in all that there is. */
    static Stream<TrainingPlan> plans() {
        return Stream.of(
                updates(UpdatePlan.builder().optClipNorm(0.1f).optDecayNorms(false))
                        .optOptimizer(OptimizerName.SGD)
                        .optMomentum(0.5f)
                        .optWeightDecay(0.01f)
                        .optSchedule(ScheduleName.POLY)
                        .optPower(0.5f)
                        .optWarmUpEpochs(1)
                        .optEpochs(3)
                        .optSeed(5)
                        .build(),
                updates(UpdatePlan.builder().optClipValue(0.01f))
                        .optOptimizer(OptimizerName.ADAM)
                        .optSchedule(ScheduleName.STEP)
                        .optSchedulePlan(
                                SchedulePlan.builder()
                                        .optMilestones(List.of(1))
                                        .optStepFactor(0.5f)
                                        .build())
                        .optBatchSize(1)
                        .optCropHeight(24)
                        .optCropWidth(8)
                        .optBaseWidth(3)
                        .optDepth(1)
                        .build(),
                plan().optSchedule(ScheduleName.ONE_CYCLE)
                        .optWarmUpEpochs(0)
                        .optSchedulePlan(
                                SchedulePlan.builder()
                                        .optCycleRise(0.4f)
                                        .optCycleStart(10)
                                        .optCycleEnd(100)
                                        .build())
                        .optLearningRate(0.03f)
                        .build(),
                updates(UpdatePlan.builder().optDecoderLearningRateFactor(2))
                        .optEncoderLearningRateFactor(0.5f)
                        .optFreezeEncoderEpochs(1)
                        .optAuxiliaryWeight(0.3f)
                        .build(),
                plan().optSampling(new Sampling(OptionalDouble.of(1)))
                        .optAugmentation(
                                Augmentation.builder()
                                        .optHorizontalFlip(false)
                                        .optVerticalFlip(true)
                                        .optQuarterTurns(true)
                                        .optScale(0.7, 1.4)
                                        .optRotation(20)
                                        .optElastic(10, 5)
                                        .optRandomCrop(false)
                                        .optBrightness(0.3f)
                                        .optContrast(0.3f)
                                        .optSaturation(0.3f)
                                        .optHue(0.1f)
                                        .optBlur(0.1, 1)
                                        .optNoise(0.1f)
                                        .optCutout(2, 5)
                                        .build())
                        .build(),
                plan().optSoftLabels(new SoftLabelPlan(0.4f, 0, 1)).build(),
                updates(UpdatePlan.builder().optPatience(1))
                        .optEpochs(4)
                        .optLearningRate(1e-9f)
                        .build());
    }

    static Stream<TrainingPlan> refused() {
        return Stream.of(
                updates(UpdatePlan.builder().optAccumulate(2)).build(),
                updates(UpdatePlan.builder().optAccumulate(2).optJointLoss(true)).build(),
                updates(UpdatePlan.builder().optEma(0.9f)).build());
    }

    private static boolean hasDropout(TrainingPlan plan) {
        return plan.freezeEncoderEpochs() > 0;
    }

    private static SegmentationTraining.Builder training(TrainingPlan plan) {
        SegmentationTraining.Builder training = TrainingTesting.training().setPlan(plan);
        if (hasDropout(plan)) {
            training.optNetwork(TwoParts.WithAuxiliary.class);
        }
        if (plan.sampling().rareThreshold().isPresent()) {
            training.setTrainingSet(plan.trainingSet(earth, OptionalInt.empty()))
                    .setValidationSet(plan.evaluationSet(earth, "val", OptionalInt.empty()));
        } else {
            training.setTrainingSet(
                    InMemoryDataset.random(1, 5, TrainingTesting.SIZE, plan.batchSize()));
        }
        return training;
    }

    /** Keeps the states at the start and after every batch or round. */
    private static final class Recorder implements TrainingCallback {

        private final List<RoundState> batches = new ArrayList<>();
        private RoundState start;
        private RoundState end;

        @Override
        public void onStart(TrainingState state) {
            start = RoundState.of(state);
        }

        @Override
        public void onBatch(TrainingState state, TrainingBatch batch) {
            batches.add(RoundState.of(state));
        }

        @Override
        public void onEnd(TrainingState state) {
            end = RoundState.of(state);
        }
    }

    private static void assertSame(RoundState expected, RoundState got) {
        assertEquals(expected.updates(), got.updates());
        assertEquals(expected.arrays().toString(), got.arrays().toString());
        for (int i = 0; i < expected.arrays().size(); i++) {
            assertArrayEquals(expected.arrays().get(i).values(), got.arrays().get(i).values());
        }
    }

    @ParameterizedTest
    @MethodSource("plans")
    void oneWorkerIsATrainingWithoutRounds(TrainingPlan plan) throws Exception {
        Recorder plain = new Recorder();
        int epochs;
        try (TrainingResult result = training(plan).optCallback(plain).build().run()) {
            epochs = result.epochs().size();
        }
        assertEquals(plan.updates().patience() > 0, epochs < plan.epochs());
        Recorder rounds = new Recorder();
        try (LocalRounds executor = new LocalRounds(() -> training(plan).build(), 1);
                TrainingResult result =
                        training(plan)
                                .optCallback(rounds)
                                .optRounds(RoundPlan.epochs(), executor)
                                .build()
                                .run()) {
            assertEquals(epochs, result.epochs().size());
        }
        assertSame(plain.end, rounds.end);
        if (hasDropout(plan)) {
            return; // every round has random numbers of its own
        }
        // Nothing that a step leaves is in the trainer alone, or the next round would miss it.
        int batches = plain.batches.size() / epochs;
        RoundState state = plain.start;
        try (PartTrainer trainer = PartTrainer.of(training(plan).build(), 1)) {
            for (int b = 0; b < plain.batches.size(); b++) {
                Round round = new Round(1 + b / batches, b % batches, 1, 1);
                state = trainer.train(round, 0, state).state();
                assertSame(plain.batches.get(b), state);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatRoundsHaveNotIsRefused(TrainingPlan plan) {
        assertThrows(IllegalArgumentException.class, plan::checkRounds);
        LocalRounds rounds = new LocalRounds(() -> training(plan).build(), 2);
        SegmentationTraining training =
                training(plan).optRounds(RoundPlan.epochs(), rounds).build();
        assertTrue(
                assertThrows(IllegalArgumentException.class, training::check)
                        .getMessage()
                        .matches("(accumulate: expected 1|ema: expected 0) .*"));
    }

    private static Map<String, String> settings(TrainingPlan plan) throws Exception {
        TrainingSetup setup = TrainingTesting.training().setPlan(plan).build().setup();
        setup.training().prepare();
        return TrainingSettings.ofSteps(setup);
    }

    @Test
    void noOptionIsMissingHere() throws Exception {
        Map<String, String> usual = settings(plan().build());
        Set<String> missing = new TreeSet<>(usual.keySet());
        missing.removeAll(
                Set.of("loss", "devices", "network", "classes", "normalization", "ignoreLabel"));
        // Of a teacher, which is compared by itself.
        missing.removeAll(Set.of("distill", "distillTemperature"));
        for (TrainingPlan plan : Stream.concat(plans(), refused()).toList()) {
            Map<String, String> settings = settings(plan);
            missing.removeIf(name -> !usual.get(name).equals(settings.get(name)));
        }
        assertEquals(Set.of(), missing);
    }

    @Test
    void aPartOfAnotherPlanIsRefusedByTheNameOfWhatDiffers() throws Exception {
        TrainingPlan plan = plan().build();
        TrainingPlan other = plan().optWeightDecay(0.5f).build();
        LocalRounds rounds = new LocalRounds(() -> training(other).build(), 2);
        SegmentationTraining training =
                training(plan).optRounds(RoundPlan.epochs(), rounds).build();
        assertEquals(
                "weightDecay: expected "
                        + plan.weightDecay()
                        + " as the training in rounds has it, got 0.5",
                assertThrows(IllegalArgumentException.class, training::run).getMessage());
        rounds.close();
    }
}
