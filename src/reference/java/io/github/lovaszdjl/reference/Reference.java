package io.github.lovaszdjl.reference;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * The losses again, in double precision and plain loops straight from the definitions: the Lovász
 * extension by differencing the Jaccard loss of every prefix of the sorted errors. Shares no code
 * with the library.
 */
public final class Reference {

    /**
     * A loss and its gradient with respect to the predictions, of their layout.
     *
     * @param slack how far each element of another right gradient may be off, because errors that
     *     are equal, or as good as, may stand in any order
     */
    public record Result(double value, double[] gradient, double[] slack) {

        public Result(double value, double[] gradient) {
            this(value, gradient, new double[gradient.length]);
        }

        public Result times(double factor) {
            return new Result(
                    factor * value, map(gradient, g -> factor * g), map(slack, s -> factor * s));
        }

        public Result plus(Result other) {
            double[] sum = gradient.clone();
            Arrays.setAll(sum, i -> sum[i] + other.gradient[i]);
            double[] either = slack.clone();
            Arrays.setAll(either, i -> either[i] + other.slack[i]);
            return new Result(value + other.value, sum, either);
        }

        private static double[] map(double[] values, DoubleUnaryOperator operator) {
            return Arrays.stream(values).map(operator).toArray();
        }
    }

    /**
     * Options of the losses; the classes null for the present ones.
     *
     * @param near how close errors may be to stand in any order, below 0 for no slack at all; of
     *     losses without an order, the relative rounding of a softmax that autograd differentiates
     */
    public record Options(
            boolean fromLogits,
            int[] classes,
            double[] classWeights,
            boolean perImage,
            Integer ignoreLabel,
            double near) {

        public static final Options NONE = new Options(true, null, null, false, null);

        public Options(
                boolean fromLogits,
                int[] classes,
                double[] classWeights,
                boolean perImage,
                Integer ignoreLabel) {
            this(fromLogits, classes, classWeights, perImage, ignoreLabel, -1);
        }
    }

    private Reference() {}

    /** Returns the gradient of the Lovász extension of the Jaccard loss at the errors. */
    public static double[] extensionGradient(double[] errors, boolean[] foreground) {
        return JaccardExtension.gradient(errors, foreground);
    }

    /** Lovász-Softmax of predictions (N, C, D) and labels (N, D). */
    public static Result lovaszSoftmax(
            double[] predictions, int[] labels, int images, int classes, Options options) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] probabilities =
                options.fromLogits ? Softmax.of(predictions, images, classes, pixels) : predictions;
        double value = 0;
        double[] byProbability = new double[predictions.length];
        double[] slack = new double[predictions.length];
        int[][] groups =
                options.perImage
                        ? IntStream.range(0, images)
                                .mapToObj(n -> new int[] {n, n + 1})
                                .toArray(int[][]::new)
                        : new int[][] {{0, images}};
        int counted = 0;
        for (int[] group : groups) {
            if (valid(labels, pixels, group, options.ignoreLabel).length > 0) {
                counted++;
            }
        }
        for (int[] group : groups) {
            int[] valid = valid(labels, pixels, group, options.ignoreLabel);
            double[] shares = shares(valid, labels, classes, options);
            for (int c = 0; c < classes; c++) {
                double share = shares[c] / Math.max(1, counted);
                if (share == 0) {
                    continue;
                }
                double[] errors = new double[valid.length];
                boolean[] foreground = new boolean[valid.length];
                for (int j = 0; j < valid.length; j++) {
                    double p = probabilities[Softmax.index(valid[j], c, classes, pixels)];
                    foreground[j] = labels[valid[j]] == c;
                    errors[j] = foreground[j] ? 1 - p : p;
                }
                int[] order = JaccardExtension.decreasing(errors);
                double[] g = JaccardExtension.gradient(foreground, order);
                double[] ranges =
                        JaccardExtension.weightRanges(errors, foreground, options.near, order);
                for (int j = 0; j < valid.length; j++) {
                    int at = Softmax.index(valid[j], c, classes, pixels);
                    value += share * g[j] * errors[j];
                    byProbability[at] += share * g[j] * (foreground[j] ? -1 : 1);
                    slack[at] += share * ranges[j];
                }
            }
        }
        return options.fromLogits
                ? new Result(
                        value,
                        Softmax.gradient(byProbability, probabilities, images, classes, pixels),
                        Softmax.slack(slack, probabilities, images, classes, pixels))
                : new Result(value, byProbability, slack);
    }

    /** Returns the share of each class in the loss of a group; all 0 if there is none. */
    static double[] shares(int[] valid, int[] labels, int classes, Options options) {
        TreeSet<Integer> selected = new TreeSet<>();
        if (options.classes == null) {
            for (int i : valid) {
                selected.add(labels[i]);
            }
        } else if (valid.length > 0) {
            Arrays.stream(options.classes).forEach(selected::add);
        }
        double sum = 0;
        double[] shares = new double[classes];
        for (int c : selected) {
            shares[c] = options.classWeights == null ? 1 : options.classWeights[c];
            sum += shares[c];
        }
        for (int c : selected) {
            shares[c] = sum == 0 ? 0 : shares[c] / sum;
        }
        return shares;
    }

    /** Soft Dice or soft Jaccard of predictions (N, C, D) and labels (N, D). */
    public static Result overlap(
            double[] predictions,
            int[] labels,
            int images,
            int classes,
            Options options,
            double smooth,
            boolean dice) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] probabilities =
                options.fromLogits ? Softmax.of(predictions, images, classes, pixels) : predictions;
        int step = options.perImage ? 1 : images;
        int counted = 0;
        for (int n = 0; n < images; n += step) {
            int[] group = {n, n + step};
            counted += valid(labels, pixels, group, options.ignoreLabel).length > 0 ? 1 : 0;
        }
        double value = 0;
        double[] byProbability = new double[predictions.length];
        for (int n = 0; n < images; n += step) {
            int[] valid = valid(labels, pixels, new int[] {n, n + step}, options.ignoreLabel);
            double[] shares = shares(valid, labels, classes, options);
            for (int c = 0; c < classes; c++) {
                double share = shares[c] / Math.max(1, counted);
                double intersection = 0;
                double predicted = 0;
                double foreground = 0;
                for (int i : valid) {
                    double p = probabilities[Softmax.index(i, c, classes, pixels)];
                    predicted += p;
                    intersection += labels[i] == c ? p : 0;
                    foreground += labels[i] == c ? 1 : 0;
                }
                double above = (dice ? 2 * intersection : intersection) + smooth;
                double below = predicted + foreground - (dice ? 0 : intersection) + smooth;
                value += share * (1 - above / below);
                for (int i : valid) {
                    double isForeground = labels[i] == c ? 1 : 0;
                    double aboveSlope = dice ? 2 * isForeground : isForeground;
                    double belowSlope = dice ? 1 : 1 - isForeground;
                    byProbability[Softmax.index(i, c, classes, pixels)] -=
                            share * (aboveSlope * below - above * belowSlope) / (below * below);
                }
            }
        }
        if (!options.fromLogits) {
            return new Result(value, byProbability);
        }
        return new Result(
                value,
                Softmax.gradient(byProbability, probabilities, images, classes, pixels),
                Softmax.rounding(
                        byProbability, probabilities, images, classes, pixels, options.near));
    }

    /** Focal loss of logits (N, C, D) and labels (N, D). */
    public static Result focal(
            double[] logits, int[] labels, int images, int classes, Options options, double gamma) {
        int pixels = images == 0 ? 0 : labels.length / images;
        int[] valid = valid(labels, pixels, new int[] {0, images}, options.ignoreLabel);
        double sum = 0;
        for (int i : valid) {
            sum += options.classWeights == null ? 1 : options.classWeights[labels[i]];
        }
        double value = 0;
        double[] gradient = new double[logits.length];
        double[] slack = new double[logits.length];
        for (int i : valid) {
            double weight = options.classWeights == null ? 1 : options.classWeights[labels[i]];
            if (weight == 0) {
                continue;
            }
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[Softmax.index(i, c, classes, pixels)];
            }
            double[] p = Softmax.of(at);
            int y = labels[i];
            // 1 − p and log p without cancellation, from the others' sum.
            double others = 0;
            for (int c = 0; c < classes; c++) {
                others += c == y ? 0 : p[c];
            }
            double log = others < 0.5 ? Math.log1p(-others) : at[y] - Softmax.logSum(at);
            double factor = gamma == 0 ? 1 : Math.pow(others, gamma);
            value -= weight / sum * factor * log;
            // The derivative with respect to log p, of which that with respect to z is δ − p.
            double slope =
                    gamma == 0 || others == 0
                            ? factor
                            : factor - gamma * Math.pow(others, gamma - 1) * p[y] * log;
            for (int c = 0; c < classes; c++) {
                int index = Softmax.index(i, c, classes, pixels);
                gradient[index] = -weight / sum * slope * (c == y ? others : -p[c]);
                slack[index] = weight / sum * slope * p[c] * Math.max(0, options.near);
            }
        }
        return new Result(value, gradient, slack);
    }

    /** Cross-entropy of logits (N, C, D) and labels (N, D). */
    public static Result crossEntropy(
            double[] logits,
            int[] labels,
            int images,
            int classes,
            double[] classWeights,
            Integer ignoreLabel,
            double smoothing) {
        return crossEntropy(
                logits, labels, images, classes, classWeights, ignoreLabel, smoothing, 0);
    }

    /** The same, with slack for the rounding of the softmax. */
    public static Result crossEntropy(
            double[] logits,
            int[] labels,
            int images,
            int classes,
            double[] classWeights,
            Integer ignoreLabel,
            double smoothing,
            double rounding) {
        int pixels = images == 0 ? 0 : labels.length / images;
        int[] valid = valid(labels, pixels, new int[] {0, images}, ignoreLabel);
        double sum = 0;
        for (int i : valid) {
            sum += classWeights == null ? 1 : classWeights[labels[i]];
        }
        double value = 0;
        double[] gradient = new double[logits.length];
        double[] slack = new double[logits.length];
        if (sum == 0) {
            return new Result(0, gradient);
        }
        for (int i : valid) {
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[Softmax.index(i, c, classes, pixels)];
            }
            double[] p = Softmax.of(at);
            double logSum = Softmax.logSum(at);
            double[] q = new double[classes];
            for (int c = 0; c < classes; c++) {
                double w = classWeights == null ? 1 : classWeights[c];
                q[c] = w * (smoothing / classes + (c == labels[i] ? 1 - smoothing : 0)) / sum;
                value += q[c] * (logSum - at[c]);
            }
            double total = Arrays.stream(q).sum();
            for (int c = 0; c < classes; c++) {
                gradient[Softmax.index(i, c, classes, pixels)] = total * p[c] - q[c];
                slack[Softmax.index(i, c, classes, pixels)] = total * p[c] * rounding;
            }
        }
        return new Result(value, gradient, slack);
    }

    static int[] valid(int[] labels, int pixels, int[] group, Integer ignoreLabel) {
        return IntStream.range(group[0] * pixels, group[1] * pixels)
                .filter(i -> ignoreLabel == null || labels[i] != ignoreLabel)
                .toArray();
    }
}
