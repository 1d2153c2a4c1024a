package io.github.lovaszdjl.app.check;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A batch on which losses are checked, the same on every machine.
 *
 * @param name what is special about it
 * @param layout what its predictions are
 * @param images N
 * @param channels C, classes or binary problems
 * @param height H
 * @param width W
 * @param predictions (N, C, H, W)
 * @param labels (N, H, W), or (N, C, H, W) of binary problems; {@link #IGNORED} is no class
 */
public record CheckBatch(
        String name,
        Layout layout,
        int images,
        int channels,
        int height,
        int width,
        double[] predictions,
        int[] labels) {

    static final int IGNORED = 255;

    /** What predictions and labels are. */
    enum Layout {
        /** Logits of several classes, one label a pixel. */
        CLASS_LOGITS,
        /** Probabilities of several classes, one label a pixel. */
        CLASS_PROBABILITIES,
        /** Raw scores, each with a label 0 or 1. */
        SCORES,
        /** Probabilities, each with a label 0 or 1. */
        SCORE_PROBABILITIES;

        boolean binary() {
            return this == SCORES || this == SCORE_PROBABILITIES;
        }

        boolean probabilities() {
            return this == CLASS_PROBABILITIES || this == SCORE_PROBABILITIES;
        }
    }

    /** Returns the small batches of a layout. */
    static List<CheckBatch> small(Layout layout) {
        int channels = layout.binary() ? 2 : 4;
        return List.of(
                draw("labels and logits at random", layout, 2, channels, 24, 31, 2, 0, 0),
                draw("a fifth ignored, classes absent", layout, 3, channels + 2, 16, 19, 2, 4, 0.2),
                draw("confident", layout, 2, channels, 24, 31, 1, 12, 0.05),
                draw("nothing but ignored", layout, 2, channels, 7, 5, 1, 0, 1),
                draw("few pixels", layout, 5, channels, 1, 3, 30, 0, 0));
    }

    /** Returns a batch of 4,194,304 pixels: of two classes, or of one score each. */
    static CheckBatch large(Layout layout) {
        return draw("4 million pixels", layout, 1, layout.binary() ? 1 : 2, 2048, 2048, 2, 4, 0.01);
    }

    /**
     * Draws a batch.
     *
     * @param spread of the logits
     * @param margin by which nine of ten pixels are right
     * @param ignored the share of ignored pixels
     */
    private static CheckBatch draw(
            String name,
            Layout layout,
            int images,
            int channels,
            int height,
            int width,
            double spread,
            double margin,
            double ignored) {
        Random random = new Random(20261127);
        int pixels = height * width;
        boolean binary = layout.binary();
        // The last class of six is absent.
        int classes = binary ? 2 : channels == 6 ? 5 : channels;
        int[] labels = new int[images * pixels * (binary ? channels : 1)];
        double[] values = new double[images * channels * pixels];
        Arrays.setAll(values, i -> spread * random.nextGaussian());
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(classes);
            boolean right = random.nextInt(10) > 0;
            if (binary) {
                values[i] += right == (labels[i] == 1) ? margin : -margin;
            } else {
                int c = right ? labels[i] : random.nextInt(channels);
                values[(i / pixels * channels + c) * pixels + i % pixels] += margin;
            }
            if (random.nextDouble() < ignored) {
                labels[i] = IGNORED;
            }
        }
        if (layout == Layout.SCORE_PROBABILITIES) {
            Arrays.setAll(values, i -> 1 / (1 + Math.exp(-values[i])));
        } else if (layout == Layout.CLASS_PROBABILITIES) {
            softmax(values, images, channels, pixels);
        }
        return new CheckBatch(name, layout, images, channels, height, width, values, labels);
    }

    private static void softmax(double[] values, int images, int channels, int pixels) {
        for (int n = 0; n < images; n++) {
            for (int i = 0; i < pixels; i++) {
                double sum = 0;
                for (int c = 0; c < channels; c++) {
                    int at = (n * channels + c) * pixels + i;
                    values[at] = Math.exp(values[at]);
                    sum += values[at];
                }
                for (int c = 0; c < channels; c++) {
                    values[(n * channels + c) * pixels + i] /= sum;
                }
            }
        }
    }
}
