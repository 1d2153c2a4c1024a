package io.github.lovaszdjl.training;

import java.io.IOException;
import java.util.List;

/**
 * Several parts of a training that are told as one, in their order.
 *
 * @param callbacks the parts
 */
record CallbackList(List<TrainingCallback> callbacks) implements TrainingCallback {

    @Override
    public void onStart(TrainingState state) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onStart(state);
        }
    }

    @Override
    public void onGradients(TrainingState state, TrainingBatch batch) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onGradients(state, batch);
        }
    }

    @Override
    public void onBatch(TrainingState state, TrainingBatch batch) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onBatch(state, batch);
        }
    }

    @Override
    public void onRound(RoundReport report) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onRound(report);
        }
    }

    @Override
    public void onEpochTrained(TrainingState state, EpochReport trained) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onEpochTrained(state, trained);
        }
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onEpochValidated(state, report);
        }
    }

    @Override
    public void onEnd(TrainingState state) throws IOException {
        for (TrainingCallback callback : callbacks) {
            callback.onEnd(state);
        }
    }
}
