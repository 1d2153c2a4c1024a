package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.Operations;
import java.util.Objects;

/**
 * A loss for networks that give several outputs in training: of the first, the logits that count,
 * and with a weight of the further ones, which bring a gradient to layers deep in the network.
 *
 * <pre>
 *   loss = L(output 0) + weight · (L(output 1) + L(output 2) + …)
 * </pre>
 *
 * <p>Every output has the shape that L takes with the labels. Where there is but one, as in
 * evaluation, this is L. The result is a scalar; errors are those of L.
 *
 * <pre>{@code
 * Loss loss = new AuxiliaryLoss(new LovaszSoftmaxLoss());
 * }</pre>
 *
 * <p>Safe for use by several threads at once if L is, as the losses of this library are.
 *
 * <p>Source: H. Zhao et al., <i>Pyramid Scene Parsing Network</i>, CVPR 2017, arXiv 1612.01105,
 * section 3.3, with one auxiliary output and the weight 0.4.
 */
public final class AuxiliaryLoss extends SegmentationLoss {

    /** The weight unless another one is given. */
    public static final float DEFAULT_WEIGHT = 0.4f;

    private final SegmentationLoss loss;
    private final Sum auxiliary;
    private final float weight;

    /**
     * Constructs a loss with the weight 0.4.
     *
     * @param loss the loss of every output, L
     */
    public AuxiliaryLoss(Loss loss) {
        this(loss, DEFAULT_WEIGHT);
    }

    /**
     * Constructs a loss; training metrics show it as {@code total}.
     *
     * @param loss the loss of every output, L
     * @param weight the factor of the further outputs, finite and not below 0
     * @throws IllegalArgumentException if the weight is neither
     */
    public AuxiliaryLoss(Loss loss, float weight) {
        super("total");
        Objects.requireNonNull(loss, "loss: expected a loss, got null");
        this.loss = SegmentationLoss.of(loss);
        this.weight = Checks.weight(weight);
        auxiliary = new Sum(this.loss);
    }

    /**
     * Returns the loss of every output. It reports the value that this loss has computed where it
     * is asked for that of the first output alone.
     *
     * @return the loss; one that is not of this library comes as one of the same name around it
     */
    public Loss getLoss() {
        return loss;
    }

    /**
     * Returns the sum over the auxiliary outputs, without the weight. It reports the value that
     * this loss has computed where it is asked for that of all outputs but the first.
     *
     * @return the sum, of the name {@code aux}
     */
    public Loss getAuxiliary() {
        return auxiliary;
    }

    @Override
    boolean takesSoftLabels() {
        return loss.takesSoftLabels();
    }

    @Override
    NDArray compute(NDList labels, NDList predictions) {
        if (predictions.size() == 1) {
            return loss.evaluate(labels, predictions);
        }
        return Scoped.of(
                () -> {
                    NDArray further = auxiliary.evaluate(labels, further(predictions));
                    // Last, so that its value is kept for its report.
                    NDArray first = loss.evaluate(labels, first(predictions));
                    return first.add(further.mul(Operations.number(further, weight)));
                });
    }

    @Override
    double measure(NDList labels, NDList predictions) {
        double first = loss.valueAsPart(labels, first(predictions));
        return predictions.size() == 1
                ? first
                : first + weight * auxiliary.valueAsPart(labels, further(predictions));
    }

    private static NDList first(NDList predictions) {
        return new NDList(predictions.head());
    }

    private static NDList further(NDList predictions) {
        return predictions.subNDList(1);
    }

    /** The loss of each of several outputs, summed. */
    private static final class Sum extends SegmentationLoss {

        private final SegmentationLoss loss;

        Sum(SegmentationLoss loss) {
            super("aux");
            this.loss = loss;
        }

        @Override
        NDArray compute(NDList labels, NDList predictions) {
            return Scoped.of(
                    () -> {
                        NDArray sum = null;
                        for (NDArray output : predictions) {
                            NDArray next = loss.evaluate(labels, new NDList(output));
                            sum = sum == null ? next : sum.add(next);
                        }
                        return sum;
                    });
        }

        @Override
        double measure(NDList labels, NDList predictions) {
            double sum = 0;
            for (NDArray output : predictions) {
                sum += loss.measure(labels, new NDList(output));
            }
            return sum;
        }
    }
}
