package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.dataset.Augmentation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingSettingsTest {

    private static final Path FILE = Path.of("checkpoint.zip");

    private static TrainingSettings settings(SegmentationTraining.Builder builder) {
        return TrainingSettings.of(builder.setup());
    }

    private static void assertDiffers(
            String message, SegmentationTraining.Builder now, SegmentationTraining.Builder before) {
        Map<String, String> old = settings(before).values();
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> settings(now).check(old, FILE))
                        .getMessage());
    }

    @Test
    void numberOfEpochsAndInitialModelMayBeOthers() {
        TrainingSettings now = settings(TrainingTesting.training());
        TrainingPlan longer = TrainingTesting.plan().optEpochs(9).build();
        Map<String, String> before =
                settings(TrainingTesting.training().setPlan(longer))
                        .withInitialValues(Map.of("initial model", "some model"));
        assertDoesNotThrow(() -> now.check(before, FILE));
    }

    @Test
    void theFirstDifferenceIsTold() {
        assertDiffers(
                "seed: expected 1 as in the checkpoint checkpoint.zip, got 2",
                TrainingTesting.training().setPlan(TrainingTesting.plan().optSeed(2).build()),
                TrainingTesting.training());
    }

    @Test
    void aSettingOfOneSideAloneIsADifference() {
        SegmentationTraining.Builder more = TrainingTesting.training().optSetting("weights", "3");
        assertDiffers(
                "weights: expected none as in the checkpoint checkpoint.zip, got 3",
                more,
                TrainingTesting.training());
        assertDiffers(
                "weights: expected 3 as in the checkpoint checkpoint.zip, got none",
                TrainingTesting.training(),
                more);
    }

    @Test
    void aCheckpointOfBeforeThereWasAnAugmentationGoesOnWithoutIt() {
        Map<String, String> before =
                new LinkedHashMap<>(settings(TrainingTesting.training()).values());
        assertEquals("0.0", before.remove("rotation"));
        assertEquals("true", before.remove("randomCrop"));
        assertDoesNotThrow(() -> settings(TrainingTesting.training()).check(before, FILE));
        TrainingPlan rotating =
                TrainingTesting.plan()
                        .optAugmentation(Augmentation.standard().toBuilder().optRotation(5).build())
                        .build();
        TrainingSettings now = settings(TrainingTesting.training().setPlan(rotating));
        String message =
                assertThrows(IllegalArgumentException.class, () -> now.check(before, FILE))
                        .getMessage();
        assertEquals(
                "rotation: expected 0.0 as in the checkpoint checkpoint.zip, got 5.0", message);
    }

    @Test
    void networkLossAndDataAreAmongThem() {
        Map<String, String> values = settings(TrainingTesting.training()).values();
        assertEquals("UNet", values.get("network"));
        assertEquals("ce", values.get("loss"));
        assertEquals("1", values.get("devices"));
        assertEquals("[dark, mid, bright]", values.get("classes"));
        assertEquals("255", values.get("ignoreLabel"));
        assertEquals("0.003", values.get("learningRate"));
    }
}
