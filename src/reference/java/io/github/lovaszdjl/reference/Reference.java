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
        return extensionGradient(foreground, decreasing(errors));
    }

    private static double[] extensionGradient(boolean[] foreground, int... order) {
        long total = 0;
        for (boolean f : foreground) {
            total += f ? 1 : 0;
        }
        double[] gradient = new double[order.length];
        double before = 0;
        long wrongForeground = 0;
        long wrongBackground = 0;
        for (int i : order) {
            if (foreground[i]) {
                wrongForeground++;
            } else {
                wrongBackground++;
            }
            double jaccard =
                    1 - (double) (total - wrongForeground) / (double) (total + wrongBackground);
            gradient[i] = jaccard - before;
            before = jaccard;
        }
        return gradient;
    }

    /**
     * Returns the positions of the errors from the largest to the smallest, equal ones in order.
     */
    private static int[] decreasing(double[] errors) {
        // By their values as floats first, with the position in the low bits.
        long[] keys = new long[errors.length];
        for (int i = 0; i < keys.length; i++) {
            int bits = Float.floatToIntBits((float) errors[i]);
            int increasing = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            keys[i] = (long) ~increasing << 32 | i;
        }
        Arrays.parallelSort(keys);
        int[] order = new int[keys.length];
        int to = 0;
        for (int from = 0; from < keys.length; from = to) {
            while (to < keys.length && keys[to] >> 32 == keys[from] >> 32) {
                order[to] = (int) keys[to];
                to++;
            }
            if (to - from > 1) {
                sortEqualFloats(errors, order, from, to);
            }
        }
        return order;
    }

    private static void sortEqualFloats(double[] errors, int[] order, int from, int to) {
        int[] sorted =
                Arrays.stream(order, from, to)
                        .boxed()
                        .sorted((a, b) -> Double.compare(errors[b], errors[a]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        System.arraycopy(sorted, 0, order, from, sorted.length);
    }

    /**
     * Returns by how much the weight of each error may change if errors that differ by at most
     * {@code near} stand in another order: the largest weight it can have less the smallest. 0
     * where {@code near} is below 0.
     */
    private static double[] weightRanges(
            double[] errors, boolean[] foreground, double near, int... order) {
        double[] ranges = new double[errors.length];
        if (near < 0) {
            return ranges;
        }
        double total = 0;
        for (boolean f : foreground) {
            total += f ? 1 : 0;
        }
        // Foreground and background that stand before the pixel in any order, and in some order.
        double[] surely = new double[2];
        double[] perhaps = new double[2];
        int first = 0;
        int last = 0;
        for (int i : order) {
            while (errors[order[first]] - errors[i] > near) {
                surely[foreground[order[first++]] ? 1 : 0]++;
            }
            while (last < order.length && errors[i] - errors[order[last]] <= near) {
                perhaps[foreground[order[last++]] ? 1 : 0]++;
            }
            if (last - first == 1) {
                continue;
            }
            double least = total + surely[0];
            double most = total + perhaps[0];
            if (foreground[i]) {
                ranges[i] = 1 / least - 1 / most;
            } else if (total == 0) {
                ranges[i] = first == 0 ? 1 : 0;
            } else {
                ranges[i] =
                        (total - surely[1]) / (least * (least + 1))
                                - (total - perhaps[1]) / (most * (most - 1));
            }
        }
        return ranges;
    }

    /** Lovász-Softmax of predictions (N, C, D) and labels (N, D). */
    public static Result lovaszSoftmax(
            double[] predictions, int[] labels, int images, int classes, Options options) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] probabilities =
                options.fromLogits ? softmax(predictions, images, classes, pixels) : predictions;
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
                    double p = probabilities[index(valid[j], c, classes, pixels)];
                    foreground[j] = labels[valid[j]] == c;
                    errors[j] = foreground[j] ? 1 - p : p;
                }
                int[] order = decreasing(errors);
                double[] g = extensionGradient(foreground, order);
                double[] ranges = weightRanges(errors, foreground, options.near, order);
                for (int j = 0; j < valid.length; j++) {
                    int at = index(valid[j], c, classes, pixels);
                    value += share * g[j] * errors[j];
                    byProbability[at] += share * g[j] * (foreground[j] ? -1 : 1);
                    slack[at] += share * ranges[j];
                }
            }
        }
        return options.fromLogits
                ? new Result(
                        value,
                        throughSoftmax(byProbability, probabilities, images, classes, pixels),
                        slackThroughSoftmax(slack, probabilities, images, classes, pixels))
                : new Result(value, byProbability, slack);
    }

    /** Returns the share of each class in the loss of a group; all 0 if there is none. */
    private static double[] shares(int[] valid, int[] labels, int classes, Options options) {
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
                options.fromLogits ? softmax(predictions, images, classes, pixels) : predictions;
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
                    double p = probabilities[index(i, c, classes, pixels)];
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
                    byProbability[index(i, c, classes, pixels)] -=
                            share * (aboveSlope * below - above * belowSlope) / (below * below);
                }
            }
        }
        if (!options.fromLogits) {
            return new Result(value, byProbability);
        }
        // Autograd's softmax takes the mean of the slopes from each, and loses what it can.
        double[] rounding = new double[predictions.length];
        for (int i = 0; i < images * pixels; i++) {
            double largest = 0;
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                largest = Math.max(largest, Math.abs(byProbability[at]));
            }
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                rounding[at] = Math.max(0, options.near) * largest * probabilities[at];
            }
        }
        return new Result(
                value,
                throughSoftmax(byProbability, probabilities, images, classes, pixels),
                rounding);
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
                at[c] = logits[index(i, c, classes, pixels)];
            }
            double[] p = softmax(at);
            int y = labels[i];
            // 1 − p and log p without cancellation, from the others' sum.
            double others = 0;
            for (int c = 0; c < classes; c++) {
                others += c == y ? 0 : p[c];
            }
            double log = others < 0.5 ? Math.log1p(-others) : at[y] - logSum(at);
            double factor = gamma == 0 ? 1 : Math.pow(others, gamma);
            value -= weight / sum * factor * log;
            // The derivative with respect to log p, of which that with respect to z is δ − p.
            double slope =
                    gamma == 0 || others == 0
                            ? factor
                            : factor - gamma * Math.pow(others, gamma - 1) * p[y] * log;
            for (int c = 0; c < classes; c++) {
                int index = index(i, c, classes, pixels);
                gradient[index] = -weight / sum * slope * (c == y ? others : -p[c]);
                slack[index] = weight / sum * slope * p[c] * Math.max(0, options.near);
            }
        }
        return new Result(value, gradient, slack);
    }

    /**
     * The binary losses of one problem a row: predictions and labels (rows, D), rows of one image
     * and channel. Errors and their derivative come from the caller's functions.
     */
    public static Result binary(
            double[] predictions,
            int[] labels,
            int images,
            int channels,
            boolean perImage,
            Integer ignoreLabel,
            boolean flip,
            ErrorFunction function) {
        return binary(
                predictions, labels, images, channels, perImage, ignoreLabel, flip, function, -1);
    }

    /** The same, with slack for errors that are near each other. */
    public static Result binary(
            double[] predictions,
            int[] labels,
            int images,
            int channels,
            boolean perImage,
            Integer ignoreLabel,
            boolean flip,
            ErrorFunction function,
            double near) {
        int pixels = images == 0 ? 0 : labels.length / images / channels;
        double value = 0;
        double[] gradient = new double[predictions.length];
        double[] slack = new double[predictions.length];
        int groups = perImage ? images : 1;
        int[][][] valid = new int[groups][channels][];
        int countedGroups = 0;
        for (int g = 0; g < groups; g++) {
            boolean any = false;
            for (int c = 0; c < channels; c++) {
                int channel = c;
                int from = perImage ? g : 0;
                int to = perImage ? g + 1 : images;
                valid[g][c] =
                        IntStream.range(from, to)
                                .flatMap(
                                        n ->
                                                IntStream.range(0, pixels)
                                                        .map(
                                                                d ->
                                                                        (n * channels + channel)
                                                                                        * pixels
                                                                                + d))
                                .filter(i -> ignoreLabel == null || labels[i] != ignoreLabel)
                                .toArray();
                any |= valid[g][c].length > 0;
            }
            countedGroups += any ? 1 : 0;
        }
        for (int[][] group : valid) {
            long countedChannels = Arrays.stream(group).filter(v -> v.length > 0).count();
            for (int[] index : group) {
                double[] raw = new double[index.length];
                boolean[] foreground = new boolean[index.length];
                for (int j = 0; j < index.length; j++) {
                    raw[j] = function.error(predictions[index[j]], labels[index[j]]);
                    foreground[j] = (labels[index[j]] == 1) != flip;
                }
                int[] order = decreasing(raw);
                double[] g = extensionGradient(foreground, order);
                double[] ranges = weightRanges(raw, foreground, near, order);
                for (int j = 0; j < index.length; j++) {
                    double share = 1.0 / countedGroups / countedChannels;
                    double slope = function.slope(predictions[index[j]], labels[index[j]]);
                    value += share * g[j] * function.activation(raw[j]);
                    gradient[index[j]] += share * g[j] * slope;
                    slack[index[j]] += share * ranges[j] * Math.abs(slope);
                }
            }
        }
        return new Result(value, gradient, slack);
    }

    /** The error of a prediction, what is applied to it, and the derivative of both together. */
    public interface ErrorFunction {
        double error(double prediction, int label);

        default double activation(double error) {
            return error;
        }

        double slope(double prediction, int label);
    }

    public static final ErrorFunction HINGE =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 - x * (2 * y - 1);
                }

                @Override
                public double activation(double e) {
                    return Math.max(0, e);
                }

                @Override
                public double slope(double x, int y) {
                    return error(x, y) > 0 ? 1 - 2 * y : 0;
                }
            };

    public static final ErrorFunction ELU_HINGE =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 - x * (2 * y - 1);
                }

                @Override
                public double activation(double e) {
                    return e > 0 ? e + 1 : Math.exp(e);
                }

                @Override
                public double slope(double x, int y) {
                    return Math.min(1, Math.exp(error(x, y))) * (1 - 2 * y);
                }
            };

    public static final ErrorFunction SIGMOID =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 / (1 + Math.exp(y == 1 ? x : -x));
                }

                @Override
                public double slope(double x, int y) {
                    double p = 1 / (1 + Math.exp(-x));
                    double q = 1 / (1 + Math.exp(x));
                    return p * q * (1 - 2 * y);
                }
            };

    public static final ErrorFunction PROBABILITY =
            new ErrorFunction() {
                @Override
                public double error(double p, int y) {
                    return y == 1 ? 1 - p : p;
                }

                @Override
                public double slope(double p, int y) {
                    return 1 - 2 * y;
                }
            };

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
                at[c] = logits[index(i, c, classes, pixels)];
            }
            double[] p = softmax(at);
            double logSum = logSum(at);
            double[] q = new double[classes];
            for (int c = 0; c < classes; c++) {
                double w = classWeights == null ? 1 : classWeights[c];
                q[c] = w * (smoothing / classes + (c == labels[i] ? 1 - smoothing : 0)) / sum;
                value += q[c] * (logSum - at[c]);
            }
            double total = Arrays.stream(q).sum();
            for (int c = 0; c < classes; c++) {
                gradient[index(i, c, classes, pixels)] = total * p[c] - q[c];
                slack[index(i, c, classes, pixels)] = total * p[c] * rounding;
            }
        }
        return new Result(value, gradient, slack);
    }

    private static int[] valid(int[] labels, int pixels, int[] group, Integer ignoreLabel) {
        return IntStream.range(group[0] * pixels, group[1] * pixels)
                .filter(i -> ignoreLabel == null || labels[i] != ignoreLabel)
                .toArray();
    }

    private static int index(int pixel, int label, int classes, int pixels) {
        return (pixel / pixels * classes + label) * pixels + pixel % pixels;
    }

    private static double[] throughSoftmax(
            double[] byProbability, double[] probabilities, int images, int classes, int pixels) {
        double[] byLogit = new double[byProbability.length];
        double[] p = new double[classes];
        double[] slopes = new double[classes];
        for (int i = 0; i < images * pixels; i++) {
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                p[c] = probabilities[at];
                slopes[c] = byProbability[at];
            }
            for (int c = 0; c < classes; c++) {
                double g = 0;
                for (int k = 0; k < classes; k++) {
                    g += p[k] * (slopes[c] - slopes[k]);
                }
                byLogit[index(i, c, classes, pixels)] = p[c] * g;
            }
        }
        return byLogit;
    }

    /** The largest that {@link #throughSoftmax} may become for numbers of either sign. */
    private static double[] slackThroughSoftmax(
            double[] slack, double[] probabilities, int images, int classes, int pixels) {
        double[] byLogit = new double[slack.length];
        for (int i = 0; i < images * pixels; i++) {
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                sum += slack[at] * probabilities[at];
            }
            for (int c = 0; c < classes; c++) {
                int at = index(i, c, classes, pixels);
                double own = slack[at] * probabilities[at];
                byLogit[at] = own * (1 - probabilities[at]) + probabilities[at] * (sum - own);
            }
        }
        return byLogit;
    }

    /** Softmax over the classes of (N, C, D). */
    private static double[] softmax(double[] logits, int images, int classes, int pixels) {
        double[] probabilities = new double[logits.length];
        for (int i = 0; i < images * pixels; i++) {
            double[] at = new double[classes];
            for (int c = 0; c < classes; c++) {
                at[c] = logits[index(i, c, classes, pixels)];
            }
            double[] p = softmax(at);
            for (int c = 0; c < classes; c++) {
                probabilities[index(i, c, classes, pixels)] = p[c];
            }
        }
        return probabilities;
    }

    private static double logSum(double[] logits) {
        double max = Arrays.stream(logits).max().orElseThrow();
        return max + Math.log(Arrays.stream(logits).map(z -> Math.exp(z - max)).sum());
    }

    private static double[] softmax(double[] logits) {
        // Not exp(z − log Σ exp): beside a logit of 10¹⁶ the logarithm of a few classes is lost.
        double max = Arrays.stream(logits).max().orElseThrow();
        double[] exponentials = Arrays.stream(logits).map(z -> Math.exp(z - max)).toArray();
        double sum = Arrays.stream(exponentials).sum();
        return Arrays.stream(exponentials).map(e -> e / sum).toArray();
    }
}
