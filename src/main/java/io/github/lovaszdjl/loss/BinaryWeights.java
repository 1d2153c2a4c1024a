package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import io.github.lovaszdjl.internal.LabelMap;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The weights of the errors of binary problems, one a channel: which pixels are sorted together.
 */
final class BinaryWeights {

    private BinaryWeights() {}

    /**
     * Returns the weights of the pixels' errors in the loss: the mean over images that have a valid
     * pixel (where {@code perImage}) of the mean over channels that have one.
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
        int images = Math.toIntExact(errors.getShape().get(0));
        if (input.labels().valid() == 0) {
            return errors.zerosLike();
        }
        if (!perImage) {
            return ofImages(errors, input, 0, images, foregroundLabel, unitInterval, weight);
        }
        long validImages =
                IntStream.range(0, images).filter(n -> valid(input, n, n + 1) > 0).count();
        NDList weights = new NDList(images);
        for (int n = 0; n < images; n++) {
            weights.add(
                    ofImages(
                            errors,
                            input,
                            n,
                            n + 1,
                            foregroundLabel,
                            unitInterval,
                            weight / validImages));
        }
        return NDArrays.concat(weights);
    }

    /** Counts the valid pixels of all channels of the images from (included) to (excluded). */
    private static long valid(SegmentationInput input, int from, int to) {
        int channels = input.channels();
        return IntStream.range(from * channels, to * channels)
                .mapToLong(input.labels()::valid)
                .sum();
    }

    /** Returns the weights of the images from (included) to (excluded), sorted together. */
    private static NDArray ofImages(
            NDArray errors,
            SegmentationInput input,
            int from,
            int to,
            int foregroundLabel,
            boolean unitInterval,
            double weight) {
        LabelMap labels = input.labels();
        int channels = input.channels();
        long[] valid = new long[channels];
        long[] foreground = new long[channels];
        for (int n = from; n < to; n++) {
            for (int c = 0; c < channels; c++) {
                valid[c] += labels.valid(n * channels + c);
                foreground[c] += labels.counts(n * channels + c)[foregroundLabel];
            }
        }
        long validChannels = Arrays.stream(valid).filter(v -> v > 0).count();
        long pixels = (long) (to - from) * labels.pixels();
        NDList weights = new NDList(channels);
        for (int c = 0; c < channels; c++) {
            int channel = c;
            NDIndex index = new NDIndex("{}:{},{}", from, to, c);
            weights.add(
                    Scoped.of(
                            () -> {
                                NDArray error = errors.get(index).reshape(-1);
                                if (valid[channel] == 0) {
                                    return error.zerosLike();
                                }
                                NDArray target = input.target().get(index).reshape(-1);
                                NDArray validIndex =
                                        valid[channel] == pixels
                                                ? null
                                                : input.valid()
                                                        .get(index)
                                                        .reshape(-1)
                                                        .nonzero()
                                                        .reshape(-1);
                                return LovaszExtension.weights(
                                                error,
                                                target.eq(foregroundLabel),
                                                validIndex,
                                                foreground[channel],
                                                unitInterval)
                                        .muli(weight / validChannels);
                            }));
        }
        return NDArrays.stack(weights).reshape(channels, to - from, -1).swapAxes(0, 1);
    }
}
