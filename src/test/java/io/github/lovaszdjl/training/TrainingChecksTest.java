package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import io.github.lovaszdjl.dataset.InMemoryDataset;
import io.github.lovaszdjl.model.Decision;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is checked of data in memory; {@link DataFaultTest} has files. */
class TrainingChecksTest {

    private static void assertRefused(String message, SegmentationTraining.Builder builder) {
        TrainingChecks checks = new TrainingChecks(builder.setup());
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, checks::check).getMessage());
    }

    private static InMemoryDataset labelled(List<String> classNames, int label) {
        int[] labels = new int[256];
        Arrays.fill(labels, label);
        InMemoryDataset.Sample sample =
                new InMemoryDataset.Sample(16, 16, new float[3 * 256], labels);
        return InMemoryDataset.of(classNames, List.of(sample, sample), 2);
    }

    @Test
    void whatFitsPasses() {
        TrainingChecks checks = new TrainingChecks(TrainingTesting.training().setup());
        assertDoesNotThrow(checks::check);
    }

    @Test
    void bothSetsHaveTheSameClasses() {
        assertRefused(
                "validation: expected the classes of the training set, [dark, mid, bright], got"
                        + " [dark, light]",
                TrainingTesting.training().setValidationSet(labelled(List.of("dark", "light"), 0)));
    }

    @Test
    void thereAreTwoClassesAndOneScoreDecidesBetweenTwo() {
        InMemoryDataset one = labelled(List.of("all"), 0);
        assertRefused(
                "training: expected at least 2 classes, got [all]",
                TrainingTesting.training().setTrainingSet(one).setValidationSet(one));
        assertRefused(
                "training: classes: expected 2, which one score a pixel tells apart, got 3",
                TrainingTesting.training().optDecision(Decision.SCORE_ABOVE_ZERO));
    }

    @Test
    void aPixelIsValid() {
        List<String> names = List.of("dark", "mid", "bright");
        assertRefused(
                "validation: expected a valid pixel, got none: all are ignored",
                TrainingTesting.training().setValidationSet(labelled(names, 255)));
    }

    @Test
    void everyClassIsThereUnlessAllowed() {
        List<String> names = List.of("dark", "mid", "bright");
        SegmentationTraining.Builder builder =
                TrainingTesting.training().setTrainingSet(labelled(names, 1));
        assertRefused(
                "training: expected valid pixels of every class in the data set, got none of dark,"
                        + " bright; take them out, or allow missing classes",
                builder);
        TrainingChecks allowed = new TrainingChecks(builder.optAllowMissingClasses(true).setup());
        assertDoesNotThrow(allowed::check);
    }

    @Test
    void everyDeviceHasAPartAndNormalisationHasValues() {
        assertRefused(
                "batchSize: expected one with which 3 devices have a part of every batch, got 4,"
                        + " with batches of 4 and a last one of 1 of the 5 samples",
                TrainingTesting.training()
                        .setPlan(TrainingTesting.plan().optBatchSize(4).build())
                        .optDevices(Device.gpu(0), Device.gpu(1), Device.gpu(2)));
        assertRefused(
                "cropHeight and cropWidth: expected more than 16 as one of 5 samples is a batch, or"
                        + " the part of a device, by itself, which batch normalisation needs more"
                        + " than one value of, got 16 x 16",
                TrainingTesting.training().setPlan(TrainingTesting.plan().optDepth(4).build()));
    }
}
