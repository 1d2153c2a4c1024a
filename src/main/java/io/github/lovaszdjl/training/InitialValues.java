package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.io.IOException;

/** What a training starts from in place of new weights alone. */
sealed interface InitialValues permits InitialModel, InitialFile {

    /**
     * Returns these.
     *
     * @param before what was to be started from, or null
     * @throws IllegalArgumentException if that is of the other kind
     */
    default InitialValues instead(InitialValues before) {
        if (before != null && before.getClass() != getClass()) {
            throw new IllegalArgumentException(
                    "weights: expected an initial model or weights, got both");
        }
        return this;
    }

    /** Returns the setting of a checkpoint that tells of it, which is not compared. */
    String setting();

    /**
     * Returns what a checkpoint tells of it.
     *
     * @throws IOException if it cannot be read
     */
    String text() throws IOException;

    /**
     * Checks what can be checked before the data is read.
     *
     * @param image the shape of a training sample, (channels, H, W)
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it does not fit the network
     */
    void check(SegmentationNetwork network, Shape image) throws IOException;

    /**
     * Checks that it fits a training.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it does not fit
     */
    void check(ModelDescription expected) throws IOException;

    /**
     * Gives a network its values.
     *
     * @param model a model of an initialised network that no trainer knows the arrays of yet
     * @throws IOException if it cannot be read
     * @throws MalformedModelException if it is not what it should be
     * @throws IllegalArgumentException if it does not fit
     */
    void copyTo(Model model, ModelDescription expected) throws IOException, MalformedModelException;
}
