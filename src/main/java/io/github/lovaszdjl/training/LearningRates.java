package io.github.lovaszdjl.training;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.tracker.ParameterTracker;
import io.github.lovaszdjl.model.Freezing;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The learning rate of every parameter: what the schedule has for the update of the training, times
 * the factor of the group that the parameter is of.
 *
 * <p>The training's update is not the parameter's own, by which an optimizer asks, where the
 * parameter was frozen at first.
 */
final class LearningRates implements ParameterTracker {

    private Schedule schedule;

    /** By parameter id; 1 for the others. */
    private final Map<String, Float> factors;

    private int update = 1;

    private LearningRates(Schedule schedule, Map<String, Float> factors) {
        this.schedule = schedule;
        this.factors = factors;
    }

    /**
     * Returns the rates of a plan.
     *
     * @param updates the number of updates in an epoch
     * @param block the network, whose encoder is a group, and the rest another
     */
    static LearningRates of(TrainingPlan plan, int updates, Block block) {
        Map<String, Float> factors = new HashMap<>();
        for (Parameter parameter : block.getParameters().values()) {
            factors.put(parameter.getId(), plan.updates().decoderLearningRateFactor());
        }
        Optional<Block> encoder = Freezing.encoder(block);
        if (encoder.isPresent()) {
            for (Parameter parameter : encoder.get().getParameters().values()) {
                factors.put(parameter.getId(), plan.encoderLearningRateFactor());
            }
        }
        return new LearningRates(plan.newSchedule(updates), factors);
    }

    /** Sets another schedule. */
    void setSchedule(Schedule schedule) {
        this.schedule = schedule;
    }

    /** Sets which update of the training comes next, from 1. */
    void setUpdate(int update) {
        this.update = update;
    }

    /** Returns the rate of the next update, without a factor. */
    float ofSchedule() {
        return schedule.getNewValue(update);
    }

    @Override
    public float getNewValue(String parameterId, int ownUpdate) {
        return ofSchedule() * factors.getOrDefault(parameterId, 1f);
    }
}
