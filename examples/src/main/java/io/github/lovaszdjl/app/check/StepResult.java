package io.github.lovaszdjl.app.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a training step came to.
 *
 * @param loss the loss
 * @param gradients the gradients of the parameters in their order
 */
record StepResult(double loss, List<double[]> gradients) {

    /** How many sums of the gradient, with signs at random, stand for it. */
    static final int SUMS = 8;

    double norm() {
        return Math.sqrt(gradients.stream().mapToDouble(StepResult::squares).sum());
    }

    double distance(StepResult other) {
        double sum = 0;
        for (int p = 0; p < gradients.size(); p++) {
            double[] difference = gradients.get(p).clone();
            for (int i = 0; i < difference.length; i++) {
                difference[i] -= other.gradients.get(p)[i];
            }
            sum += squares(difference);
        }
        return Math.sqrt(sum);
    }

    /** Returns the loss, the norm of the gradient and sums of it, which stand for the whole. */
    Summary summary() {
        List<Double> sums = new ArrayList<>();
        for (int k = 0; k < SUMS; k++) {
            Random random = new Random(k);
            double sum = 0;
            for (double[] gradient : gradients) {
                for (double value : gradient) {
                    sum += random.nextBoolean() ? value : -value;
                }
            }
            sums.add(sum);
        }
        return new Summary(loss, norm(), sums);
    }

    private static double squares(double... values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    /**
     * What is stored of a step.
     *
     * @param loss the loss
     * @param norm the norm of the gradient
     * @param sums of the gradient with signs at random: the mean square of the differences of such
     *     sums is, on average, the square of the distance of two gradients
     */
    record Summary(double loss, double norm, List<Double> sums) {

        double distance(Summary other) {
            double squares = 0;
            for (int k = 0; k < sums.size(); k++) {
                double difference = sums.get(k) - other.sums.get(k);
                squares += difference * difference;
            }
            return Math.sqrt(squares / sums.size());
        }
    }
}
