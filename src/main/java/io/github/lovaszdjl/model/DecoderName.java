package io.github.lovaszdjl.model;

import java.util.Locale;
import java.util.function.Function;

/** The decoders that the library has, by the names of the app. */
public enum DecoderName {
    /** {@link UNetDecoder}. */
    UNET(UNetDecoder::new, 32, 0),

    /** {@link DeepLabV3PlusDecoder}. */
    DEEPLABV3PLUS(DeepLabV3PlusDecoder::new, 16, 0.1f),

    /** {@link SegFormerDecoder}. */
    SEGFORMER(SegFormerDecoder::new, 32, 0.1f);

    private final Function<Encoder, Decoder> constructor;
    private final int usualOutputStride;
    private final float usualDropout;

    DecoderName(Function<Encoder, Decoder> constructor, int usualOutputStride, float usualDropout) {
        this.constructor = constructor;
        this.usualOutputStride = usualOutputStride;
        this.usualDropout = usualDropout;
    }

    /**
     * Makes a decoder.
     *
     * @param encoder the encoder whose maps it gets
     * @return a decoder without parameter values
     * @throws IllegalArgumentException if it cannot use these maps
     */
    public Decoder newDecoder(Encoder encoder) {
        return constructor.apply(encoder);
    }

    /**
     * Returns the stride of the deepest map that is usual with it.
     *
     * @return the output stride
     */
    public int usualOutputStride() {
        return usualOutputStride;
    }

    /**
     * Returns the dropout before the last layer that is usual with it.
     *
     * @return the share of values that training sets to 0
     */
    public float usualDropout() {
        return usualDropout;
    }

    /**
     * Returns the name.
     *
     * @return the name, such as "deeplabv3plus"
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
