package io.github.lovaszdjl.loss;

import java.util.Objects;

/** The options that losses which average over classes have in common. */
abstract class ClassLossBuilder<T extends ClassLossBuilder<T>> extends PixelLossBuilder<T> {

    private boolean fromLogits = true;
    private ClassSelection classes = ClassSelection.present();
    private boolean perImage;

    ClassLossBuilder(String name) {
        super(name);
    }

    ClassOptions options() {
        return new ClassOptions(
                weight,
                classAxis,
                fromLogits,
                classes,
                classWeights,
                perImage,
                ignoreLabel,
                SoftLabels.TRACE);
    }

    /**
     * Sets what the predictions are.
     *
     * @param fromLogits true, the default: logits, softmax is applied inside; false: probabilities,
     *     which are checked
     * @return this builder
     */
    public T optFromLogits(boolean fromLogits) {
        this.fromLogits = fromLogits;
        return self();
    }

    /**
     * Sets the classes to average over.
     *
     * @param classes the selection; {@link ClassSelection#present()} by default
     * @return this builder
     */
    public T optClasses(ClassSelection classes) {
        this.classes = Objects.requireNonNull(classes, "classes: expected a selection, got null");
        return self();
    }

    /**
     * Sets what is sorted together.
     *
     * @param perImage true: every image by itself, then the mean over images with a valid pixel;
     *     false, the default: the batch as one
     * @return this builder
     */
    public T optPerImage(boolean perImage) {
        this.perImage = perImage;
        return self();
    }
}
