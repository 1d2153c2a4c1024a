package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.training.Trainer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where a training goes on: after the last epoch of a checkpoint, or with its validation.
 *
 * @param file the file of the checkpoint
 * @param checkpoint the checkpoint
 * @param history the reports of its epochs
 */
record ResumePoint(Path file, Checkpoint checkpoint, EpochHistory history) {

    /**
     * Reads a checkpoint and the reports beside it.
     *
     * @throws IOException if one is missing or damaged; names the file
     */
    static ResumePoint read(Path file) throws IOException {
        Checkpoint checkpoint = Checkpoint.read(file);
        return new ResumePoint(file, checkpoint, EpochHistory.read(file, checkpoint));
    }

    /**
     * Brings the state of the optimizer back.
     *
     * @throws IOException if it is not that of such an optimizer for the network; names the file
     */
    void restore(ResumableOptimizer optimizer, Trainer trainer) throws IOException {
        try {
            checkpoint.restore(optimizer, trainer.getModel().getBlock(), trainer.getManager());
        } catch (MalformedModelException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Brings the average of the weights back.
     *
     * @throws IOException if it is not that of such a network; names the file
     */
    void restore(WeightAverage average, Trainer trainer) throws IOException {
        try {
            average.restore(checkpoint.extra(), trainer.getManager());
        } catch (MalformedModelException e) {
            throw new IOException(file + ": extra: " + e.getMessage(), e);
        }
    }

    /**
     * Checks that a training is the one of the checkpoint, but for the number of epochs.
     *
     * @throws IOException if the best model of the epochs before is lost
     * @throws IllegalArgumentException if it is another; names what differs
     */
    void check(TrainingSetup setup) throws IOException {
        checkEpochs(setup.plan().epochs());
        TrainingSettings.of(setup).check(checkpoint.settings(), file);
        checkFiles(setup, checkpoint.files(), file);
        if (setup.bestModel().isPresent() && !history.reports().isEmpty()) {
            setup.bestModel().get().check();
            if (setup.plan().updates().ema() > 0) {
                setup.bestModel().get().raw().check();
            }
        }
    }

    private void checkEpochs(int epochs) {
        int done = checkpoint.trained().epoch();
        if (epochs < done) {
            throw new IllegalArgumentException(
                    String.format(
                            "epochs: expected at least %d, which are done in the checkpoint %s, got"
                                    + " %d",
                            done, file, epochs));
        }
    }

    /** Throws where the files are not those that the training of a checkpoint began with. */
    static void checkFiles(TrainingSetup setup, DataFiles before, Path file) {
        before.difference(setup.dataFiles(), setup.dataSets())
                .ifPresent(
                        difference -> {
                            throw new IllegalArgumentException(
                                    difference + "; compared with the checkpoint " + file);
                        });
    }
}
