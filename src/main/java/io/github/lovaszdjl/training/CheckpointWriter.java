package io.github.lovaszdjl.training;

import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes the {@link Checkpoint} of every epoch that is trained, before its validation, which may
 * fail for reasons of its own, and then its report to the {@link EpochHistory}: a training that is
 * killed in between validates the epoch again.
 */
final class CheckpointWriter implements TrainingCallback {

    private final Path file;
    private final Map<String, String> settings;
    private final DataFiles files;
    private final Supplier<byte[]> extra;
    private final EpochHistory history;

    /** The check sum of what the validation of the last epoch depends on. */
    private long stateSum;

    /**
     * @param file the checkpoint
     * @param settings what the training depends on
     * @param files the files it is trained on and evaluated with
     * @param extra gives the state of the outer optimizer, or the average of the weights
     * @param history the reports so far
     * @param stateSum the {@linkplain Checkpoint#stateSum check sum} of the checkpoint that the
     *     training resumes from; any where it does not
     */
    CheckpointWriter(
            Path file,
            Map<String, String> settings,
            DataFiles files,
            Supplier<byte[]> extra,
            EpochHistory history,
            long stateSum) {
        this.file = file;
        this.settings = settings;
        this.files = files;
        this.extra = extra;
        this.history = history;
        this.stateSum = stateSum;
    }

    /** Deletes what a training left that was killed while it saved. */
    @Override
    public void onStart(TrainingState state) throws IOException {
        Path absolute = file.toAbsolutePath();
        WholeFile.deleteLeftovers(absolute.getParent(), "." + file.getFileName() + ".");
    }

    @Override
    public void onEpochTrained(TrainingState state, EpochReport trained) throws IOException {
        try {
            Checkpoint made = Checkpoint.of(settings, files, history, state, extra.get(), trained);
            made.write(file);
            stateSum = made.stateSum();
        } catch (IOException e) {
            TrainingFaults faults = new TrainingFaults(Optional.of(file));
            throw new IOException(e.getMessage() + faults.lastCheckpoint(trained.epoch() - 1), e);
        }
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
        history.append(report, stateSum);
    }
}
