package io.github.lovaszdjl.training;

import java.io.IOException;

/**
 * Keeps two best models of a training that averages its weights: the average of the epoch in which
 * it scored highest, in the folder of the best model, and beside it the weights of the epoch in
 * which they did.
 *
 * @param best the best model
 * @param average the average of the weights
 */
record AveragedBestModel(BestModel best, WeightAverage average) implements TrainingCallback {

    @Override
    public void onStart(TrainingState state) throws IOException {
        best.onStart(state);
        best.raw().onStart(state);
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
        average.swap();
        try {
            best.onEpochValidated(state, report);
        } finally {
            average.swap();
        }
        double score = report.validation().meanIou();
        if (state.reports().stream()
                .allMatch(r -> EpochReport.isHigher(score, r.validation().meanIou()))) {
            best.raw().save(state);
        }
    }
}
