package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;

/**
 * A way to compute the Lovász losses. There are two, of the same results to rounding: {@link
 * HostComputation} with plain loops over the memory of the host, {@link DeviceComputation} with
 * NDArray operations wherever the arrays are.
 *
 * <p>Each sorts the errors m of every class or channel, takes their weights g ({@link
 * JaccardWeights}) for constants, and returns Σ g m as a scalar in the graph of the predictions.
 *
 * <p>Safe for use by several threads at once.
 */
interface LovaszComputation {

    /**
     * Computes {@link LovaszSoftmaxLoss}.
     *
     * @param input the logits or probabilities, and the labels, read by {@link ClassOptions#read}
     * @param options which of both they are, and how classes and images are averaged
     * @return the loss, a scalar in the graph
     */
    NDArray softmax(SegmentationInput input, ClassOptions options);

    /**
     * Computes {@link LovaszSigmoidLoss}.
     *
     * @param input the logits or probabilities, and the labels, read by {@link BinaryOptions#read}
     * @param options which of both they are, and what is sorted together
     * @return the loss, a scalar in the graph
     */
    NDArray sigmoid(SegmentationInput input, BinaryOptions options);

    /**
     * Computes {@link LovaszHingeLoss}.
     *
     * @param input the raw scores and the labels, read by {@link BinaryOptions#read}
     * @param options what is sorted together
     * @param activation what is applied to the errors
     * @param symmetric whether the background counts as much as the foreground
     * @return the loss, a scalar in the graph
     */
    NDArray hinge(
            SegmentationInput input,
            BinaryOptions options,
            LovaszHingeLoss.ErrorActivation activation,
            boolean symmetric);
}
