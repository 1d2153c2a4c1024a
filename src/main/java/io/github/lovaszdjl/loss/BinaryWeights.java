package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.Operations;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of the errors of binary problems, one a channel: which pixels are sorted together.
 * The loss is the mean over images that have a valid pixel (where {@code perImage}) of the mean
 * over channels that have one.
 */
final class BinaryWeights {

    private BinaryWeights() {}

    /**
     * Images that are sorted together, channel by channel.
     *
     * @param firstImage the first image
     * @param lastImage the image after the last
     * @param background the number of pixels of label 0 in every channel
     * @param foreground the number of pixels of label 1 in every channel
     * @param share the share of each channel that has a valid pixel in the loss
     */
    private record Group(
            int firstImage, int lastImage, long[] background, long[] foreground, double share) {}

    /**
     * Returns the groups of images that have a valid pixel, with the weight of the loss in them.
     */
    private static List<Group> groups(SegmentationInput input, boolean perImage, double weight) {
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

    private static Group group(
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
        return new Group(first, first + images, background, foreground, weight / validChannels);
    }

    /** Returns the same for {@link HostLosses}; label 1 is foreground. */
    static List<HostSort.Problem> problems(
            SegmentationInput input, FloatBuffer values, boolean perImage, double weight) {
        List<HostSort.Problem> problems = new ArrayList<>();
        for (Group group : groups(input, perImage, weight)) {
            for (int c = 0; c < input.channels(); c++) {
                if (group.background[c] + group.foreground[c] > 0) {
                    problems.add(
                            new HostSort.Problem(
                                    values,
                                    input.hostLabels(),
                                    group.firstImage,
                                    group.lastImage,
                                    c,
                                    input.channels(),
                                    input.channels(),
                                    input.counts().pixels(),
                                    1,
                                    group.foreground[c],
                                    group.background[c],
                                    group.share));
                }
            }
        }
        return problems;
    }

    /**
     * Returns the weights of the pixels' errors in the loss.
     *
     * @param rightness what orders the errors, see {@link LovaszExtension}, (N, C, D)
     * @param input the labels, (N, C, D)
     * @param foregroundLabel the label that counts as foreground, 0 or 1
     * @param perImage whether every image is sorted by itself
     * @param unitInterval whether the errors are known to be in [0, 1]
     * @param weight the weight of the loss
     * @return the weights, (N, C, D)
     */
    static NDArray of(
            NDArray rightness,
            SegmentationInput input,
            int foregroundLabel,
            boolean perImage,
            boolean unitInterval,
            double weight) {
        Shape shape = rightness.getShape();
        List<Group> groups = groups(input, perImage, weight);
        if (groups.isEmpty()) {
            return rightness.zerosLike();
        }
        int channels = input.channels();
        int images = perImage ? (int) shape.get(0) : 1;
        long[] foregroundCounts = new long[images * channels];
        double[] shares = new double[images * channels];
        // An image without a valid pixel is in no group, and has the share of another: times 0.
        Arrays.fill(shares, groups.get(0).share);
        for (Group group : groups) {
            for (int c = 0; c < channels; c++) {
                int row = group.firstImage * channels + c;
                foregroundCounts[row] =
                        (foregroundLabel == 1 ? group.foreground : group.background)[c];
                shares[row] = group.share;
            }
        }
        NDArray target = input.target();
        NDArray foreground = target.eq(Operations.number(target, foregroundLabel));
        NDArray valid = input.valid();
        if (valid != null) {
            foreground = foreground.logicalAnd(valid);
            valid = rows(valid, perImage);
        }
        NDArray weights =
                LovaszExtension.weights(
                        rows(rightness, perImage),
                        rows(foreground, perImage),
                        valid,
                        foregroundCounts,
                        unitInterval,
                        1);
        weights.muli(Operations.numbers(weights, shares).reshape(-1, 1));
        return perImage
                ? weights.reshape(shape)
                : weights.reshape(channels, shape.get(0), -1).swapAxes(0, 1);
    }

    /** Turns (N, C, D) into (N · C, D), or into (C, N · D) where images are sorted together. */
    private static NDArray rows(NDArray images, boolean perImage) {
        Shape shape = images.getShape();
        return perImage
                ? images.reshape(shape.get(0) * shape.get(1), -1)
                : Operations.swapFirst(images).reshape(shape.get(1), -1);
    }
}
