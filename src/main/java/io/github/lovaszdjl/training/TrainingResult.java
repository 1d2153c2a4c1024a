package io.github.lovaszdjl.training;

import ai.djl.Model;
import io.github.lovaszdjl.model.ModelDescription;
import java.util.List;

/**
 * A trained model and how it came about.
 *
 * @param model the model with the weights after the last epoch
 * @param description what the model is, to save it with
 * @param epochs the reports of all epochs
 */
public record TrainingResult(Model model, ModelDescription description, List<EpochReport> epochs)
        implements AutoCloseable {

    /**
     * Copies the reports.
     *
     * @param model the model with the weights after the last epoch
     * @param description what the model is
     * @param epochs the reports of all epochs
     */
    public TrainingResult {
        epochs = List.copyOf(epochs);
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
