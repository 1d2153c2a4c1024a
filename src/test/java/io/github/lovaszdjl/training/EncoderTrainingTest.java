package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.model.BlockNetwork;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.TwoParts;
import io.github.lovaszdjl.model.UNetNetwork;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Networks whose encoder learns later, or slower, than the rest. */
class EncoderTrainingTest {

    private static final String ENCODER = "01encoder";

    @TempDir private Path root;

    private Path checkpoint;

    @BeforeEach
    void name() {
        checkpoint = root.resolve("checkpoint.zip");
    }

    /** A rate that changes with every update, and three updates an epoch. */
    private static TrainingPlan.Builder plan(OptimizerName optimizer) {
        return TrainingTesting.plan()
                .optEpochs(4)
                .optOptimizer(optimizer)
                .optLearningRate(0.02f)
                .optWarmUpEpochs(1)
                .optFreezeEncoderEpochs(2)
                .optEncoderLearningRateFactor(0.3f);
    }

    private static SegmentationTraining.Builder training(TrainingPlan plan) {
        return TrainingTesting.training().setPlan(plan).optNetwork(TwoParts.Plain.class);
    }

    private static Map<String, float[]> values(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Pair<String, Parameter> parameter : model.getBlock().getParameters()) {
            values.put(parameter.getKey(), parameter.getValue().getArray().toFloatArray());
        }
        return values;
    }

    /** Keeps all values at the start and after every epoch. */
    private static final class Recorder implements TrainingCallback {

        private final List<Map<String, float[]>> values = new ArrayList<>();

        @Override
        public void onStart(TrainingState state) {
            values.add(EncoderTrainingTest.values(state.model()));
        }

        @Override
        public void onEpochTrained(TrainingState state, EpochReport trained) {
            values.add(EncoderTrainingTest.values(state.model()));
        }

        /** Checks which values an epoch has changed. */
        void check(int epoch, boolean frozen) {
            values.get(epoch)
                    .forEach(
                            (name, now) -> {
                                boolean same = Arrays.equals(now, values.get(epoch - 1).get(name));
                                boolean kept = frozen && name.startsWith(ENCODER);
                                assertEquals(kept, same, "epoch " + epoch + ": " + name);
                            });
        }
    }

    private static void assertFreezes(SegmentationTraining.Builder training) throws IOException {
        Recorder recorder = new Recorder();
        training.optCallback(recorder).build().run().close();
        assertEquals(5, recorder.values.size());
        recorder.check(1, true);
        recorder.check(2, true);
        recorder.check(3, false);
        recorder.check(4, false);
    }

    @ParameterizedTest
    @EnumSource(OptimizerName.class)
    void aFrozenEncoderStaysForItsEpochsAndThenLearns(OptimizerName optimizer) throws IOException {
        assertFreezes(training(plan(optimizer).build()));
    }

    @Test
    void aFrozenEncoderStaysOnSeveralDevices() throws Exception {
        Engines.assumePyTorch("MXNet has no devices but one here");
        TrainingPlan plan = plan(OptimizerName.ADAMW).build();
        assertFreezes(training(plan).optDevices(Device.cpu(), Engines.secondProcessor()));
    }

    /** One of the library's own, which needs no check beforehand. */
    @Test
    void aNamedNetworkKeepsItsEncoderToo() throws IOException {
        TrainingPlan.Builder plan =
                TrainingTesting.plan()
                        .optEpochs(2)
                        .optFreezeEncoderEpochs(1)
                        .optOptimizer(OptimizerName.SGD)
                        .optCropHeight(32)
                        .optCropWidth(32);
        Recorder recorder = new Recorder();
        TrainingTesting.training()
                .setPlan(plan.build())
                .setTrainingSet(InMemoryDataset.random(1, 2, 32, 2))
                .optNetwork(EncoderDecoderNetwork.of("resnet18-unet"))
                .optCallback(recorder)
                .build()
                .run()
                .close();
        recorder.check(1, true);
        recorder.check(2, false);
    }

    /** Stops within an epoch, so that the one before is the last of the checkpoint. */
    @ParameterizedTest
    @CsvSource({"SGD, 1", "SGD, 2", "SGD, 3", "ADAMW, 1", "ADAMW, 2", "ADAMW, 3"})
    void resumesToTheSameBitsWhileFrozenAndAfter(OptimizerName optimizer, int done)
            throws IOException {
        TrainingPlan plan = plan(optimizer).build();
        Map<String, float[]> expected;
        List<EpochReport> reports;
        try (TrainingResult whole = training(plan).build().run()) {
            expected = values(whole.model());
            reports = whole.epochs();
        }
        AtomicInteger batches = new AtomicInteger();
        try (TrainingResult part =
                training(plan)
                        .optCheckpoint(checkpoint)
                        .optStop(() -> batches.incrementAndGet() > 4 * done)
                        .build()
                        .run()) {
            assertTrue(part.stopped());
            assertEquals(done, part.epochs().size());
        }
        try (TrainingResult rest = training(plan).optCheckpoint(checkpoint).build().resume()) {
            Map<String, float[]> actual = values(rest.model());
            expected.forEach((name, value) -> assertArrayEquals(value, actual.get(name), name));
            for (int i = 0; i < reports.size(); i++) {
                assertEquals(reports.get(i).losses(), rest.epochs().get(i).losses());
            }
        }
    }

    @Test
    void anotherFactorOrOtherFrozenEpochsDoNotGoOn() throws IOException {
        AtomicInteger batches = new AtomicInteger();
        training(plan(OptimizerName.SGD).build())
                .optCheckpoint(checkpoint)
                .optStop(() -> batches.incrementAndGet() > 4)
                .build()
                .run()
                .close();
        assertUnresumed(
                plan(OptimizerName.SGD).optEncoderLearningRateFactor(0.5f),
                "encoderLearningRateFactor: expected 0.3 as in the checkpoint ");
        assertUnresumed(
                plan(OptimizerName.SGD).optFreezeEncoderEpochs(1),
                "freezeEncoderEpochs: expected 2 as in the checkpoint ");
    }

    private void assertUnresumed(TrainingPlan.Builder plan, String message) {
        SegmentationTraining other = training(plan.build()).optCheckpoint(checkpoint).build();
        String got = assertThrows(IllegalArgumentException.class, other::resume).getMessage();
        assertTrue(got.startsWith(message), got);
    }

    /** The formulas of both optimizers, by hand, with the factor for one parameter alone. */
    @ParameterizedTest
    @EnumSource(OptimizerName.class)
    void twoStepsFollowTheFormulasWithARateForEachGroup(OptimizerName name) {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(1)
                        .optOptimizer(name)
                        .optLearningRate(0.5f)
                        .optMomentum(0.75f)
                        .optWeightDecay(0.25f)
                        .optSchedule(ScheduleName.POLY)
                        .optPower(1)
                        .optEncoderLearningRateFactor(0.125f)
                        .build();
        Block block = block(TwoParts.Plain.class);
        LearningRates rates = LearningRates.of(plan, 2, block);
        ResumableOptimizer optimizer = plan.newOptimizer(rates);
        ParameterList parameters = block.getParameters();
        String encoder = parameters.get(ENCODER + "_01Conv2d_weight").getId();
        String classifier = parameters.get("02classifier_weight").getId();
        double[] gradients = {2, -1};
        double[] expected = {4, 4};
        double[][] state = new double[2][2];
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray[] weights = {manager.create(4f), manager.create(4f)};
            for (int t = 1; t <= 2; t++) {
                rates.setUpdate(t);
                // A line from 0.5 to 0 in two updates.
                double rate = t == 1 ? 0.5 : 0.25;
                try (NDArray gradient = manager.create((float) gradients[t - 1])) {
                    optimizer.update(encoder, weights[0], gradient);
                    optimizer.update(classifier, weights[1], gradient);
                }
                step(name, t, 0.125 * rate, gradients[t - 1], expected, state[0], 0);
                step(name, t, rate, gradients[t - 1], expected, state[1], 1);
                assertEquals(expected[0], weights[0].getFloat(), 1e-5, "encoder, step " + t);
                assertEquals(expected[1], weights[1].getFloat(), 1e-5, "classifier, step " + t);
            }
        }
    }

    private static void step(
            OptimizerName name, int t, double rate, double g, double[] w, double[] s, int i) {
        double decay = 0.25;
        if (name == OptimizerName.ADAMW) {
            w[i] -= rate * decay * w[i];
        } else {
            g += decay * w[i];
        }
        if (name == OptimizerName.SGD) {
            s[0] = 0.75 * s[0] + g;
            w[i] -= rate * s[0];
        } else {
            s[0] = 0.9 * s[0] + 0.1 * g;
            s[1] = 0.999 * s[1] + 0.001 * g * g;
            double mean = s[0] / (1 - Math.pow(0.9, t));
            double variance = s[1] / (1 - Math.pow(0.999, t));
            w[i] -= rate * mean / (Math.sqrt(variance) + 1e-8);
        }
    }

    /** An encoder that was frozen has fewer updates, and the rate of the training's. */
    @Test
    void theRateIsThatOfTheUpdateOfTheTraining() {
        TrainingPlan plan =
                plan(OptimizerName.SGD)
                        .optUpdates(UpdatePlan.builder().optDecoderLearningRateFactor(1.5f).build())
                        .build();
        Block block = block(TwoParts.Plain.class);
        LearningRates rates = LearningRates.of(plan, 3, block);
        rates.setUpdate(7);
        float scheduled = plan.newSchedule(3).getNewValue(7);
        assertEquals(scheduled, rates.ofSchedule());
        for (Pair<String, Parameter> parameter : block.getParameters()) {
            float factor = parameter.getKey().startsWith(ENCODER) ? 0.3f : 1.5f;
            assertEquals(factor * scheduled, rates.getNewValue(parameter.getValue().getId(), 1));
        }
    }

    private static Block block(Class<? extends BlockFactory> factory) {
        ModelDescription own = TrainingTesting.description();
        return new ModelDescription(
                        own.classNames(),
                        new BlockNetwork(factory),
                        own.height(),
                        own.width(),
                        own.normalization())
                .newBlock();
    }

    /** Before the data is read, where the network is known to have none. */
    @Test
    void aNetworkWithoutAnEncoderIsRefused() {
        SegmentationDataset unread =
                (SegmentationDataset)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {SegmentationDataset.class},
                                (proxy, method, arguments) -> {
                                    throw new AssertionError(method + " was called");
                                });
        TrainingPlan frozen = TrainingTesting.plan().optFreezeEncoderEpochs(2).build();
        assertRefused(
                TrainingTesting.training().setPlan(frozen).setTrainingSet(unread),
                "freezeEncoderEpochs: expected 0 with a U-Net, which has no encoder, got 2");
        TrainingPlan slow = TrainingTesting.plan().optEncoderLearningRateFactor(0.1f).build();
        assertRefused(
                TrainingTesting.training().setPlan(slow).setTrainingSet(unread),
                "encoderLearningRateFactor: expected 1 with a U-Net, which has no encoder, got"
                        + " 0.1");
        assertRefused(
                TrainingTesting.training()
                        .setPlan(frozen)
                        .optNetwork(OwnNetworkAndDataTest.TwoConvolutions.class),
                "freezeEncoderEpochs: expected 0 with a block of "
                        + OwnNetworkAndDataTest.TwoConvolutions.class.getName()
                        + ", which has no encoder, got 2");
        assertFalse(new UNetNetwork(2, 2).hasEncoder());
    }

    @Test
    void anEncoderWhoseStatisticsMoveWhileItIsFrozenIsRefused() {
        Engines.assumePyTorch("on MXNet no statistics of a frozen encoder move");
        TrainingPlan plan = plan(OptimizerName.SGD).build();
        assertRefused(
                training(plan).optNetwork(TwoParts.Careless.class),
                "a block of "
                        + TwoParts.Careless.class.getName()
                        + ": expected an encoder that stays as it is while it is frozen, as one"
                        + " that Freezing.forward forwards, got another value of its"
                        + " 02BatchNorm_runningVar");
    }

    private static void assertRefused(SegmentationTraining.Builder training, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, training.build()::run).getMessage());
    }
}
