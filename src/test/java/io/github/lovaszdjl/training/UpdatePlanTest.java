package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Updates compared with those by hand, of a network without batch normalisation. */
class UpdatePlanTest {

    /**
     * Of a number that is near 1, or of a sum of such; gradients are summed up in another order.
     */
    private static final double TOLERANCE = 2e-6;

    /** Makes two convolutions. */
    public static final class Plain implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Plain() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                return new SequentialBlock()
                        .add(convolution(4))
                        .add(Activation.reluBlock())
                        .add(convolution(ModelDescription.from(arguments).channels()));
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static Conv2d convolution(int filters) {
            return Conv2d.builder()
                    .setKernelShape(new Shape(3, 3))
                    .optPadding(new Shape(1, 1))
                    .setFilters(filters)
                    .build();
        }
    }

    /** What a training did, seen from outside. */
    private static final class Seen implements TrainingCallback {

        final List<List<float[]>> gradients = new ArrayList<>();
        final List<List<float[]>> weights = new ArrayList<>();
        final List<Integer> updates = new ArrayList<>();
        final List<Float> losses = new ArrayList<>();

        @Override
        public void onStart(TrainingState state) {
            weights.add(TrainingTesting.weights(state.model()));
        }

        @Override
        public void onGradients(TrainingState state, TrainingBatch batch) {
            List<float[]> all = new ArrayList<>();
            for (Parameter parameter : state.model().getBlock().getParameters().values()) {
                try (NDArray gradient = parameter.getArray().getGradient()) {
                    all.add(gradient.toFloatArray());
                }
            }
            gradients.add(all);
        }

        @Override
        public void onBatch(TrainingState state, TrainingBatch batch) {
            weights.add(TrainingTesting.weights(state.model()));
            updates.add(state.updates());
            losses.add(batch.losses().values().iterator().next());
        }

        /** Returns the change of the weights by a batch, from 1. */
        List<double[]> change(int batch) {
            return combine(weights.get(batch), weights.get(batch - 1), (now, old) -> now - old);
        }
    }

    private interface Binary {
        double of(double a, double b);
    }

    private static List<double[]> combine(List<float[]> a, List<float[]> b, Binary binary) {
        List<double[]> result = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            double[] values = new double[a.get(i).length];
            for (int j = 0; j < values.length; j++) {
                values[j] = binary.of(a.get(i)[j], b.get(i)[j]);
            }
            result.add(values);
        }
        return result;
    }

    private static void assertClose(List<double[]> expected, List<double[]> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), TOLERANCE);
        }
    }

    /** SGD without momentum and decay at a rate of 1: an update is the gradient. */
    private static TrainingPlan.Builder plan(Consumer<UpdatePlan.Builder> options) {
        UpdatePlan.Builder updates = UpdatePlan.builder();
        options.accept(updates);
        return TrainingTesting.plan()
                .optEpochs(2)
                .optOptimizer(OptimizerName.SGD)
                .optMomentum(0)
                .optWeightDecay(0)
                .optLearningRate(1)
                .optSchedule(ScheduleName.CONSTANT)
                .optUpdates(updates.build());
    }

    private static Loss lovasz() {
        return LovaszSoftmaxLoss.builder().optName("lovasz").optIgnoreLabel(255).build();
    }

    private static SegmentationTraining.Builder training(TrainingPlan plan, int batchSize) {
        return TrainingTesting.training()
                .setPlan(plan)
                .setLoss(lovasz())
                .setTrainingSet(InMemoryDataset.random(1, 5, TrainingTesting.SIZE, batchSize))
                .optNetwork(Plain.class);
    }

    private static Seen seen(TrainingPlan plan, int batchSize) throws IOException {
        Seen seen = new Seen();
        training(plan, batchSize).optCallback(seen).build().run().close();
        return seen;
    }

    @Test
    void jointLossIsTheLossOfTheLargeBatch() throws IOException {
        // Of 5 samples: 4 and 1, and by twos 2 + 2 and 1.
        Seen large = seen(plan(u -> {}).build(), 4);
        Seen joint = seen(plan(u -> u.optAccumulate(2).optJointLoss(true)).build(), 2);
        assertEquals(List.of(1, 2, 3, 4), large.updates);
        assertEquals(List.of(1, 1, 2, 3, 3, 4), joint.updates);
        int[] batches = {2, 3, 5, 6};
        for (int i = 0; i < batches.length; i++) {
            int last = batches[i] - 1;
            assertEquals(large.losses.get(i), joint.losses.get(last), TOLERANCE);
            assertClose(
                    combine(large.gradients.get(i), large.gradients.get(i), (a, b) -> a),
                    combine(joint.gradients.get(last), joint.gradients.get(last), (a, b) -> a));
        }
        assertClose(
                combine(large.weights.get(4), large.weights.get(4), (a, b) -> a),
                combine(joint.weights.get(6), joint.weights.get(6), (a, b) -> a));
    }

    @Test
    void accumulationTakesTheMeanOfTheGradients() throws IOException {
        Engines.assumePyTorch("MXNet does not add gradients up");
        Seen parts = seen(plan(u -> u.optAccumulate(2)).build(), 2);
        assertEquals(List.of(0, 1, 2, 2, 3, 4), parts.updates);
        // At a rate of nearly 0 all gradients are those of the first weights.
        Seen still = seen(plan(u -> {}).optLearningRate(1e-30f).build(), 2);
        List<double[]> mean =
                combine(still.gradients.get(0), still.gradients.get(1), (a, b) -> -(a + b) / 2);
        for (double[] change : parts.change(1)) {
            assertArrayEquals(new double[change.length], change);
        }
        assertClose(mean, parts.change(2));
        // The last batch of the epoch is alone.
        List<float[]> alone = parts.gradients.get(2);
        assertClose(combine(alone, alone, (a, b) -> -a), parts.change(3));
    }

    private static double norm(List<float[]> gradients) {
        double sum = 0;
        for (float[] values : gradients) {
            for (float value : values) {
                sum += (double) value * value;
            }
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void clippingByNormShortensTheWholeGradient(int accumulate) throws IOException {
        if (accumulate > 1) {
            Engines.assumePyTorch("MXNet does not add gradients up");
        }
        float most = 0.01f;
        Seen seen = seen(plan(u -> u.optClipNorm(most).optAccumulate(accumulate)).build(), 2);
        List<float[]> gradient = seen.gradients.get(accumulate - 1);
        double norm = norm(gradient);
        assertTrue(norm > 2 * most, "norm " + norm);
        assertClose(
                combine(gradient, gradient, (a, b) -> -a * most / norm), seen.change(accumulate));
        double length = 0;
        for (double[] change : seen.change(accumulate)) {
            for (double value : change) {
                length += value * value;
            }
        }
        assertEquals(most, Math.sqrt(length), TOLERANCE);
    }

    @Test
    void clippingToMoreThanThereIsChangesNoBit() throws IOException {
        Seen plain = seen(plan(u -> {}).build(), 2);
        for (UpdatePlan.Builder wide :
                List.of(
                        UpdatePlan.builder().optClipNorm(1e6f),
                        UpdatePlan.builder().optClipValue(1e6f))) {
            Seen clipped = seen(plan(u -> {}).optUpdates(wide.build()).build(), 2);
            for (int i = 0; i < plain.weights.size(); i++) {
                for (int j = 0; j < plain.weights.get(i).size(); j++) {
                    assertArrayEquals(plain.weights.get(i).get(j), clipped.weights.get(i).get(j));
                }
            }
        }
    }

    @Test
    void clippingByValueCutsEveryNumber() throws IOException {
        float most = 1e-3f;
        Seen seen = seen(plan(u -> u.optClipValue(most)).build(), 2);
        List<float[]> gradient = seen.gradients.get(0);
        assertTrue(norm(gradient) > most);
        assertClose(
                combine(gradient, gradient, (a, b) -> -Math.max(-most, Math.min(most, a))),
                seen.change(1));
    }

    @Test
    void severalDevicesClipTheirMean() throws Exception {
        Engines.assumePyTorch("MXNet has no devices but one here");
        float most = 0.01f;
        Seen seen = new Seen();
        training(plan(u -> u.optClipNorm(most).optAccumulate(2)).build(), 2)
                .setTrainingSet(InMemoryDataset.random(1, 4, TrainingTesting.SIZE, 2))
                .optDevices(Device.cpu(), Engines.secondProcessor())
                .optCallback(seen)
                .build()
                .run()
                .close();
        double length = 0;
        for (double[] change : seen.change(2)) {
            for (double value : change) {
                length += value * value;
            }
        }
        assertEquals(most, Math.sqrt(length), TOLERANCE);
    }

    @Test
    void severalDevicesCutTheirMean() throws Exception {
        Engines.assumePyTorch("MXNet has no devices but one here");
        float most = 1e-3f;
        Seen[] seen = {new Seen(), new Seen()};
        for (int i = 0; i < 2; i++) {
            float clipValue = i * most;
            training(plan(u -> u.optClipValue(clipValue)).optEpochs(1).build(), 4)
                    .setTrainingSet(InMemoryDataset.random(1, 4, TrainingTesting.SIZE, 4))
                    .optDevices(Device.cpu(), Engines.secondProcessor())
                    .optCallback(seen[i])
                    .build()
                    .run()
                    .close();
        }
        // A rate of 1: the update is the mean of the gradients of both.
        List<double[]> whole = seen[0].change(1);
        List<double[]> cut = seen[1].change(1);
        boolean above = false;
        for (int i = 0; i < whole.size(); i++) {
            for (int j = 0; j < whole.get(i).length; j++) {
                double expected = Math.max(-most, Math.min(most, whole.get(i)[j]));
                above |= Math.abs(whole.get(i)[j]) > most;
                assertEquals(expected, cut.get(i)[j], TOLERANCE);
            }
        }
        assertTrue(above);
    }

    @Test
    void normsAndBiasesMayStayAsTheyAre() throws IOException {
        float rate = 1e-6f; // The gradient is not seen beside the decay.
        Seen seen =
                seen(
                        plan(u -> u.optDecayNorms(false))
                                .optLearningRate(rate)
                                .optWeightDecay(1e5f)
                                .build(),
                        2);
        for (int i = 0; i < seen.weights.get(0).size(); i++) {
            float[] before = seen.weights.get(0).get(i);
            double[] change = seen.change(1).get(i);
            // A convolution has a kernel and a bias.
            double decay = i % 2 == 0 ? 0.1 : 0;
            for (int j = 0; j < change.length; j++) {
                assertEquals(-decay * before[j], change[j], 1e-5);
            }
        }
    }

    @Test
    void theAverageIsThatByHandAndTheBestModel(@TempDir Path folder) throws Exception {
        Seen seen = new Seen();
        TrainingPlan plan = plan(u -> u.optEma(0.2f)).optEpochs(1).build();
        InMemoryDataset validation = InMemoryDataset.random(2, 2, TrainingTesting.SIZE, 1);
        Path best = folder.resolve("best");
        try (TrainingResult result =
                training(plan, 2)
                        .setValidationSet(validation)
                        .optCallback(seen)
                        .optBestModel(best)
                        .build()
                        .run()) {
            EpochReport report = result.epochs().get(0);
            List<float[]> last = TrainingTesting.weights(result.model());
            // The first updates: 2/11 and 3/12 of the average stay, but not more than 0.2.
            double[] kept = {0, 2 / 11.0, 0.2, 0.2};
            List<double[]> average = combine(seen.weights.get(0), last, (a, b) -> a);
            for (int t = 1; t <= 3; t++) {
                for (int i = 0; i < average.size(); i++) {
                    for (int j = 0; j < average.get(i).length; j++) {
                        double now = seen.weights.get(t).get(i)[j];
                        average.get(i)[j] = kept[t] * average.get(i)[j] + (1 - kept[t]) * now;
                    }
                }
            }
            try (Model saved = SegmentationModels.load(best)) {
                List<float[]> weights = TrainingTesting.weights(saved);
                assertClose(average, combine(weights, weights, (a, b) -> a));
                assertEquals(
                        SegmentationTraining.evaluate(saved, validation).toString(),
                        report.averaged().orElseThrow().toString());
                assertEquals(report.score(), report.averaged().orElseThrow().meanIou());
            }
            try (Model raw = SegmentationModels.load(folder.resolve("best-raw"))) {
                List<float[]> weights = TrainingTesting.weights(raw);
                for (int i = 0; i < last.size(); i++) {
                    assertArrayEquals(last.get(i), weights.get(i));
                }
                assertEquals(
                        SegmentationTraining.evaluate(raw, validation).toString(),
                        report.validation().toString());
            }
        }
    }

    @Test
    void theTrainingEndsWhenPatienceDoes(@TempDir Path folder) throws IOException {
        // At a rate of nearly 0 no epoch is better than the first.
        TrainingPlan plan =
                plan(u -> u.optPatience(2)).optLearningRate(1e-30f).optEpochs(9).build();
        try (TrainingResult result = training(plan, 2).build().run()) {
            assertEquals(3, result.epochs().size());
            assertFalse(result.stopped());
        }
        Path checkpoint = folder.resolve("checkpoint.zip");
        AtomicInteger asked = new AtomicInteger();
        try (TrainingResult result =
                training(plan, 2)
                        .optCheckpoint(checkpoint)
                        .optStop(() -> asked.incrementAndGet() >= 5)
                        .build()
                        .run()) {
            assertEquals(1, result.epochs().size());
            assertTrue(result.stopped());
        }
        for (int i = 0; i < 2; i++) {
            try (TrainingResult result =
                    training(plan, 2).optCheckpoint(checkpoint).build().resume()) {
                assertEquals(3, result.epochs().size());
                assertFalse(result.stopped());
            }
        }
    }

    /** Adam, so that there is a state to come back to. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTrainingThatWasStoppedComesToTheSameBits(boolean joint, @TempDir Path folder)
            throws IOException {
        if (!joint) {
            Engines.assumePyTorch("MXNet does not add gradients up");
        }
        TrainingPlan plan =
                plan(u ->
                                u.optAccumulate(2)
                                        .optJointLoss(joint)
                                        .optClipNorm(0.1f)
                                        .optDecayNorms(false)
                                        .optEma(0.9f)
                                        .optPatience(5))
                        .optOptimizer(OptimizerName.ADAMW)
                        .optWeightDecay(1e-2f)
                        .optLearningRate(1e-2f)
                        .optSchedule(ScheduleName.ONE_CYCLE)
                        .optEpochs(3)
                        .build();
        List<float[]> expected;
        List<String> averages;
        try (TrainingResult whole = training(plan, 2).build().run()) {
            assertEquals(3, whole.epochs().size());
            averages = averages(whole);
            expected = TrainingTesting.weights(whole.model());
        }
        Path checkpoint = folder.resolve("checkpoint.zip");
        AtomicInteger asked = new AtomicInteger();
        try (TrainingResult part =
                training(plan, 2)
                        .optCheckpoint(checkpoint)
                        .optStop(() -> asked.incrementAndGet() >= 5)
                        .build()
                        .run()) {
            assertTrue(part.stopped());
        }
        try (TrainingResult rest = training(plan, 2).optCheckpoint(checkpoint).build().resume()) {
            assertEquals(averages, averages(rest));
            List<float[]> actual = TrainingTesting.weights(rest.model());
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i));
            }
        }
        TrainingPlan other = plan(u -> u.optAccumulate(2).optClipNorm(0.2f)).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> training(other, 2).optCheckpoint(checkpoint).build().resume());
    }

    private static List<String> averages(TrainingResult result) {
        return result.epochs().stream()
                .map(report -> report.averaged().orElseThrow().toString())
                .toList();
    }

    private static String refusal(Consumer<UpdatePlan.Builder> options) {
        return assertThrows(IllegalArgumentException.class, () -> plan(options).build())
                .getMessage();
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertEquals("accumulate: expected at least 1, got 0", refusal(u -> u.optAccumulate(0)));
        assertEquals(
                "jointLoss: expected false, as an update is of one batch, got true",
                refusal(u -> u.optJointLoss(true)));
        assertEquals(
                "clipNorm: expected a finite number not below 0, got NaN",
                refusal(u -> u.optClipNorm(Float.NaN)));
        assertEquals(
                "clipValue: expected 0, as gradients are clipped by norm, to 1.0, got 2.0",
                refusal(u -> u.optClipNorm(1).optClipValue(2)));
        assertEquals(
                "decoderLearningRateFactor: expected a finite number above 0, got 0.0",
                refusal(u -> u.optDecoderLearningRateFactor(0)));
        assertEquals("ema: expected 0 to below 1, got 1.0", refusal(u -> u.optEma(1)));
        assertEquals("patience: expected at least 0, got -1", refusal(u -> u.optPatience(-1)));
        assertEquals(
                "decayNorms: expected true, as there is no weight decay, got false",
                refusal(u -> u.optDecayNorms(false)));
        TrainingPlan joint = plan(u -> u.optAccumulate(2).optJointLoss(true)).build();
        assertEquals(
                "jointLoss: expected false on 2 devices, got true",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        training(joint, 2)
                                                .optDevices(Device.cpu(), Engines.secondProcessor())
                                                .build()
                                                .check())
                        .getMessage());
        TrainingPlan factor = plan(u -> u.optDecoderLearningRateFactor(2)).build();
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> training(factor, 2).build().check())
                        .getMessage();
        assertTrue(message.startsWith("decoderLearningRateFactor: expected 1 with "), message);
    }
}
