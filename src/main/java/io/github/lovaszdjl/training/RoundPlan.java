package io.github.lovaszdjl.training;

/**
 * How a training in rounds goes on after each of them.
 *
 * <p>With the weights θ that the round began with and the mean θ̄ of what its parts came to, the
 * weights of the next round are, by the outer optimizer, with γ, μ its learning rate and momentum:
 *
 * <pre>
 *   δ = θ − θ̄
 *   b ← μ b + δ
 *   θ ← θ − γ (δ + μ b)
 * </pre>
 *
 * <p>With γ = 1 and μ = 0, the default, that is θ̄, and is taken as it is: local SGD. Running
 * statistics and the moments of the optimizer of the parts are always averaged.
 *
 * <p>Sources: S. U. Stich, <i>Local SGD Converges Fast and Communicates Little</i>, ICLR 2019,
 * arXiv 1805.09767; A. Douillard et al., <i>DiLoCo: Distributed Low-Communication Training of
 * Language Models</i>, arXiv 2311.08105, algorithm 1, which has γ = 0.7 and μ = 0.9, and whose
 * parts keep moments of their own.
 *
 * @param syncEvery how many steps every part takes in a round, at least 1; {@link #EPOCH} for all
 *     of an epoch
 * @param outerLearningRate γ, above 0; 1 for the mean
 * @param outerMomentum μ, at least 0 and below 1; 0 for the mean
 */
public record RoundPlan(int syncEvery, float outerLearningRate, float outerMomentum) {

    /** Stands for a round of a whole epoch. */
    public static final int EPOCH = 0;

    /**
     * Checks the numbers.
     *
     * @param syncEvery how many steps every part takes in a round
     * @param outerLearningRate the learning rate of the outer optimizer
     * @param outerMomentum its momentum
     * @throws IllegalArgumentException if one is out of range
     */
    public RoundPlan {
        Values.check(
                "syncEvery",
                syncEvery,
                syncEvery >= 0,
                "at least 1, or " + EPOCH + " for an epoch");
        Values.checkAbove0("outerLearningRate", outerLearningRate);
        Values.check(
                "outerMomentum",
                outerMomentum,
                outerMomentum >= 0 && outerMomentum < 1,
                "a number from 0 to below 1");
    }

    /**
     * Returns the plan of one mean an epoch.
     *
     * @return local SGD with rounds of an epoch
     */
    public static RoundPlan epochs() {
        return new RoundPlan(EPOCH, 1, 0);
    }

    /**
     * Checks that every part has a batch.
     *
     * @param workers how many parts are trained at the same time
     * @param batches the number of batches in an epoch
     * @throws IllegalArgumentException if there are fewer batches
     */
    public static void checkWorkers(int workers, int batches) {
        Values.check(
                "workers",
                workers,
                workers <= batches,
                "at most " + batches + ", the number of batches in an epoch");
    }

    /** Tells whether the mean is what the next round begins with. */
    boolean takesMean() {
        return outerLearningRate == 1 && outerMomentum == 0;
    }

    /**
     * Returns how many steps every part takes in a round. The mean of one part is that part, so
     * that one alone has rounds of an epoch, as in a training without rounds.
     *
     * @param batches the number of batches in an epoch
     * @param parts how many parts there are
     */
    int steps(int batches, int parts) {
        int all = countUpdates(batches, parts);
        return syncEvery == EPOCH || isNone(parts) ? all : Math.min(syncEvery, all);
    }

    /** Tells whether a training of so many parts is one without rounds. */
    boolean isNone(int parts) {
        return parts == 1 && takesMean();
    }

    /**
     * Returns how many updates an epoch has: parts take theirs at the same time.
     *
     * @param batches the number of batches in an epoch
     * @param parts how many parts there are
     */
    static int countUpdates(int batches, int parts) {
        return (batches + parts - 1) / parts;
    }
}
