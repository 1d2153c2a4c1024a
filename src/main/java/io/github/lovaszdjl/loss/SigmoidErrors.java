package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;

/** The errors of the Lovász sigmoid on the host: 1 − σ(x) where the label is 1, else σ(x). */
final class SigmoidErrors implements PixelErrors {

    @Override
    public int key(float value, boolean isForeground) {
        // σ rises, so the logits have the order of the errors.
        return ErrorSort.key(isForeground ? -value : value);
    }

    @Override
    public double differentiate(
            float[] values, int[] labels, int label, int size, int foreground, float[] weights) {
        double sum = 0;
        double poison = 0;
        for (int i = 0; i < size; i++) {
            int at = labels[label + i];
            if (at == LabelMap.IGNORED) {
                weights[i] = 0;
                continue;
            }
            // NaN for NaN and +∞, which a weight of 0 would hide; −∞ is a valid logit.
            poison += Math.max(values[i], 0) * 0;
            float weight = weights[i];
            if (weight != 0) {
                double wrongness = at == 1 ? -(double) values[i] : values[i];
                // σ of the negative side, of which the other is the rest to 1.
                double small = 1 / (1 + Math.exp(Math.abs(wrongness)));
                sum += weight * (wrongness > 0 ? 1 - small : small);
                double slope = small * (1 - small);
                weights[i] = (float) (at == 1 ? -weight * slope : weight * slope);
            }
        }
        return sum + poison;
    }
}
