package io.github.lovaszdjl.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Trains the parts of a round in this process, one after the other: it takes as long as without
 * rounds, and comes to the numbers that as many processes would come to.
 */
public final class LocalRounds implements RoundExecutor {

    private final TrainingRecipe recipe;
    private final int parts;

    /** Made with the first round. */
    private PartTrainer trainer;

    /**
     * Trains parts of a training.
     *
     * @param recipe makes the training
     * @param parts how many parts a round has, at least 1
     * @throws IllegalArgumentException if there are fewer
     */
    public LocalRounds(TrainingRecipe recipe, int parts) {
        Values.check("parts", parts, parts >= 1, "at least 1");
        this.recipe = recipe;
        this.parts = parts;
    }

    @Override
    public int parts() {
        return parts;
    }

    @Override
    public RoundResult train(Round round, RoundState state) throws IOException {
        if (trainer == null) {
            trainer = PartTrainer.of(recipe.make(), parts);
        }
        List<List<StateArray>> arrays = new ArrayList<>();
        List<PartReport> reports = new ArrayList<>();
        int updates = state.updates();
        for (int part = 0; part < parts; part++) {
            PartResult result = trainer.train(round, part, state);
            Optional<NonFiniteLossException> fault = result.fault();
            if (fault.isPresent()) {
                throw fault.get();
            }
            arrays.add(result.state().arrays());
            reports.add(result.report());
            updates = Math.max(updates, result.state().updates());
        }
        int[] steps = reports.stream().mapToInt(PartReport::steps).toArray();
        RoundState mean = new RoundState(updates, StateAverage.of(arrays, steps));
        return new RoundResult(mean, reports, 0);
    }

    @Override
    public void close() {
        if (trainer != null) {
            trainer.close();
            trainer = null;
        }
    }
}
