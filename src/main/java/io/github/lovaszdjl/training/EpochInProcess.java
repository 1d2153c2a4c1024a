package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Trains an epoch in this process: batch after batch, with the steps of an {@link UpdatePlan}. */
final class EpochInProcess implements EpochTraining {

    private final TrainingSetup setup;
    private final StepTrainer steps;
    private final TrainingCallback callbacks;
    private final BooleanSupplier stop;
    private final int batches;

    EpochInProcess(
            TrainingSetup setup,
            StepTrainer steps,
            TrainingCallback callbacks,
            BooleanSupplier stop) {
        this.stop = stop;
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
            List<Batch> together = new ArrayList<>();
            try (NDManager manager = steps.newManager()) {
                take(data, manager, together);
                number += together.size();
                checkCount(number <= batches, "more");
                images += together.stream().mapToInt(Batch::getSize).sum();
                skipped += train(together, number, before) ? 0 : together.size();
            } finally {
                together.forEach(Batch::close);
            }
            asked = stop.getAsBoolean();
        }
        if (asked && number < batches) {
            return Optional.empty();
        }
        checkCount(number == batches, String.valueOf(number));
        return Optional.of(
                EpochReport.trained(
                        epoch,
                        rate,
                        steps.losses(),
                        skipped,
                        images,
                        data.waitSeconds(),
                        (System.nanoTime() - start) / 1e9));
    }

    /**
     * Takes the batches of the next loss. DJL closes a batch before it makes the next, so of
     * several the arrays are the manager's.
     */
    private void take(TimedBatches data, NDManager manager, List<Batch> together) {
        UpdatePlan updates = setup.plan().updates();
        int size = updates.jointLoss() ? updates.accumulate() : 1;
        while (together.size() < size && data.hasNext()) {
            Batch batch = data.next();
            together.add(batch);
            if (size > 1) {
                batch.getData().attach(manager);
                batch.getLabels().attach(manager);
            }
        }
    }

    /** Returns false where no pixel is valid. */
    private boolean train(List<Batch> together, int last, List<EpochReport> before)
            throws IOException {
        return setup.plan().updates().jointLoss()
                ? steps.trainJointly(together, last, batches, callbacks, before)
                : !steps.train(together.get(0), last, batches, callbacks, before).isSkipped();
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
