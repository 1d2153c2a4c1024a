package io.github.lovaszdjl.training;

import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Trains an epoch in this process: batch after batch, each with a step. */
final class EpochInProcess implements EpochTraining {

    private final TrainingSetup setup;
    private final StepTrainer steps;
    private final TrainingCallback callbacks;
    private final int batches;

    EpochInProcess(TrainingSetup setup, StepTrainer steps, TrainingCallback callbacks) {
        this.setup = setup;
        this.steps = steps;
        this.callbacks = callbacks;
        batches = setup.training().countBatches();
    }

    @Override
    public Optional<EpochReport> train(int epoch, List<EpochReport> before) throws IOException {
        long start = System.nanoTime();
        EngineSeed.set(setup.plan().seed(), epoch);
        float rate = steps.begin(epoch);
        TimedBatches data = steps.batches();
        int number = 0;
        int skipped = 0;
        int images = 0;
        boolean asked = false;
        while (data.hasNext() && !asked) {
            try (Batch batch = data.next()) {
                number++;
                checkCount(number <= batches, "more");
                images += batch.getSize();
                boolean left = steps.train(batch, number, batches, callbacks, before).isSkipped();
                skipped += left ? 1 : 0;
            }
            asked = setup.stop().getAsBoolean();
        }
        if (asked && number < batches) {
            return Optional.empty();
        }
        checkCount(number == batches, String.valueOf(number));
        double seconds = (System.nanoTime() - start) / 1e9;
        return Optional.of(
                new EpochReport(
                        epoch,
                        rate,
                        steps.losses(),
                        new ConfusionMatrix(0),
                        skipped,
                        images,
                        data.waitSeconds(),
                        seconds,
                        seconds));
    }

    /** Of a user's own data set: the schedule and the last check of the weights depend on it. */
    private void checkCount(boolean right, String got) {
        if (!right) {
            throw new IllegalStateException(
                    "training: expected "
                            + batches
                            + " batches, as countBatches tells, got "
                            + got);
        }
    }
}
