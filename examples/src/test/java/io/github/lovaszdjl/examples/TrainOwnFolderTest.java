package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainOwnFolderTest {

    @TempDir private Path folder;

    private Path data;

    @BeforeEach
    void copyTiles() throws IOException {
        data = folder.resolve("data");
        EarthTiles.copy(data, "train", 6);
        EarthTiles.copy(data, "val", 3);
    }

    /** So small that an epoch takes a moment, and with a rate that more epochs leave as it is. */
    private List<EpochReport> train(int epochs, String output) throws IOException {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(epochs)
                        .optBatchSize(2)
                        .optCropHeight(64)
                        .optCropWidth(64)
                        .optBaseWidth(4)
                        .optDepth(2)
                        .optSchedule(ScheduleName.CONSTANT)
                        .build();
        return TrainOwnFolder.train(plan, data, folder.resolve(output));
    }

    @Test
    void goesOnToTheNumbersOfATrainingWithoutABreak() throws IOException {
        List<EpochReport> whole = train(4, "whole");
        train(2, "broken");
        List<EpochReport> broken = train(4, "broken");
        assertEquals(numbers(whole), numbers(broken));
        assertEquals(4, broken.size());
    }

    /** Losses and counts of each epoch, without its times. */
    private static List<String> numbers(List<EpochReport> epochs) {
        return epochs.stream().map(epoch -> epoch.losses() + " " + epoch.validation()).toList();
    }
}
