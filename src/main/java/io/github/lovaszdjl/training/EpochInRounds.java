package io.github.lovaszdjl.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Trains an epoch in {@link Round}s, whose parts an executor has trained. */
final class EpochInRounds implements EpochTraining {

    private final TrainingSetup setup;
    private final Rounds rounds;
    private final StepTrainer steps;
    private final OuterOptimizer outer;
    private final TrainingCallback callbacks;
    private final int batches;

    /**
     * @param rounds how, and by whom
     * @param steps has the weights between the epochs, and takes no step
     * @param outer goes from a round to the next
     */
    EpochInRounds(
            TrainingSetup setup,
            Rounds rounds,
            StepTrainer steps,
            OuterOptimizer outer,
            TrainingCallback callbacks) {
        this.setup = setup;
        this.rounds = rounds;
        this.steps = steps;
        this.outer = outer;
        this.callbacks = callbacks;
        batches = setup.training().countBatches();
    }

    @Override
    public Optional<EpochReport> train(int epoch, List<EpochReport> before) throws IOException {
        long start = System.nanoTime();
        float rate = steps.begin(epoch);
        RoundState state = RoundState.of(steps.state(before));
        int parts = rounds.executor().parts();
        int perRound = rounds.plan().steps(batches, parts);
        int count = Round.count(batches, parts, perRound);
        Map<String, String> settings = TrainingSettings.ofSteps(setup);
        List<PartReport> reports = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            long begin = System.nanoTime();
            Round round = new Round(epoch, number, parts, perRound, settings);
            RoundResult result = train(round, state);
            state = outer.step(state, result.state());
            reports.addAll(result.parts());
            double seconds = (System.nanoTime() - begin) / 1e9;
            callbacks.onRound(
                    new RoundReport(
                            round, count, batches, result.parts(), result.bytes(), seconds));
            if (setup.stop().getAsBoolean() && number < count - 1) {
                return Optional.empty();
            }
        }
        steps.restore(state, epoch);
        checkFinite(epoch);
        List<PartReport.PartBatch> done =
                reports.stream().flatMap(part -> part.batches().stream()).toList();
        int stepped = reports.stream().mapToInt(PartReport::steps).sum();
        return Optional.of(
                EpochReport.trained(
                        epoch,
                        rate,
                        losses(reports, stepped),
                        done.size() - stepped,
                        done.stream().mapToInt(PartReport.PartBatch::images).sum(),
                        reports.stream().mapToDouble(PartReport::waitSeconds).sum() / parts,
                        (System.nanoTime() - start) / 1e9));
    }

    private RoundResult train(Round round, RoundState state) throws IOException {
        try {
            return rounds.executor().train(round, state);
        } catch (NonFiniteLossException e) {
            String kept = new TrainingFaults(setup.checkpoint()).lastCheckpoint(round.epoch() - 1);
            throw new NonFiniteLossException(
                    e.getMessage() + kept,
                    e.getEpoch(),
                    e.getBatch(),
                    e.getImages(),
                    e.getSavedBatch());
        }
    }

    /** The parts are finite; a step of the outer optimizer may not be. */
    private void checkFinite(int epoch) {
        if (!rounds.plan().takesMean() && !NonFiniteGuard.areFinite(steps.model().getBlock())) {
            throw new NonFiniteLossException(
                    "weights: expected finite numbers after the outer step, got NaN or infinity in"
                            + " epoch "
                            + epoch
                            + "; a smaller outer learning rate may help, in a new training"
                            + new TrainingFaults(setup.checkpoint()).lastCheckpoint(epoch - 1),
                    epoch,
                    batches,
                    List.of(),
                    Optional.empty());
        }
    }

    /** Returns the means over all batches that were not skipped. */
    private static Map<String, Float> losses(List<PartReport> reports, int steps) {
        Map<String, Double> sums = new LinkedHashMap<>();
        for (PartReport report : reports) {
            if (report.steps() > 0) {
                report.losses()
                        .forEach(
                                (name, mean) ->
                                        sums.merge(
                                                name, report.steps() * (double) mean, Double::sum));
            }
        }
        Map<String, Float> means = new LinkedHashMap<>();
        sums.forEach((name, sum) -> means.put(name, (float) (sum / steps)));
        return means;
    }
}
