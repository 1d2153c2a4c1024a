package io.github.lovaszdjl.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A second implementation of SegFormer for tests, from the paper, in plain loops and double
 * precision: encoder and decoder for one image or several, with parameters by name.
 */
final class SegFormerReference {

    private static final int[] STRIDES = {4, 2, 2, 2};

    private final List<MixTransformer.Stage> stages;
    private final Map<String, double[]> parameters;

    SegFormerReference(List<MixTransformer.Stage> stages, Map<String, double[]> parameters) {
        this.stages = stages;
        this.parameters = parameters;
    }

    /** Values of one image by channel, row and column. */
    record Map3(int channels, int height, int width, double[] values) {

        Map3(int channels, int height, int width) {
            this(channels, height, width, new double[channels * height * width]);
        }

        double at(int c, int y, int x) {
            return values[(c * height + y) * width + x];
        }

        void set(int c, int y, int x, double value) {
            values[(c * height + y) * width + x] = value;
        }
    }

    /** Returns the maps of an image, the finest first. */
    List<Map3> encode(Map3 image) {
        List<Map3> maps = new ArrayList<>();
        Map3 map = image;
        for (int s = 0; s < stages.size(); s++) {
            MixTransformer.Stage stage = stages.get(s);
            String embedding = "patch_embeddings." + s;
            int patch = s == 0 ? 7 : 3;
            map = convolve(embedding + ".proj", map, stage.width(), patch, STRIDES[s], patch / 2);
            map = normalize(embedding + ".layer_norm", map, 1e-5);
            for (int layer = 0; layer < stage.layers(); layer++) {
                map = layer("block." + s + "." + layer + ".", map, stage);
            }
            map = normalize("layer_norm." + s, map, 1e-6);
            maps.add(map);
        }
        return maps;
    }

    private Map3 layer(String name, Map3 in, MixTransformer.Stage stage) {
        Map3 attended =
                attend(name + "attention.", normalize(name + "layer_norm_1", in, 1e-6), stage);
        Map3 sum = add(in, attended);
        Map3 hidden =
                linear(
                        name + "mlp.dense1",
                        normalize(name + "layer_norm_2", sum, 1e-6),
                        4 * stage.width());
        Map3 mixed = depthwise(name + "mlp.dwconv.dwconv", hidden);
        for (int i = 0; i < mixed.values.length; i++) {
            double v = mixed.values[i];
            mixed.values[i] = v / 2 * (1 + erf(v / Math.sqrt(2)));
        }
        return add(sum, linear(name + "mlp.dense2", mixed, stage.width()));
    }

    private Map3 attend(String name, Map3 in, MixTransformer.Stage stage) {
        int width = stage.width();
        int r = stage.reduction();
        Map3 reduced = in;
        if (r > 1) {
            Map3 enough = extend(in, Math.max(in.height, r), Math.max(in.width, r));
            reduced = convolve(name + "self.sr", enough, width, r, r, 0);
            reduced = normalize(name + "self.layer_norm", reduced, 1e-5);
        }
        Map3 queries = linear(name + "self.query", in, width);
        Map3 keys = linear(name + "self.key", reduced, width);
        Map3 values = linear(name + "self.value", reduced, width);
        int d = width / stage.heads();
        int tokens = in.height * in.width;
        int keyCount = reduced.height * reduced.width;
        Map3 result = new Map3(width, in.height, in.width);
        for (int head = 0; head < stage.heads(); head++) {
            for (int q = 0; q < tokens; q++) {
                double[] weights = new double[keyCount];
                double sum = 0;
                for (int k = 0; k < keyCount; k++) {
                    double dot = 0;
                    for (int c = head * d; c < (head + 1) * d; c++) {
                        dot += queries.values[c * tokens + q] * keys.values[c * keyCount + k];
                    }
                    weights[k] = Math.exp(dot / Math.sqrt(d));
                    sum += weights[k];
                }
                for (int c = head * d; c < (head + 1) * d; c++) {
                    for (int k = 0; k < keyCount; k++) {
                        result.values[c * tokens + q] +=
                                weights[k] / sum * values.values[c * keyCount + k];
                    }
                }
            }
        }
        return linear(name + "output.dense", result, width);
    }

    /** Returns the output of the decoder before its normalisation, as the paper computes it. */
    Map3 fuse(List<Map3> maps, int width) {
        Map3 finest = maps.get(0);
        int size = finest.height * finest.width;
        Map3 joined = new Map3(maps.size() * width, finest.height, finest.width);
        for (int m = 0; m < maps.size(); m++) {
            Map3 projected = linear("linear_c." + m + ".proj", maps.get(m), width);
            Map3 resized = resize(projected, finest.height, finest.width);
            int offset = (maps.size() - 1 - m) * width * size;
            System.arraycopy(resized.values, 0, joined.values, offset, width * size);
        }
        return convolve("linear_fuse", joined, width, 1, 1, 0);
    }

    /** Normalises the channels of a batch by its own statistics, and applies ReLU. */
    List<Map3> normalizeBatch(List<Map3> batch) {
        int channels = batch.get(0).channels;
        int size = batch.get(0).height * batch.get(0).width;
        double[] gamma = parameters.get("batch_norm.weight");
        double[] beta = parameters.get("batch_norm.bias");
        List<Map3> results = new ArrayList<>();
        for (Map3 map : batch) {
            results.add(new Map3(channels, map.height, map.width));
        }
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            double squares = 0;
            for (Map3 map : batch) {
                for (int i = c * size; i < (c + 1) * size; i++) {
                    sum += map.values[i];
                    squares += map.values[i] * map.values[i];
                }
            }
            double count = (double) size * batch.size();
            double mean = sum / count;
            double deviation = Math.sqrt(squares / count - mean * mean + 1e-5);
            for (int n = 0; n < batch.size(); n++) {
                for (int i = c * size; i < (c + 1) * size; i++) {
                    double normalized = (batch.get(n).values[i] - mean) / deviation;
                    results.get(n).values[i] = Math.max(0, normalized * gamma[c] + beta[c]);
                }
            }
        }
        return results;
    }

    private Map3 convolve(String name, Map3 in, int filters, int kernel, int stride, int padding) {
        double[] weight = parameters.get(name + ".weight");
        double[] bias = parameters.get(name + ".bias");
        Map3 out =
                new Map3(
                        filters,
                        (in.height + 2 * padding - kernel) / stride + 1,
                        (in.width + 2 * padding - kernel) / stride + 1);
        for (int f = 0; f < filters; f++) {
            for (int y = 0; y < out.height; y++) {
                for (int x = 0; x < out.width; x++) {
                    double sum = bias == null ? 0 : bias[f];
                    for (int c = 0; c < in.channels; c++) {
                        int first = (f * in.channels + c) * kernel * kernel;
                        int top = y * stride - padding;
                        sum += patch(in, c, top, x * stride - padding, weight, first, kernel);
                    }
                    out.set(f, y, x, sum);
                }
            }
        }
        return out;
    }

    private Map3 depthwise(String name, Map3 in) {
        double[] weight = parameters.get(name + ".weight");
        double[] bias = parameters.get(name + ".bias");
        Map3 out = new Map3(in.channels, in.height, in.width);
        for (int c = 0; c < in.channels; c++) {
            for (int y = 0; y < in.height; y++) {
                for (int x = 0; x < in.width; x++) {
                    out.set(c, y, x, bias[c] + patch(in, c, y - 1, x - 1, weight, 9 * c, 3));
                }
            }
        }
        return out;
    }

    /** Returns the sum of a channel's values times weights, zeros outside of the map. */
    private static double patch(
            Map3 in, int c, int top, int left, double[] weight, int first, int kernel) {
        double sum = 0;
        for (int v = Math.max(0, -top); v < kernel && top + v < in.height; v++) {
            for (int u = Math.max(0, -left); u < kernel && left + u < in.width; u++) {
                sum += weight[first + v * kernel + u] * in.at(c, top + v, left + u);
            }
        }
        return sum;
    }

    private Map3 linear(String name, Map3 in, int width) {
        double[] weight = parameters.get(name + ".weight");
        double[] bias = parameters.get(name + ".bias");
        int size = in.height * in.width;
        Map3 out = new Map3(width, in.height, in.width);
        for (int f = 0; f < width; f++) {
            Arrays.fill(out.values, f * size, (f + 1) * size, bias[f]);
            for (int c = 0; c < in.channels; c++) {
                double w = weight[f * in.channels + c];
                for (int i = 0; i < size; i++) {
                    out.values[f * size + i] += w * in.values[c * size + i];
                }
            }
        }
        return out;
    }

    /** Normalises the channels of every place. */
    private Map3 normalize(String name, Map3 in, double epsilon) {
        double[] gamma = parameters.get(name + ".weight");
        double[] beta = parameters.get(name + ".bias");
        int size = in.height * in.width;
        Map3 out = new Map3(in.channels, in.height, in.width);
        for (int i = 0; i < size; i++) {
            double mean = 0;
            for (int c = 0; c < in.channels; c++) {
                mean += in.values[c * size + i] / in.channels;
            }
            double variance = 0;
            for (int c = 0; c < in.channels; c++) {
                variance += Math.pow(in.values[c * size + i] - mean, 2) / in.channels;
            }
            for (int c = 0; c < in.channels; c++) {
                double normalized =
                        (in.values[c * size + i] - mean) / Math.sqrt(variance + epsilon);
                out.values[c * size + i] = normalized * gamma[c] + beta[c];
            }
        }
        return out;
    }

    /** Resizes by the mean of the four values around every place. */
    private static Map3 resize(Map3 in, int height, int width) {
        Map3 out = new Map3(in.channels, height, width);
        for (int c = 0; c < in.channels; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double v = (y + 0.5) * in.height / height - 0.5;
                    double u = (x + 0.5) * in.width / width - 0.5;
                    int top = (int) Math.floor(v);
                    int left = (int) Math.floor(u);
                    double upper = between(in, c, top, left, u - left);
                    double lower = between(in, c, top + 1, left, u - left);
                    out.set(c, y, x, upper + (v - top) * (lower - upper));
                }
            }
        }
        return out;
    }

    private static double between(Map3 in, int c, int row, int column, double share) {
        int y = Math.min(Math.max(row, 0), in.height - 1);
        double left = in.at(c, y, Math.max(column, 0));
        double right = in.at(c, y, Math.min(column + 1, in.width - 1));
        return left + share * (right - left);
    }

    private static Map3 extend(Map3 in, int height, int width) {
        Map3 out = new Map3(in.channels, height, width);
        for (int c = 0; c < in.channels; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double value = in.at(c, Math.min(y, in.height - 1), Math.min(x, in.width - 1));
                    out.set(c, y, x, value);
                }
            }
        }
        return out;
    }

    private static Map3 add(Map3 a, Map3 b) {
        Map3 out = new Map3(a.channels, a.height, a.width);
        Arrays.setAll(out.values, i -> a.values[i] + b.values[i]);
        return out;
    }

    /** The series of positive terms: 2 / √π e^(−x²) Σ 2ⁿ x^(2n + 1) / (2n + 1)!!. */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x); // 1 − erf(6) < 1e-16
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
