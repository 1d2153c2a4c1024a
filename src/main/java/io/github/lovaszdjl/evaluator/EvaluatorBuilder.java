package io.github.lovaszdjl.evaluator;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/** The options that all evaluators have. */
abstract class EvaluatorBuilder<T extends EvaluatorBuilder<T>> {

    String name;
    private OptionalInt classAxis = OptionalInt.empty();
    private OptionalInt ignoreLabel = OptionalInt.empty();
    private boolean binary;
    private boolean multilabel;
    // Null until it is set.
    private Float threshold;

    EvaluatorBuilder(String name) {
        this.name = name;
    }

    abstract T self();

    /**
     * Sets the name under which the trainer reports the value.
     *
     * @param name the name; that of the class by default
     * @return this builder
     */
    public T optName(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return self();
    }

    /**
     * Sets the axis of the classes in the predictions.
     *
     * @param classAxis any axis but 0; negative counts from the end; by default 1
     * @return this builder
     */
    public T optClassAxis(int classAxis) {
        this.classAxis = OptionalInt.of(classAxis);
        return self();
    }

    /**
     * Sets the label of pixels to leave out.
     *
     * @param ignoreLabel any number, also that of a class; by default there is none
     * @return this builder
     */
    public T optIgnoreLabel(int ignoreLabel) {
        this.ignoreLabel = OptionalInt.of(ignoreLabel);
        return self();
    }

    /**
     * Sets whether the predictions are one score a pixel, as a network of one channel gives them.
     *
     * <p>Class 0 is background, class 1 foreground, where the score is above the threshold.
     *
     * @param binary true: predictions are (N, d1, …, dk) or (N, 1, d1, …, dk), labels of either
     *     shape, 0 or 1; false, the default: a score for every class
     * @return this builder
     */
    public T optBinary(boolean binary) {
        this.binary = binary;
        return self();
    }

    /**
     * Sets whether every channel is a binary problem with labels of its own; with it {@link
     * #optBinary} need not be set.
     *
     * @param multilabel true: predictions and labels are (N, C, d1, …, dk), labels 0 or 1; false,
     *     the default: one problem
     * @return this builder
     */
    public T optMultilabel(boolean multilabel) {
        this.multilabel = multilabel;
        return self();
    }

    /**
     * Sets the score above which a pixel is foreground, for {@link #optBinary} and {@link
     * #optMultilabel}. A score that equals it is background.
     *
     * @param threshold the score, finite; 0 by default, which is right for raw scores and logits;
     *     0.5 for probabilities
     * @return this builder
     * @throws IllegalArgumentException if it is not finite
     */
    public T optThreshold(float threshold) {
        if (!Float.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "threshold: expected a finite number, got " + threshold);
        }
        this.threshold = threshold;
        return self();
    }

    final boolean isBinary() {
        return binary || multilabel;
    }

    final boolean isMultilabel() {
        return multilabel;
    }

    /** Returns what was set that says how to count, by name. */
    final Map<String, Object> howToCount() {
        Map<String, Object> set = new LinkedHashMap<>();
        classAxis.ifPresent(axis -> set.put("classAxis", axis));
        ignoreLabel.ifPresent(label -> set.put("ignoreLabel", label));
        if (binary) {
            set.put("binary", true);
        }
        if (multilabel) {
            set.put("multilabel", true);
        }
        if (threshold != null) {
            set.put("threshold", threshold);
        }
        return set;
    }

    /** Throws where something was set that says how to count; another evaluator counts. */
    final void checkNothingCounted() {
        if (!howToCount().isEmpty()) {
            throw new IllegalArgumentException(
                    "countsOf: expected no option beside it that says how to count, got "
                            + howToCount());
        }
    }

    final PixelCounter counter() {
        return counter(0);
    }

    /** Returns what counts, with this threshold where none was set. */
    final PixelCounter counter(float threshold) {
        if (!isBinary()) {
            if (this.threshold != null) {
                throw new IllegalArgumentException(
                        "threshold: expected optBinary(true) or optMultilabel(true) beside it, got "
                                + this.threshold
                                + " without");
            }
            return new ClassCounter(classAxis.orElse(1), ignoreLabel);
        }
        if (classAxis.isPresent()) {
            throw new IllegalArgumentException(
                    "classAxis: expected none beside optBinary(true) or optMultilabel(true), got "
                            + classAxis.getAsInt());
        }
        float above = this.threshold == null ? threshold : this.threshold;
        return new BinaryCounter(multilabel, above, ignoreLabel);
    }
}
