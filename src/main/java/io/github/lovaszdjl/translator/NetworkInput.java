package io.github.lovaszdjl.translator;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.ImageSamples;
import java.awt.image.BufferedImage;

/** Turns samples into the values that a network sees, the same as in training. */
final class NetworkInput {

    private static final int SAMPLES = 256;

    /** From a sample of 16 bits to one of 8. */
    private static final float WIDE = 65535 / 255f;

    private final Normalization normalization;

    /** The network's input for every sample of 8 bits: [channel][sample]. */
    private final float[][] inputs;

    NetworkInput(Normalization normalization) {
        this.normalization = normalization;
        inputs = new float[normalization.channels()][SAMPLES];
        for (int channel = 0; channel < inputs.length; channel++) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                inputs[channel][sample] = normalization.apply(sample, channel);
            }
        }
    }

    /** Returns the number of channels of an image. */
    int channels() {
        return inputs.length;
    }

    /** The pixels of an image, read a tile at a time: as a whole they may be large. */
    interface Source {
        ImageSamples crop(int x, int y, int width, int height);
    }

    /** Returns the pixels of an image; the manager is that of its array where it has no other. */
    Source source(NDManager manager, Image image) {
        if (image.getWrappedImage() instanceof BufferedImage decoded) {
            return (x, y, width, height) ->
                    ImageSamples.of(decoded.getSubimage(x, y, width, height), channels());
        }
        ImageSamples pixels = SegmentationTranslator.pixels(manager, image, channels());
        return pixels::crop;
    }

    /** Returns the samples as (1, channels, H, W), FLOAT32. */
    NDArray of(NDManager manager, ImageSamples pixels) {
        int area = pixels.width() * pixels.height();
        float[] values = new float[area * inputs.length];
        byte[] narrow = pixels.narrow();
        for (int i = 0, in = 0; i < area; i++) {
            for (int channel = 0; channel < inputs.length; channel++, in++) {
                values[channel * area + i] =
                        narrow != null
                                ? inputs[channel][narrow[in] & 0xff]
                                : normalization.apply((pixels.wide()[in] & 0xffff) / WIDE, channel);
            }
        }
        return manager.create(values, new Shape(1, inputs.length, pixels.height(), pixels.width()));
    }
}
