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
        return notNegative("weight", weight);
    }

    static float notNegative(String name, float number) {
        if (!(number >= 0) || Float.isInfinite(number)) {
            throw new IllegalArgumentException(
                    name + ": expected a finite number not below 0, got " + number);
        }
        return number;
    }

    static float share(String name, float number) {
        if (!(number >= 0 && number <= 1)) {
            throw new IllegalArgumentException(
                    name + ": expected a number from 0 to 1, got " + number);
        }
        return number;
    }

    /** Refuses labels that are class probabilities. */
    static void hardLabels(NDList labels, NDList predictions, int classAxis, String why) {
        NDArray given = single("labels", labels);
        int dimensions = given.getShape().dimension();
        int axis = classAxis < 0 ? classAxis + dimensions : classAxis;
        boolean several = axis > 0 && axis < dimensions && given.getShape().get(axis) > 1;
        if (several && SoftLabels.match(given, single("predictions", predictions))) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels: expected one label a pixel, got %s, class probabilities; %s",
                            given.getShape(), why));
        }
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
