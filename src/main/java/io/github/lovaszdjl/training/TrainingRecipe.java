package io.github.lovaszdjl.training;

import java.io.IOException;

/** Makes the training whose steps {@link LocalRounds} takes. */
@FunctionalInterface
public interface TrainingRecipe {

    /**
     * Makes the training: of the plan, data, loss and network of the one in rounds, without them.
     *
     * @return the training, see {@link PartTrainer} for what of it is used
     * @throws IOException if data or network cannot be read
     */
    SegmentationTraining make() throws IOException;
}
