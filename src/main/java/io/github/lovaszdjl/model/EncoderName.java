package io.github.lovaszdjl.model;

import java.util.List;
import java.util.Locale;

/** The encoders that the library has, by the names of the app. */
public enum EncoderName {
    /** {@link ResNet} of 18 layers. */
    RESNET18,
    /** {@link ResNet} of 34 layers. */
    RESNET34,
    /** {@link ResNet} of 50 layers. */
    RESNET50,
    /** {@link MobileNetV3}, the large one. */
    MOBILENETV3,
    /** {@link MixTransformer} B0. */
    MIT_B0,
    /** {@link MixTransformer} B1. */
    MIT_B1,
    /** {@link MixTransformer} B2. */
    MIT_B2;

    /**
     * Makes an encoder.
     *
     * @param inputChannels the channels of an image, at least 1
     * @param outputStride the stride of its deepest map, one of {@link #outputStrides}
     * @return an encoder without parameter values
     * @throws IllegalArgumentException if the number is out of range, or it has no such stride
     */
    public Encoder newEncoder(int inputChannels, int outputStride) {
        checkStride(outputStride);
        return switch (this) {
            case RESNET18 -> resNet(18, inputChannels, outputStride);
            case RESNET34 -> resNet(34, inputChannels, outputStride);
            case RESNET50 -> resNet(50, inputChannels, outputStride);
            case MOBILENETV3 ->
                    MobileNetV3.builder()
                            .optInputChannels(inputChannels)
                            .optOutputStride(outputStride)
                            .build();
            case MIT_B0 -> MixTransformer.b0(inputChannels);
            case MIT_B1 -> MixTransformer.b1(inputChannels);
            case MIT_B2 -> MixTransformer.b2(inputChannels);
        };
    }

    private static Encoder resNet(int depth, int inputChannels, int outputStride) {
        return ResNet.builder()
                .setDepth(depth)
                .optInputChannels(inputChannels)
                .optOutputStride(outputStride)
                .build();
    }

    /**
     * Returns the decoders that it is offered with.
     *
     * @return the decoders
     */
    public List<DecoderName> decoders() {
        return isTransformer()
                ? List.of(DecoderName.SEGFORMER)
                : List.of(DecoderName.UNET, DecoderName.DEEPLABV3PLUS);
    }

    /**
     * Returns the strides that its deepest map can have.
     *
     * @return the output strides
     */
    public List<Integer> outputStrides() {
        return isTransformer() ? List.of(32) : List.of(32, 16, 8);
    }

    boolean isTransformer() {
        return this == MIT_B0 || this == MIT_B1 || this == MIT_B2;
    }

    void checkStride(int outputStride) {
        if (!outputStrides().contains(outputStride)) {
            throw new IllegalArgumentException(
                    String.format(
                            "outputStride: expected one of %s for %s, got %d",
                            outputStrides(), this, outputStride));
        }
    }

    void checkDecoder(DecoderName decoder) {
        if (!decoders().contains(decoder)) {
            throw new IllegalArgumentException(
                    String.format(
                            "decoder: expected one of %s for %s, got %s",
                            decoders(), this, decoder));
        }
    }

    /**
     * Returns the name.
     *
     * @return the name, such as "mit-b0"
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
