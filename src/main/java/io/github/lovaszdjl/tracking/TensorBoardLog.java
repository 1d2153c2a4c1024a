package io.github.lovaszdjl.tracking;

import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingCallback;
import io.github.lovaszdjl.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Writes the metrics of every epoch to an event file of TensorBoard.
 *
 * <pre>{@code
 * SegmentationTraining.builder().optCallback(new TensorBoardLog(Path.of("runs/X")))
 * }</pre>
 *
 * <p>The file is {@code events.out.tfevents.SECONDS.lovasz} in the folder, where {@code tensorboard
 * --logdir runs} finds it. The step of an event is its epoch. Losses are {@code train/NAME}, scores
 * {@code val/mean IoU} and {@code val/IoU/CLASS}; a value that is not finite is left out. A
 * training that goes on appends to the file of its folder, each epoch once: those that the file
 * lacks are written first, and those that are done again are cut off.
 */
public final class TensorBoardLog implements TrainingCallback {

    private final Path folder;
    private EventFile events;

    /**
     * Creates a log.
     *
     * @param folder the folder of the file, one of its own for every training; made if it does not
     *     exist
     */
    public TensorBoardLog(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder: expected a folder, got null");
    }

    @Override
    public void onStart(TrainingState state) throws IOException {
        events = EventFile.open(folder, state.reports().size());
        for (EpochReport report : state.reports()) {
            if (report.epoch() > events.lastStep()) {
                add(state, report);
            }
        }
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
        add(state, report);
    }

    private void add(TrainingState state, EpochReport report) throws IOException {
        events.add(report.epoch(), EpochMetrics.of(report, state.description().classNames()));
    }
}
