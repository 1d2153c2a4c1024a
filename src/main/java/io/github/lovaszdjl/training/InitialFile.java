package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.io.IOException;
import java.util.Optional;

/**
 * A file of weights that a training starts from.
 *
 * @param weights the weights, of the encoder of the network or of all of it
 */
record InitialFile(PretrainedWeights weights) implements InitialValues {

    static final String SETTING = "initial weights";

    @Override
    public String setting() {
        return SETTING;
    }

    @Override
    public String text() throws IOException {
        return weights.file().toAbsolutePath().normalize()
                + ", SHA-256 "
                + weights.checksum()
                + (weights.hasClassifier() ? "" : ", without its classifier");
    }

    @Override
    public void check(SegmentationNetwork network, Shape image) throws IOException {
        try {
            weights.check(network, image);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void check(ModelDescription expected) throws IOException {
        try {
            Optional<Normalization> normalization = weights.normalization();
            // Of images of other channels it says nothing.
            if (normalization.isPresent()
                    && normalization.get().channels() == expected.inputChannels()
                    && !normalization.get().equals(expected.normalization())) {
                throw new IllegalArgumentException(
                        String.format(
                                "weights: expected the normalization of the data, %s, got %s in %s",
                                expected.normalization(), normalization.get(), weights.file()));
            }
            weights.check(expected);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void copyTo(Model model, ModelDescription expected)
            throws IOException, MalformedModelException {
        weights.copyTo(model.getBlock(), model.getNDManager());
    }
}
