package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;

/** The errors of probabilities that come from outside, on the host. */
final class ProbabilityErrors implements PixelErrors {

    @Override
    public int key(float value, boolean isForeground) {
        return ErrorSort.key(isForeground ? 1 - value : value);
    }

    @Override
    public double differentiate(
            float[] values, int[] labels, int label, int size, int foreground, float[] weights) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            if (labels[label + i] == LabelMap.IGNORED) {
                weights[i] = 0;
            } else if (labels[label + i] == foreground) {
                sum += weights[i] * (1.0 - values[i]);
                weights[i] = -weights[i];
            } else {
                sum += weights[i] * (double) values[i];
            }
        }
        return sum;
    }
}
