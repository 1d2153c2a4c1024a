package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDList;
import java.util.OptionalInt;

/**
 * The options that losses of binary problems have in common, as {@link BinaryLossBuilder} describes
 * them.
 *
 * @param weight the factor of the loss
 * @param fromLogits whether the predictions are raw scores or logits; else they must be
 *     probabilities
 * @param perImage whether every image stands for itself
 * @param multilabel whether every channel has labels of its own
 * @param ignoreLabel the label of pixels to ignore
 */
record BinaryOptions(
        float weight,
        boolean fromLogits,
        boolean perImage,
        boolean multilabel,
        OptionalInt ignoreLabel) {

    /** Reads and checks predictions and labels. */
    SegmentationInput read(NDList labels, NDList predictions, boolean onHost) {
        return new InputReader(ignoreLabel, fromLogits, onHost, !perImage)
                .binary(
                        Checks.single("labels", labels),
                        Checks.single("predictions", predictions),
                        multilabel);
    }
}
