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
            groups.add(new ClassGroup(n, n + 1, counts, shares(counts, options, share)));
        }
        return groups;
    }

    private static double[] shares(long[] counts, ClassOptions options, double share) {
        double[] shares = new double[counts.length];
        if (Arrays.stream(counts).sum() == 0) {
            return shares;
        }
        for (int c = 0; c < shares.length; c++) {
            if (options.classes().selects(c, counts[c])) {
                shares[c] = options.classWeights() == null ? 1 : options.classWeights()[c];
            }
        }
        double sum = Arrays.stream(shares).sum();
        return sum == 0 ? shares : Arrays.stream(shares).map(w -> share * w / sum).toArray();
    }
}
