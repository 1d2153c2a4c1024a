package io.github.lovaszdjl.training;

import io.github.lovaszdjl.internal.OutOfMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Adds to a fault in which epoch it happened and what there is to go back to.
 *
 * @param checkpoint the checkpoint of the training, if it has one
 */
record TrainingFaults(Optional<Path> checkpoint) {

    /** Returns or throws a fault that happened while an epoch was trained. */
    IllegalStateException inTraining(Throwable e, int epoch) throws IOException {
        String kept = lastCheckpoint(epoch - 1);
        try {
            return LoadingFault.unwrap(e);
        } catch (IOException fault) {
            throw new IOException(fault.getMessage() + " (in epoch " + epoch + ")" + kept, fault);
        } catch (OutOfMemoryError error) {
            throw OutOfMemory.in(error, "epoch " + epoch, "smaller batches, crops or images", kept);
        }
    }

    /** Returns or throws a fault that happened while an epoch was validated. */
    EvaluationException inValidation(Throwable e, int epoch) throws IOException {
        String message =
                e.getMessage() + " (in the validation of epoch " + epoch + ")" + unvalidated();
        if (e instanceof EvaluationException fault) {
            return new EvaluationException(message, fault);
        }
        if (e instanceof OutOfMemoryError error) {
            throw OutOfMemory.in(
                    error, "the validation of epoch " + epoch, "smaller tiles", unvalidated());
        }
        throw new IOException(message, e);
    }

    /** Says what there is to go back to after an epoch, for the end of a message. */
    String lastCheckpoint(int epochs) {
        if (checkpoint.isEmpty()) {
            return "";
        }
        return epochs == 0
                ? "; there is no checkpoint yet"
                : "; the checkpoint of epoch " + epochs + " is kept, " + checkpoint.get();
    }

    /** Says what there is to go back to where an epoch is trained and not validated. */
    private String unvalidated() {
        return checkpoint.isEmpty()
                ? ""
                : "; the training of the epoch is kept, "
                        + checkpoint.get()
                        + ", and resuming begins with its validation";
    }
}
