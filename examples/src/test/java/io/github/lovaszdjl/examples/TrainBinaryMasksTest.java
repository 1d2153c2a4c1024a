package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TrainBinaryMasksTest {

    /** A mean IoU of 0.77 where this was measured; all ocean would be 0.28. */
    @Test
    void landIsFound() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Metrics metrics =
                TrainBinaryMasks.train(
                        TrainBinaryMasks.split("train").optSize(64, 64).optLimit(48).build(),
                        TrainBinaryMasks.split("val").build(),
                        3);
        double meanIou = metrics.latestMetric("validate_epoch_MeanIoU").getValue().doubleValue();
        assertTrue(meanIou > 0.6, () -> "mean IoU " + meanIou);
    }

    @Test
    void masksAreOfLand() throws Exception {
        FolderSegmentationDataset set = TrainBinaryMasks.split("val").build();
        long masked = 0;
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Batch batch : set.getData(manager)) {
                masked += batch.getLabels().singletonOrThrow().countNonzero().getLong();
                batch.close();
            }
        }
        long land = Arrays.stream(set.countPixels()).mapToLong(counts -> counts[1]).sum();
        assertEquals(land, masked);
    }
}
