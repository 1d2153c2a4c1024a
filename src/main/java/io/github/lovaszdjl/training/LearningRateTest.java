package io.github.lovaszdjl.training;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a learning-rate range test came to: a training whose learning rate rises from update to
 * update, by the same factor each time, until the loss does, too.
 *
 * <pre>{@code
 * LearningRateTest test = training.testLearningRates(1e-6f, 1, 100);
 * test.suggestion().ifPresent(plan::optLearningRate);
 * }</pre>
 *
 * <p>The smoothed loss after n updates is the mean of their losses by weights that fall by 0.9 from
 * each to the one before.
 *
 * <p>Source: L. N. Smith, <i>Cyclical Learning Rates for Training Neural Networks</i>, WACV 2017,
 * arXiv 1506.01186, section 3.3, there along a straight line.
 *
 * @param points what every update came to, in their order
 */
public record LearningRateTest(List<Point> points) {

    /**
     * An update.
     *
     * @param learningRate its learning rate
     * @param loss the loss before it, the mean over its batches
     * @param smoothed the smoothed loss
     */
    public record Point(float learningRate, double loss, double smoothed) {}

    /**
     * Copies the list.
     *
     * @param points what every update came to
     */
    public LearningRateTest {
        points = List.copyOf(points);
    }

    /**
     * Returns where the smoothed loss falls most steeply over the logarithm of the rate: between
     * the first tenth of the updates, in which it is of few losses, and its lowest place. What is
     * there is a rate to try first, as the highest of a schedule.
     *
     * @return the learning rate; empty where the loss does not fall
     */
    public OptionalDouble suggestion() {
        int lowest = 0;
        for (int i = 1; i < points.size(); i++) {
            if (points.get(i).smoothed() < points.get(lowest).smoothed()) {
                lowest = i;
            }
        }
        OptionalDouble best = OptionalDouble.empty();
        double steepest = 0;
        for (int i = Math.max(1, points.size() / 10); i < lowest; i++) {
            // Of rates whose logarithms are the same step apart.
            double slope = points.get(i + 1).smoothed() - points.get(i - 1).smoothed();
            if (slope < steepest) {
                steepest = slope;
                best = OptionalDouble.of(points.get(i).learningRate());
            }
        }
        return best;
    }
}
