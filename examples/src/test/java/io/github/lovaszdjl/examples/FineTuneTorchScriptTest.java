package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuneTorchScriptTest {

    private static final Path MODULE = Path.of("src", "test", "resources", "torchscript", "net.pt");
    private static final Path EARTH = Path.of("datasets", "earth");

    @TempDir private Path folder;

    /** From 0.11 to 0.66 where this was measured. */
    @Test
    void theModuleGetsBetterAndIsSaved() throws Exception {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(2)
                        .optCropHeight(64)
                        .optCropWidth(64)
                        .optLearningRate(1e-2f)
                        .build();
        FolderSegmentationDataset validation =
                plan.evaluationSet(EARTH, "val", OptionalInt.of(255));
        double before = meanIou(SegmentationModels.loadTorchScript(MODULE, null), validation);
        List<EpochReport> epochs = FineTuneTorchScript.train(plan, MODULE, EARTH, folder);
        ConfusionMatrix after = epochs.get(1).validation();
        assertTrue(before < 0.2, () -> "mean IoU before " + before);
        assertTrue(after.meanIou() > 0.5, () -> "mean IoU after " + after.meanIou());
        assertEquals(after.meanIou(), meanIou(SegmentationModels.load(folder), validation));
    }

    private static double meanIou(Model model, FolderSegmentationDataset data) throws IOException {
        try (model) {
            return SegmentationTraining.evaluate(model, data).meanIou();
        }
    }
}
