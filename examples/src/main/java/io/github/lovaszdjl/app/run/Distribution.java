package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.training.RoundExecutor;
import io.github.lovaszdjl.training.RoundPlan;
import java.io.IOException;
import java.util.Optional;

/** How a training is spread over other processes. */
public interface Distribution {

    /** Returns how rounds are done. */
    RoundPlan plan();

    /**
     * Returns what has the parts of a training trained.
     *
     * @param loss the loss
     * @param seed the seed
     * @param training the training set, prepared
     * @param classWeights the weights of classes, if there are some
     */
    RoundExecutor executor(
            LossExpression loss,
            int seed,
            FolderSegmentationDataset training,
            Optional<float[]> classWeights)
            throws IOException;
}
