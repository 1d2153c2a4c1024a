package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.training.SchedulePlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What one schedule of the learning rate has alone, as options. */
public final class ScheduleOptions {

    private static final String NONE = "none";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private final SchedulePlan defaults = SchedulePlan.builder().build();

    @Option(
            names = "--milestones",
            paramLabel = "N,N,…",
            description =
                    "the epochs after which the schedule step has the next rate, such as 20,26")
    private String milestones = text(defaults.milestones());

    @Option(
            names = "--step-factor",
            paramLabel = "X",
            description = "by what step multiplies the rate after each of them")
    private float stepFactor = defaults.stepFactor();

    @Option(
            names = "--cycle-rise",
            paramLabel = "X",
            description = "the share of the training in which the rate of one-cycle rises")
    private float cycleRise = defaults.cycleRise();

    @Option(
            names = "--cycle-start",
            paramLabel = "X",
            description = "what the highest rate of one-cycle is divided by for the first one")
    private float cycleStart = defaults.cycleStart();

    @Option(
            names = "--cycle-end",
            paramLabel = "X",
            description = "what the first rate of one-cycle is divided by for the last one")
    private float cycleEnd = defaults.cycleEnd();

    /** Returns the values of these options that make a plan, by their names. */
    static Map<String, String> values(SchedulePlan plan) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--milestones", text(plan.milestones()));
        values.put("--step-factor", String.valueOf(plan.stepFactor()));
        values.put("--cycle-rise", String.valueOf(plan.cycleRise()));
        values.put("--cycle-start", String.valueOf(plan.cycleStart()));
        values.put("--cycle-end", String.valueOf(plan.cycleEnd()));
        return values;
    }

    private static String text(List<Integer> milestones) {
        return milestones.isEmpty()
                ? NONE
                : milestones.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /**
     * Returns the plan.
     *
     * @throws CommandLine.ParameterException if the milestones are no numbers
     * @throws IllegalArgumentException if a value is out of range
     */
    SchedulePlan plan() {
        return SchedulePlan.builder()
                .optMilestones(epochs())
                .optStepFactor(stepFactor)
                .optCycleRise(cycleRise)
                .optCycleStart(cycleStart)
                .optCycleEnd(cycleEnd)
                .build();
    }

    private List<Integer> epochs() {
        try {
            return milestones.equals(NONE)
                    ? List.of()
                    : Stream.of(milestones.split(",", -1)).map(Integer::valueOf).toList();
        } catch (NumberFormatException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--milestones: expected epochs such as 20,26, got " + milestones);
        }
    }
}
