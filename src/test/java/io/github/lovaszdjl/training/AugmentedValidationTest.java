package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Validation of several views of an image. */
class AugmentedValidationTest {

    private static final TestTimeAugmentation VIEWS = TestTimeAugmentation.of("flip,turns,0.75");

    @TempDir private Path root;

    private SegmentationTraining.Builder training() {
        return TrainingTesting.training()
                .setPlan(TrainingTesting.plan().optEpochs(1).build())
                .optCheckpoint(root.resolve("checkpoint.zip"));
    }

    @Test
    void anEpochIsValidatedWithItsViews() throws Exception {
        InMemoryDataset data = InMemoryDataset.random(2, 2, TrainingTesting.SIZE, 1);
        try (TrainingResult result = training().optTestTimeAugmentation(VIEWS).build().run()) {
            SegmentationEvaluation.Builder evaluation =
                    SegmentationEvaluation.builder().setModel(result.model());
            ConfusionMatrix plain = evaluation.build().count(data);
            ConfusionMatrix augmented =
                    evaluation.optTestTimeAugmentation(VIEWS).build().count(data);
            assertEquals(counts(augmented), counts(result.epochs().get(0).validation()));
            assertNotEquals(counts(plain), counts(augmented), "a test that could not fail");
            assertEquals(counts(byHand(result, data)), counts(augmented));
        }
    }

    /** Decides on the scores of each batch one by one. */
    private static ConfusionMatrix byHand(TrainingResult result, InMemoryDataset data)
            throws Exception {
        ConfusionMatrix counts = new ConfusionMatrix(result.description().classNames().size());
        try (NDManager manager = result.model().getNDManager().newSubManager()) {
            ParameterStore parameters = new ParameterStore(manager, false);
            for (Batch batch : data.getData(manager)) {
                long[] predicted =
                        VIEWS.scores(
                                        view ->
                                                result.model()
                                                        .getBlock()
                                                        .forward(
                                                                parameters, new NDList(view), false)
                                                        .head(),
                                        batch.getData().head(),
                                        result.description().decision())
                                .argMax(1)
                                .toLongArray();
                Number[] truth = batch.getLabels().head().toArray();
                for (int i = 0; i < predicted.length; i++) {
                    if (truth[i].intValue() != data.getIgnoreLabel()) {
                        counts.add(truth[i].intValue(), (int) predicted[i]);
                    }
                }
                batch.close();
            }
        }
        return counts;
    }

    private static List<Long> counts(ConfusionMatrix matrix) {
        List<Long> counts = new ArrayList<>();
        for (int truth = 0; truth < matrix.classes(); truth++) {
            for (int predicted = 0; predicted < matrix.classes(); predicted++) {
                counts.add(matrix.count(truth, predicted));
            }
        }
        return counts;
    }

    @Test
    void aTrainingGoesOnWithItsViews() throws Exception {
        training().optTestTimeAugmentation(VIEWS).build().run().close();
        training().optTestTimeAugmentation(VIEWS).build().checkResume();
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> training().build().checkResume());
        assertEquals(
                "testTimeAugmentation: expected flip,turns,0.75 as in the checkpoint "
                        + root.resolve("checkpoint.zip")
                        + ", got none",
                e.getMessage());
    }
}
