package io.github.lovaszdjl.training;

import ai.djl.Model;
import ai.djl.training.dataset.Batch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains parts of rounds, one at a time, with the steps of a {@link SegmentationTraining}.
 *
 * <p>What a part comes to depends on the state that it begins with, the training, the round and the
 * number of the part alone, and on no part that was trained before: it may be trained again, or in
 * another process. What is random is drawn from (seed, epoch, sample) for the samples, and in the
 * network from (seed, epoch, round, part). The first part of the first round draws what a training
 * without rounds draws in that epoch.
 *
 * <p>Data, plan, loss and network are those of the training. Its callbacks, progress, checkpoint
 * and best model are not used. A process has one at a time, and no other training: DJL has one
 * collector of gradients.
 */
public final class PartTrainer implements AutoCloseable {

    private final TrainingSetup setup;
    private final Model model;
    private final StepTrainer steps;
    private final int batches;
    private final int parts;
    private final Map<String, String> settings;

    private PartTrainer(TrainingSetup setup, Model model, StepTrainer steps, int parts) {
        this.setup = setup;
        this.model = model;
        this.steps = steps;
        this.parts = parts;
        batches = setup.training().countBatches();
        settings = TrainingSettings.ofSteps(setup);
    }

    /**
     * Makes the network, its optimizer and all else that steps need. Initial weights are not read:
     * every state has its own.
     *
     * @param training says what is trained, on which data and how
     * @param parts how many parts a round has, by which the learning rate knows the updates
     * @return the trainer, to be closed
     * @throws IOException as {@link SegmentationTraining#run()}
     * @throws IllegalArgumentException as {@link SegmentationTraining#run()}
     */
    public static PartTrainer of(SegmentationTraining training, int parts) throws IOException {
        TrainingSetup setup = training.setup();
        int outputs = new TrainingChecks(setup).check();
        EngineSeed.set(setup.plan().seed(), 0);
        Model model = setup.newModel();
        boolean done = false;
        try {
            int updates = RoundPlan.countUpdates(setup.training().countBatches(), parts);
            StepTrainer steps =
                    StepTrainer.of(setup, model, outputs, updates, Optional.empty(), true);
            PartTrainer made = new PartTrainer(setup, model, steps, parts);
            done = true;
            return made;
        } finally {
            if (!done) {
                model.close();
            }
        }
    }

    /**
     * Trains a part of a round.
     *
     * @param round the round
     * @param part the part, from 0
     * @param state what the round begins with
     * @return what the part comes to
     * @throws IOException if the data is not what it should be
     * @throws IllegalArgumentException if the state is that of another network or optimizer, the
     *     round has other parts or settings, or there is no such part
     */
    public PartResult train(Round round, int part, RoundState state) throws IOException {
        if (round.parts() != parts || part < 0 || part >= parts) {
            throw new IllegalArgumentException(
                    String.format(
                            "part: expected one of %d, got %d of %d", parts, part, round.parts()));
        }
        if (!round.settings().isEmpty()) {
            TrainingSettings.checkPart(round.settings(), settings);
        }
        long start = System.nanoTime();
        steps.restore(state, round.epoch());
        EngineSeed.set(setup.plan().seed(), round, part);
        steps.begin(round.epoch());
        NonFiniteGuard guard =
                new NonFiniteGuard(
                        setup.training(), setup.badBatches(), new TrainingFaults(Optional.empty()));
        List<PartReport.PartBatch> done = new ArrayList<>();
        TimedBatches data =
                steps.batches(new PartBatches(setup.training().getSampler(), round, part));
        int count = round.countSteps(part, batches);
        NonFiniteLossException fault = null;
        try {
            while (data.hasNext()) {
                try (Batch batch = data.next()) {
                    int number = round.batch(part, done.size()) + 1;
                    TrainingBatch seen = steps.train(batch, number, batches, guard, List.of());
                    done.add(new PartReport.PartBatch(number, batch.getSize(), seen.losses()));
                    if (done.size() == count && !seen.isLast()) {
                        guard.checkWeights(steps.state(List.of()), seen);
                    }
                }
            }
            if (done.size() != count) {
                throw new IllegalStateException(
                        String.format(
                                "training: expected %d batches of part %d, of the %d that"
                                        + " countBatches tells, got %d",
                                count, part, batches, done.size()));
            }
        } catch (NonFiniteLossException e) {
            fault = e;
        } catch (IllegalStateException e) {
            throw LoadingFault.unwrap(e);
        }
        RoundState result = fault == null ? RoundState.of(steps.state(List.of())) : state;
        Map<String, Float> losses = steps.losses();
        double seconds = (System.nanoTime() - start) / 1e9;
        return new PartResult(
                result, new PartReport(done, losses, data.waitSeconds(), seconds), fault);
    }

    /** Closes the network and all else. */
    @Override
    public void close() {
        steps.close();
        model.close();
    }
}
