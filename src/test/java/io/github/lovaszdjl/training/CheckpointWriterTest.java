package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.TrainingTesting.report;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {

    private static final Map<String, String> SETTINGS = Map.of("epochs", "3");

    @TempDir private Path root;

    private CheckpointWriter writer(Path file) {
        DataFiles files = new DataFiles("training 1-0 a\n".getBytes(StandardCharsets.UTF_8));
        return new CheckpointWriter(
                file, SETTINGS, files, () -> new byte[0], EpochHistory.begin(file), 0);
    }

    @Test
    void anEpochIsSavedWhenTrainedAndDoneWhenValidated() throws Exception {
        Path file = root.resolve("run").resolve("checkpoint.zip");
        CheckpointWriter writer = writer(file);
        try (Model model = TrainingTesting.model()) {
            writer.onEpochTrained(TrainingTesting.state(model, 1), report(1, 2));
            assertEquals(SETTINGS, Checkpoint.read(file).settings());
            assertEquals(List.of(), ResumePoint.read(file).history().reports());
            writer.onEpochValidated(TrainingTesting.state(model, 1), report(1, 2));
            assertEquals(1, ResumePoint.read(file).history().reports().size());
            writer.onEpochTrained(TrainingTesting.state(model, 2), report(2, 1));
            assertEquals(2, Checkpoint.read(file).trained().epoch());
            assertEquals(1, ResumePoint.read(file).history().reports().size());
            writer.onEpochValidated(TrainingTesting.state(model, 2), report(2, 1));
            assertEquals(2, ResumePoint.read(file).history().reports().size());
        }
    }

    @Test
    void whatIsKeptIsToldWhereItCannotBeWritten() throws Exception {
        Path folder = Files.createFile(root.resolve("file"));
        CheckpointWriter writer = writer(folder.resolve("checkpoint.zip"));
        try (Model model = TrainingTesting.model()) {
            TrainingState state = TrainingTesting.state(model, 2);
            String message =
                    assertThrows(
                                    IOException.class,
                                    () -> writer.onEpochTrained(state, report(2, 1)))
                            .getMessage();
            assertTrue(message.contains("; the checkpoint of epoch 1 is kept, "), message);
        }
    }

    @Test
    void whatAKilledTrainingLeftIsDeleted() throws Exception {
        Path left = Files.createFile(root.resolve(".checkpoint.zip." + UUID.randomUUID()));
        writer(root.resolve("checkpoint.zip")).onStart(null);
        assertFalse(Files.exists(left));
    }
}
