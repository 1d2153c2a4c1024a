package io.github.lovaszdjl.evaluator;

import io.github.lovaszdjl.internal.Names;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
 * than every number, so that a network that has diverged still gets a value. Predictions of one
 * channel, of which the largest would always be the right one, are refused.
 *
 * <p>Networks of one channel, which {@link io.github.lovaszdjl.loss.LovaszHingeLoss} and {@link
 * io.github.lovaszdjl.loss.LovaszSigmoidLoss} train, need {@link Builder#optBinary}: predictions
 * and labels are those of these losses, (N, d1, …, dk) or (N, 1, d1, …, dk). A pixel is predicted
 * as foreground, class 1, where its score is above the threshold, 0 unless {@link
 * Builder#optThreshold} says otherwise, else as background, class 0; a score that equals the
 * threshold is background, NaN foreground. The value is the mean of both IoUs; that of foreground
 * alone is {@code getConfusionMatrix(key).iou(1)}. With {@link Builder#optMultilabel}, (N, C, d1,
 * …, dk), every channel is such a problem: the value is the mean over channels of the IoU of the
 * foreground, and a channel whose foreground occurs neither in its labels nor in its predictions is
 * left out.
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
        super(builder.name, builder.counter());
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
     * Returns the IoU of every class, or of the foreground of every channel in multilabel mode, for
     * all pixels of an accumulator.
     *
     * @param key the key of the accumulator
     * @return the values by name in the order of the classes, unmodifiable; NaN for a class that
     *     did not occur; without names and before the first batch empty
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public Map<String, Float> getIou(String key) {
        double[] values = ious(getConfusionMatrices(key));
        Map<String, Float> iou = new LinkedHashMap<>();
        for (int c = 0; c < values.length; c++) {
            String name = classNames.isEmpty() ? "class " + c : classNames.get(c);
            iou.put(name, (float) values[c]);
        }
        if (values.length == 0) {
            classNames.forEach(name -> iou.put(name, Float.NaN));
        }
        return Collections.unmodifiableMap(iou);
    }

    private double[] ious(List<ConfusionMatrix> matrices) {
        if (isMultilabel()) {
            return matrices.stream().mapToDouble(matrix -> matrix.iou(1)).toArray();
        }
        ConfusionMatrix matrix = sum(matrices);
        return IntStream.range(0, matrix.classes()).mapToDouble(matrix::iou).toArray();
    }

    @Override
    double reduce(List<ConfusionMatrix> matrices) {
        return Arrays.stream(ious(matrices))
                .filter(iou -> !Double.isNaN(iou))
                .average()
                .orElse(Double.NaN);
    }

    @Override
    void checkClasses(int classes) {
        if (!classNames.isEmpty() && classNames.size() != classes) {
            throw new IllegalArgumentException(
                    "predictions: expected "
                            + classNames.size()
                            + (isMultilabel() ? " channels" : " classes")
                            + " as named "
                            + Names.list(classNames)
                            + ", got "
                            + classes);
        }
    }

    /** A builder of {@link MeanIoU}. */
    public static final class Builder extends EvaluatorBuilder<Builder> {

        private List<String> classNames = List.of();

        private Builder() {
            super("MeanIoU");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the names of the classes for {@link MeanIoU#getIou(String)}.
         *
         * @param classNames a different name for every class, with {@link #optBinary} those of
         *     background and foreground, with {@link #optMultilabel} one for every channel; by
         *     default {@code class 0}, {@code class 1} and so on
         * @return this builder
         * @throws IllegalArgumentException if there is no name or one occurs twice
         */
        public Builder optClassNames(List<String> classNames) {
            if (classNames.isEmpty() || new HashSet<>(classNames).size() != classNames.size()) {
                throw new IllegalArgumentException(
                        "classNames: expected different names, got " + Names.list(classNames));
            }
            this.classNames = List.copyOf(classNames);
            return this;
        }

        /**
         * Builds the evaluator.
         *
         * @return a new evaluator without accumulators
         * @throws IllegalArgumentException if the class axis is 0 or stands beside binary
         *     predictions, a threshold stands without them, or one class has names other than two
         *     beside them
         */
        public MeanIoU build() {
            if (isBinary() && !isMultilabel() && classNames.size() != 2 && !classNames.isEmpty()) {
                throw new IllegalArgumentException(
                        "classNames: expected those of background and foreground, got "
                                + Names.list(classNames));
            }
            return new MeanIoU(this);
        }
    }
}
