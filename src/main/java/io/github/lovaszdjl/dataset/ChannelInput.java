package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;

/**
 * What the network sees of the samples of a channel, light and normalization applied.
 *
 * <p>The brightness of photographs changes in units of the way from black to white, and their
 * contrast about mid-grey. How far the samples of other channels reach is not known beforehand:
 * where there are not three, mid-grey is the mean of the channel, and the unit is four times its
 * standard deviation, about what it is in photographs.
 */
final class ChannelInput {

    /** From a sample of 16 bits to one of 8. */
    private static final float WIDE = 65535 / 255f;

    private static final float MID_GREY = 0.5f;
    private static final float DEVIATIONS = 4;

    private final float mean;
    private final float std;
    private final float middle;
    private final float unit;
    private final AugmentationDraw draw;

    private ChannelInput(float mean, float std, float middle, float unit, AugmentationDraw draw) {
        this.mean = mean;
        this.std = std;
        this.middle = middle;
        this.unit = unit;
        this.draw = draw;
    }

    /**
     * Makes the input of a channel.
     *
     * @param normalization what becomes of samples
     * @param light by which the light changes
     * @param channel the channel, from 0
     * @param draw the change
     */
    static ChannelInput of(
            Normalization normalization, Normalization light, int channel, AugmentationDraw draw) {
        boolean photograph = light.channels() == ImageSamples.RGB;
        return new ChannelInput(
                normalization.mean().get(channel),
                normalization.std().get(channel),
                photograph ? MID_GREY : light.mean().get(channel),
                photograph ? 1 : DEVIATIONS * light.std().get(channel),
                draw);
    }

    /** Returns the input for each sample of 8 bits. */
    float[] table() {
        float[] inputs = new float[256];
        for (int sample = 0; sample < inputs.length; sample++) {
            inputs[sample] = of(sample);
        }
        return inputs;
    }

    /** Returns the input for a sample of 16 bits. */
    float ofWide(int sample) {
        return of(sample / WIDE);
    }

    private float of(float sample) {
        return normalized(light(sample));
    }

    /** Returns a sample of 0 to 255 in its light; one of 16 bits is between whole values. */
    float light(float sample) {
        return draw.light(sample, middle, unit);
    }

    /** Returns a sample of 16 bits in its light, 0 to 255. */
    float lightOfWide(int sample) {
        return light(sample / WIDE);
    }

    /** Returns the input for a sample, 0 to 255, whose light is changed already. */
    float normalized(float sample) {
        return (sample / 255f - mean) / std;
    }

    /** Returns how much is 1 of brightness and noise, in units where 1 is white. */
    float unit() {
        return unit;
    }
}
