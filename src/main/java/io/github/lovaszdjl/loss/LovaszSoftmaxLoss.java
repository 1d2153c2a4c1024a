package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lovász-Softmax: a tractable surrogate of the mean intersection-over-union, for several classes.
 *
 * <p>Use it where mean IoU is what counts, most of all with rare or small classes, which
 * cross-entropy gives up; alone to fine-tune, or from the start as {@code 0.5 · cross-entropy +
 * Lovász-Softmax} (see {@link WeightedLoss}). It brings nothing where pixel accuracy is the
 * measure. It is a loss of the whole batch: with several devices or accumulated batches it is the
 * Jaccard loss of each part, not of the whole, and the parts' gradients add up (see the package
 * {@link io.github.lovaszdjl.loss}).
 *
 * <p>For class c, with p_i(c) the probability of class c at pixel i and y_i the label, the errors
 * are m_i = 1 − p_i(c) where y_i = c, else p_i(c); the loss of the class is the Lovász extension of
 * the Jaccard loss at m:
 *
 * <pre>
 *   loss = Σ_c w_c · L_c / Σ_c w_c        L_c = Σ_i g_i(c) · m_i(c)
 * </pre>
 *
 * <p>over the selected classes c, where the pixels' weights g_i(c) follow from the order of the
 * errors: of decreasing errors, with U_i the union and I_i the intersection once pixel i is counted
 * wrong too, 1 / U_i for foreground and I_i / (U_i (U_i − 1)) for background. The loss lies in [0,
 * 1]; for hard 0/1 errors it is exactly the mean of 1 − IoU. An absent class that is selected costs
 * its largest probability. No valid pixel, or selected class weights that sum to 0: loss and
 * gradient are 0, still connected to the predictions.
 *
 * <p>Shapes: predictions (N, C, d1, …, dk) for any k ≥ 0 with the class axis anywhere but first,
 * FLOAT16 (computed in FLOAT32), FLOAT32 or FLOAT64; labels (N, d1, …, dk), or with 1 in place of
 * C, of any integer or float type with whole values. The result is a scalar.
 *
 * <p>NaN or +∞ logits at a valid pixel give NaN; at an ignored pixel they change nothing.
 * Everything wrong with the arrays is an {@link IllegalArgumentException} from {@link #evaluate}:
 * shapes that do not match, fewer than two classes, a label that is no class and not ignored, class
 * ids or class weights that do not fit the classes; and with {@link Builder#optFromLogits
 * optFromLogits(false)}, at a pixel that is not ignored and of any class, selected or not, NaN or a
 * number that is outside [0, 1] by more than 2⁻⁸, which passes for rounding. One class alone has no
 * loss here: published code takes one channel for the probability of a foreground, which is {@link
 * LovaszSigmoidLoss}.
 *
 * <pre>{@code
 * Loss loss = LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build();
 * TrainingConfig config = new DefaultTrainingConfig(loss);
 * }</pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, equations 8 to 11 and Algorithm 1. Deviations: the weights in closed form
 * (right to rounding, where differences in float32 are not), class weights, labels are checked.
 *
 * <p>Implementation: with softmax inside, Σ_c p(c) = 1 turns the error of the true class into the
 * sum of the others' probabilities, so the loss is Σ_i Σ_{c≠y_i} (g_i(c) + g_i(y_i)) p_i(c). For
 * the same reason a number may be taken from all coefficients of a pixel and added to the loss;
 * taking their mean, weighed by p, leaves next to nothing at the class that is likely, hence no
 * cancellation in the gradient, however confident the network is, rightly or wrongly. FLOAT32 on
 * the CPU is computed in plain loops ({@code HostLosses}), all else with NDArray operations.
 *
 * <p>Safe for use by several threads at once.
 */
public final class LovaszSoftmaxLoss extends SegmentationLoss {

    private final ClassOptions options;
    private final HostLosses.Pool scratch = new HostLosses.Pool();

    /** Creates a loss with default options. */
    public LovaszSoftmaxLoss() {
        this(builder());
    }

    private LovaszSoftmaxLoss(Builder builder) {
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
        NDArray single = Checks.single("predictions", predictions);
        return compute(labels, predictions, HostLosses.serve(single));
    }

    /** Computes the loss on the host, or with NDArray operations only. */
    NDArray compute(NDList labels, NDList predictions, boolean onHost) {
        return Scoped.of(
                () -> {
                    SegmentationInput input = options.read(labels, predictions, onHost);
                    if (onHost) {
                        return onHost(input);
                    }
                    return options.fromLogits() ? ofLogits(input) : ofProbabilities(input);
                });
    }

    private NDArray onHost(SegmentationInput input) {
        NDArray values = input.predictions().stopGradient();
        NDArray probabilities = options.fromLogits() ? values.softmax(1) : values;
        List<HostSort.Problem> problems = problems(input, HostLosses.read(probabilities));
        return scratch.compute(
                host ->
                        options.fromLogits()
                                ? host.softmax(input, probabilities, problems)
                                : host.pointwise(input, problems, new ProbabilityErrors(), false));
    }

    private List<HostSort.Problem> problems(SegmentationInput input, FloatBuffer values) {
        List<HostSort.Problem> problems = new ArrayList<>();
        for (ClassGroup group : ClassGroup.of(input.counts(), options)) {
            long valid = Arrays.stream(group.counts()).sum();
            for (int c = 0; c < group.shares().length; c++) {
                if (group.shares()[c] > 0) {
                    problems.add(
                            new HostSort.Problem(
                                    values,
                                    input.hostLabels(),
                                    group.firstImage(),
                                    group.lastImage(),
                                    c,
                                    input.channels(),
                                    1,
                                    input.counts().pixels(),
                                    c,
                                    group.counts()[c],
                                    valid - group.counts()[c],
                                    group.shares()[c]));
                }
            }
        }
        return problems;
    }

    private NDArray ofLogits(SegmentationInput input) {
        NDArray probabilities = input.validPredictions().softmax(1);
        NDArray constant = probabilities.stopGradient();
        NDArray slopes = slopes(constant, input);
        NDArray ofTrueClass = Operations.ofClass(slopes, input.target().reshape(input.perPixel()));
        // 1 − p of the true class is the sum of the others' p: what they are multiplied by is above
        // 0, and that of the true class 0, so that nothing cancels.
        NDArray coefficients = slopes.subi(ofTrueClass);
        // Less what all classes of a pixel have in common, which CUDA's softmax would take away
        // from products.
        NDArray shift = coefficients.mul(constant).sum(new int[] {1}, true);
        return probabilities.mul(coefficients.subi(shift)).sum().add(shift.sum());
    }

    private NDArray ofProbabilities(SegmentationInput input) {
        NDArray probabilities = input.validPredictions().stopGradient();
        NDArray slopes = slopes(probabilities, input);
        // The error rises with the probability of the others, from 0, and falls with that of the
        // true class, to 0 at 1.
        NDArray trueClass = input.target().reshape(input.perPixel());
        NDArray ofTrueClass = Operations.ofClass(probabilities, trueClass);
        NDArray signed =
                Operations.withClass(
                        probabilities, trueClass, ofTrueClass.sub(ofTrueClass.onesLike()));
        return input.linear(signed.mul(slopes).sum(), slopes);
    }

    /**
     * Returns how the loss changes with the probabilities, (N, C, D): the weights of the errors
     * with the shares of the classes and images and the weight of the loss in them, negative where
     * the class is the true one.
     */
    private NDArray slopes(NDArray probabilities, SegmentationInput input) {
        NDList images = new NDList();
        for (ClassGroup group : ClassGroup.of(input.counts(), options)) {
            images.add(slopes(probabilities, input, group));
        }
        if (images.isEmpty()) {
            return probabilities.zerosLike();
        }
        return images.size() == 1 ? images.head() : NDArrays.concat(images);
    }

    /** Returns the same of the images of a group, (images, C, D). */
    private NDArray slopes(NDArray probabilities, SegmentationInput input, ClassGroup group) {
        NDIndex images = new NDIndex("{}:{}", group.firstImage(), group.lastImage());
        NDArray rows = probabilities.get(images).swapAxes(0, 1).reshape(input.channels(), -1);
        int[] selected =
                IntStream.range(0, group.shares().length)
                        .filter(c -> group.shares()[c] > 0)
                        .toArray();
        Shape layout =
                new Shape(input.channels(), group.lastImage() - group.firstImage(), input.pixels());
        if (selected.length == 0) {
            return rows.zerosLike().reshape(layout).swapAxes(0, 1);
        }
        boolean all = selected.length == group.shares().length;
        NDArray target = input.target().get(images).reshape(1, -1);
        NDArray classes =
                all
                        ? Operations.range(target, selected.length)
                        : Operations.numbers(
                                target, Arrays.stream(selected).asDoubleStream().toArray());
        NDArray foreground = target.eq(classes.reshape(-1, 1));
        NDArray valid = input.valid() == null ? null : input.valid().get(images).reshape(1, -1);
        if (valid != null) {
            foreground = foreground.logicalAnd(valid);
        }
        NDArray background = all ? rows : ofRows(rows, selected);
        NDArray one = Operations.number(background, 1);
        // One less its error, or of what may be close to 0 the error alone, negative.
        NDArray rightness =
                options.fromLogits()
                        ? NDArrays.where(foreground, background, one.sub(background))
                        : NDArrays.where(foreground, background.sub(one), background.neg());
        NDArray slopes =
                LovaszExtension.weights(
                        rightness,
                        foreground,
                        valid,
                        Arrays.stream(selected).mapToLong(c -> group.counts()[c]).toArray(),
                        options.fromLogits(),
                        -1);
        double[] shares = Arrays.stream(selected).mapToDouble(c -> group.shares()[c]).toArray();
        slopes.muli(Operations.numbers(slopes, shares).reshape(-1, 1));
        NDArray ofAll = all ? slopes : amongOthers(slopes, selected, input.channels());
        return ofAll.reshape(layout).swapAxes(0, 1);
    }

    private static NDArray ofRows(NDArray rows, int... selected) {
        NDList list = new NDList(selected.length);
        for (int c : selected) {
            list.add(rows.get(c));
        }
        return NDArrays.stack(list);
    }

    /** Puts rows in their places, with 0 in the others. */
    private static NDArray amongOthers(NDArray rows, int[] places, int size) {
        NDArray none = rows.get(0).zerosLike();
        NDList list = new NDList(Collections.nCopies(size, none).toArray(NDArray[]::new));
        for (int row = 0; row < places.length; row++) {
            list.set(places[row], rows.get(row));
        }
        return NDArrays.stack(list);
    }

    /** Builds a {@link LovaszSoftmaxLoss}. */
    public static final class Builder extends ClassLossBuilder<Builder> {

        private Builder() {
            super("LovaszSoftmaxLoss");
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
        public LovaszSoftmaxLoss build() {
            return new LovaszSoftmaxLoss(this);
        }
    }
}
