package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.TrainingTesting.report;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BestModelTest {

    @TempDir private Path root;

    @Test
    void onlyABetterEpochIsKept() throws Exception {
        BestModel best = new BestModel(root.resolve("best"));
        EpochReport[] reports = {report(1, 2), report(2, 3), report(3, 2), report(4, 1)};
        boolean[] kept = {true, false, false, true};
        try (Model model = TrainingTesting.model()) {
            NDArray first = model.getBlock().getParameters().get(0).getValue().getArray();
            for (int i = 0; i < reports.length; i++) {
                first.addi(1);
                EpochReport[] before = Arrays.copyOf(reports, i);
                best.onEpochValidated(TrainingTesting.state(model, i + 1, before), reports[i]);
                try (Model saved = SegmentationModels.load(best.folder())) {
                    float[] expected = first.toFloatArray();
                    NDArray got = saved.getBlock().getParameters().get(0).getValue().getArray();
                    if (kept[i]) {
                        assertArrayEquals(expected, got.toFloatArray());
                    } else {
                        assertFalse(Arrays.equals(expected, got.toFloatArray()));
                    }
                }
            }
        }
    }

    @Test
    void whatAKilledTrainingLeftIsDeleted() throws Exception {
        Path left = Files.createDirectory(root.resolve("unfinished-" + UUID.randomUUID()));
        Path other = Files.createFile(root.resolve("unfinished"));
        new BestModel(root).onStart(null);
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(other));
    }

    @Test
    void aLostModelIsTold() {
        BestModel lost = new BestModel(root.resolve("none"));
        String message = assertThrows(IOException.class, lost::check).getMessage();
        String start = "the best model of the epochs before is lost: ";
        assertEquals(start, message.substring(0, start.length()));
    }
}
