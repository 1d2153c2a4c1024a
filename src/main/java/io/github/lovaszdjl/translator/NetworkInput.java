package io.github.lovaszdjl.translator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.RgbImage;

/** Turns pixels into the values that a network sees, the same as in training. */
final class NetworkInput {

    private static final int SAMPLES = 256;

    /** The network's input for every sample: [channel][sample]. */
    private final float[][] inputs = new float[RgbImage.CHANNELS][SAMPLES];

    NetworkInput(Normalization normalization) {
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                inputs[channel][sample] = normalization.apply(sample, channel);
            }
        }
    }

    /** Returns the pixels as (1, 3, H, W), FLOAT32. */
    NDArray of(NDManager manager, RgbImage pixels) {
        byte[] samples = pixels.data();
        int area = pixels.width() * pixels.height();
        float[] values = new float[samples.length];
        for (int i = 0, in = 0; i < area; i++) {
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                values[channel * area + i] = inputs[channel][samples[in++] & 0xff];
            }
        }
        return manager.create(
                values, new Shape(1, RgbImage.CHANNELS, pixels.height(), pixels.width()));
    }
}
