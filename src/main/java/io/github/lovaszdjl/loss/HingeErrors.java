package io.github.lovaszdjl.loss;

import io.github.lovaszdjl.internal.LabelMap;

/** The errors of the Lovász hinge on the host. */
final class HingeErrors implements PixelErrors {

    private final boolean elu;

    HingeErrors(LovaszHingeLoss.ErrorActivation activation) {
        elu = activation == LovaszHingeLoss.ErrorActivation.ELU_PLUS_ONE;
    }

    @Override
    public int key(float value, boolean isForeground) {
        // Sorted before 1 is added, which would round large scores together.
        float wrongness = isForeground ? -value : value;
        // Errors that are not above 0 are the last, and cost nothing.
        return elu || wrongness > -1 ? ErrorSort.key(wrongness) : ErrorSort.LEFT_OUT;
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
            // NaN for NaN and +∞, which a weight of 0 would hide; −∞ is a valid score.
            poison += Math.max(values[i], 0) * 0;
            float weight = weights[i];
            if (weight != 0) {
                double error = 1 + (at == 1 ? -(double) values[i] : values[i]);
                double slope = elu && error < 0 ? Math.exp(error) : 1;
                sum += weight * (elu ? error > 0 ? error + 1 : slope : error);
                weights[i] = (float) (at == 1 ? -weight * slope : weight * slope);
            }
        }
        return sum + poison;
    }
}
