package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.Operations;
import java.nio.FloatBuffer;
import java.util.ArrayList;
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
            int firstImage, int lastImage, long[] background, long[] foreground, double share) {

        /** Turns (images, C, D) into (C, images · D). */
        NDArray rows(NDArray images) {
            return Operations.swapFirst(images).reshape(background.length, -1);
        }

        /** Turns (C, images · D) into (images, C, D). */
        NDArray images(NDArray rows) {
            return rows.reshape(background.length, lastImage - firstImage, -1).swapAxes(0, 1);
        }
    }

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
     * @param errors the errors or numbers of the same order, (N, C, D), outside the graph
     * @param input the labels, (N, C, D)
     * @param foregroundLabel the label that counts as foreground, 0 or 1
     * @param perImage whether every image is sorted by itself
     * @param unitInterval whether the errors are known to be in [0, 1]
     * @param weight the weight of the loss
     * @return the weights, (N, C, D)
     */
    static NDArray of(
            NDArray errors,
            SegmentationInput input,
            int foregroundLabel,
            boolean perImage,
            boolean unitInterval,
            double weight) {
        NDArray weights = errors.zerosLike();
        for (Group group : groups(input, perImage, weight)) {
            NDIndex images = new NDIndex("{}:{}", group.firstImage, group.lastImage);
            NDArray foreground = group.rows(input.target().get(images).eq(foregroundLabel));
            NDArray valid = null;
            if (input.valid() != null) {
                valid = group.rows(input.valid().get(images));
                foreground = foreground.logicalAnd(valid);
            }
            NDArray ofGroup =
                    LovaszExtension.weights(
                            group.rows(errors.get(images)),
                            foreground,
                            valid,
                            foregroundLabel == 1 ? group.foreground : group.background,
                            unitInterval);
            weights.set(images, group.images(ofGroup.muli(group.share)));
        }
        // A channel without any valid pixel has a first one too.
        return input.valid() == null
                ? weights
                : weights.muli(input.valid().toType(input.type(), false));
    }
}
