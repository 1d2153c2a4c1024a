package io.github.lovaszdjl.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.training.LocalRounds;
import io.github.lovaszdjl.training.NonFiniteLossException;
import io.github.lovaszdjl.training.RoundExecutor;
import io.github.lovaszdjl.training.RoundPlan;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training whose rounds two processes train comes to the numbers of one in this process. */
class SparkRoundsTest {

    private static final int SIZE = 16;

    private static ClusterSession cluster;

    @TempDir private Path folder;

    @BeforeAll
    static void open() throws IOException {
        // As the workers have: sums may be in another order with more.
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        cluster = ClusterSession.builder().setMaster("local-cluster[2,1,512]").open();
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    /**
     * Ends its process at the third batch, as {@code kill -9} does, unless one did before.
     *
     * @param file says that one did
     */
    private static final class DeadlyLoss extends Loss {

        private final Loss loss;
        private final Path file;
        private int batches;

        DeadlyLoss(Loss loss, Path file) {
            super(loss.getName());
            this.loss = loss;
            this.file = file;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            if (++batches == 3) {
                try {
                    Files.createFile(file);
                    Runtime.getRuntime().halt(137);
                } catch (FileAlreadyExistsException e) {
                    return loss.evaluate(labels, predictions);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return loss.evaluate(labels, predictions);
        }
    }

    private static TrainingPlan.Builder plan() {
        return TrainingPlan.builder()
                .optEpochs(2)
                .optBatchSize(2)
                .optCropHeight(SIZE)
                .optCropWidth(SIZE)
                .optBaseWidth(2)
                .optDepth(2);
    }

    private static Loss loss() {
        return SegmentationCrossEntropyLoss.builder().optName("ce").optIgnoreLabel(255).build();
    }

    /** Five batches an epoch. */
    private static SegmentationTraining.Builder training(TrainingPlan plan, Loss loss) {
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .setTrainingSet(InMemoryDataset.random(1, 10, SIZE, 2))
                .setValidationSet(InMemoryDataset.random(2, 2, SIZE, 1));
    }

    private static WorkerTraining usual() {
        return worker -> training(plan().build(), loss()).optDevices(worker.device()).build();
    }

    /** What a training came to. */
    private record Numbers(List<float[]> weights, String epochs) {

        static Numbers of(TrainingPlan plan, Optional<RoundExecutor> executor, int steps)
                throws IOException {
            SegmentationTraining.Builder training = training(plan, loss());
            executor.ifPresent(e -> training.optRounds(new RoundPlan(steps, 1, 0), e));
            try (TrainingResult result = training.build().run()) {
                List<float[]> weights = new ArrayList<>();
                result.model()
                        .getBlock()
                        .getParameters()
                        .values()
                        .forEach(p -> weights.add(p.getArray().toFloatArray()));
                return new Numbers(
                        weights,
                        result.epochs().stream()
                                .map(e -> e.losses() + " " + e.validation())
                                .toList()
                                .toString());
            }
        }

        void assertSame(Numbers other) {
            assertEquals(epochs, other.epochs);
            assertEquals(weights.size(), other.weights.size());
            for (int i = 0; i < weights.size(); i++) {
                assertArrayEquals(weights.get(i), other.weights.get(i));
            }
        }
    }

    private static Numbers inThisProcess(int parts, int steps) throws IOException {
        try (LocalRounds rounds =
                new LocalRounds(() -> training(plan().build(), loss()).build(), parts)) {
            return Numbers.of(plan().build(), Optional.of(rounds), steps);
        }
    }

    private static Numbers inTheCluster(WorkerTraining training, int parts, int steps)
            throws IOException {
        try (SparkRounds rounds = new SparkRounds(cluster, training, parts)) {
            return Numbers.of(plan().build(), Optional.of(rounds), steps);
        }
    }

    @Test
    void oneWorkerIsATrainingWithoutSpark() throws IOException {
        Numbers.of(plan().build(), Optional.empty(), 0).assertSame(inTheCluster(usual(), 1, 1));
    }

    @Test
    void theNumbersAreThoseOfThePartsOneAfterTheOther() throws IOException {
        Numbers expected = inThisProcess(2, 2);
        expected.assertSame(inTheCluster(usual(), 2, 2));
        expected.assertSame(inTheCluster(usual(), 2, 2));
    }

    @Test
    void aWorkerThatDiesChangesNoNumber() throws IOException {
        Path died = folder.resolve("died");
        String file = died.toString();
        WorkerTraining deadly =
                worker ->
                        training(plan().build(), new DeadlyLoss(loss(), Path.of(file)))
                                .optDevices(worker.device())
                                .build();
        inThisProcess(2, 3).assertSame(inTheCluster(deadly, 2, 3));
        assertTrue(Files.exists(died));
    }

    private static TrainingPlan wild() {
        return plan().optLearningRate(1e30f).build();
    }

    @Test
    void aTrainingThatCannotBeSentIsRefused() {
        TrainingPlan plan = plan().build();
        WorkerTraining training = worker -> training(plan, loss()).build();
        assertEquals(
                "training: expected one that can be sent, got java.io.NotSerializableException: "
                        + TrainingPlan.class.getName(),
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new SparkRounds(cluster, training, 2))
                        .getMessage());
    }

    private static void trainWildly() throws IOException {
        WorkerTraining training = worker -> training(wild(), loss()).build();
        try (SparkRounds rounds = new SparkRounds(cluster, training, 2)) {
            Numbers.of(wild(), Optional.of(rounds), 3);
        }
    }

    @Test
    void whatStopsAPartStopsTheTrainingOnce() {
        NonFiniteLossException loss =
                assertThrows(NonFiniteLossException.class, SparkRoundsTest::trainWildly);
        assertEquals(1, loss.getEpoch());
        Path lost = folder.resolve("data");
        String data = lost.toString();
        WorkerException fault =
                assertThrows(
                        WorkerException.class,
                        () ->
                                inTheCluster(
                                        worker -> {
                                            throw new IOException(data + ": expected a folder");
                                        },
                                        2,
                                        3));
        assertTrue(fault.getMessage().endsWith(data + ": expected a folder"), fault.getMessage());
        assertTrue(fault.getMessage().startsWith("worker "), fault.getMessage());
        assertFalse(fault.getMessage().contains("\n"));
    }
}
