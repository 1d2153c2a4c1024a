package io.github.lovaszdjl.training;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the numbers of a training depend on, but for threads and versions: by name, in the order in
 * which a difference is told.
 *
 * @param values the settings
 */
record TrainingSettings(Map<String, String> values) {

    /** What is shown of a setting, such as the names of all classes. */
    private static final int MAX_SHOWN = 200;

    /** Stands for a setting that there is none of. */
    private static final String NONE = "none";

    /** Settings that may change when a training goes on: they say when it ends. */
    private static final Set<String> ENDS = Set.of("epochs", "patience");

    /** Settings that are not compared: a training that goes on has no need of them. */
    private static final Set<String> INITIAL_VALUES =
            Set.of(InitialModel.SETTING, InitialFile.SETTING);

    /** Returns the settings of a training whose data sets are prepared. */
    static TrainingSettings of(TrainingSetup setup) {
        Map<String, String> values = new LinkedHashMap<>(ofSteps(setup));
        TestTimeAugmentation views = setup.tiles().augmentation();
        if (!views.isNone()) {
            values.put("testTimeAugmentation", views.toString());
        }
        setup.rounds().filter(rounds -> !rounds.isNone()).ifPresent(r -> putRounds(values, r));
        values.putAll(setup.settings());
        return new TrainingSettings(values);
    }

    /** Returns those that a step depends on, which are the same for every part of a round. */
    static Map<String, String> ofSteps(TrainingSetup setup) {
        Map<String, String> values = new LinkedHashMap<>();
        putAll(values, setup.plan());
        values.put("loss", describe(setup.loss()));
        values.put("devices", String.valueOf(Math.max(1, setup.devices().size())));
        values.put(
                "network",
                setup.network().name()
                        + (setup.decision() == Decision.HIGHEST_LOGIT
                                ? ""
                                : ", " + setup.decision()));
        values.put("classes", setup.training().getClassNames().toString());
        values.put("normalization", setup.training().getNormalization().toString());
        values.put("ignoreLabel", String.valueOf(setup.training().getIgnoreLabel()));
        setup.teacher().ifPresent(t -> values.put(Teacher.SETTING, Teacher.fingerprint(t)));
        setup.distillLoss().ifPresent(loss -> values.put("distillLoss", describe(loss)));
        setup.training().getSettings().forEach((name, value) -> values.put("data " + name, value));
        return values;
    }

    /** Adds the values of a record by their names, those of records in it one by one. */
    private static void putAll(Map<String, String> values, Record settings) {
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            try {
                Object value = component.getAccessor().invoke(settings);
                if (value instanceof Record part) {
                    putAll(values, part);
                } else {
                    values.put(component.getName(), String.valueOf(value));
                }
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("a public record can be read", e);
            }
        }
    }

    private static void putRounds(Map<String, String> values, Rounds rounds) {
        values.put("workers", String.valueOf(rounds.executor().parts()));
        int every = rounds.plan().syncEvery();
        values.put("syncEvery", every == RoundPlan.EPOCH ? "epoch" : String.valueOf(every));
        values.put("outerLearningRate", String.valueOf(rounds.plan().outerLearningRate()));
        values.put("outerMomentum", String.valueOf(rounds.plan().outerMomentum()));
    }

    private static String describe(Loss loss) {
        if (loss instanceof LossSchedule schedule) {
            return schedule.getPhases().stream()
                    .map(phase -> phase.firstEpoch() + ": " + describe(phase.loss()))
                    .toList()
                    .toString();
        }
        return loss instanceof WeightedLoss sum
                ? sum.getName() + sum.getParts().stream().map(Loss::getName).toList()
                : loss.getName();
    }

    /**
     * Checks that a part of a round is trained as the others are.
     *
     * @param expected the settings of the training in rounds
     * @param got those of the part
     * @throws IllegalArgumentException for the first one that differs
     */
    static void checkPart(Map<String, String> expected, Map<String, String> got) {
        Map<String, String> all = new LinkedHashMap<>(expected);
        got.keySet().forEach(name -> all.putIfAbsent(name, NONE));
        all.forEach(
                (name, value) -> {
                    String there = got.getOrDefault(name, NONE);
                    if (!there.equals(value)) {
                        throw new IllegalArgumentException(
                                String.format(
                                        "%s: expected %s as the training in rounds has it, got %s",
                                        name,
                                        Names.shortened(value, MAX_SHOWN),
                                        Names.shortened(there, MAX_SHOWN)));
                    }
                });
    }

    /** Returns these settings with what the training began from, which may be nothing. */
    Map<String, String> withInitialValues(Map<String, String> initialValues) {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.putAll(initialValues);
        return all;
    }

    /** Returns what the training of a checkpoint began from, which may be nothing. */
    static Map<String, String> initialValues(Checkpoint checkpoint) {
        Map<String, String> settings = new LinkedHashMap<>(checkpoint.settings());
        settings.keySet().retainAll(INITIAL_VALUES);
        return settings;
    }

    /**
     * Checks that these are the settings of a checkpoint, but for those that say when it ends.
     *
     * @param before the settings of the checkpoint
     * @param file the checkpoint, for the message
     * @throws IllegalArgumentException for the first one that differs
     */
    void check(Map<String, String> before, Path file) {
        Map<String, String> standard = new LinkedHashMap<>();
        putAll(standard, Augmentation.standard());
        putAll(standard, SchedulePlan.builder().build());
        putAll(standard, UpdatePlan.builder().build());
        putAll(standard, SoftLabelPlan.NONE);
        Map<String, String> compared = new LinkedHashMap<>(values);
        // One that the checkpoint has and this training has not is another one, too.
        before.forEach((name, value) -> compared.putIfAbsent(name, NONE));
        compared.keySet().removeAll(ENDS);
        compared.keySet().removeAll(INITIAL_VALUES);
        compared.forEach(
                (name, value) -> {
                    // A checkpoint of before there was a setting goes on without it.
                    String old = before.getOrDefault(name, standard.get(name));
                    if (!value.equals(old)) {
                        throw new IllegalArgumentException(
                                String.format(
                                        "%s: expected %s as in the checkpoint %s, got %s",
                                        name,
                                        old == null ? NONE : Names.shortened(old, MAX_SHOWN),
                                        file,
                                        Names.shortened(value, MAX_SHOWN)));
                    }
                });
    }
}
