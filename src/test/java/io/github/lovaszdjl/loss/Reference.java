package io.github.lovaszdjl.loss;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The losses again, in double precision and plain loops straight from the definitions: the Lovász
 * extension by differencing the Jaccard loss of every prefix of the sorted errors. Shares no code
 * with the library.
 */
final class Reference {

    /** A loss and its gradient with respect to the predictions, of their layout. */
    record Result(double value, double[] gradient) {}

    /** Options of the losses; the classes null for the present ones. */
    record Options(
            boolean fromLogits,
            int[] classes,
            double[] classWeights,
            boolean perImage,
            Integer ignoreLabel) {

        static final Options NONE = new Options(true, null, null, false, null);
    }

    private Reference() {}

    /** Returns the gradient of the Lovász extension of the Jaccard loss at the errors. */
    static double[] extensionGradient(double[] errors, boolean[] foreground) {
        Integer[] order = IntStream.range(0, errors.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> Double.compare(errors[b], errors[a]));
        long total = 0;
        for (boolean f : foreground) {
            total += f ? 1 : 0;
        }
        double[] gradient = new double[errors.length];
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

    /** Lovász-Softmax of predictions (N, C, D) and labels (N, D). */
    static Result lovaszSoftmax(
            double[] predictions, int[] labels, int images, int classes, Options options) {
        int pixels = images == 0 ? 0 : labels.length / images;
        double[] probabilities = new double[predictions.length];
        for (int n = 0; n < images; n++) {
            for (int d = 0; d < pixels; d++) {
                double[] at = new double[classes];
                for (int c = 0; c < classes; c++) {
                    at[c] = predictions[(n * classes + c) * pixels + d];
                }
                double[] p = options.fromLogits ? softmax(at) : at;
                for (int c = 0; c < classes; c++) {
                    probabilities[(n * classes + c) * pixels + d] = p[c];
                }
            }
        }
        double value = 0;
        double[] byProbability = new double[predictions.length];
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
            if (valid.length == 0) {
                continue;
            }
            TreeSet<Integer> selected = new TreeSet<>();
            if (options.classes == null) {
                for (int i : valid) {
                    selected.add(labels[i]);
                }
            } else {
                Arrays.stream(options.classes).forEach(selected::add);
            }
            double sum = 0;
            for (int c : selected) {
                sum += options.classWeights == null ? 1 : options.classWeights[c];
            }
            if (sum == 0) {
                continue;
            }
            for (int c : selected) {
                double share =
                        (options.classWeights == null ? 1 : options.classWeights[c])
                                / sum
                                / counted;
                double[] errors = new double[valid.length];
                boolean[] foreground = new boolean[valid.length];
                for (int j = 0; j < valid.length; j++) {
                    double p = probabilities[index(valid[j], c, classes, pixels)];
                    foreground[j] = labels[valid[j]] == c;
                    errors[j] = foreground[j] ? 1 - p : p;
                }
                double[] g = extensionGradient(errors, foreground);
                for (int j = 0; j < valid.length; j++) {
                    value += share * g[j] * errors[j];
                    byProbability[index(valid[j], c, classes, pixels)] +=
                            share * g[j] * (foreground[j] ? -1 : 1);
                }
            }
        }
        return new Result(
                value,
                options.fromLogits
                        ? throughSoftmax(byProbability, probabilities, images, classes, pixels)
                        : byProbability);
    }

    /**
     * The binary losses of one problem a row: predictions and labels (rows, D), rows of one image
     * and channel. Errors and their derivative come from the caller's functions.
     */
    static Result binary(
            double[] predictions,
            int[] labels,
            int images,
            int channels,
            boolean perImage,
            Integer ignoreLabel,
            boolean flip,
            ErrorFunction function) {
        int pixels = images == 0 ? 0 : labels.length / images / channels;
        double value = 0;
        double[] gradient = new double[predictions.length];
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
                double[] g = extensionGradient(raw, foreground);
                for (int j = 0; j < index.length; j++) {
                    double share = 1.0 / countedGroups / countedChannels;
                    value += share * g[j] * function.activation(raw[j]);
                    gradient[index[j]] +=
                            share * g[j] * function.slope(predictions[index[j]], labels[index[j]]);
                }
            }
        }
        return new Result(value, gradient);
    }

    /** The error of a prediction, what is applied to it, and the derivative of both together. */
    interface ErrorFunction {
        double error(double prediction, int label);

        default double activation(double error) {
            return error;
        }

        double slope(double prediction, int label);
    }

    static final ErrorFunction HINGE =
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

    static final ErrorFunction ELU_HINGE =
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

    static final ErrorFunction SIGMOID =
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

    static final ErrorFunction PROBABILITY =
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
    static Result crossEntropy(
            double[] logits,
            int[] labels,
            int images,
            int classes,
            double[] classWeights,
            Integer ignoreLabel,
            double smoothing) {
        int pixels = images == 0 ? 0 : labels.length / images;
        int[] valid = valid(labels, pixels, new int[] {0, images}, ignoreLabel);
        double sum = 0;
        for (int i : valid) {
            sum += classWeights == null ? 1 : classWeights[labels[i]];
        }
        double value = 0;
        double[] gradient = new double[logits.length];
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
            }
        }
        return new Result(value, gradient);
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
        for (int i = 0; i < images * pixels; i++) {
            for (int c = 0; c < classes; c++) {
                double g = 0;
                int at = index(i, c, classes, pixels);
                for (int k = 0; k < classes; k++) {
                    int other = index(i, k, classes, pixels);
                    g += probabilities[other] * (byProbability[at] - byProbability[other]);
                }
                byLogit[at] = probabilities[at] * g;
            }
        }
        return byLogit;
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
