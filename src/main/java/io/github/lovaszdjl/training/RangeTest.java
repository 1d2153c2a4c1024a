package io.github.lovaszdjl.training;

import java.util.ArrayList;
import java.util.List;

/**
 * Notes the losses of a {@link LearningRateTest}, and when there are enough: where the smoothed
 * loss is above four times its lowest. Where a loss was below 0, four times the lowest may be below
 * it, or next to nothing, so there the rise counts: more than three times the first or the lowest,
 * whichever is farther from 0.
 */
final class RangeTest implements TrainingCallback {

    private static final double SMOOTHING = 0.9;

    /** By how many times the lowest the smoothed loss is too high to go on, as fastai has it. */
    private static final double TOO_HIGH = 4;

    private final Schedule schedule;
    private final int updates;
    private final List<LearningRateTest.Point> points = new ArrayList<>();

    /** The losses of the batches since the last update. */
    private final List<Double> losses = new ArrayList<>();

    private double sum;
    private double lowest = Double.POSITIVE_INFINITY;
    private boolean belowZero;
    private boolean diverged;

    /** Checks the rates, and how many updates there are to be. */
    RangeTest(float from, float to, int updates) {
        Values.check("updates", updates, updates >= 10, "at least 10");
        this.updates = updates;
        schedule = Schedule.exponential(from, to, updates);
    }

    Schedule schedule() {
        return schedule;
    }

    @Override
    public void onGradients(TrainingState state, TrainingBatch batch) {
        double loss = batch.losses().values().iterator().next();
        losses.add(loss);
        belowZero |= loss < 0;
        diverged |= !Double.isFinite(loss);
    }

    @Override
    public void onBatch(TrainingState state, TrainingBatch batch) {
        if (diverged || losses.isEmpty() || state.updates() == points.size()) {
            return;
        }
        double loss = losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        losses.clear();
        int number = points.size() + 1;
        sum = SMOOTHING * sum + (1 - SMOOTHING) * loss;
        double smoothed = sum / (1 - Math.pow(SMOOTHING, number));
        points.add(new LearningRateTest.Point(schedule.getNewValue(number), loss, smoothed));
        lowest = Math.min(lowest, smoothed);
        diverged = isTooHigh(smoothed);
    }

    private boolean isTooHigh(double smoothed) {
        if (!belowZero) {
            return smoothed > TOO_HIGH * lowest;
        }
        double size = Math.max(Math.abs(points.get(0).smoothed()), Math.abs(lowest));
        return smoothed - lowest > (TOO_HIGH - 1) * size;
    }

    boolean isDone() {
        return diverged || points.size() == updates;
    }

    LearningRateTest result() {
        return new LearningRateTest(points);
    }
}
