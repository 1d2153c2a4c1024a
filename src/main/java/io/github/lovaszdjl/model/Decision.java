package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.evaluator.MeanIoU;
import java.util.Arrays;
import java.util.Optional;

/**
 * How the output of a network, (N, channels, H, W), becomes the label of each pixel.
 *
 * <p>A network with one logit a class is trained by cross-entropy and its kin; one with a single
 * score a pixel by {@link io.github.lovaszdjl.loss.LovaszHingeLoss} and {@link
 * io.github.lovaszdjl.loss.LovaszSigmoidLoss}.
 */
public enum Decision {
    /** One logit a class: the highest wins, of several equal ones that of the lowest label. */
    HIGHEST_LOGIT("highest-logit", 0) {
        @Override
        public int channels(int classes) {
            return classes;
        }

        @Override
        public NDArray labels(NDArray logits) {
            return logits.argMax(1);
        }

        @Override
        public NDArray votes(NDArray logits) {
            return logits.softmax(1);
        }

        @Override
        public MeanIoU.Builder meanIou() {
            return MeanIoU.builder();
        }
    },

    /**
     * One score for two classes: label 1, the foreground, where it is above 0, else label 0. NaN
     * counts as larger than every number.
     */
    SCORE_ABOVE_ZERO("score-above-zero", 1) {
        @Override
        public int channels(int classes) {
            if (classes != 2) {
                throw new IllegalArgumentException(
                        "classes: expected 2, which one score a pixel tells apart, got " + classes);
            }
            return 1;
        }

        @Override
        public NDArray labels(NDArray logits) {
            try (NDArray scores = logits.squeeze(1);
                    NDArray background = scores.lte(0);
                    NDArray foreground = background.logicalNot()) {
                return foreground.toType(DataType.INT64, true);
            }
        }

        @Override
        public NDArray votes(NDArray logits) {
            return logits.getNDArrayInternal().sigmoid().subi(0.5);
        }

        @Override
        public MeanIoU.Builder meanIou() {
            return MeanIoU.builder().optBinary(true);
        }
    };

    private final String text;
    private final int firstLabel;

    Decision(String text, int firstLabel) {
        this.text = text;
        this.firstLabel = firstLabel;
    }

    /**
     * Returns how many channels the output of a network has.
     *
     * @param classes the number of classes, at least 1
     * @return the number of channels
     * @throws IllegalArgumentException if these classes cannot be told apart so
     */
    public abstract int channels(int classes);

    /**
     * Decides on the label of each pixel.
     *
     * @param logits the output of a network, (N, channels, H, W)
     * @return the labels, (N, H, W), INT64
     */
    public abstract NDArray labels(NDArray logits);

    /**
     * Turns logits into what several predictions of a pixel are averaged as. The decision on the
     * average is {@link #labels} of it, and on a single vote that on its logits.
     *
     * @param logits the output of a network, (N, channels, H, W), outside of any graph
     * @return a new array of this shape: the probabilities of the classes, by softmax; or, of one
     *     score, the probability of the foreground, by sigmoid, less a half
     */
    public abstract NDArray votes(NDArray logits);

    /**
     * Returns an evaluator that decides so.
     *
     * @return a builder, to set the rest
     */
    public abstract MeanIoU.Builder meanIou();

    /**
     * Returns the label that the first channel is the logit of. A label below it has the logit 0,
     * and with that every decision is for the highest logit, of equal ones the lower label.
     *
     * @return 0 or 1
     */
    public int firstLabel() {
        return firstLabel;
    }

    /** Returns the decision of this name, see {@link #toString()}. */
    static Optional<Decision> of(String text) {
        return Arrays.stream(values()).filter(d -> d.text.equals(text)).findFirst();
    }

    /**
     * Returns the name that stands in the description of a saved model.
     *
     * @return {@code highest-logit} or {@code score-above-zero}
     */
    @Override
    public String toString() {
        return text;
    }
}
