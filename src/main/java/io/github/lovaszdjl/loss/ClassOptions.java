package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDList;
import java.util.OptionalInt;

/**
 * The options that losses of classes have in common, as {@link ClassLossBuilder} describes them.
 *
 * @param weight the factor of the loss
 * @param classAxis the class axis
 * @param fromLogits whether the predictions are logits
 * @param classes the classes to average over
 * @param classWeights their weights, or null
 * @param perImage whether every image stands for itself
 * @param ignoreLabel the label of pixels to ignore
 * @param presence above which probability of a pixel a class is present in soft labels
 */
record ClassOptions(
        float weight,
        int classAxis,
        boolean fromLogits,
        ClassSelection classes,
        float[] classWeights,
        boolean perImage,
        OptionalInt ignoreLabel,
        double presence) {

    /** Returns the options of a loss of pixels, from logits. */
    static ClassOptions ofPixels(PixelLossBuilder<?> builder) {
        return new ClassOptions(
                builder.weight,
                builder.classAxis,
                true,
                ClassSelection.present(),
                builder.classWeights,
                false,
                builder.ignoreLabel,
                SoftLabels.TRACE);
    }

    /** Returns the same with images together or apart. */
    ClassOptions withPerImage(boolean apart) {
        return new ClassOptions(
                weight, classAxis, fromLogits, classes, classWeights, apart, ignoreLabel, presence);
    }

    /** Returns the same with another factor. */
    ClassOptions withWeight(float other) {
        return new ClassOptions(
                other,
                classAxis,
                fromLogits,
                classes,
                classWeights,
                perImage,
                ignoreLabel,
                presence);
    }

    /** Returns the same for other classes. */
    ClassOptions withClasses(ClassSelection others) {
        return new ClassOptions(
                weight,
                classAxis,
                fromLogits,
                others,
                classWeights,
                perImage,
                ignoreLabel,
                presence);
    }

    /** Returns the same with another probability above which a class is present. */
    ClassOptions withPresence(double other) {
        return new ClassOptions(
                weight, classAxis, fromLogits, classes, classWeights, perImage, ignoreLabel, other);
    }

    /** Reads and checks predictions and labels. */
    SegmentationInput read(NDList labels, NDList predictions, boolean onHost) {
        return read(labels, predictions, onHost, !perImage);
    }

    /** Reads the same, with every image by itself. */
    SegmentationInput readApart(NDList labels, NDList predictions, boolean onHost) {
        return read(labels, predictions, onHost, false);
    }

    private SegmentationInput read(
            NDList labels, NDList predictions, boolean onHost, boolean together) {
        SegmentationInput input =
                new InputReader(ignoreLabel, fromLogits, onHost, together, presence)
                        .classes(
                                Checks.single("labels", labels),
                                Checks.single("predictions", predictions),
                                classAxis);
        classes.check(input.channels());
        Checks.classWeightsMatch(classWeights, input.channels());
        return input;
    }
}
