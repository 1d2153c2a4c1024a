package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TrainingPlanTest {

    @Test
    void everyOptionReachesThePlan() {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(2)
                        .optBatchSize(3)
                        .optCropHeight(4)
                        .optCropWidth(5)
                        .optBaseWidth(6)
                        .optDepth(7)
                        .optLearningRate(0.8f)
                        .optWeightDecay(0.9f)
                        .optHorizontalFlip(false)
                        .optMinScale(1.1)
                        .optMaxScale(1.2)
                        .optBrightness(0.13f)
                        .optContrast(0.14f)
                        .optSeed(15)
                        .build();
        assertEquals(
                new TrainingPlan(2, 3, 4, 5, 6, 7, 0.8f, 0.9f, false, 1.1, 1.2, 0.13f, 0.14f, 15),
                plan);
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        Map<String, Consumer<TrainingPlan.Builder>> bad =
                Map.ofEntries(
                        Map.entry("epochs", b -> b.optEpochs(0)),
                        Map.entry("batchSize", b -> b.optBatchSize(0)),
                        Map.entry("cropHeight", b -> b.optCropHeight(0)),
                        Map.entry("cropWidth", b -> b.optCropWidth(-1)),
                        Map.entry("baseWidth", b -> b.optBaseWidth(0)),
                        Map.entry("depth", b -> b.optDepth(0)),
                        Map.entry("learningRate", b -> b.optLearningRate(Float.NaN)),
                        Map.entry("weightDecay", b -> b.optWeightDecay(-1)),
                        Map.entry("minScale", b -> b.optMinScale(0)),
                        Map.entry("maxScale", b -> b.optMaxScale(0.5)),
                        Map.entry("brightness", b -> b.optBrightness(1.1f)),
                        Map.entry("contrast", b -> b.optContrast(-0.1f)));
        bad.forEach(
                (name, change) -> {
                    TrainingPlan.Builder builder = TrainingPlan.builder();
                    change.accept(builder);
                    String message =
                            assertThrows(IllegalArgumentException.class, builder::build)
                                    .getMessage();
                    assertTrue(message.startsWith(name + ": expected"), message);
                });
    }
}
