package io.github.lovaszdjl.evaluator;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The mean intersection over union (Jaccard index) of a whole pass, the usual measure of semantic
 * segmentation.
 *
 * <p>Each accumulator keeps one {@link ConfusionMatrix} of all its pixels. The IoU of a class is
 * its intersection over its union <em>in that matrix</em>, and the value is the mean over the
 * classes that occur in the labels or in the predictions; it is not a mean of the values of
 * batches, in which a class that is rare in a batch would weigh as much as a common one. A class
 * that does not occur is left out, and an empty accumulator gives NaN.
 *
 * <p>Shapes: predictions {@code (N, C, d1, ..., dk)}, {@code k ≥ 0}, with the classes on any axis
 * but the first, logits or probabilities; labels {@code (N, d1, ..., dk)} or with an axis of size 1
 * in the place of the classes, whole values of any integer or float type. The predicted class of a
 * pixel is the one with the largest value, of several equal ones the lowest; NaN counts as larger
 * than every number, so that a network that has diverged still gets a value.
 *
 * <pre>{@code
 * MeanIoU meanIou = MeanIoU.builder().optIgnoreLabel(255).build();
 * config.addEvaluator(meanIou);
 * // ... train, then
 * meanIou.getIou(EvaluatorTrainingListener.VALIDATE_EPOCH); // {class 0=0.91, class 1=0.64}
 * }</pre>
 *
 * <p>The listener of DJL empties the accumulators at the end of an epoch, after it has stored their
 * values; a listener that reads the values of the classes has to come before it. Predictions on a
 * GPU stay there: one class index a pixel is copied to the host.
 *
 * <p>Mean IoU follows Everingham et al., <em>The Pascal Visual Object Classes Challenge: A
 * Retrospective</em>, IJCV 2015, <a
 * href="https://doi.org/10.1007/s11263-014-0733-5">doi:10.1007/s11263-014-0733-5</a>, except that
 * classes without any pixel do not count.
 *
 * @see PixelAccuracy
 */
public final class MeanIoU extends ConfusionEvaluator {

    private final List<String> classNames;

    private MeanIoU(Builder builder) {
        super(builder.name, new PixelCounter(builder.classAxis, builder.ignoreLabel));
        classNames = builder.classNames;
    }

    /**
     * Returns a builder with the default settings.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the IoU of every class for all pixels of an accumulator.
     *
     * @param key the key of the accumulator
     * @return the values by name in the order of the classes, unmodifiable; NaN for a class that
     *     did not occur; without names and before the first batch empty
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public Map<String, Float> getIou(String key) {
        ConfusionMatrix matrix = getConfusionMatrix(key);
        Map<String, Float> iou = new LinkedHashMap<>();
        for (int c = 0; c < matrix.classes(); c++) {
            String name = classNames.isEmpty() ? "class " + c : classNames.get(c);
            iou.put(name, (float) matrix.iou(c));
        }
        if (matrix.classes() == 0) {
            classNames.forEach(name -> iou.put(name, Float.NaN));
        }
        return Collections.unmodifiableMap(iou);
    }

    @Override
    double reduce(ConfusionMatrix matrix) {
        return matrix.meanIou();
    }

    @Override
    void checkClasses(int classes) {
        if (!classNames.isEmpty() && classNames.size() != classes) {
            throw new IllegalArgumentException(
                    "predictions: expected "
                            + classNames.size()
                            + " classes as named "
                            + classNames
                            + ", got "
                            + classes);
        }
    }

    /** A builder of {@link MeanIoU}. */
    public static final class Builder {

        private String name = "MeanIoU";
        private int classAxis = 1;
        private OptionalInt ignoreLabel = OptionalInt.empty();
        private List<String> classNames = List.of();

        private Builder() {}

        /**
         * Sets the name under which the trainer reports the value.
         *
         * @param name the name; by default {@code MeanIoU}
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the axis of the classes in the predictions.
         *
         * @param classAxis any axis but 0; negative counts from the end; by default 1
         * @return this builder
         */
        public Builder optClassAxis(int classAxis) {
            this.classAxis = classAxis;
            return this;
        }

        /**
         * Sets the label of pixels to leave out.
         *
         * @param ignoreLabel any number, also that of a class; by default there is none
         * @return this builder
         */
        public Builder optIgnoreLabel(int ignoreLabel) {
            this.ignoreLabel = OptionalInt.of(ignoreLabel);
            return this;
        }

        /**
         * Sets the names of the classes for {@link MeanIoU#getIou(String)}.
         *
         * @param classNames a different name for every class; by default {@code class 0}, {@code
         *     class 1} and so on
         * @return this builder
         * @throws IllegalArgumentException if there is no name or one occurs twice
         */
        public Builder optClassNames(List<String> classNames) {
            if (classNames.isEmpty() || new HashSet<>(classNames).size() != classNames.size()) {
                throw new IllegalArgumentException(
                        "classNames: expected different names, got " + classNames);
            }
            this.classNames = List.copyOf(classNames);
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0
         */
        public MeanIoU build() {
            return new MeanIoU(this);
        }
    }
}
