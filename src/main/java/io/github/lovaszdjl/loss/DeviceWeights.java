package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of the errors of a batch with NDArray operations: which pixels are sorted together,
 * and what share they have in the loss.
 */
final class DeviceWeights {

    private final RowWeights rows;

    /**
     * Creates weights.
     *
     * @param rows sorts them: {@link DeviceSort#weights}, or those of another function of wrong
     *     pixels
     */
    DeviceWeights(RowWeights rows) {
        this.rows = rows;
    }

    /**
     * Returns how the loss changes with the probabilities, (N, C, D): the weights of the errors
     * with the shares of the classes and images and the weight of the loss in them, negative where
     * the class is the true one.
     */
    NDArray ofClasses(NDArray probabilities, SegmentationInput input, ClassOptions options) {
        NDList images = new NDList();
        for (ClassGroup group : ClassGroup.of(input.counts(), options)) {
            images.add(ofClasses(probabilities, input, options, group));
        }
        if (images.isEmpty()) {
            return probabilities.zerosLike();
        }
        return images.size() == 1 ? images.head() : NDArrays.concat(images);
    }

    /** Returns the same of the images of a group, (images, C, D). */
    private NDArray ofClasses(
            NDArray probabilities,
            SegmentationInput input,
            ClassOptions options,
            ClassGroup group) {
        NDIndex images = new NDIndex("{}:{}", group.firstImage(), group.lastImage());
        NDArray values = probabilities.get(images).swapAxes(0, 1).reshape(input.channels(), -1);
        int[] selected =
                IntStream.range(0, group.shares().length)
                        .filter(c -> group.shares()[c] > 0)
                        .toArray();
        Shape layout =
                new Shape(input.channels(), group.lastImage() - group.firstImage(), input.pixels());
        if (selected.length == 0) {
            return values.zerosLike().reshape(layout).swapAxes(0, 1);
        }
        boolean all = selected.length == group.shares().length;
        NDArray target = input.target().get(images).reshape(1, -1);
        NDArray classes =
                all
                        ? Operations.range(target, selected.length)
                        : Operations.numbers(
                                target, Arrays.stream(selected).asDoubleStream().toArray());
        NDArray foreground = target.eq(classes.reshape(-1, 1));
        NDArray valid = input.valid() == null ? null : input.valid().get(images).reshape(1, -1);
        if (valid != null) {
            foreground = foreground.logicalAnd(valid);
        }
        NDArray background = all ? values : ofRows(values, selected);
        NDArray one = Operations.number(background, 1);
        // One less its error, or of what may be close to 0 the error alone, negative.
        NDArray rightness =
                options.fromLogits()
                        ? NDArrays.where(foreground, background, one.sub(background))
                        : NDArrays.where(foreground, background.sub(one), background.neg());
        NDArray slopes =
                rows.weights(
                        rightness,
                        foreground,
                        valid,
                        Arrays.stream(selected).mapToLong(c -> group.counts()[c]).toArray(),
                        options.fromLogits(),
                        -1);
        double[] shares = Arrays.stream(selected).mapToDouble(c -> group.shares()[c]).toArray();
        slopes.muli(Operations.numbers(slopes, shares).reshape(-1, 1));
        NDArray ofAll = all ? slopes : amongOthers(slopes, selected, input.channels());
        return ofAll.reshape(layout).swapAxes(0, 1);
    }

    private static NDArray ofRows(NDArray rows, int... selected) {
        NDList list = new NDList(selected.length);
        for (int c : selected) {
            list.add(rows.get(c));
        }
        return NDArrays.stack(list);
    }

    /** Puts rows in their places, with 0 in the others. */
    private static NDArray amongOthers(NDArray rows, int[] places, int size) {
        NDArray none = rows.get(0).zerosLike();
        NDList list = new NDList(Collections.nCopies(size, none).toArray(NDArray[]::new));
        for (int row = 0; row < places.length; row++) {
            list.set(places[row], rows.get(row));
        }
        return NDArrays.stack(list);
    }

    /**
     * Returns the weights of the pixels' errors in the loss, of foreground against background.
     *
     * @param rightness what orders the errors, see {@link DeviceSort}, (N, C, D)
     * @param input the labels, (N, C, D)
     * @param options what is sorted together, and the weight of the loss
     * @param unitInterval whether the errors are known to be in [0, 1]
     * @return the weights, (N, C, D)
     */
    NDArray ofBinary(
            NDArray rightness,
            SegmentationInput input,
            BinaryOptions options,
            boolean unitInterval) {
        return ofBinary(rightness, input, 1, options.perImage(), unitInterval, options.weight());
    }

    /** Returns the mean of the same and of that with foreground and background exchanged. */
    NDArray symmetric(NDArray rightness, SegmentationInput input, BinaryOptions options) {
        boolean perImage = options.perImage();
        float half = options.weight() / 2;
        // −x with 1 − y has the same errors as x with y, only the foreground is the other one.
        return ofBinary(rightness, input, 1, perImage, false, half)
                .addi(ofBinary(rightness, input, 0, perImage, false, half));
    }

    private NDArray ofBinary(
            NDArray rightness,
            SegmentationInput input,
            int foregroundLabel,
            boolean perImage,
            boolean unitInterval,
            double weight) {
        Shape shape = rightness.getShape();
        List<BinaryGroup> groups = BinaryGroup.of(input, perImage, weight);
        if (groups.isEmpty()) {
            return rightness.zerosLike();
        }
        int channels = input.channels();
        int images = perImage ? (int) shape.get(0) : 1;
        long[] foregroundCounts = new long[images * channels];
        double[] shares = new double[images * channels];
        // An image without a valid pixel is in no group, and has the share of another: times 0.
        Arrays.fill(shares, groups.get(0).share());
        for (BinaryGroup group : groups) {
            for (int c = 0; c < channels; c++) {
                int row = group.firstImage() * channels + c;
                foregroundCounts[row] =
                        (foregroundLabel == 1 ? group.foreground() : group.background())[c];
                shares[row] = group.share();
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
                rows.weights(
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
