package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * Turns the weights of a Lovász-Softmax loss on the host into its value and its gradient with
 * respect to the logits.
 *
 * <p>With b(c) the weight, negated for the true class y, the loss of a pixel is Σ_c b(c) p(c) −
 * b(y) and its gradient p(c) (b(c) − Σ_k b(k) p(k)). As Σ_k p(k) = 1, the rounding of a first mean
 * is known from a second one: Σ_k (b(k) − mean) p(k) has small numbers only where one class is
 * likely, hence no cancellation (docs/numerics.md).
 *
 * <p>An instance is the scratch memory of one thread for some pixels of one image.
 */
final class SoftmaxGradient {

    private final float[][] p;
    private final float[][] b;
    private final float[] mean;
    private final float[] rest;
    private final float[] ofTrueClass;

    private SoftmaxGradient(int classes, int size) {
        p = new float[classes][size];
        b = new float[classes][size];
        mean = new float[size];
        rest = new float[size];
        ofTrueClass = new float[size];
    }

    /**
     * Replaces probabilities by the gradient with respect to the logits.
     *
     * @param probabilities the probabilities, (N, C, D), then the gradient
     * @param input the labels
     * @param weighed of which image which class has weights
     * @param weights the weights, (N, C, D), those of the true class with a minus; anything where
     *     there are none
     * @return the loss
     */
    static double compute(
            FloatBuffer probabilities,
            SegmentationInput input,
            boolean[][] weighed,
            FloatBuffer weights) {
        int classes = input.channels();
        int pixels = input.counts().pixels();
        // Two arrays of it fit into a second-level cache of 512 KiB.
        int block = Math.max(16, Math.min(HostSort.BLOCK, 32 * 1024 / classes));
        int blocks = (pixels + block - 1) / block;
        double[] parts = new double[weighed.length * blocks];
        ConcurrentLinkedQueue<SoftmaxGradient> scratch = new ConcurrentLinkedQueue<>();
        IntStream.range(0, parts.length)
                .parallel()
                .forEach(
                        i -> {
                            int from = i % blocks * block;
                            int image = i / blocks;
                            SoftmaxGradient free = scratch.poll();
                            SoftmaxGradient own =
                                    free == null ? new SoftmaxGradient(classes, block) : free;
                            parts[i] =
                                    own.differentiate(
                                            probabilities,
                                            input.hostLabels(),
                                            image * pixels + from,
                                            image * classes * pixels + from,
                                            pixels,
                                            Math.min(block, pixels - from),
                                            weighed[image],
                                            weights);
                            scratch.add(own);
                        });
        return Arrays.stream(parts).sum();
    }

    private double differentiate(
            FloatBuffer probabilities,
            int[] labels,
            int label,
            int position,
            int pixels,
            int size,
            boolean[] weighed,
            FloatBuffer weights) {
        Arrays.fill(mean, 0);
        Arrays.fill(rest, 0);
        Arrays.fill(ofTrueClass, 0);
        for (int c = 0; c < p.length; c++) {
            probabilities.get(position + c * pixels, p[c], 0, size);
            if (weighed[c]) {
                weights.get(position + c * pixels, b[c], 0, size);
            } else {
                Arrays.fill(b[c], 0);
            }
            addTo(mean, ofTrueClass, p[c], b[c], size);
        }
        for (int c = 0; c < p.length; c++) {
            addRest(rest, p[c], b[c], mean, size);
        }
        for (int c = 0; c < p.length; c++) {
            toGradient(p[c], b[c], mean, rest, size);
        }
        double sum = 0;
        for (int i = 0; i < size; i++) {
            if (labels[label + i] != LabelMap.IGNORED) {
                sum += (double) (ofTrueClass[i] + mean[i]) + rest[i];
                continue;
            }
            for (int c = 0; c < p.length; c++) {
                // Where the prediction is NaN so is the gradient by now.
                b[c][i] = 0;
            }
        }
        for (int c = 0; c < p.length; c++) {
            probabilities.put(position + c * pixels, b[c], 0, size);
        }
        return sum;
    }

    private static void addTo(float[] mean, float[] ofTrueClass, float[] p, float[] b, int size) {
        for (int i = 0; i < size; i++) {
            mean[i] += b[i] * p[i];
            // Only the weight of the true class has a minus.
            ofTrueClass[i] -= Math.min(b[i], 0);
        }
    }

    private static void addRest(float[] rest, float[] p, float[] b, float[] mean, int size) {
        for (int i = 0; i < size; i++) {
            rest[i] += (b[i] - mean[i]) * p[i];
        }
    }

    private static void toGradient(float[] p, float[] b, float[] mean, float[] rest, int size) {
        for (int i = 0; i < size; i++) {
            b[i] = p[i] * ((b[i] - mean[i]) - rest[i]);
        }
    }
}
