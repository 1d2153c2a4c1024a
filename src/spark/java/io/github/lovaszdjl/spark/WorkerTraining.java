package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.training.SegmentationTraining;
import java.io.IOException;
import java.io.Serializable;

/**
 * Makes the training that a worker takes the steps of: data sets, losses and networks cannot be
 * sent, what they are made from can.
 */
@FunctionalInterface
public interface WorkerTraining extends Serializable {

    /**
     * Makes the training: of the plan, data, loss and network that the driver has, without rounds.
     *
     * @param worker the process, whose device it is to be trained on
     * @return the training, see {@link io.github.lovaszdjl.training.PartTrainer} for what of it is
     *     used
     * @throws IOException if data or network cannot be read
     */
    SegmentationTraining make(Worker worker) throws IOException;
}
