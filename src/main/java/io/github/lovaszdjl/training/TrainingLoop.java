package io.github.lovaszdjl.training;

import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains: for each epoch, for each batch forward, loss, backward and step; then validates, and
 * tells the callbacks of all it does.
 */
final class TrainingLoop {

    private final TrainingSetup setup;
    private final Trainer trainer;
    private final ResumableOptimizer optimizer;
    private final LearningRates rates;
    private final EncoderFreezing freezing;
    private final LossMeans means;
    private final TrainingCallback callbacks;
    private final DecodingThreads decoding;
    private final TrainingFaults faults;
    private final int batches;
    private final List<EpochReport> reports = new ArrayList<>();

    private int epoch;
    private int updates;
    private boolean stopped;

    TrainingLoop(
            TrainingSetup setup,
            Trainer trainer,
            ResumableOptimizer optimizer,
            LearningRates rates,
            EncoderFreezing freezing,
            LossMeans means,
            TrainingCallback callbacks,
            DecodingThreads decoding) {
        this.setup = setup;
        this.trainer = trainer;
        this.optimizer = optimizer;
        this.rates = rates;
        this.freezing = freezing;
        this.means = means;
        this.callbacks = callbacks;
        this.decoding = decoding;
        faults = new TrainingFaults(setup.checkpoint());
        batches = setup.training().countBatches();
    }

    /** Trains the epochs that are left after a checkpoint, or all of them. */
    TrainingResult run(Optional<ResumePoint> last) throws IOException {
        if (last.isPresent()) {
            epoch = last.get().checkpoint().trained().epoch();
            updates = last.get().checkpoint().updates();
            reports.addAll(last.get().history().reports());
        }
        callbacks.onStart(state());
        if (reports.size() < epoch) {
            validate(last.orElseThrow().checkpoint().trained());
        }
        while (epoch < setup.plan().epochs() && !stopped) {
            epoch++;
            Optional<EpochReport> trained = train();
            if (trained.isPresent()) {
                validate(trained.get());
                stopped = epoch < setup.plan().epochs() && setup.stop().getAsBoolean();
            }
        }
        callbacks.onEnd(state());
        return new TrainingResult(trainer.getModel(), setup.description(), reports, stopped);
    }

    /** Trains an epoch; returns nothing where it was stopped within. */
    private Optional<EpochReport> train() throws IOException {
        long start = System.nanoTime();
        rates.setUpdate(updates + 1);
        float rate = rates.ofSchedule();
        EngineSeed.set(setup.plan().seed(), epoch);
        setup.training().setEpoch(epoch - 1);
        freezing.begin(epoch);
        means.begin(epoch);
        try {
            TimedBatches data =
                    TimedBatches.of(setup.training(), trainer.getManager(), decoding.executor());
            int number = 0;
            int skipped = 0;
            int images = 0;
            boolean asked = false;
            while (data.hasNext() && !asked) {
                try (Batch batch = data.next()) {
                    number++;
                    checkCount(number <= batches, "more");
                    images += batch.getSize();
                    skipped += train(batch, number) ? 0 : 1;
                }
                asked = setup.stop().getAsBoolean();
            }
            stopped = asked && number < batches;
            if (stopped) {
                return Optional.empty();
            }
            checkCount(number == batches, String.valueOf(number));
            if (updates == 0) {
                throw new IllegalArgumentException(
                        "training: expected a valid pixel in at least one batch, got none");
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            EpochReport trained =
                    new EpochReport(
                            epoch,
                            rate,
                            means.ofEpoch(),
                            new ConfusionMatrix(0),
                            skipped,
                            images,
                            data.waitSeconds(),
                            seconds,
                            seconds);
            callbacks.onEpochTrained(state(), trained);
            return Optional.of(trained);
        } catch (IllegalStateException | MalformedDatasetException | OutOfMemoryError e) {
            throw faults.inTraining(e, epoch);
        }
    }

    /** Trains on a batch; returns false where no pixel of it is valid, so that it was skipped. */
    private boolean train(Batch batch, int number) throws IOException {
        // DJL takes gradients of nothing but zeros for a mistake and throws.
        boolean valid = setup.training().hasValidPixel(batch);
        Map<String, Float> losses = Map.of();
        if (valid) {
            // Forward, loss and backward, on every device its part of the batch.
            EasyTrain.trainBatch(trainer, batch);
            losses = means.ofBatch();
        }
        TrainingBatch seen = new TrainingBatch(number, batches, batch, losses);
        if (valid) {
            callbacks.onGradients(state(), seen);
            rates.setUpdate(updates + 1);
            trainer.step();
            updates++;
        }
        callbacks.onBatch(state(), seen);
        return valid;
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

    /** Validates an epoch that is trained. */
    private void validate(EpochReport trained) throws IOException {
        long start = System.nanoTime();
        ConfusionMatrix counts = count();
        EpochReport report = trained.validated(counts, (System.nanoTime() - start) / 1e9);
        try {
            callbacks.onEpochValidated(state(), report);
        } catch (IOException e) {
            throw faults.inValidation(e, epoch);
        }
        reports.add(report);
    }

    private ConfusionMatrix count() throws IOException {
        setup.validation().setEpoch(epoch - 1);
        try {
            return setup.newEvaluation(trainer.getModel()).count(setup.validation());
        } catch (IOException | EvaluationException | OutOfMemoryError e) {
            throw faults.inValidation(e, epoch);
        }
    }

    private TrainingState state() {
        return new TrainingState(
                trainer.getModel(), setup.description(), optimizer, epoch, updates, reports);
    }
}
