package io.github.lovaszdjl.reference;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The Lovász losses of binary problems, as {@link Reference}. */
public final class BinaryReference {

    private BinaryReference() {}

    /**
     * The binary losses of one problem a row: predictions and labels (rows, D), rows of one image
     * and channel. Errors and their derivative come from the caller's functions.
     */
    public static Reference.Result binary(
            double[] predictions,
            int[] labels,
            int images,
            int channels,
            boolean perImage,
            Integer ignoreLabel,
            boolean flip,
            ErrorFunction function) {
        return binary(
                predictions, labels, images, channels, perImage, ignoreLabel, flip, function, -1);
    }

    /** The same, with slack for errors that are near each other. */
    public static Reference.Result binary(
            double[] predictions,
            int[] labels,
            int images,
            int channels,
            boolean perImage,
            Integer ignoreLabel,
            boolean flip,
            ErrorFunction function,
            double near) {
        int pixels = images == 0 ? 0 : labels.length / images / channels;
        double value = 0;
        double[] gradient = new double[predictions.length];
        double[] slack = new double[predictions.length];
        int groups = perImage ? images : 1;
        int[][][] valid = new int[groups][channels][];
        int countedGroups = 0;
        for (int g = 0; g < groups; g++) {
            boolean any = false;
            for (int c = 0; c < channels; c++) {
                int channel = c;
                int from = perImage ? g : 0;
                int to = perImage ? g + 1 : images;
                valid[g][c] =
                        IntStream.range(from, to)
                                .flatMap(
                                        n ->
                                                IntStream.range(0, pixels)
                                                        .map(
                                                                d ->
                                                                        (n * channels + channel)
                                                                                        * pixels
                                                                                + d))
                                .filter(i -> ignoreLabel == null || labels[i] != ignoreLabel)
                                .toArray();
                any |= valid[g][c].length > 0;
            }
            countedGroups += any ? 1 : 0;
        }
        for (int[][] group : valid) {
            long countedChannels = Arrays.stream(group).filter(v -> v.length > 0).count();
            for (int[] index : group) {
                double[] raw = new double[index.length];
                boolean[] foreground = new boolean[index.length];
                for (int j = 0; j < index.length; j++) {
                    raw[j] = function.error(predictions[index[j]], labels[index[j]]);
                    foreground[j] = (labels[index[j]] == 1) != flip;
                }
                int[] order = JaccardExtension.decreasing(raw);
                double[] g = JaccardExtension.gradient(foreground, order);
                double[] ranges = JaccardExtension.weightRanges(raw, foreground, near, order);
                for (int j = 0; j < index.length; j++) {
                    double share = 1.0 / countedGroups / countedChannels;
                    double slope = function.slope(predictions[index[j]], labels[index[j]]);
                    value += share * g[j] * function.activation(raw[j]);
                    gradient[index[j]] += share * g[j] * slope;
                    slack[index[j]] += share * ranges[j] * Math.abs(slope);
                }
            }
        }
        return new Reference.Result(value, gradient, slack);
    }
}
