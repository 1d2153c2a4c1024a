package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The labels of a batch, true and predicted, image by image and in each channel by channel.
 *
 * @param images the number of images, N
 * @param channels the number of binary problems of an image; 1 where there is one problem
 * @param classes the number of classes of a problem
 * @param spatial the axes of a problem, (d1, …, dk), for one score a pixel with the axis of the
 *     channel where there is one
 * @param truth the true labels, {@link LabelMap#IGNORED} where ignored
 * @param predicted the predicted labels
 */
record BatchLabels(
        int images, int channels, int classes, Shape spatial, int[] truth, int[] predicted) {

    /** The labels of a problem of an image, which have a width. */
    interface Problem<T> {
        T of(int[] truth, int[] predicted, int width);
    }

    /** Returns the counts of the batch, a matrix a channel. */
    List<ConfusionMatrix> matrices() {
        List<ConfusionMatrix> matrices = empty();
        for (int i = 0; i < images; i++) {
            count(i, matrices);
        }
        return matrices;
    }

    /** Returns the counts of an image, a matrix a channel. */
    List<ConfusionMatrix> matrices(int image) {
        List<ConfusionMatrix> matrices = empty();
        count(image, matrices);
        return matrices;
    }

    /**
     * Looks at the problems of an image, one a channel, as images of two axes.
     *
     * @throws IllegalArgumentException if there are not two
     */
    <T> List<T> map(int image, Problem<T> problem) {
        int width = Math.toIntExact(size().get(1));
        return IntStream.range(image * channels, (image + 1) * channels)
                .mapToObj(row -> problem.of(row(truth, row), row(predicted, row), width))
                .toList();
    }

    private List<ConfusionMatrix> empty() {
        return Stream.generate(() -> new ConfusionMatrix(classes)).limit(channels).toList();
    }

    private void count(int image, List<ConfusionMatrix> matrices) {
        for (int c = 0; c < channels; c++) {
            int row = image * channels + c;
            matrices.get(c).add(truth, predicted, row * pixels(), pixels());
        }
    }

    private int pixels() {
        return truth.length / (images * channels);
    }

    private int[] row(int[] labels, int row) {
        return Arrays.copyOfRange(labels, row * pixels(), (row + 1) * pixels());
    }

    /** Returns height and width. */
    private Shape size() {
        Shape size = spatial.dimension() == 3 && spatial.get(0) == 1 ? spatial.slice(1) : spatial;
        if (size.dimension() != 2) {
            throw new IllegalArgumentException(
                    "predictions: expected images of height and width, got axes " + spatial);
        }
        return size;
    }
}
