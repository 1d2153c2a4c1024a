package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.Batchifier;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guard by itself; {@link NonFiniteLossTest} has it in trainings. */
class NonFiniteGuardTest {

    @TempDir private Path root;

    private final InMemoryDataset data = InMemoryDataset.random(1, 3, 4, 1);
    private final List<Batch> batches = new ArrayList<>();
    private NDManager manager;
    private Model model;
    private NonFiniteGuard guard;

    @BeforeEach
    void make() throws Exception {
        manager = NDManager.newBaseManager();
        for (int i = 0; i < 3; i++) {
            NDList image = new NDList(manager.ones(new Shape(1, 3, 4, 4)));
            NDList labels = new NDList(manager.zeros(new Shape(1, 4, 4)));
            Batchifier stack = Batchifier.STACK;
            batches.add(new Batch(manager, image, labels, 1, stack, stack, i, 3, List.of(i)));
        }
        model = TrainingTesting.model();
        TrainingFaults faults = new TrainingFaults(Optional.of(Path.of("run.zip")));
        guard = new NonFiniteGuard(data, Optional.of(root), faults);
    }

    @AfterEach
    void close() {
        model.close();
        manager.close();
    }

    private TrainingState state() {
        return TrainingTesting.state(model, 2);
    }

    private TrainingBatch batch(int number, float... losses) {
        Map<String, Float> named = new LinkedHashMap<>();
        for (int i = 0; i < losses.length; i++) {
            named.put("loss" + i, losses[i]);
        }
        return new TrainingBatch(number, 3, batches.get(number - 1), named);
    }

    private String name(int number) {
        return data.getNames(batches.get(number - 1)).get(0);
    }

    private void spoilWeights() {
        model.getBlock().getParameters().get(0).getValue().getArray().muli(Float.NaN);
    }

    @Test
    void finiteLossesAndWeightsPass() {
        for (int number = 1; number <= 3; number++) {
            TrainingBatch batch = batch(number, 1);
            assertDoesNotThrow(() -> guard.onGradients(state(), batch));
            assertDoesNotThrow(() -> guard.onBatch(state(), batch));
        }
    }

    @Test
    void aLossOfNanIsToldWithItsPartsAndKept() {
        TrainingBatch batch = batch(2, Float.NaN, 1, Float.NaN);
        NonFiniteLossException e =
                assertThrows(NonFiniteLossException.class, () -> guard.onGradients(state(), batch));
        Path saved = root.resolve("nan-batch-epoch2-batch2.npz");
        assertEquals(
                "loss0: expected a finite number, got NaN (loss1 1.0, loss2 NaN) in epoch 2, batch"
                        + " 2, of "
                        + name(2)
                        + "; the batch is saved as "
                        + saved
                        + "; the checkpoint of epoch 1 is kept, run.zip; a smaller learning rate"
                        + " may help, in a new training",
                e.getMessage());
        assertTrue(Files.exists(saved));
        // It has names, and no files.
        assertEquals(List.of(), e.getImages());
    }

    @Test
    void theBatchThatSpoiledTheWeightsIsNamed() {
        guard.onGradients(state(), batch(1, 1));
        spoilWeights();
        guard.onBatch(state(), batch(1, 1));
        guard.onBatch(state(), batch(2));
        TrainingBatch last = batch(3, Float.NaN);
        String message =
                assertThrows(NonFiniteLossException.class, () -> guard.onGradients(state(), last))
                        .getMessage();
        assertTrue(message.contains("not finite since the batch before, of " + name(1)), message);
    }

    /** No learning rate has had a part in it, and no batch came before. */
    @Test
    void theFirstBatchOfATrainingHasNothingBeforeIt() {
        TrainingState begun = TrainingTesting.state(model, 1);
        TrainingBatch batch = batch(1, Float.NaN);
        String told =
                "loss0: expected a finite number, got NaN in epoch 1, batch 1, of "
                        + name(1)
                        + "%s; the batch is saved as "
                        + root.resolve("nan-batch-epoch1-batch1.npz")
                        + "; there is no checkpoint yet";
        assertEquals(String.format(told, ""), fault(begun, batch));
        spoilWeights();
        assertEquals(
                String.format(told, "; the weights that the training begins with are not finite"),
                fault(begun, batch));
    }

    private String fault(TrainingState state, TrainingBatch batch) {
        return assertThrows(NonFiniteLossException.class, () -> guard.onGradients(state, batch))
                .getMessage();
    }

    @Test
    void weightsAreCheckedAfterTheLastBatchEvenIfItIsSkipped() {
        guard.onBatch(state(), batch(2, 1));
        spoilWeights();
        TrainingBatch last = batch(3);
        String message =
                assertThrows(NonFiniteLossException.class, () -> guard.onBatch(state(), last))
                        .getMessage();
        assertTrue(
                message.startsWith(
                        "weights: expected finite numbers after the step, got NaN or infinity in"
                                + " epoch 2, batch 3, of "
                                + name(3)
                                + " and the batch before, of "
                                + name(2)),
                message);
    }
}
