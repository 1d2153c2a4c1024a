package io.github.lovaszdjl.training;

import java.io.IOException;
import java.io.Serializable;

/**
 * Makes a training, in whichever process it is needed: data sets, losses and networks cannot be
 * sent, what they are made from can.
 */
@FunctionalInterface
public interface TrainingRecipe extends Serializable {

    /**
     * Makes the training, the same one in every process.
     *
     * @return the training, see {@link PartTrainer} for what of it is used
     * @throws IOException if data or network cannot be read
     */
    SegmentationTraining make() throws IOException;
}
