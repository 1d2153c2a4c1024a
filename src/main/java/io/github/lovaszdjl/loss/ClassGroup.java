package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelCounts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images that a loss of classes takes together: all of the batch, or one.
 *
 * @param firstImage the first image
 * @param lastImage the image after the last
 * @param counts the number of valid pixels of every class
 * @param shares what part of the loss is that of each class, 0 where it is not selected
 */
record ClassGroup(int firstImage, int lastImage, long[] counts, double[] shares) {

    /**
     * Divides a batch: the loss is the mean over groups that have a valid pixel of the weighted
     * mean over the classes selected in them.
     *
     * @param labels the labels, a row an image
     * @param options the options of the loss
     * @return the groups, none if no pixel is valid; one without has shares of 0
     */
    static List<ClassGroup> of(LabelCounts labels, ClassOptions options) {
        int images = labels.rows();
        if (labels.valid() == 0) {
            return List.of();
        }
        if (!options.perImage()) {
            long[] counts = labels.counts();
            return List.of(
                    new ClassGroup(0, images, counts, shares(counts, options, options.weight())));
        }
        long validImages = IntStream.range(0, images).filter(n -> labels.valid(n) > 0).count();
        double share = (double) options.weight() / validImages;
        List<ClassGroup> groups = new ArrayList<>(images);
        for (int n = 0; n < images; n++) {
            long[] counts = labels.counts(n);
            double[] shares =
                    labels.valid(n) == 0
                            ? new double[counts.length]
                            : shares(counts, options, share);
            groups.add(new ClassGroup(n, n + 1, counts, shares));
        }
        return groups;
    }

    private static double[] shares(long[] counts, ClassOptions options, double share) {
        double[] shares = weights(counts, options);
        double sum = Arrays.stream(shares).sum();
        return sum == 0 ? shares : Arrays.stream(shares).map(w -> share * w / sum).toArray();
    }

    /** Returns the weight of each class, 0 where it is not selected. */
    private static double[] weights(long[] counts, ClassOptions options) {
        double[] weights = new double[counts.length];
        for (int c = 0; c < weights.length; c++) {
            if (options.classes().selects(c, counts[c])) {
                weights[c] = options.classWeights() == null ? 1 : options.classWeights()[c];
            }
        }
        return weights;
    }

    /**
     * Divides a batch into images for a loss that is the sum of two means, each over what has a
     * class selected.
     *
     * @param byImage what the mean over images of the weighted mean over their classes counts
     * @param byClass what the weighted mean over classes of the mean over their images counts
     * @return the groups, none if no pixel is valid
     */
    static List<ClassGroup> ofImages(
            LabelCounts labels, ClassOptions options, double byImage, double byClass) {
        if (labels.valid() == 0) {
            return List.of();
        }
        int images = labels.rows();
        double[][] weights = new double[images][];
        double[] sums = new double[images];
        for (int n = 0; n < images; n++) {
            long[] counts = labels.counts(n);
            weights[n] =
                    labels.valid(n) == 0 ? new double[counts.length] : weights(counts, options);
            sums[n] = Arrays.stream(weights[n]).sum();
        }
        double imagesIn = Arrays.stream(sums).filter(sum -> sum > 0).count();
        int classes = weights[0].length;
        double[] imagesOf = new double[classes];
        double weightOfClasses = 0;
        for (int c = 0; c < classes; c++) {
            int id = c;
            imagesOf[c] = Arrays.stream(weights).filter(row -> row[id] > 0).count();
            double most = Arrays.stream(weights).mapToDouble(row -> row[id]).max().orElse(0);
            weightOfClasses += most;
        }
        List<ClassGroup> groups = new ArrayList<>(images);
        for (int n = 0; n < images; n++) {
            double[] shares = new double[classes];
            for (int c = 0; c < classes; c++) {
                double w = weights[n][c];
                if (w > 0) {
                    double ofImage = byImage * w / sums[n] / imagesIn;
                    double ofClass = byClass * w / weightOfClasses / imagesOf[c];
                    shares[c] = options.weight() * (ofImage + ofClass);
                }
            }
            groups.add(new ClassGroup(n, n + 1, labels.counts(n), shares));
        }
        return groups;
    }
}
