package io.github.lovaszdjl.tracking;

import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What callbacks are told of. */
final class TrackingTesting {

    private TrackingTesting() {}

    /** Returns the report of an epoch, of which the third class does not occur. */
    static EpochReport report(int epoch) {
        long[][] counts = {{epoch, 1, 0}, {0, 2, 0}, {0, 0, 0}};
        return new EpochReport(
                epoch,
                0.5f,
                Map.of("ce", 2f / epoch),
                ConfusionMatrix.of(counts),
                0,
                10,
                1,
                4,
                5,
                Optional.empty());
    }

    /** Returns where a training of these classes stands after as many epochs. */
    static TrainingState state(int epochs, String... classes) {
        return new TrainingState(
                null,
                ModelDescription.unet(
                        Arrays.asList(classes), 2, 2, 16, 16, Normalization.imageNet()),
                null,
                epochs,
                epochs,
                IntStream.rangeClosed(1, epochs).mapToObj(TrackingTesting::report).toList());
    }

    static TrainingState state(int epochs) {
        return state(epochs, "a", "b", "c");
    }

    /** The metrics that every epoch of these has. */
    static final List<String> NAMES =
            List.of(
                    "train/learning rate",
                    "train/ce",
                    "train/skipped batches",
                    "val/mean IoU",
                    "val/pixel accuracy",
                    "val/IoU/a",
                    "val/IoU/b",
                    "speed/images per second",
                    "speed/wait share",
                    "speed/training seconds",
                    "speed/seconds");
}
