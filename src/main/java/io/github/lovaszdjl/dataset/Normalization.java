package io.github.lovaszdjl.dataset;

import java.util.List;

/**
 * The per-channel shift and scale that turn an 8-bit sample into the network's input: {@code (v /
 * 255 − mean) / std}.
 *
 * @param mean the means of red, green and blue, in [0, 1]
 * @param std the standard deviations of red, green and blue, above 0
 */
public record Normalization(List<Float> mean, List<Float> std) {

    /**
     * Checks and copies the values.
     *
     * @param mean the means of red, green and blue, in [0, 1]
     * @param std the standard deviations of red, green and blue, above 0
     * @throws IllegalArgumentException if there are not three of each, or one is not finite, or a
     *     standard deviation is not above 0
     */
    public Normalization {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.size() != 3 || mean.stream().anyMatch(v -> !Float.isFinite(v))) {
            throw new IllegalArgumentException("mean: expected 3 finite values, got " + mean);
        }
        if (std.size() != 3 || std.stream().anyMatch(v -> !(Float.isFinite(v) && v > 0))) {
            throw new IllegalArgumentException("std: expected 3 values above 0, got " + std);
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

    /** Returns the one that leaves samples as they are. */
    static Normalization none() {
        float scale = 1 / 255f;
        return new Normalization(List.of(0f, 0f, 0f), List.of(scale, scale, scale));
    }

    /**
     * Normalises one sample.
     *
     * @param sample the sample, 0 to 255 (between whole values where it was interpolated)
     * @param channel 0 red, 1 green, 2 blue
     * @return the network's input
     */
    public float apply(float sample, int channel) {
        return (sample / 255f - mean.get(channel)) / std.get(channel);
    }
}
