package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.model.BlockNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainOwnBlockTest {

    @TempDir private Path folder;

    /** The mean IoU comes to 0.51 where this was measured. */
    @Test
    void anUnknownBlockLearnsAndIsLoadedAgain() throws Exception {
        Path data = folder.resolve("data");
        EarthTiles.copy(data, "train", 64);
        EarthTiles.copy(data, "val", 4);
        Path best = folder.resolve("best");
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(3)
                        .optBatchSize(4)
                        .optCropHeight(64)
                        .optCropWidth(64)
                        .optLearningRate(1e-2f)
                        .build();
        List<EpochReport> epochs = TrainOwnBlock.train(plan, data, best);
        EpochReport kept =
                epochs.stream()
                        .max(Comparator.comparing(epoch -> epoch.validation().meanIou()))
                        .orElseThrow();
        assertTrue(kept.validation().meanIou() > 0.35, kept::toString);
        try (Model loaded = SegmentationModels.load(best)) {
            assertEquals(
                    new BlockNetwork(TrainOwnBlock.DilatedConvolutions.class),
                    ModelDescription.from(loaded.getProperties()).network());
            assertEquals(
                    kept.validation().toString(),
                    SegmentationTraining.evaluate(
                                    loaded, plan.evaluationSet(data, "val", OptionalInt.of(255)))
                            .toString());
        }
    }

    @Test
    void theProgramPrintsAClass() throws Exception {
        Path data = folder.resolve("data");
        EarthTiles.copy(data, "train", 6);
        EarthTiles.copy(data, "val", 1);
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            TrainOwnBlock.main(data.toString(), folder.resolve("best").toString(), "1");
        } finally {
            System.setOut(before);
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(
                text.matches("mean IoU 0\\.\\d{3}\\R" + "in the middle: (ocean|land|ice|lake)\\R"),
                text);
    }
}
