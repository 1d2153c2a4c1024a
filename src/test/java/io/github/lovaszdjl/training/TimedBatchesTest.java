package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimedBatchesTest {

    @Test
    void onlyTheTimeUntilABatchIsThereCounts() {
        // Asked before and after each batch; the training takes 100 s between them.
        Iterator<Long> times =
                List.of(0L, 2_000_000_000L, 102_000_000_000L, 102_500_000_000L).iterator();
        Batch none = null;
        TimedBatches batches = new TimedBatches(Arrays.asList(none, none).iterator(), times::next);
        assertEquals(0, batches.waitSeconds());
        batches.next();
        assertEquals(2, batches.waitSeconds());
        assertTrue(batches.hasNext());
        batches.next();
        assertEquals(2.5, batches.waitSeconds());
        assertFalse(batches.hasNext());
    }

    @Test
    void allBatchesOfAnEpochCome() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            TimedBatches batches =
                    TimedBatches.of(InMemoryDataset.random(1, 5, 4, 2), manager, null);
            int samples = 0;
            while (batches.hasNext()) {
                try (Batch batch = batches.next()) {
                    samples += batch.getSize();
                }
            }
            assertEquals(5, samples);
            assertTrue(batches.waitSeconds() > 0);
        }
    }
}
