package io.github.lovaszdjl.training;

import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Trains: for each epoch, for each batch forward, loss, backward and step; then validates, and
 * tells the callbacks of all it does.
 */
final class TrainingLoop {

    private final TrainingSetup setup;
    private final StepTrainer steps;
    private final EpochTraining training;
    private final TrainingCallback callbacks;
    private final TrainingFaults faults;
    private final List<EpochReport> reports = new ArrayList<>();

    private int epoch;
    private boolean stopped;

    /**
     * @param setup the training
     * @param steps has the model and the optimizer
     * @param training how an epoch is trained
     * @param callbacks hear of what is done
     */
    TrainingLoop(
            TrainingSetup setup,
            StepTrainer steps,
            EpochTraining training,
            TrainingCallback callbacks) {
        this.setup = setup;
        this.steps = steps;
        this.training = training;
        this.callbacks = callbacks;
        faults = new TrainingFaults(setup.checkpoint());
    }

    /** Trains the epochs that are left after a checkpoint, or all of them. */
    TrainingResult run(Optional<ResumePoint> last) throws IOException {
        if (last.isPresent()) {
            epoch = last.get().checkpoint().trained().epoch();
            reports.addAll(last.get().history().reports());
        }
        callbacks.onStart(state());
        if (reports.size() < epoch) {
            validate(last.orElseThrow().checkpoint().trained());
        }
        while (hasMore() && !stopped) {
            epoch++;
            Optional<EpochReport> trained = train();
            stopped = trained.isEmpty();
            if (!stopped) {
                validate(trained.get());
                stopped = hasMore() && setup.stop().getAsBoolean();
            }
        }
        callbacks.onEnd(state());
        return new TrainingResult(steps.model(), setup.description(), reports, stopped);
    }

    /** Tells whether there are epochs left, and patience for them. */
    private boolean hasMore() {
        return epoch < setup.plan().epochs() && !setup.plan().updates().isOutOfPatience(reports);
    }

    /** Trains an epoch; returns nothing where it was stopped within. */
    private Optional<EpochReport> train() throws IOException {
        try {
            Optional<EpochReport> trained = training.train(epoch, reports);
            if (trained.isPresent()) {
                steps.checkUpdated();
                callbacks.onEpochTrained(state(), trained.get());
            }
            return trained;
        } catch (IllegalStateException | MalformedDatasetException | OutOfMemoryError e) {
            throw faults.inTraining(e, epoch);
        }
    }

    /** Validates an epoch that is trained. */
    private void validate(EpochReport trained) throws IOException {
        long start = System.nanoTime();
        ConfusionMatrix counts = count();
        Optional<ConfusionMatrix> averaged = countAveraged();
        EpochReport report = trained.validated(counts, averaged, (System.nanoTime() - start) / 1e9);
        try {
            callbacks.onEpochValidated(state(), report);
        } catch (IOException e) {
            throw faults.inValidation(e, epoch);
        }
        reports.add(report);
    }

    private Optional<ConfusionMatrix> countAveraged() throws IOException {
        if (steps.average().isEmpty()) {
            return Optional.empty();
        }
        steps.average().get().swap();
        try {
            return Optional.of(count());
        } finally {
            steps.average().get().swap();
        }
    }

    private ConfusionMatrix count() throws IOException {
        setup.validation().setEpoch(epoch - 1);
        try {
            return setup.newEvaluation(steps.model()).count(setup.validation());
        } catch (IOException | EvaluationException | OutOfMemoryError e) {
            throw faults.inValidation(e, epoch);
        }
    }

    private TrainingState state() {
        return steps.state(reports);
    }
}
