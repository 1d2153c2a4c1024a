package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.model.BlockNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.TwoParts;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user's own network and data set are trained, saved and resumed as the library's own are. */
class OwnNetworkAndDataTest {

    /** Makes two convolutions. */
    public static final class TwoConvolutions implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public TwoConvolutions() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                return new SequentialBlock()
                        .add(convolution(3, 4))
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(convolution(1, ModelDescription.from(arguments).channels()));
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static Conv2d convolution(int size, int filters) {
            return Conv2d.builder()
                    .setKernelShape(new Shape(size, size))
                    .optPadding(new Shape(size / 2, size / 2))
                    .setFilters(filters)
                    .build();
        }
    }

    /** Makes a block without parameters. */
    public static final class Identity implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Identity() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            return LambdaBlock.singleton(image -> image.mul(image));
        }
    }

    /** Makes a convolution that does not learn. */
    public static final class Fixed implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Fixed() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            Block block = TwoConvolutions.convolution(1, 3);
            block.freezeParameters(true);
            return block;
        }
    }

    /** Makes an encoder that learns and a classifier that does not. */
    public static final class EncoderAlone implements BlockFactory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public EncoderAlone() {}

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            Block block = new TwoParts.Plain().newBlock(model, folder, arguments);
            block.getChildren().get(1).getValue().freezeParameters(true);
            return block;
        }
    }

    @TempDir private Path root;

    private Path checkpoint;

    @BeforeEach
    void name() {
        checkpoint = root.resolve("checkpoint.zip");
    }

    private static SegmentationTraining.Builder ownNetwork() {
        return TrainingTesting.training().optNetwork(TwoConvolutions.class);
    }

    /** Asks to stop after so many batches. */
    private static BooleanSupplier after(int batches) {
        AtomicInteger count = new AtomicInteger();
        return () -> count.incrementAndGet() >= batches;
    }

    private static void assertSame(List<float[]> expected, List<float[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i));
        }
    }

    /** Stops in the second epoch, resumes and compares with a training that was not stopped. */
    private void assertResumes(boolean own) throws IOException {
        List<float[]> expected;
        List<EpochReport> reports;
        try (TrainingResult whole = training(own).build().run()) {
            expected = TrainingTesting.weights(whole.model());
            reports = whole.epochs();
        }
        try (TrainingResult part =
                training(own).optCheckpoint(checkpoint).optStop(after(5)).build().run()) {
            assertTrue(part.stopped());
            assertEquals(1, part.epochs().size());
        }
        try (TrainingResult rest = training(own).optCheckpoint(checkpoint).build().resume()) {
            assertFalse(rest.stopped());
            assertSame(expected, TrainingTesting.weights(rest.model()));
            for (int i = 0; i < reports.size(); i++) {
                EpochReport report = rest.epochs().get(i);
                assertEquals(reports.get(i).losses(), report.losses());
                assertEquals(
                        reports.get(i).validation().toString(), report.validation().toString());
            }
        }
    }

    private static SegmentationTraining.Builder training(boolean own) {
        return own ? ownNetwork() : TrainingTesting.training();
    }

    @Test
    void aDataSetInMemoryResumesToTheSameBits() throws IOException {
        assertResumes(false);
    }

    @Test
    void aBlockOfOnesOwnResumesToTheSameBits() throws IOException {
        assertResumes(true);
    }

    @ParameterizedTest
    @ValueSource(classes = {Identity.class, Fixed.class})
    void aBlockThatCannotLearnIsRefused(Class<? extends BlockFactory> factory) {
        SegmentationTraining training =
                TrainingTesting.training().optNetwork(new BlockNetwork(factory)).build();
        assertEquals(
                "network: expected a network with parameters that learn, got a block of "
                        + factory.getName()
                        + " without",
                assertThrows(IllegalArgumentException.class, training::run).getMessage());
    }

    @Test
    void aBlockThatCannotLearnWhileItsEncoderIsFrozenIsRefused() {
        TrainingPlan plan = TrainingTesting.plan().optFreezeEncoderEpochs(1).build();
        SegmentationTraining training =
                TrainingTesting.training()
                        .setPlan(plan)
                        .optNetwork(new BlockNetwork(EncoderAlone.class))
                        .build();
        assertEquals(
                "freezeEncoderEpochs: expected 0 with a block of "
                        + EncoderAlone.class.getName()
                        + ", of which nothing but the encoder learns, got 1",
                assertThrows(IllegalArgumentException.class, training::run).getMessage());
    }

    @Test
    void aLastLayerOfOtherClassesIsNotTaken() throws Exception {
        Path best = root.resolve("best");
        ownNetwork().optBestModel(best).build().run().close();
        int size = TrainingTesting.SIZE;
        int[] labels = IntStream.range(0, size * size).map(p -> p % 2).toArray();
        InMemoryDataset.Sample sample =
                new InMemoryDataset.Sample(size, size, new float[3 * labels.length], labels);
        InMemoryDataset two = InMemoryDataset.of(List.of("no", "yes"), List.of(sample, sample), 2);
        // Nothing of this network has "classifier_" in its name, and could be left out.
        SegmentationTraining other =
                ownNetwork()
                        .setTrainingSet(two)
                        .setValidationSet(two)
                        .optInitialModel(best, false)
                        .build();
        String message = assertThrows(IllegalArgumentException.class, other::run).getMessage();
        assertTrue(message.startsWith("initialModel: expected "), message);
        assertTrue(
                message.contains("_weight of the shape (2, 4, 1, 1), got (3, 4, 1, 1)"), message);
        assertTrue(message.contains("classifier_"), message);
    }

    /** A stop and a wrong number are told apart, and weights are looked at after the last batch. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aWrongNumberOfBatchesIsAnError(int more) {
        InMemoryDataset data = InMemoryDataset.random(1, 5, TrainingTesting.SIZE, 2);
        SegmentationDataset wrong =
                (SegmentationDataset)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {SegmentationDataset.class},
                                (proxy, method, arguments) ->
                                        method.getName().equals("countBatches")
                                                ? data.countBatches() + more
                                                : method.invoke(data, arguments));
        SegmentationTraining training = TrainingTesting.training().setTrainingSet(wrong).build();
        String message = assertThrows(IllegalStateException.class, training::run).getMessage();
        String expected = "training: expected " + (3 + more) + " batches, as countBatches tells";
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void aBlockOfOnesOwnLearnsAndIsSavedAndLoaded() throws Exception {
        Path best = root.resolve("best");
        TrainingPlan plan = TrainingTesting.plan().optEpochs(12).optLearningRate(0.05f).build();
        try (TrainingResult result = ownNetwork().setPlan(plan).optBestModel(best).build().run();
                Model loaded = SegmentationModels.load(best)) {
            EpochReport report = result.best().orElseThrow();
            assertTrue(report.validation().meanIou() > 0.9, report.toString());
            assertEquals(
                    report.validation().toString(),
                    SegmentationTraining.evaluate(loaded, InMemoryDataset.random(2, 2, 16, 1))
                            .toString());
            assertEquals(
                    new BlockNetwork(TwoConvolutions.class),
                    ModelDescription.from(loaded.getProperties()).network());
        }
    }

    @Test
    void anotherNetworkDoesNotGoOn() throws IOException {
        ownNetwork().optCheckpoint(checkpoint).optStop(after(3)).build().run().close();
        SegmentationTraining other = TrainingTesting.training().optCheckpoint(checkpoint).build();
        assertEquals(
                "network: expected block of "
                        + TwoConvolutions.class.getName()
                        + " as in the checkpoint "
                        + checkpoint
                        + ", got UNet",
                assertThrows(IllegalArgumentException.class, other::resume).getMessage());
    }

    @Test
    void otherDataDoesNotGoOn() throws IOException {
        TrainingTesting.training().optCheckpoint(checkpoint).build().run().close();
        SegmentationTraining other =
                TrainingTesting.training()
                        .setTrainingSet(InMemoryDataset.random(9, 5, 16, 2))
                        .optCheckpoint(checkpoint)
                        .build();
        String expected =
                "sample 0: expected the contents that the training began with, got others (5 files"
                        + " changed, 0 added, 0 missing); compared with the checkpoint "
                        + checkpoint;
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, other::resume).getMessage());
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, other::checkData).getMessage());
    }
}
