package io.github.lovaszdjl.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The losses that take labels as class probabilities, as {@link Reference}: predictions and labels
 * (N, C, D). A pixel is ignored where all its labels are the ignore label.
 */
public final class SoftLabelReference {

    /** The probability above which a class is present. */
    private static final double TRACE = 0.01;

    /** A loss of the overlap of one class. */
    public enum Overlap {
        SOFT_JACCARD,
        SOFT_DICE,
        JML1,
        JML2,
        DML1,
        DML2,
        TVERSKY
    }

    /**
     * An overlap with its numbers.
     *
     * @param alpha of Tversky, the cost of false positives
     * @param beta of Tversky, that of false negatives
     * @param gamma of Tversky, the focus
     * @param smoothing the part of the labels that is spread over all classes
     */
    public record Formula(
            Overlap overlap,
            double smooth,
            double alpha,
            double beta,
            double gamma,
            double smoothing) {

        public Formula(Overlap overlap, double smooth) {
            this(overlap, smooth, 1, 1, 1, 0);
        }
    }

    private SoftLabelReference() {}

    /** Returns hard labels (N, D) as class probabilities (N, C, D). */
    public static double[] target(int[] labels, int images, int classes, Integer ignoreLabel) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] target = new double[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            boolean ignored = ignoreLabel != null && labels[i] == ignoreLabel;
            for (int c = 0; c < classes; c++) {
                target[Softmax.index(i, c, classes, pixels)] =
                        ignored ? ignoreLabel : labels[i] == c ? 1 : 0;
            }
        }
        return target;
    }

    private static int[] valid(
            double[] target, int from, int to, int classes, int pixels, Integer ignoreLabel) {
        return IntStream.range(from * pixels, to * pixels)
                .filter(
                        i ->
                                ignoreLabel == null
                                        || IntStream.range(0, classes)
                                                .anyMatch(
                                                        c ->
                                                                target[
                                                                                Softmax.index(
                                                                                        i, c,
                                                                                        classes,
                                                                                        pixels)]
                                                                        != ignoreLabel))
                .toArray();
    }

    private static double[] spread(double[] target, int classes, double part) {
        return Arrays.stream(target).map(y -> (1 - part) * y + part / classes).toArray();
    }

    /** A loss of overlap. */
    public static Reference.Result overlap(
            double[] predictions,
            double[] target,
            int images,
            int classes,
            Reference.Options options,
            Formula formula) {
        int pixels = images == 0 ? 0 : target.length / images / classes;
        double[] p =
                options.fromLogits()
                        ? Softmax.of(predictions, images, classes, pixels)
                        : predictions;
        double[] y = spread(target, classes, formula.smoothing);
        int step = options.perImage() ? 1 : Math.max(1, images);
        List<int[]> groups = new ArrayList<>();
        for (int n = 0; n < images; n += step) {
            int[] valid = valid(target, n, n + step, classes, pixels, options.ignoreLabel());
            if (valid.length > 0) {
                groups.add(valid);
            }
        }
        double value = 0;
        double[] byProbability = new double[predictions.length];
        for (int[] group : groups) {
            double[] weights = new double[classes];
            for (int c = 0; c < classes; c++) {
                int id = c;
                boolean selected =
                        options.classes() == null
                                ? Arrays.stream(group)
                                        .anyMatch(
                                                i ->
                                                        target[
                                                                        Softmax.index(
                                                                                i, id, classes,
                                                                                pixels)]
                                                                > TRACE)
                                : Arrays.stream(options.classes()).anyMatch(k -> k == id);
                double weight = options.classWeights() == null ? 1 : options.classWeights()[c];
                weights[c] = selected ? weight : 0;
            }
            double sum = Arrays.stream(weights).sum();
            for (int c = 0; c < classes; c++) {
                if (weights[c] > 0) {
                    int id = c;
                    int[] at =
                            Arrays.stream(group)
                                    .map(i -> Softmax.index(i, id, classes, pixels))
                                    .toArray();
                    value +=
                            ofClass(
                                    p,
                                    y,
                                    at,
                                    formula,
                                    weights[c] / sum / groups.size(),
                                    byProbability);
                }
            }
        }
        return options.fromLogits()
                ? new Reference.Result(
                        value,
                        Softmax.gradient(byProbability, p, images, classes, pixels),
                        Softmax.rounding(byProbability, p, images, classes, pixels, options.near()))
                : new Reference.Result(value, byProbability);
    }

    /** Adds the gradient of one class and returns its part of the loss. */
    private static double ofClass(
            double[] p, double[] y, int[] at, Formula formula, double share, double[] gradient) {
        double product = 0;
        double predicted = 0;
        double labelled = 0;
        double excess = 0;
        double missed = 0;
        double common = 0;
        for (int i : at) {
            product += p[i] * y[i];
            predicted += p[i];
            labelled += y[i];
            excess += Math.max(p[i] - y[i], 0);
            missed += Math.max(y[i] - p[i], 0);
            common += Math.min(p[i], y[i]);
        }
        double s = formula.smooth;
        boolean ratio =
                formula.overlap == Overlap.SOFT_JACCARD || formula.overlap == Overlap.SOFT_DICE;
        boolean dice =
                formula.overlap == Overlap.SOFT_DICE
                        || formula.overlap == Overlap.DML1
                        || formula.overlap == Overlap.DML2;
        boolean ofProduct =
                ratio || formula.overlap == Overlap.JML2 || formula.overlap == Overlap.DML2;
        boolean tversky = formula.overlap == Overlap.TVERSKY;
        double alpha = tversky ? formula.alpha : 1;
        double beta = tversky ? formula.beta : 1;
        double times = dice ? 2 : 1;
        double intersection = times * (ofProduct ? product : common);
        double wrong = ratio ? predicted + labelled - 2 * product : alpha * excess + beta * missed;
        double below = intersection + wrong + s;
        double loss = wrong / below;
        double power = tversky && formula.gamma > 1 ? 1 / formula.gamma : 1;
        double outer = power == 1 ? 1 : loss == 0 ? 0 : power * Math.pow(loss, power - 1);
        for (int i : at) {
            double ofIntersection = times * (ofProduct ? y[i] : p[i] < y[i] ? 1 : 0);
            double ofWrong = ratio ? 1 - 2 * y[i] : p[i] > y[i] ? alpha : p[i] < y[i] ? -beta : 0;
            double slope = (ofWrong * below - wrong * (ofIntersection + ofWrong)) / below / below;
            gradient[i] += share * outer * slope;
        }
        return share * Math.pow(loss, power);
    }

    /**
     * Cross-entropy or focal loss of logits.
     *
     * @param gamma the focus, 0 for cross-entropy
     * @param smoothing the part of the labels that is spread over all classes
     * @param kept which pixels (N · D) count; null for all
     */
    public static Reference.Result pixelwise(
            double[] logits,
            double[] target,
            int images,
            int classes,
            Reference.Options options,
            double gamma,
            double smoothing,
            boolean[] kept) {
        int pixels = images == 0 ? 0 : target.length / images / classes;
        double[] y = spread(target, classes, smoothing);
        int[] valid =
                Arrays.stream(valid(target, 0, images, classes, pixels, options.ignoreLabel()))
                        .filter(i -> kept == null || kept[i])
                        .toArray();
        double total = 0;
        for (int i : valid) {
            for (int c = 0; c < classes; c++) {
                double weight = options.classWeights() == null ? 1 : options.classWeights()[c];
                total += weight * target[Softmax.index(i, c, classes, pixels)];
            }
        }
        double value = 0;
        double[] gradient = new double[logits.length];
        double[] slack = new double[logits.length];
        if (total == 0) {
            return new Reference.Result(0, gradient);
        }
        for (int i : valid) {
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[Softmax.index(i, c, classes, pixels)];
            }
            double[] p = Softmax.of(at);
            double logSum = Softmax.logSum(at);
            for (int c = 0; c < classes; c++) {
                double weight = options.classWeights() == null ? 1 : options.classWeights()[c];
                double q = weight * y[Softmax.index(i, c, classes, pixels)] / total;
                if (q == 0) {
                    continue;
                }
                double others = 0;
                for (int k = 0; k < classes; k++) {
                    others += k == c ? 0 : p[k];
                }
                double log = others < 0.5 ? Math.log1p(-others) : at[c] - logSum;
                double factor = gamma == 0 ? 1 : Math.pow(others, gamma);
                value -= q * factor * log;
                double slope =
                        gamma == 0 || others == 0
                                ? factor
                                : factor - gamma * Math.pow(others, gamma - 1) * p[c] * log;
                for (int k = 0; k < classes; k++) {
                    int index = Softmax.index(i, k, classes, pixels);
                    gradient[index] -= q * slope * (k == c ? others : -p[k]);
                    slack[index] += Math.abs(q * slope) * p[k] * Math.max(0, options.near());
                }
            }
        }
        return new Reference.Result(value, gradient, slack);
    }

    /**
     * Returns −log p of the label of every pixel, (N · D); of soft labels its mean by them. NaN
     * where ignored.
     */
    public static double[] entropies(
            double[] logits, double[] target, int images, int classes, Integer ignoreLabel) {
        int pixels = images == 0 ? 0 : target.length / images / classes;
        double[] entropies = new double[images * pixels];
        Arrays.fill(entropies, Double.NaN);
        for (int i : valid(target, 0, images, classes, pixels, ignoreLabel)) {
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[Softmax.index(i, c, classes, pixels)];
            }
            double logSum = Softmax.logSum(at);
            entropies[i] = 0;
            for (int c = 0; c < classes; c++) {
                double y = target[Softmax.index(i, c, classes, pixels)];
                entropies[i] += y == 0 ? 0 : y * (logSum - at[c]);
            }
        }
        return entropies;
    }

    /**
     * Boundary loss of predictions (N, C, D) and labels (N, D): every distance is the smallest of
     * those to all pixels.
     *
     * @param sizes the spatial sizes, whose product is D
     */
    public static Reference.Result boundary(
            double[] predictions,
            int[] labels,
            int images,
            int classes,
            Reference.Options options,
            long... sizes) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] p =
                options.fromLogits()
                        ? Softmax.of(predictions, images, classes, pixels)
                        : predictions;
        int step = options.perImage() ? 1 : Math.max(1, images);
        double value = 0;
        double[] byProbability = new double[predictions.length];
        List<int[]> groups = new ArrayList<>();
        for (int n = 0; n < images; n += step) {
            int[] group =
                    Reference.valid(labels, pixels, new int[] {n, n + step}, options.ignoreLabel());
            if (group.length > 0) {
                groups.add(group);
            }
        }
        for (int[] group : groups) {
            double[] shares = Reference.shares(group, labels, classes, options);
            for (int c = 0; c < classes; c++) {
                if (shares[c] == 0) {
                    continue;
                }
                for (int i : group) {
                    int at = Softmax.index(i, c, classes, pixels);
                    double slope =
                            shares[c]
                                    / groups.size()
                                    / group.length
                                    * distance(i, c, labels, pixels, options.ignoreLabel(), sizes);
                    value += slope * p[at];
                    byProbability[at] += slope;
                }
            }
        }
        return options.fromLogits()
                ? new Reference.Result(
                        value,
                        Softmax.gradient(byProbability, p, images, classes, pixels),
                        Softmax.rounding(byProbability, p, images, classes, pixels, options.near()))
                : new Reference.Result(value, byProbability);
    }

    /** Returns the signed distance of a pixel to the boundary of a class of its image. */
    private static double distance(
            int pixel, int id, int[] labels, int pixels, Integer ignoreLabel, long... sizes) {
        int first = pixel / pixels * pixels;
        boolean inside = labels[pixel] == id;
        double nearest = Double.POSITIVE_INFINITY;
        boolean any = false;
        for (int k = first; k < first + pixels; k++) {
            if (ignoreLabel != null && labels[k] == ignoreLabel) {
                continue;
            }
            if ((labels[k] == id) != inside) {
                any = true;
                double square = 0;
                int a = pixel - first;
                int b = k - first;
                for (int axis = sizes.length - 1; axis >= 0; axis--) {
                    double away = a % sizes[axis] - b % sizes[axis];
                    square += away * away;
                    a /= (int) sizes[axis];
                    b /= (int) sizes[axis];
                }
                nearest = Math.min(nearest, Math.sqrt(square));
            }
        }
        return !any ? 0 : inside ? 1 - nearest : nearest;
    }
}
