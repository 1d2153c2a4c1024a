package io.github.lovaszdjl.loss;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pixels on the host that are sorted together: rows of {@code pixels} values of one class or
 * channel.
 *
 * @param values the values that errors are made of, (N, C, D)
 * @param labels the labels, {@code LabelMap.IGNORED} where ignored
 * @param firstRow the first image
 * @param lastRow the image after the last
 * @param channel the class or channel
 * @param channels C
 * @param labelChannels 1 where all channels share the labels, else C
 * @param pixels D
 * @param foreground the label that counts as foreground
 * @param foregroundCount G, the number of foreground pixels
 * @param backgroundCount the number of other valid pixels
 * @param share the share of these pixels in the loss
 */
record RankingProblem(
        FloatBuffer values,
        int[] labels,
        int firstRow,
        int lastRow,
        int channel,
        int channels,
        int labelChannels,
        int pixels,
        int foreground,
        long foregroundCount,
        long backgroundCount,
        double share) {

    /** Returns a problem for every class of every group that has a share in the loss. */
    static List<RankingProblem> ofClasses(
            SegmentationInput input, ClassOptions options, FloatBuffer values) {
        List<RankingProblem> problems = new ArrayList<>();
        for (ClassGroup group : ClassGroup.of(input.counts(), options)) {
            long valid = Arrays.stream(group.counts()).sum();
            for (int c = 0; c < group.shares().length; c++) {
                if (group.shares()[c] > 0) {
                    problems.add(
                            new RankingProblem(
                                    values,
                                    input.hostLabels(),
                                    group.firstImage(),
                                    group.lastImage(),
                                    c,
                                    input.channels(),
                                    1,
                                    input.counts().pixels(),
                                    c,
                                    group.counts()[c],
                                    valid - group.counts()[c],
                                    group.shares()[c]));
                }
            }
        }
        return problems;
    }

    /** Returns a problem for every channel of every group that has a valid pixel in it. */
    static List<RankingProblem> ofBinary(
            SegmentationInput input, BinaryOptions options, FloatBuffer values) {
        List<RankingProblem> problems = new ArrayList<>();
        for (BinaryGroup group : BinaryGroup.of(input, options.perImage(), options.weight())) {
            for (int c = 0; c < input.channels(); c++) {
                if (group.background()[c] + group.foreground()[c] > 0) {
                    problems.add(
                            new RankingProblem(
                                    values,
                                    input.hostLabels(),
                                    group.firstImage(),
                                    group.lastImage(),
                                    c,
                                    input.channels(),
                                    input.channels(),
                                    input.counts().pixels(),
                                    1,
                                    group.foreground()[c],
                                    group.background()[c],
                                    group.share()));
                }
            }
        }
        return problems;
    }

    int position(int row) {
        return (row * channels + channel) * pixels;
    }

    int labelPosition(int row) {
        return labelChannels == 1 ? row * pixels : position(row);
    }
}
