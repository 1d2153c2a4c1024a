package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.loss.AuxiliaryLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network with what takes its training steps: forward, loss, backward and step, the learning
 * rate, what is frozen, and the threads that decode the batches.
 */
final class StepTrainer implements AutoCloseable {

    private final TrainingSetup setup;
    private final Trainer trainer;
    private final ResumableOptimizer optimizer;
    private final LearningRates rates;
    private final LossMeans means;
    private final EncoderFreezing freezing;
    private final SoftTargets targets;
    private final DecodingThreads decoding = new DecodingThreads();

    /** Of the weights, if there is to be one. */
    private final Optional<WeightAverage> average;

    private int epoch;
    private int updates;

    /** How many batches the gradients are of. */
    private int pending;

    private StepTrainer(
            TrainingSetup setup,
            Trainer trainer,
            ResumableOptimizer optimizer,
            LearningRates rates,
            LossMeans means,
            SoftTargets targets) {
        this.setup = setup;
        this.targets = targets;
        this.trainer = trainer;
        this.optimizer = optimizer;
        this.rates = rates;
        this.means = means;
        freezing = EncoderFreezing.of(setup.plan(), trainer.getModel().getBlock());
        float ema = setup.plan().updates().ema();
        average =
                ema == 0
                        ? Optional.empty()
                        : Optional.of(new WeightAverage(trainer.getModel().getBlock(), ema));
        optimizer.exempt(setup.plan().updates().undecayed(trainer.getModel().getBlock()));
    }

    /**
     * Makes one.
     *
     * @param model the model, which stays open when this closes
     * @param outputs how many outputs the network has in training
     * @param updates how many updates an epoch has at most, for the schedule
     * @param values what a new network starts from
     * @param hasWeights whether the model has, or will be given, weights that were trained
     */
    static StepTrainer of(
            TrainingSetup setup,
            Model model,
            int outputs,
            int updates,
            Optional<InitialValues> values,
            boolean hasWeights)
            throws IOException {
        LearningRates rates = LearningRates.of(setup.plan(), updates, model.getBlock());
        ResumableOptimizer optimizer = setup.plan().newOptimizer(rates);
        Loss given = DistilledLoss.of(setup.loss(), setup.plan().softLabels(), setup.distillLoss());
        Loss loss = outputs == 1 ? given : new AuxiliaryLoss(given, setup.plan().auxiliaryWeight());
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
        Trainer trainer = newTrainer(setup, model, config, hasWeights || values.isPresent());
        boolean done = false;
        try {
            if (values.isPresent()) {
                copyInitialValues(setup, model, values.get());
            }
            setup.network().initialize(trainer, setup.batchShape(setup.plan().batchSize()));
            SoftTargets targets = SoftTargets.of(setup);
            StepTrainer made = new StepTrainer(setup, trainer, optimizer, rates, means, targets);
            done = true;
            return made;
        } finally {
            if (!done) {
                trainer.close();
            }
        }
    }

    /**
     * Returns the trainer. DJL's own takes a first step without any gradient for a mistake, which
     * it is where the weights are new.
     */
    private static Trainer newTrainer(
            TrainingSetup setup, Model model, DefaultTrainingConfig config, boolean hasWeights) {
        if (setup.devices().size() > 1) {
            return new DataParallelTrainer(model, config);
        }
        return hasWeights ? OneDeviceTrainer.of(model, config) : model.newTrainer(config);
    }

    /**
     * Gives a network what the training starts from: when its blocks know their sizes, which some
     * do not find out where they have values already, and before a trainer knows its arrays.
     */
    private static void copyInitialValues(TrainingSetup setup, Model model, InitialValues values)
            throws IOException {
        Shape batch = setup.batchShape(setup.plan().batchSize());
        model.getBlock().initialize(model.getNDManager(), model.getDataType(), batch);
        try {
            values.copyTo(model, setup.description());
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Goes on from a checkpoint, whose weights the model has. */
    void restore(ResumePoint last) throws IOException {
        epoch = last.checkpoint().trained().epoch();
        updates = last.checkpoint().updates();
        // What is frozen has no state of the optimizer.
        freezing.begin(epoch);
        last.restore(optimizer, trainer);
        if (average.isPresent()) {
            last.restore(average.get(), trainer);
        }
    }

    /**
     * Goes on from a state.
     *
     * @param epoch the epoch that is trained, from 1
     * @throws IllegalArgumentException if it is that of another network or optimizer
     */
    void restore(RoundState state, int epoch) {
        this.epoch = epoch;
        updates = state.updates();
        freezing.begin(epoch);
        state.copyTo(state(List.of()));
    }

    /**
     * Begins an epoch, or a part of one.
     *
     * @param epoch the epoch, from 1
     * @return the learning rate of the next update, without a factor
     */
    float begin(int epoch) {
        this.epoch = epoch;
        rates.setUpdate(updates + 1);
        setup.training().setEpoch(epoch - 1);
        freezing.begin(epoch);
        means.begin(epoch);
        return rates.ofSchedule();
    }

    /** Sets another schedule of the learning rate than that of the plan. */
    void setSchedule(Schedule schedule) {
        rates.setSchedule(schedule);
    }

    /** Returns a manager for arrays of the training. */
    NDManager newManager() {
        return trainer.getManager().newSubManager();
    }

    /** Starts on the batches of the epoch. */
    TimedBatches batches() throws IOException {
        return TimedBatches.of(setup.training(), trainer.getManager(), decoding.executor());
    }

    /** Starts on some of the batches of the epoch. */
    TimedBatches batches(Sampler some) throws IOException {
        return TimedBatches.of(setup.training(), trainer.getManager(), some, decoding.executor());
    }

    /**
     * Trains on a batch, and takes a step with the last of those that an update is of.
     *
     * @param given the batch, of which its labels may become class probabilities
     * @param number its number in the epoch, from 1
     * @param count the number of batches in the epoch
     * @param callbacks hear of the gradients and of the batch
     * @param reports the epochs that are done, for the callbacks
     * @return the batch, with its losses unless no pixel of it is valid, so that it was skipped
     */
    TrainingBatch train(
            Batch given,
            int number,
            int count,
            TrainingCallback callbacks,
            List<EpochReport> reports)
            throws IOException {
        // DJL takes gradients of nothing but zeros for a mistake and throws.
        boolean valid = setup.training().hasValidPixel(given);
        Batch batch = valid ? targets.apply(given, epoch, number) : given;
        Map<String, Float> losses = Map.of();
        if (valid) {
            // Forward, loss and backward, on every device its part of the batch.
            EasyTrain.trainBatch(trainer, batch);
            losses = means.ofBatch();
            pending++;
        }
        TrainingBatch seen = new TrainingBatch(number, count, batch, losses);
        if (valid) {
            callbacks.onGradients(state(reports), seen);
        }
        if (pending > 0 && (number % setup.plan().updates().accumulate() == 0 || seen.isLast())) {
            step();
        }
        callbacks.onBatch(state(reports), seen);
        return seen;
    }

    /**
     * Trains on several batches by one loss, and takes a step.
     *
     * @param given the batches of an update, open, of which labels may become class probabilities
     * @param last the number of the last one in the epoch
     * @return whether it took a step: not where no pixel of all of them is valid
     */
    boolean trainJointly(
            List<Batch> given,
            int last,
            int count,
            TrainingCallback callbacks,
            List<EpochReport> reports)
            throws IOException {
        boolean valid = given.stream().anyMatch(setup.training()::hasValidPixel);
        int first = last - given.size() + 1;
        List<Batch> batches = new ArrayList<>();
        for (Batch batch : given) {
            batches.add(targets.apply(batch, epoch, first + batches.size()));
        }
        if (valid) {
            JointBatch.train(trainer, batches);
            pending = 1;
        }
        Map<String, Float> losses = valid ? means.ofBatch() : Map.of();
        List<TrainingBatch> seen = new ArrayList<>();
        for (Batch batch : batches) {
            seen.add(new TrainingBatch(first + seen.size(), count, batch, losses));
        }
        if (valid) {
            for (TrainingBatch batch : seen) {
                callbacks.onGradients(state(reports), batch);
            }
            step();
        }
        for (TrainingBatch batch : seen) {
            callbacks.onBatch(state(reports), batch);
        }
        return valid;
    }

    private void step() {
        rates.setUpdate(updates + 1);
        optimizer.setGradientFactor(gradientFactor());
        trainer.step();
        updates++;
        pending = 0;
        average.ifPresent(weights -> weights.update(updates));
    }

    /** Returns what makes the mean of the sum of gradients, and clips it by its norm. */
    private float gradientFactor() {
        // Several devices take the mean by themselves.
        boolean several = trainer instanceof DataParallelTrainer;
        double mean = several ? 1 : 1.0 / pending;
        float most = setup.plan().updates().clipNorm();
        if (most == 0) {
            return (float) mean;
        }
        double norm = mean * gradientNorm();
        return (float) (norm <= most ? mean : mean * most / norm);
    }

    private double gradientNorm() {
        if (trainer instanceof DataParallelTrainer several) {
            return several.gradientNorm();
        }
        return GradientNorm.of(model().getBlock(), p -> p.getArray().getGradient());
    }

    /** Throws where an epoch came to no update: then no batch of any has a valid pixel. */
    void checkUpdated() {
        if (updates == 0) {
            throw new IllegalArgumentException(
                    "training: expected a valid pixel in at least one batch, got none");
        }
    }

    /** Returns the mean losses, by name, over the batches since {@link #begin}. */
    Map<String, Float> losses() {
        return means.ofEpoch();
    }

    /** Returns the average of the weights, if there is to be one. */
    Optional<WeightAverage> average() {
        return average;
    }

    Model model() {
        return trainer.getModel();
    }

    /**
     * Returns where the training stands.
     *
     * @param reports the epochs that are done
     */
    TrainingState state(List<EpochReport> reports) {
        return new TrainingState(model(), setup.description(), optimizer, epoch, updates, reports);
    }

    @Override
    public void close() {
        decoding.close();
        targets.close();
        trainer.close();
    }
}
