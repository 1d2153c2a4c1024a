package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lovaszdjl.internal.Bilinear;
import java.util.Collections;
import java.util.Objects;

/**
 * An {@link Encoder}, a {@link Decoder} and a last layer that gives every pixel of an image one
 * logit per class: (N, C, H, W) to (N, classes, H, W).
 *
 * <p>The last layer, the child block {@code classifier}, is a 1×1 convolution, after dropout; its
 * logits are resized to the image bilinearly where the decoder's output is smaller. Images may have
 * any height and width: those that are no multiples of the largest stride are extended to the right
 * and to the bottom by copies of the last column and row, and the logits are cropped back.
 *
 * <p>While the encoder, the child block {@code encoder}, is frozen, it is as in evaluation, see
 * {@link Freezing}.
 *
 * <pre>{@code
 * Block block =
 *         EncoderDecoder.builder()
 *                 .setEncoder(EncoderName.RESNET18)
 *                 .setDecoder(DecoderName.UNET)
 *                 .setClasses(12)
 *                 .build();
 * }</pre>
 */
public final class EncoderDecoder extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Encoder encoder;
    private final Decoder decoder;
    private final int classes;
    private final Dropout dropout;
    private final Conv2d classifier;
    private final int largestStride;

    /**
     * Joins an encoder and a decoder, of your own for instance.
     *
     * @param encoder the encoder
     * @param decoder the decoder, made for the maps of this encoder
     * @param classes the number of classes, the channels of the logits, at least 1
     * @param dropout the share of the decoder's channels' values that training sets to 0 before the
     *     last layer, at least 0 and below 1
     * @throws IllegalArgumentException if a number is out of range
     */
    public EncoderDecoder(Encoder encoder, Decoder decoder, int classes, float dropout) {
        super(VERSION);
        Objects.requireNonNull(encoder, "encoder: expected an encoder, got null");
        Objects.requireNonNull(decoder, "decoder: expected a decoder, got null");
        UNet.Builder.check("classes", classes, Integer.MAX_VALUE);
        checkDropout(dropout);
        this.encoder = addChildBlock("encoder", encoder);
        this.decoder = addChildBlock("decoder", decoder);
        this.classes = classes;
        this.dropout = dropout == 0 ? null : Dropout.builder().optRate(dropout).build();
        classifier =
                addChildBlock(
                        "classifier",
                        Conv2d.builder()
                                .setKernelShape(new Shape(1, 1))
                                .setFilters(classes)
                                .build());
        largestStride = Collections.max(encoder.strides());
    }

    static void checkDropout(float dropout) {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "dropout: expected at least 0 and below 1, got " + dropout);
        }
    }

    /**
     * Starts building a network of an encoder and a decoder by name.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        Shape shape = padded(input.getShape());
        NDArray padded = FeatureMaps.pad(input, shape.get(2), shape.get(3));
        NDList maps = Freezing.forward(encoder, parameterStore, new NDList(padded), training);
        if (padded != input) {
            padded.close();
        }
        NDArray logits;
        try (maps;
                NDArray features = decoder.decode(parameterStore, maps, training)) {
            logits = classify(parameterStore, features, training);
        }
        if (decoder.stride() > 1) {
            try (NDArray coarse = logits) {
                logits = Bilinear.resize(coarse, shape.get(2), shape.get(3));
            }
        }
        return new NDList(FeatureMaps.crop(logits, input.size(2), input.size(3)));
    }

    private NDArray classify(ParameterStore store, NDArray features, boolean training) {
        if (dropout == null || !training) {
            return classifier.forward(store, new NDList(features), training).singletonOrThrow();
        }
        try (NDList kept = dropout.forward(store, new NDList(features), true)) {
            return classifier.forward(store, kept, true).singletonOrThrow();
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape shape = padded(inputShapes[0]);
        encoder.initialize(manager, dataType, shape);
        Shape[] maps = encoder.getOutputShapes(new Shape[] {shape});
        decoder.initialize(manager, dataType, maps);
        classifier.initialize(manager, dataType, decoder.getOutputShapes(maps));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        padded(shape);
        return new Shape[] {new Shape(shape.get(0), classes, shape.get(2), shape.get(3))};
    }

    /** Returns the shape of images that are multiples of the largest stride. */
    private Shape padded(Shape images) {
        if (images.dimension() != 4
                || images.get(1) != encoder.inputChannels()
                || images.size() == 0) {
            throw new IllegalArgumentException(
                    "input: expected (N, " + encoder.inputChannels() + ", H, W), got " + images);
        }
        return new Shape(
                images.get(0),
                images.get(1),
                FeatureMaps.strided(images.get(2), largestStride) * largestStride,
                FeatureMaps.strided(images.get(3), largestStride) * largestStride);
    }

    /**
     * Returns the encoder.
     *
     * @return the encoder
     */
    public Encoder encoder() {
        return encoder;
    }

    /**
     * Returns the decoder.
     *
     * @return the decoder
     */
    public Decoder decoder() {
        return decoder;
    }

    int classes() {
        return classes;
    }

    /** Builds an {@link EncoderDecoder} of parts that have a name. */
    public static final class Builder {

        private EncoderName encoder;
        private DecoderName decoder;
        private int classes;
        private int inputChannels = 3;
        private int outputStride;
        private float dropout = -1;

        private Builder() {}

        /**
         * Sets the encoder.
         *
         * @param encoder the encoder
         * @return this builder
         */
        public Builder setEncoder(EncoderName encoder) {
            this.encoder = encoder;
            return this;
        }

        /**
         * Sets the decoder.
         *
         * @param decoder the decoder; one that {@link EncoderName#decoders} has
         * @return this builder
         */
        public Builder setDecoder(DecoderName decoder) {
            this.decoder = decoder;
            return this;
        }

        /**
         * Sets the number of classes, the channels of the logits.
         *
         * @param classes the number of classes, at least 1; 1 for one score a pixel, which tells
         *     two classes apart, see {@link Decision}
         * @return this builder
         */
        public Builder setClasses(int classes) {
            this.classes = classes;
            return this;
        }

        /**
         * Sets the number of channels of the images.
         *
         * @param inputChannels the number of channels, at least 1 (default 3)
         * @return this builder
         */
        public Builder optInputChannels(int inputChannels) {
            this.inputChannels = inputChannels;
            return this;
        }

        /**
         * Sets the stride of the deepest map: below 32 the encoder's last stages keep the size and
         * dilate their convolutions instead.
         *
         * @param outputStride 32, 16 or 8, as far as the encoder can; 0 for the decoder's usual one
         *     (default), 16 for DeepLabV3+ and 32 for others
         * @return this builder
         */
        public Builder optOutputStride(int outputStride) {
            this.outputStride = outputStride;
            return this;
        }

        /**
         * Sets the dropout before the last layer.
         *
         * @param dropout the share of values that training sets to 0, at least 0 and below 1; the
         *     decoder's usual one by default, 0 for U-Net and 0.1 for others
         * @return this builder
         */
        public Builder optDropout(float dropout) {
            checkDropout(dropout);
            this.dropout = dropout;
            return this;
        }

        /**
         * Builds the network.
         *
         * @return a network without parameter values
         * @throws IllegalArgumentException if encoder, decoder or classes are not set, a number is
         *     out of range, or the encoder is not offered with this decoder or stride
         */
        public EncoderDecoder build() {
            Objects.requireNonNull(encoder, "encoder: expected an encoder, got null");
            Objects.requireNonNull(decoder, "decoder: expected a decoder, got null");
            int stride = outputStride == 0 ? decoder.usualOutputStride() : outputStride;
            encoder.checkDecoder(decoder);
            Encoder first = encoder.newEncoder(inputChannels, stride);
            float share = dropout < 0 ? decoder.usualDropout() : dropout;
            return new EncoderDecoder(first, decoder.newDecoder(first), classes, share);
        }
    }
}
