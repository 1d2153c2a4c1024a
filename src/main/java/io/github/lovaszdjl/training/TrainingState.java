package io.github.lovaszdjl.training;

import ai.djl.Model;
import io.github.lovaszdjl.model.ModelDescription;
import java.util.List;

/**
 * Where a training stands, for a {@link TrainingCallback}.
 *
 * @param model the model with its weights now; the training's own, not to be changed or closed
 * @param description what the model is, to save it with
 * @param optimizer the optimizer with its state now; not to be changed
 * @param epoch the epoch, from 1; before the first one that is trained, the last that was: 0 where
 *     none was
 * @param updates the number of updates of the weights so far, in all epochs
 * @param reports the reports of the epochs that are trained and validated, resumed ones included
 */
public record TrainingState(
        Model model,
        ModelDescription description,
        ResumableOptimizer optimizer,
        int epoch,
        int updates,
        List<EpochReport> reports) {

    /**
     * Copies the reports.
     *
     * @param model the model
     * @param description what the model is
     * @param optimizer the optimizer
     * @param epoch the epoch
     * @param updates the number of updates
     * @param reports the reports
     */
    public TrainingState {
        reports = List.copyOf(reports);
    }
}
