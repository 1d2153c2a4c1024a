package io.github.lovaszdjl.training;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** How the training of an epoch is done; when it is, the {@link StepTrainer} has the weights. */
interface EpochTraining {

    /**
     * Trains an epoch.
     *
     * @param epoch the epoch, from 1
     * @param before the reports of the epochs before
     * @return what it came to, not validated; empty where it was stopped within
     */
    Optional<EpochReport> train(int epoch, List<EpochReport> before) throws IOException;
}
