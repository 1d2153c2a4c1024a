package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.model.TwoParts;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A training in rounds, whose parts are trained one after the other. */
class RoundTrainingTest {

    private static final int SAMPLES = 10;
    private static final int BATCHES = 5;

    /** Makes a convolution, which sees every sample by itself. */
    public static final class OneConvolution implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public OneConvolution() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            return Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(3).build();
        }
    }

    @TempDir private Path folder;

    private static TrainingPlan.Builder plan(OptimizerName optimizer) {
        return TrainingTesting.plan()
                .optEpochs(2)
                .optOptimizer(optimizer)
                .optLearningRate(0.02f)
                .optWarmUpEpochs(1);
    }

    private static SegmentationTraining.Builder training(TrainingPlan plan) {
        return TrainingTesting.training()
                .setPlan(plan)
                .setTrainingSet(InMemoryDataset.random(1, SAMPLES, TrainingTesting.SIZE, 2));
    }

    /** Keeps the state at the start, and what the rounds did. */
    private static final class Recorder implements TrainingCallback {

        private final List<RoundReport> rounds = new ArrayList<>();
        private RoundState start;
        private RoundState end;

        @Override
        public void onStart(TrainingState state) {
            start = RoundState.of(state);
        }

        @Override
        public void onRound(RoundReport report) {
            rounds.add(report);
        }

        @Override
        public void onEnd(TrainingState state) {
            end = RoundState.of(state);
        }
    }

    private static void assertSame(RoundState expected, RoundState actual) {
        assertEquals(expected.updates(), actual.updates());
        assertEquals(expected.arrays().size(), actual.arrays().size());
        for (int i = 0; i < expected.arrays().size(); i++) {
            StateArray array = expected.arrays().get(i);
            assertEquals(array.toString(), actual.arrays().get(i).toString());
            assertArrayEquals(
                    array.values(), actual.arrays().get(i).values(), () -> array.toString());
        }
    }

    private static void assertSame(List<EpochReport> expected, List<EpochReport> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).losses(), actual.get(i).losses());
            assertEquals(expected.get(i).learningRate(), actual.get(i).learningRate());
            assertEquals(expected.get(i).images(), actual.get(i).images());
            assertEquals(
                    expected.get(i).validation().toString(), actual.get(i).validation().toString());
        }
        assertEquals(expected.size(), actual.size());
    }

    /** A round is a function of the state: what a trainer did before has no part in it. */
    @ParameterizedTest
    @CsvSource({"ADAMW, 1", "ADAM, 9", "SGD, 2"})
    void onePartByItselfTakesTheStepsOfATrainingWithoutRounds(OptimizerName optimizer, int steps)
            throws Exception {
        TrainingPlan plan = plan(optimizer).build();
        Recorder whole = new Recorder();
        training(plan).optCallback(whole).build().run().close();
        RoundState state = whole.start;
        try (PartTrainer trainer = PartTrainer.of(training(plan).build(), 1)) {
            trainer.train(new Round(2, 0, 1, 2), 0, state);
            for (int epoch = 1; epoch <= 2; epoch++) {
                for (int r = 0; r < Round.count(BATCHES, 1, steps); r++) {
                    state = trainer.train(new Round(epoch, r, 1, steps), 0, state).state();
                }
            }
        }
        assertSame(whole.end, state);
    }

    @ParameterizedTest
    @EnumSource(
            value = OptimizerName.class,
            names = {"SGD", "ADAMW"})
    void oneWorkerIsATrainingWithoutRounds(OptimizerName optimizer) throws Exception {
        TrainingPlan plan = plan(optimizer).optFreezeEncoderEpochs(1).build();
        TrainingRecipe recipe = () -> training(plan).optNetwork(TwoParts.Plain.class).build();
        Recorder plain = new Recorder();
        Recorder rounds = new Recorder();
        List<EpochReport> expected;
        try (TrainingResult result =
                training(plan).optNetwork(TwoParts.Plain.class).optCallback(plain).build().run()) {
            expected = result.epochs();
        }
        try (LocalRounds parts = new LocalRounds(recipe, 1);
                TrainingResult result =
                        training(plan)
                                .optNetwork(TwoParts.Plain.class)
                                .optCallback(rounds)
                                .optRounds(new RoundPlan(2, 1, 0), parts)
                                .build()
                                .run()) {
            assertSame(plain.end, rounds.end);
            assertSame(expected, result.epochs());
            assertEquals(2, rounds.rounds.size());
        }
    }

    private static Recorder run(RoundPlan rounds, int parts) throws Exception {
        TrainingPlan plan = plan(OptimizerName.ADAMW).build();
        Recorder recorder = new Recorder();
        try (LocalRounds executor = new LocalRounds(() -> training(plan).build(), parts)) {
            training(plan).optCallback(recorder).optRounds(rounds, executor).build().run().close();
        }
        return recorder;
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "0, 2", "1, 3"})
    void partsComeToTheSameTwiceAndSeeEveryBatchOnce(int steps, int parts) throws Exception {
        Recorder once = run(new RoundPlan(steps, 1, 0), parts);
        Recorder twice = run(new RoundPlan(steps, 1, 0), parts);
        assertSame(once.end, twice.end);
        assertEquals(2 * ((BATCHES + parts - 1) / parts), once.end.updates());
        for (int epoch = 1; epoch <= 2; epoch++) {
            int e = epoch;
            List<PartReport.PartBatch> batches =
                    once.rounds.stream()
                            .filter(report -> report.round().epoch() == e)
                            .flatMap(report -> report.allBatches().stream())
                            .toList();
            assertEquals(
                    IntStream.rangeClosed(1, BATCHES).boxed().toList(),
                    batches.stream().map(PartReport.PartBatch::number).toList());
            assertEquals(SAMPLES, batches.stream().mapToInt(PartReport.PartBatch::images).sum());
        }
    }

    /** The mean of one step each is the step of the mean gradient: synchronous training. */
    @Test
    void oneStepIsThatOfTheMeanGradient() throws Exception {
        TrainingPlan plan =
                plan(OptimizerName.SGD)
                        .optMomentum(0)
                        .optWeightDecay(0)
                        .optWarmUpEpochs(0)
                        .optEpochs(1)
                        .build();
        TrainingRecipe recipe = () -> training(plan).optNetwork(OneConvolution.class).build();
        Recorder recorder = new Recorder();
        try (TrainingResult result =
                training(plan)
                        .optNetwork(OneConvolution.class)
                        .optCallback(recorder)
                        .optStop(() -> true)
                        .optRounds(new RoundPlan(1, 1, 0), new LocalRounds(recipe, 2))
                        .build()
                        .run()) {
            assertTrue(result.stopped());
        }
        RoundState after;
        try (LocalRounds executor = new LocalRounds(recipe, 2)) {
            after = executor.train(new Round(1, 0, 2, 1), recorder.start).state();
        }
        float[][] gradients = {gradient(recorder.start, 0), gradient(recorder.start, 1)};
        float[] before = floats(recorder.start.arrays().get(0));
        float[] weights = floats(after.arrays().get(0));
        assertEquals(gradients[0].length, weights.length);
        for (int i = 0; i < weights.length; i++) {
            double mean = (gradients[0][i] + (double) gradients[1][i]) / 2;
            // Two roundings to float of numbers below 2.
            assertEquals(before[i] - 0.02 * mean, weights[i], 3e-7);
        }
    }

    private static float[] floats(StateArray array) {
        float[] values = new float[array.values().length / 4];
        array.buffer().asFloatBuffer().get(values);
        return values;
    }

    /** Returns the gradient of the weight, of a batch of the first epoch. */
    private static float[] gradient(RoundState state, int number) throws Exception {
        SegmentationDataset data = InMemoryDataset.random(1, SAMPLES, TrainingTesting.SIZE, 2);
        Block block = new OneConvolution().newBlock(null, null, Map.of());
        try (Model model = Model.newInstance("reference")) {
            model.setBlock(block);
            block.initialize(
                    model.getNDManager(),
                    DataType.FLOAT32,
                    new Shape(2, 3, TrainingTesting.SIZE, TrainingTesting.SIZE));
            int next = 0;
            for (Parameter parameter : block.getParameters().values()) {
                try (NDArray values = state.arrays().get(next++).toArray(model.getNDManager())) {
                    AveragingParameterServer.copy(values, parameter.getArray());
                }
            }
            NDArray weight = block.getParameters().valueAt(0).getArray();
            ParameterStore store = new ParameterStore(model.getNDManager(), false);
            int seen = 0;
            data.setEpoch(0);
            for (Batch batch : data.getData(model.getNDManager(), data.getSampler(), null)) {
                try (batch) {
                    if (seen++ == number) {
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            NDList output = block.forward(store, batch.getData(), true);
                            collector.backward(
                                    TrainingTesting.loss().evaluate(batch.getLabels(), output));
                        }
                        return weight.getGradient().toFloatArray();
                    }
                }
            }
        }
        throw new AssertionError("there is such a batch");
    }

    /** The step of DiLoCo's outer optimizer, by its definition. */
    @Test
    void theOuterOptimizerTakesNesterovsStep() throws Exception {
        Recorder rounds = run(new RoundPlan(RoundPlan.EPOCH, 0.7f, 0.9f), 2);
        TrainingPlan plan = plan(OptimizerName.ADAMW).build();
        RoundState state = rounds.start;
        List<double[]> momentum = new ArrayList<>();
        try (LocalRounds executor = new LocalRounds(() -> training(plan).build(), 2)) {
            for (int epoch = 1; epoch <= 2; epoch++) {
                RoundState mean =
                        executor.train(new Round(epoch, 0, 2, (BATCHES + 1) / 2), state).state();
                List<StateArray> next = new ArrayList<>(mean.arrays());
                for (int a = 0; a < next.size(); a++) {
                    StateArray array = next.get(a);
                    float[] to = floats(array);
                    if (epoch == 1) {
                        momentum.add(new double[to.length]);
                    }
                    if (array.role() != StateArray.Role.WEIGHT) {
                        continue;
                    }
                    float[] from = floats(state.arrays().get(a));
                    double[] b = momentum.get(a);
                    byte[] values = new byte[array.values().length];
                    StateArray stepped =
                            new StateArray(
                                    array.name(),
                                    array.role(),
                                    array.type(),
                                    array.shape(),
                                    values);
                    for (int i = 0; i < to.length; i++) {
                        double delta = (double) from[i] - to[i];
                        b[i] = 0.9f * b[i] + delta;
                        double step = 0.7f * (delta + 0.9f * b[i]);
                        stepped.buffer().putFloat(4 * i, (float) (from[i] - step));
                    }
                    next.set(a, stepped);
                }
                state = new RoundState(mean.updates(), next);
            }
        }
        assertSame(state, rounds.end);
    }

    @Test
    void aTrainingInRoundsThatResumesComesToTheSameNumbers() throws Exception {
        Recorder whole = run(new RoundPlan(2, 0.8f, 0.5f), 2);
        TrainingPlan plan = plan(OptimizerName.ADAMW).build();
        AtomicInteger asked = new AtomicInteger();
        Path checkpoint = folder.resolve("checkpoint.zip");
        Recorder rest = new Recorder();
        try (LocalRounds executor = new LocalRounds(() -> training(plan).build(), 2)) {
            // An epoch has two rounds, and one asks after it, too.
            try (TrainingResult part =
                    training(plan)
                            .optCheckpoint(checkpoint)
                            .optRounds(new RoundPlan(2, 0.8f, 0.5f), executor)
                            .optStop(() -> asked.incrementAndGet() == 4)
                            .build()
                            .run()) {
                assertTrue(part.stopped());
                assertEquals(1, part.epochs().size());
            }
            training(plan)
                    .optCheckpoint(checkpoint)
                    .optCallback(rest)
                    .optRounds(new RoundPlan(2, 0.8f, 0.5f), executor)
                    .build()
                    .resume()
                    .close();
            SegmentationTraining other =
                    training(plan)
                            .optCheckpoint(checkpoint)
                            .optRounds(new RoundPlan(1, 0.8f, 0.5f), executor)
                            .build();
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, other::checkResume);
            assertTrue(e.getMessage().startsWith("syncEvery: expected 2 "), e.getMessage());
        }
        assertSame(whole.end, rest.end);
    }

    @Test
    void whatCannotBeDoneInRoundsIsToldBeforeAnythingIsTrained() {
        TrainingPlan plan = plan(OptimizerName.SGD).build();
        RoundExecutor six = new LocalRounds(() -> training(plan).build(), 6);
        SegmentationTraining many = training(plan).optRounds(RoundPlan.epochs(), six).build();
        assertEquals(
                "workers: expected at most 5, the number of batches in an epoch, got 6",
                assertThrows(IllegalArgumentException.class, many::check).getMessage());
        RoundExecutor two = new LocalRounds(() -> training(plan).build(), 2);
        SegmentationTraining devices =
                training(plan)
                        .optRounds(RoundPlan.epochs(), two)
                        .optDevices(Device.gpu(0), Device.gpu(1))
                        .build();
        assertTrue(
                assertThrows(IllegalArgumentException.class, devices::check)
                        .getMessage()
                        .startsWith("devices: expected one"));
        assertThrows(IllegalArgumentException.class, () -> new RoundPlan(-1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new RoundPlan(1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new RoundPlan(1, 1, 1));
    }

    /** The first part that has one tells of it, and nothing is averaged. */
    @Test
    void aLossThatIsNotFiniteStopsTheTraining() {
        TrainingPlan plan = plan(OptimizerName.SGD).optLearningRate(1e30f).build();
        TrainingRecipe recipe = () -> training(plan).optNetwork(OneConvolution.class).build();
        SegmentationTraining training =
                training(plan)
                        .optNetwork(OneConvolution.class)
                        .optRounds(RoundPlan.epochs(), new LocalRounds(recipe, 2))
                        .build();
        NonFiniteLossException e = assertThrows(NonFiniteLossException.class, training::run);
        assertEquals(1, e.getEpoch());
        // The first part has the batches 1, 3 and 5.
        assertEquals(1, e.getBatch() % 2, e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 2, 3", "8, 2, 2", "12, 5, 1", "100, 7, 4", "5, 5, 9"})
    void everyBatchIsOfOnePartOfOneRound(int batches, int parts, int steps) {
        int[] seen = new int[batches];
        for (int r = 0; r < Round.count(batches, parts, steps); r++) {
            Round round = new Round(1, r, parts, steps);
            for (int part = 0; part < parts; part++) {
                for (int step = 0; step < round.countSteps(part, batches); step++) {
                    seen[round.batch(part, step)]++;
                }
            }
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count == 1), Arrays.toString(seen));
    }
}
