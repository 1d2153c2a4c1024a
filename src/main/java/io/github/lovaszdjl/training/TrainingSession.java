package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Makes model, optimizer, trainer and callbacks, and runs the loop with them.
 *
 * @param setup the training, checked
 * @param outputs how many outputs the network has in training
 */
record TrainingSession(TrainingSetup setup, int outputs) {

    /** Trains from the beginning, or from where a checkpoint is. */
    TrainingResult run(Optional<ResumePoint> last) throws IOException {
        EngineSeed.set(setup.plan().seed(), 0);
        Model model = last.isPresent() ? restoredModel(last.get()) : setup.newModel();
        boolean done = false;
        try {
            TrainingResult result = train(model, last);
            done = true;
            return result;
        } finally {
            if (!done) {
                model.close();
            }
        }
    }

    /** Trains at rates that rise, as a training begins; the model is not kept. */
    LearningRateTest run(RangeTest test) throws IOException {
        EngineSeed.set(setup.plan().seed(), 0);
        BooleanSupplier stop = () -> test.isDone() || setup.stop().getAsBoolean();
        try (Model model = setup.newModel();
                StepTrainer steps =
                        StepTrainer.of(
                                setup,
                                model,
                                outputs,
                                setup.countUpdates(),
                                setup.initialValues(),
                                false)) {
            steps.setSchedule(test.schedule());
            EpochTraining training = new EpochInProcess(setup, steps, test, stop);
            for (int epoch = 1; !stop.getAsBoolean(); epoch++) {
                if (training.train(epoch, List.of()).isPresent()) {
                    steps.checkUpdated();
                }
            }
            return test.result();
        }
    }

    private Model restoredModel(ResumePoint last) throws IOException {
        try {
            return setup.network()
                    .restoreModel(
                            setup.name(),
                            setup.firstDevice(),
                            setup.description(),
                            last.checkpoint().parameters());
        } catch (MalformedModelException e) {
            throw new IOException(last.file() + ": parameters: " + e.getMessage(), e);
        }
    }

    private TrainingResult train(Model model, Optional<ResumePoint> last) throws IOException {
        OuterOptimizer outer =
                new OuterOptimizer(setup.rounds().map(Rounds::plan).orElseGet(RoundPlan::epochs));
        Optional<InitialValues> values = last.isEmpty() ? setup.initialValues() : Optional.empty();
        int updates = setup.countUpdates();
        try (StepTrainer steps =
                StepTrainer.of(setup, model, outputs, updates, values, last.isPresent())) {
            if (last.isPresent()) {
                steps.restore(last.get());
            }
            if (last.isPresent() && setup.rounds().isPresent()) {
                outer.restore(
                        last.get().checkpoint().extra(), RoundState.of(steps.state(List.of())));
            }
            Supplier<byte[]> extra =
                    steps.average().isPresent()
                            ? () -> steps.average().get().state(steps.model().getNDManager())
                            : outer::state;
            TrainingCallback callbacks = callbacks(last, steps.average(), extra);
            EpochTraining training =
                    setup.rounds().isPresent()
                            ? new EpochInRounds(
                                    setup, setup.rounds().get(), steps, outer, callbacks)
                            : new EpochInProcess(setup, steps, callbacks, setup.stop());
            return new TrainingLoop(setup, steps, training, callbacks).run(last);
        }
    }

    /** Returns the parts in the order in which they are told: the guard before all that saves. */
    private TrainingCallback callbacks(
            Optional<ResumePoint> last, Optional<WeightAverage> average, Supplier<byte[]> extra)
            throws IOException {
        List<TrainingCallback> callbacks = new ArrayList<>();
        TrainingFaults faults = new TrainingFaults(setup.checkpoint());
        callbacks.add(new NonFiniteGuard(setup.training(), setup.badBatches(), faults));
        setup.bestModel()
                .map(
                        best ->
                                average.isPresent()
                                        ? new AveragedBestModel(best, average.get())
                                        : best)
                .ifPresent(callbacks::add);
        callbacks.addAll(setup.callbacks());
        // Its report is what makes an epoch done.
        if (setup.checkpoint().isPresent()) {
            callbacks.add(checkpointWriter(setup.checkpoint().get(), last, extra));
        }
        callbacks.add(setup.progress());
        return new CallbackList(callbacks);
    }

    private CheckpointWriter checkpointWriter(
            Path file, Optional<ResumePoint> last, Supplier<byte[]> extra) throws IOException {
        Map<String, String> initialValues =
                last.isPresent()
                        ? TrainingSettings.initialValues(last.get().checkpoint())
                        : initialValues();
        return new CheckpointWriter(
                file,
                TrainingSettings.of(setup).withInitialValues(initialValues),
                setup.dataFiles(),
                extra,
                last.map(ResumePoint::history).orElseGet(() -> EpochHistory.begin(file)),
                last.map(point -> point.checkpoint().stateSum()).orElse(0L));
    }

    private Map<String, String> initialValues() throws IOException {
        Optional<InitialValues> values = setup.initialValues();
        return values.isPresent() ? Map.of(values.get().setting(), values.get().text()) : Map.of();
    }
}
