package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.loss.AuxiliaryLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        Model model = last.isPresent() ? restoredModel(last.get()) : newModel();
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

    private Model newModel() throws IOException {
        try {
            return setup.network().newModel(setup.name(), setup.firstDevice(), setup.description());
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
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
        LearningRates rates =
                LearningRates.of(setup.plan(), setup.training().countBatches(), model.getBlock());
        ResumableOptimizer optimizer = setup.plan().newOptimizer(rates);
        Loss loss =
                outputs == 1
                        ? setup.loss()
                        : new AuxiliaryLoss(setup.loss(), setup.plan().auxiliaryWeight());
        LossMeans means = new LossMeans(loss);
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optOptimizer(optimizer)
                        .optDevices(
                                setup.devices().size() > 1
                                        ? setup.devices().toArray(Device[]::new)
                                        : new Device[] {model.getNDManager().getDevice()})
                        .addTrainingListeners(means);
        if (!Engine.getDefaultEngineName().equals(EngineNames.PYTORCH)) {
            InitialWeights weights = new InitialWeights(EngineSeed.of(setup.plan().seed(), 0));
            config.optInitializer(weights, InitialWeights::standsInFor);
        }
        boolean hasWeights = last.isPresent() || setup.initialValues().isPresent();
        TrainingCallback callbacks = callbacks(last);
        try (Trainer trainer = newTrainer(model, config, hasWeights);
                DecodingThreads decoding = new DecodingThreads()) {
            if (last.isEmpty() && setup.initialValues().isPresent()) {
                copyInitialValues(model, setup.initialValues().get());
            }
            setup.network().initialize(trainer, setup.batchShape(setup.plan().batchSize()));
            EncoderFreezing freezing = EncoderFreezing.of(setup.plan(), model.getBlock());
            if (last.isPresent()) {
                // What is frozen has no state of the optimizer.
                freezing.begin(last.get().checkpoint().trained().epoch());
                last.get().restore(optimizer, trainer);
            }
            return new TrainingLoop(
                            setup, trainer, optimizer, rates, freezing, means, callbacks, decoding)
                    .run(last);
        }
    }

    /**
     * Gives a network what the training starts from: when its blocks know their sizes, which some
     * do not find out where they have values already, and before a trainer knows its arrays.
     */
    private void copyInitialValues(Model model, InitialValues values) throws IOException {
        Shape batch = setup.batchShape(setup.plan().batchSize());
        model.getBlock().initialize(model.getNDManager(), model.getDataType(), batch);
        try {
            values.copyTo(model, setup.description());
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * Returns the trainer. DJL's own takes a first step without any gradient for a mistake, which
     * it is where the weights are new.
     */
    private Trainer newTrainer(Model model, DefaultTrainingConfig config, boolean hasWeights) {
        if (setup.devices().size() > 1) {
            return new DataParallelTrainer(model, config);
        }
        return hasWeights ? OneDeviceTrainer.of(model, config) : model.newTrainer(config);
    }

    /** Returns the parts in the order in which they are told: the guard before all that saves. */
    private TrainingCallback callbacks(Optional<ResumePoint> last) throws IOException {
        List<TrainingCallback> callbacks = new ArrayList<>();
        TrainingFaults faults = new TrainingFaults(setup.checkpoint());
        callbacks.add(new NonFiniteGuard(setup.training(), setup.badBatches(), faults));
        setup.bestModel().ifPresent(callbacks::add);
        callbacks.addAll(setup.callbacks());
        // Its report is what makes an epoch done.
        if (setup.checkpoint().isPresent()) {
            callbacks.add(checkpointWriter(setup.checkpoint().get(), last));
        }
        callbacks.add(setup.progress());
        return new CallbackList(callbacks);
    }

    private CheckpointWriter checkpointWriter(Path file, Optional<ResumePoint> last)
            throws IOException {
        Map<String, String> initialValues =
                last.isPresent()
                        ? TrainingSettings.initialValues(last.get().checkpoint())
                        : initialValues();
        return new CheckpointWriter(
                file,
                TrainingSettings.of(setup).withInitialValues(initialValues),
                setup.dataFiles(),
                last.map(ResumePoint::history).orElseGet(() -> EpochHistory.begin(file)),
                last.map(point -> point.checkpoint().stateSum()).orElse(0L));
    }

    private Map<String, String> initialValues() throws IOException {
        Optional<InitialValues> values = setup.initialValues();
        return values.isPresent() ? Map.of(values.get().setting(), values.get().text()) : Map.of();
    }
}
