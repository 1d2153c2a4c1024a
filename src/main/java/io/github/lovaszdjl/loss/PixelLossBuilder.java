package io.github.lovaszdjl.loss;

/** The options of losses on predictions of several classes. */
abstract class PixelLossBuilder<T extends PixelLossBuilder<T>> extends LossBuilder<T> {

    int classAxis = 1;
    float[] classWeights;

    PixelLossBuilder(String name) {
        super(name);
    }

    /**
     * Sets the class axis of the predictions.
     *
     * @param classAxis the axis, any but 0, negative counted from the end; 1 by default
     * @return this builder
     * @throws IllegalArgumentException if it is 0
     */
    public T optClassAxis(int classAxis) {
        this.classAxis = Checks.classAxis(classAxis);
        return self();
    }

    /**
     * Weighs the classes: the mean, over classes or over pixels by their class, becomes a weighted
     * one.
     *
     * @param classWeights one weight a class, finite and not below 0; equal by default
     * @return this builder
     * @throws IllegalArgumentException if there is none or one is neither
     */
    public T optClassWeights(float... classWeights) {
        this.classWeights = Checks.classWeights(classWeights);
        return self();
    }
}
