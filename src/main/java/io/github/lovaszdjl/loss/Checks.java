package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import java.util.Objects;

/** Checks of options that several losses share. */
final class Checks {

    private Checks() {}

    static NDArray single(String name, NDList list) {
        if (list.size() != 1) {
            throw new IllegalArgumentException(
                    name + ": expected one array, got " + list.size() + " arrays");
        }
        return list.head();
    }

    static String name(String name) {
        return Objects.requireNonNull(name, "name: expected a name, got null");
    }

    static float weight(float weight) {
        if (!(weight >= 0) || Float.isInfinite(weight)) {
            throw new IllegalArgumentException(
                    "weight: expected a finite number not below 0, got " + weight);
        }
        return weight;
    }

    static int classAxis(int axis) {
        if (axis == 0) {
            throw new IllegalArgumentException(
                    "classAxis: expected any axis but 0, the batch axis, got 0");
        }
        return axis;
    }

    static float[] classWeights(float... weights) {
        if (weights == null || weights.length == 0) {
            throw new IllegalArgumentException(
                    "classWeights: expected one weight a class, got none");
        }
        for (float weight : weights) {
            if (!(weight >= 0) || Float.isInfinite(weight)) {
                throw new IllegalArgumentException(
                        "classWeights: expected finite numbers not below 0, got "
                                + Arrays.toString(weights));
            }
        }
        return weights.clone();
    }

    static void classWeightsMatch(float[] weights, int classes) {
        if (weights != null && weights.length != classes) {
            throw new IllegalArgumentException(
                    String.format(
                            "classWeights: expected %d weights to match predictions of %d classes,"
                                    + " got %d",
                            classes, classes, weights.length));
        }
    }
}
