package io.github.lovaszdjl.loss;

/** The options that losses of binary problems have in common. */
abstract class BinaryLossBuilder<T extends BinaryLossBuilder<T>> extends LossBuilder<T> {

    private boolean perImage;
    private boolean multilabel;

    BinaryLossBuilder(String name, boolean perImage) {
        super(name);
        this.perImage = perImage;
    }

    BinaryOptions options(boolean fromLogits) {
        return new BinaryOptions(weight, fromLogits, perImage, multilabel, ignoreLabel);
    }

    /**
     * Sets what is sorted together.
     *
     * @param perImage true, the default of {@link LovaszHingeLoss}: every image by itself, then the
     *     mean over images with a valid pixel; false, the default of {@link LovaszSigmoidLoss}: the
     *     batch as one
     * @return this builder
     */
    public T optPerImage(boolean perImage) {
        this.perImage = perImage;
        return self();
    }

    /**
     * Sets whether every channel is a binary problem with labels of its own.
     *
     * @param multilabel true: predictions and labels are (N, C, d1, …, dk); false, the default: one
     *     problem
     * @return this builder
     */
    public T optMultilabel(boolean multilabel) {
        this.multilabel = multilabel;
        return self();
    }
}
