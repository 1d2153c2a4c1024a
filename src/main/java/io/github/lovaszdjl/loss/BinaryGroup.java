package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelCounts;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images that a loss of binary problems sorts together, channel by channel: all of the batch, or
 * one.
 *
 * @param firstImage the first image
 * @param lastImage the image after the last
 * @param background the number of pixels of label 0 in every channel
 * @param foreground the number of pixels of label 1 in every channel
 * @param share the share of each channel that has a valid pixel in the loss
 */
record BinaryGroup(
        int firstImage, int lastImage, long[] background, long[] foreground, double share) {

    /**
     * Divides a batch: the loss is the mean over groups that have a valid pixel of the mean over
     * channels that have one.
     *
     * @param input the labels, a row a channel of an image
     * @param perImage whether every image is sorted by itself
     * @param weight the weight of the loss
     * @return the groups that have a valid pixel
     */
    static List<BinaryGroup> of(SegmentationInput input, boolean perImage, double weight) {
        int channels = input.channels();
        LabelCounts labels = input.counts();
        int images = labels.rows() / channels;
        int step = perImage ? 1 : Math.max(1, images);
        List<Integer> valid =
                IntStream.range(0, images / step)
                        .map(i -> i * step)
                        .filter(first -> valid(labels, first * channels, step * channels) > 0)
                        .boxed()
                        .toList();
        return valid.stream()
                .map(first -> group(labels, first, step, channels, weight / valid.size()))
                .toList();
    }

    private static long valid(LabelCounts labels, int firstRow, int rows) {
        return IntStream.range(firstRow, firstRow + rows).mapToLong(labels::valid).sum();
    }

    private static BinaryGroup group(
            LabelCounts labels, int first, int images, int channels, double weight) {
        long[] background = new long[channels];
        long[] foreground = new long[channels];
        for (int n = first; n < first + images; n++) {
            for (int c = 0; c < channels; c++) {
                background[c] += labels.counts(n * channels + c)[0];
                foreground[c] += labels.counts(n * channels + c)[1];
            }
        }
        long validChannels =
                IntStream.range(0, channels).filter(c -> background[c] + foreground[c] > 0).count();
        return new BinaryGroup(
                first, first + images, background, foreground, weight / validChannels);
    }
}
