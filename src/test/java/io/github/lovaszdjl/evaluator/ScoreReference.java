package io.github.lovaszdjl.evaluator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The scores of images again, in plain loops from their definitions. */
final class ScoreReference {

    private ScoreReference() {}

    /** An image; labels (H, W), negative where ignored. */
    record Picture(int width, int[] truth, int[] predicted) {

        /** Tells whether a pixel is of a mask: also asked outside of the image. */
        boolean in(boolean ofTruth, int c, int x, int y) {
            if (x < 0 || y < 0 || x >= width || y >= truth.length / width) {
                return false;
            }
            int i = y * width + x;
            return truth[i] >= 0 && (ofTruth ? truth : predicted)[i] == c;
        }

        double diagonal() {
            return Math.hypot(width, truth.length / width);
        }
    }

    /** Returns the IoU of a class in an image; NaN where the truth has no such pixel. */
    static double iou(Picture picture, int c) {
        double intersection = 0;
        double union = 0;
        boolean has = false;
        for (int i = 0; i < picture.truth().length; i++) {
            if (picture.truth()[i] >= 0) {
                boolean truth = picture.truth()[i] == c;
                boolean predicted = picture.predicted()[i] == c;
                has |= truth;
                intersection += truth && predicted ? 1 : 0;
                union += truth || predicted ? 1 : 0;
            }
        }
        return has ? intersection / union : Double.NaN;
    }

    /** Returns the mean over images of the mean over classes, of the worst images. */
    static double meanIouI(List<Picture> pictures, int classes, double q) {
        List<Double> ofImages = new ArrayList<>();
        for (Picture picture : pictures) {
            List<Double> ofClasses = new ArrayList<>();
            for (int c = 0; c < classes; c++) {
                ofClasses.add(iou(picture, c));
            }
            ofImages.add(worst(ofClasses, 100));
        }
        return worst(ofImages, q);
    }

    /** Returns the mean over classes of the mean over images, of the worst images of a class. */
    static double meanIouC(List<Picture> pictures, int classes, double q) {
        List<Double> ofClasses = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            List<Double> ofImages = new ArrayList<>();
            for (Picture picture : pictures) {
                ofImages.add(iou(picture, c));
            }
            ofClasses.add(worst(ofImages, q));
        }
        return worst(ofClasses, 100);
    }

    private static double worst(List<Double> values, double q) {
        List<Double> sorted = values.stream().filter(v -> !v.isNaN()).sorted().toList();
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        int count = Math.max(1, (int) Math.floor(q * sorted.size() / 100));
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += sorted.get(i);
        }
        return sum / count;
    }

    /** Returns the pixels in both boundaries of a class, and those in either. */
    static long[] boundary(Picture picture, int c, double ratio) {
        int d = Math.max(1, (int) Math.rint(ratio * picture.diagonal()));
        long[] counts = new long[2];
        for (int i = 0; i < picture.truth().length; i++) {
            int x = i % picture.width();
            int y = i / picture.width();
            boolean truth = isBoundary(picture, true, c, x, y, d);
            boolean predicted = isBoundary(picture, false, c, x, y, d);
            counts[0] += truth && predicted ? 1 : 0;
            counts[1] += truth || predicted ? 1 : 0;
        }
        return counts;
    }

    private static boolean isBoundary(
            Picture picture, boolean ofTruth, int c, int x, int y, int d) {
        if (!picture.in(ofTruth, c, x, y)) {
            return false;
        }
        for (int dy = -d; dy <= d; dy++) {
            for (int dx = -d; dx <= d; dx++) {
                if (!picture.in(ofTruth, c, x + dx, y + dy)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Returns the Hausdorff distance of a class at a percentile. */
    static double hausdorff(Picture picture, int c, double percentile) {
        List<int[]> truth = outline(picture, true, c);
        List<int[]> predicted = outline(picture, false, c);
        if (truth.isEmpty() && predicted.isEmpty()) {
            return Double.NaN;
        }
        if (truth.isEmpty() || predicted.isEmpty()) {
            return picture.diagonal();
        }
        return Math.max(
                percentile(truth, predicted, percentile), percentile(predicted, truth, percentile));
    }

    private static List<int[]> outline(Picture picture, boolean ofTruth, int c) {
        List<int[]> outline = new ArrayList<>();
        for (int i = 0; i < picture.truth().length; i++) {
            int x = i % picture.width();
            int y = i / picture.width();
            if (picture.in(ofTruth, c, x, y)
                    && !(picture.in(ofTruth, c, x - 1, y)
                            && picture.in(ofTruth, c, x + 1, y)
                            && picture.in(ofTruth, c, x, y - 1)
                            && picture.in(ofTruth, c, x, y + 1))) {
                outline.add(new int[] {x, y});
            }
        }
        return outline;
    }

    private static double percentile(List<int[]> from, List<int[]> to, double percentile) {
        double[] sorted =
                from.stream()
                        .mapToDouble(
                                a ->
                                        to.stream()
                                                .mapToDouble(
                                                        b -> Math.hypot(a[0] - b[0], a[1] - b[1]))
                                                .min()
                                                .orElseThrow())
                        .sorted()
                        .toArray();
        double place = percentile / 100 * (sorted.length - 1);
        int below = (int) Math.floor(place);
        int above = (int) Math.ceil(place);
        return sorted[below] * (1 - place + below) + sorted[above] * (place - below);
    }

    /** Returns the expected calibration error; classes in the order of the scores of a pixel. */
    static double calibrationError(int[] truth, double[][] probabilities, int bins) {
        double error = 0;
        int valid = (int) IntStream.of(truth).filter(t -> t >= 0).count();
        for (int m = 1; m <= bins; m++) {
            double accuracy = 0;
            double confidence = 0;
            for (int i = 0; i < truth.length; i++) {
                int best = 0;
                for (int c = 1; c < probabilities[i].length; c++) {
                    best = probabilities[i][c] > probabilities[i][best] ? c : best;
                }
                double p = probabilities[i][best];
                boolean in = p > (m - 1.0) / bins && p <= (double) m / bins;
                if (truth[i] >= 0 && in) {
                    accuracy += best == truth[i] ? 1 : 0;
                    confidence += p;
                }
            }
            error += Math.abs(accuracy - confidence) / valid;
        }
        return error;
    }
}
