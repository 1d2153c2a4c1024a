package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.util.Collections;
import java.util.List;

/**
 * The per-channel shift and scale that turn a sample into the network's input: {@code (v / white −
 * mean) / std}, where white is 255 for samples of 8 bits and 65535 for those of 16.
 *
 * <p>There are as many channels as means: three for images in colours (red, green and blue) or
 * grey, another number for those of other bands.
 *
 * @param mean the mean of each channel, in units where 1 is white
 * @param std the standard deviation of each channel, above 0
 */
public record Normalization(List<Float> mean, List<Float> std) {

    /** The most channels that there may be. */
    public static final int MAX_CHANNELS = ImageSamples.MAX_CHANNELS;

    /**
     * Checks and copies the values.
     *
     * @param mean the mean of each channel, in units where 1 is white
     * @param std the standard deviation of each channel, above 0
     * @throws IllegalArgumentException if there are not as many of both, 1 to {@link
     *     #MAX_CHANNELS}, or one is not finite, or a standard deviation is not above 0
     */
    public Normalization {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.isEmpty()
                || mean.size() > MAX_CHANNELS
                || mean.stream().anyMatch(v -> !Float.isFinite(v))) {
            throw new IllegalArgumentException(
                    "mean: expected 1 to " + MAX_CHANNELS + " finite values, got " + mean);
        }
        if (std.size() != mean.size()
                || std.stream().anyMatch(v -> !(Float.isFinite(v) && v > 0))) {
            throw new IllegalArgumentException(
                    "std: expected " + mean.size() + " values above 0, got " + std);
        }
    }

    /**
     * Returns the values that image networks commonly use: those of the ImageNet training set.
     *
     * @return means 0.485, 0.456, 0.406 and standard deviations 0.229, 0.224, 0.225
     */
    public static Normalization imageNet() {
        return new Normalization(List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));
    }

    /** Returns the one that leaves samples of 8 bits as they are. */
    static Normalization samples(int channels) {
        return new Normalization(
                Collections.nCopies(channels, 0f), Collections.nCopies(channels, 1 / 255f));
    }

    /**
     * Returns the normalization that changes nothing but the range, to 0 to 1.
     *
     * @param channels the number of channels, 1 to {@link #MAX_CHANNELS}
     * @return means 0 and standard deviations 1
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Normalization none(int channels) {
        if (channels < 1 || channels > MAX_CHANNELS) {
            throw new IllegalArgumentException(
                    "channels: expected 1 to " + MAX_CHANNELS + ", got " + channels);
        }
        return new Normalization(
                Collections.nCopies(channels, 0f), Collections.nCopies(channels, 1f));
    }

    /**
     * Returns how many channels an image has.
     *
     * @return the number of channels, at least 1
     */
    public int channels() {
        return mean.size();
    }

    /**
     * Normalises one sample.
     *
     * @param sample the sample, 0 to 255 (between whole values where it was interpolated or has 16
     *     bits, 257 of which are one of these)
     * @param channel the channel, from 0
     * @return the network's input
     */
    public float apply(float sample, int channel) {
        return (sample / 255f - mean.get(channel)) / std.get(channel);
    }
}
