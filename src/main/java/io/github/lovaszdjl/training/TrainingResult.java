package io.github.lovaszdjl.training;

import ai.djl.Model;
import io.github.lovaszdjl.model.ModelDescription;
import java.util.List;
import java.util.Optional;

/**
 * A trained model and how it came about.
 *
 * @param model the model with the weights after the last epoch; where the training was stopped,
 *     with those it had then
 * @param description what the model is, to save it with
 * @param epochs the reports of all whole epochs, those before a resumption included
 * @param stopped whether the training was asked to stop before its last epoch ended
 */
public record TrainingResult(
        Model model, ModelDescription description, List<EpochReport> epochs, boolean stopped)
        implements AutoCloseable {

    /**
     * Copies the reports.
     *
     * @param model the model
     * @param description what the model is
     * @param epochs the reports of all whole epochs
     * @param stopped whether the training was asked to stop
     */
    public TrainingResult {
        epochs = List.copyOf(epochs);
    }

    /**
     * Returns the epoch with the highest mean IoU on the validation set.
     *
     * @return its report, of several the first, one without a mean IoU (NaN) last; empty before the
     *     first epoch
     */
    public Optional<EpochReport> best() {
        return best(epochs);
    }

    /**
     * Returns the epoch with the highest mean IoU on the validation set.
     *
     * @param epochs the reports of epochs
     * @return as {@link #best()}
     */
    public static Optional<EpochReport> best(List<EpochReport> epochs) {
        return epochs.stream().reduce((best, next) -> next.isBetterThan(best) ? next : best);
    }

    /**
     * Returns the time that all epochs took.
     *
     * @return the seconds, validation included
     */
    public double seconds() {
        return epochs.stream().mapToDouble(EpochReport::seconds).sum();
    }

    /** Closes the model. */
    @Override
    public void close() {
        model.close();
    }
}
