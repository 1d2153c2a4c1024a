package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.github.lovaszdjl.internal.Operations;

/**
 * Lovász losses with NDArray operations only: on a GPU, and in FLOAT64.
 *
 * <p>{@link DeviceWeights} finds the weights; autograd differentiates the errors. A GPU is waited
 * for once a call, for the counts of the labels ({@link SegmentationInput}).
 */
final class DeviceComputation implements LovaszComputation {

    private final DeviceWeights weights;

    /** Creates the computation of the Jaccard loss. */
    DeviceComputation() {
        this(DeviceSort::weights);
    }

    DeviceComputation(RowWeights rows) {
        weights = new DeviceWeights(rows);
    }

    @Override
    public NDArray softmax(SegmentationInput input, ClassOptions options) {
        return options.fromLogits()
                ? softmaxOfLogits(input, options)
                : softmaxOfProbabilities(input, options);
    }

    private NDArray softmaxOfLogits(SegmentationInput input, ClassOptions options) {
        NDArray probabilities = input.validPredictions().softmax(1);
        NDArray constant = probabilities.stopGradient();
        NDArray slopes = weights.ofClasses(constant, input, options);
        NDArray ofTrueClass = Operations.ofClass(slopes, input.target().reshape(input.perPixel()));
        // 1 − p of the true class is the sum of the others' p: what they are multiplied by is above
        // 0, and that of the true class 0, so that nothing cancels.
        NDArray coefficients = slopes.subi(ofTrueClass);
        // Less what all classes of a pixel have in common, which CUDA's softmax would take away
        // from products.
        NDArray shift = coefficients.mul(constant).sum(new int[] {1}, true);
        return probabilities.mul(coefficients.subi(shift)).sum().add(shift.sum());
    }

    private NDArray softmaxOfProbabilities(SegmentationInput input, ClassOptions options) {
        NDArray probabilities = input.validPredictions().stopGradient();
        NDArray slopes = weights.ofClasses(probabilities, input, options);
        // The error rises with the probability of the others, from 0, and falls with that of the
        // true class, to 0 at 1.
        NDArray trueClass = input.target().reshape(input.perPixel());
        NDArray ofTrueClass = Operations.ofClass(probabilities, trueClass);
        NDArray signed =
                Operations.withClass(
                        probabilities, trueClass, ofTrueClass.sub(ofTrueClass.onesLike()));
        return input.linear(signed.mul(slopes).sum(), slopes);
    }

    @Override
    public NDArray sigmoid(SegmentationInput input, BinaryOptions options) {
        return options.fromLogits()
                ? sigmoidOfLogits(input, options)
                : sigmoidOfProbabilities(input, options);
    }

    private NDArray sigmoidOfLogits(SegmentationInput input, BinaryOptions options) {
        NDArray signs = input.signs();
        NDArray predictions = input.validPredictions();
        NDArray scores = predictions.stopGradient().mul(signs);
        NDArray rightness = Activation.sigmoid(scores.neg());
        NDArray ofErrors = weights.ofBinary(rightness, input, options, true);
        // σ(v) = 1 − σ(−v): with the smaller of the two in the graph nothing cancels in the
        // gradient, however confident the network is.
        NDArray likely =
                scores.gt(scores.getManager().zeros(new Shape(), input.type()))
                        .toType(input.type(), false);
        NDArray ofLikely = ofErrors.mul(likely).sum();
        NDArray flips =
                likely.muli(Operations.number(likely, -2)).addi(Operations.number(likely, 1));
        NDArray smaller = Activation.sigmoid(predictions.mul(signs.muli(flips)));
        return smaller.mul(ofErrors.muli(flips)).sum().add(ofLikely).add(input.poison());
    }

    private NDArray sigmoidOfProbabilities(SegmentationInput input, BinaryOptions options) {
        NDArray probabilities = input.validPredictions().stopGradient();
        NDArray signs = input.signs();
        NDArray errors = probabilities.mul(signs).addi(input.target().toType(input.type(), false));
        NDArray ofErrors = weights.ofBinary(errors.neg(), input, options, false);
        return input.linear(errors.mul(ofErrors).sum(), signs.muli(ofErrors));
    }

    @Override
    public NDArray hinge(
            SegmentationInput input,
            BinaryOptions options,
            LovaszHingeLoss.ErrorActivation activation,
            boolean symmetric) {
        // An array that libtorch owns: autograd outlives the memory of a Java number.
        NDArray one = input.manager().ones(new Shape(), input.type());
        NDArray wrongness = input.validPredictions().mul(input.signs());
        // Sorted before 1 is added, which would round large scores together.
        NDArray rightness = wrongness.stopGradient().neg();
        NDArray ofErrors =
                symmetric
                        ? weights.symmetric(rightness, input, options)
                        : weights.ofBinary(rightness, input, options, false);
        NDArray errors = wrongness.add(one);
        NDArray activated =
                switch (activation) {
                    case RELU -> Activation.relu(errors);
                    case ELU_PLUS_ONE -> Activation.elu(errors, 1).add(one);
                };
        return activated.mul(ofErrors).sum().add(input.poison());
    }
}
