package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.DistanceTransform;
import io.github.lovaszdjl.internal.LabelMap;
import io.github.lovaszdjl.internal.Operations;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Boundary loss: what is predicted of a class counts by its distance from the boundary of the
 * class, for several classes.
 *
 * <p>Not a loss to train with alone: its weight has to be small, and another loss beside it, such
 * as {@link SoftDiceLoss}, has to find the regions, as in the paper (0.01 first, then more).
 *
 * <p>For class c of image n, with p_i(c) the probability of class c at pixel i and φ_i(c) the
 * signed distance, in pixels, of i to the boundary of the class,
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c        L_c = Σ_i φ_i(c) p_i(c) / number of valid pixels
 *   φ_i(c) = distance to the nearest pixel of class c            where y_i ≠ c
 *          = 1 − distance to the nearest pixel of another class  where y_i = c
 * </pre>
 *
 * <p>over the selected classes and the valid pixels of all images; 0 for a class that fills an
 * image or is absent from it. The least value, of a perfect prediction, is below 0 as a rule. The
 * loss grows with the size of images. No valid pixel, or selected class weights that sum to 0: loss
 * and gradient are 0, still connected to the predictions.
 *
 * <p>Labels that are class probabilities have no boundary and are refused. Distances are Euclidean
 * over all of d1, …, dk and exact. Ignored pixels are of no class: no distance is measured to them,
 * and they do not count. Shapes, NaN and errors are those of {@link LovaszSoftmaxLoss}. Distances
 * are computed on the host, also where the predictions are on a GPU.
 *
 * <pre>{@code
 * Loss loss = WeightedLoss.builder()
 *         .add(1, new SoftDiceLoss()).add(0.01f, new BoundaryLoss()).build();
 * }</pre>
 *
 * <p>Source: H. Kervadec et al., <i>Boundary loss for highly unbalanced segmentation</i>, MIDL
 * 2019, arXiv 1812.07032, equation 5, with the distances of the authors' code, 0 at the outermost
 * pixels of the class.
 *
 * <p>Safe for use by several threads at once.
 */
public final class BoundaryLoss extends SegmentationLoss {

    private final ClassOptions options;

    /** Creates a loss with default options. */
    public BoundaryLoss() {
        this(builder());
    }

    private BoundaryLoss(Builder builder) {
        super(builder.name);
        options = builder.options();
    }

    /**
     * Returns a builder with default options.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    NDArray compute(NDList labels, NDList predictions) {
        Checks.hardLabels(
                labels, predictions, options.classAxis(), "they have no boundary between classes");
        return Scoped.of(
                () -> {
                    // Apart, even if the loss is of the batch: an image has its own boundaries.
                    SegmentationInput input = options.readApart(labels, predictions, true);
                    NDArray probabilities = input.validPredictions();
                    if (options.fromLogits()) {
                        probabilities = probabilities.softmax(1);
                    }
                    long[] sizes = sizes(labels.head(), predictions.head());
                    return probabilities.mul(slopes(input, sizes)).sum();
                });
    }

    /** Returns the spatial sizes (d1, …, dk). */
    private long[] sizes(NDArray labels, NDArray predictions) {
        Shape shape = predictions.getShape();
        int axis = options.classAxis();
        int position = axis < 0 ? axis + shape.dimension() : axis;
        return IntStream.range(1, shape.dimension())
                .filter(i -> i != position)
                .mapToLong(shape::get)
                .toArray();
    }

    /** Returns the factor of every probability, (N, C, D), in memory of the engine's own. */
    private NDArray slopes(SegmentationInput input, long... sizes) {
        int classes = input.channels();
        int pixels = Math.toIntExact(input.pixels());
        double[] slopes = new double[Math.toIntExact(input.predictions().size())];
        List<ClassGroup> groups = ClassGroup.of(input.counts(), options);
        for (ClassGroup group : groups) {
            long valid =
                    IntStream.range(group.firstImage(), group.lastImage())
                            .mapToLong(input.counts()::valid)
                            .sum();
            int first = group.firstImage() * classes;
            IntStream.range(first, group.lastImage() * classes)
                    .parallel()
                    .filter(row -> group.shares()[row % classes] > 0)
                    .forEach(
                            row -> {
                                double factor = group.shares()[row % classes] / valid;
                                double[] distances =
                                        DistanceTransform.signed(
                                                input.hostLabels(),
                                                row / classes * pixels,
                                                row % classes,
                                                LabelMap.IGNORED,
                                                sizes);
                                for (int i = 0; i < pixels; i++) {
                                    slopes[row * pixels + i] = factor * distances[i];
                                }
                            });
        }
        return Operations.copy(input.predictions(), input.predictions().getShape(), slopes);
    }

    /** Builds a {@link BoundaryLoss}. */
    public static final class Builder extends ClassLossBuilder<Builder> {

        private Builder() {
            super("BoundaryLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public BoundaryLoss build() {
            return new BoundaryLoss(this);
        }
    }
}
