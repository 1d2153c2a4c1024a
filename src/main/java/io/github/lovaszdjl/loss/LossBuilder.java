package io.github.lovaszdjl.loss;

import java.util.OptionalInt;

/** The options that all losses have. */
abstract class LossBuilder<T extends LossBuilder<T>> {

    String name;
    float weight = 1;
    OptionalInt ignoreLabel = OptionalInt.empty();

    LossBuilder(String name) {
        this.name = name;
    }

    abstract T self();

    /**
     * Sets the name under which the training metrics show the loss.
     *
     * @param name the name; that of the class by default
     * @return this builder
     */
    public T optName(String name) {
        this.name = Checks.name(name);
        return self();
    }

    /**
     * Sets the factor of the loss.
     *
     * @param weight the factor, finite and not below 0; 1 by default
     * @return this builder
     * @throws IllegalArgumentException if it is neither
     */
    public T optWeight(float weight) {
        this.weight = Checks.weight(weight);
        return self();
    }

    /**
     * Sets the label of pixels to ignore: they change nothing, as if removed.
     *
     * @param ignoreLabel the label, of any value; none by default
     * @return this builder
     */
    public T optIgnoreLabel(int ignoreLabel) {
        this.ignoreLabel = OptionalInt.of(ignoreLabel);
        return self();
    }
}
