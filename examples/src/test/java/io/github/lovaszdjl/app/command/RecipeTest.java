package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.PlanOptions;
import io.github.lovaszdjl.app.options.Recipe;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.dataset.SegmentationDatasets;
import io.github.lovaszdjl.training.SchedulePlan;
import io.github.lovaszdjl.training.SoftLabelPlan;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.UpdatePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Whose values the options of a training have: the command line's, a file's, the recipe's. */
class RecipeTest {

    private static final Map<String, String> EARTH =
            PlanOptions.values(TrainingPlan.recipe(SegmentationDatasets.find("earth")).build());

    private static final Map<String, String> GENERAL =
            PlanOptions.values(TrainingPlan.builder().build());

    @TempDir private Path folder;

    /** Returns the options of the plan as config.json gets them, by their names. */
    private static Map<String, String> plan(String... args) throws IOException {
        Map<String, String> plan = new LinkedHashMap<>();
        options(args)
                .forEach(
                        (name, value) -> {
                            if (GENERAL.containsKey("--" + name)) {
                                plan.put("--" + name, value);
                            }
                        });
        return plan;
    }

    private static Map<String, String> options(String... args) throws IOException {
        CommandLine app = Lovasz.commandLine();
        ConfigFile.applyTo(app, args);
        Recipe.applyTo(app, args);
        CommandLine command = app.parseArgs(args).subcommand().commandSpec().commandLine();
        return ConfigFile.options(command.getCommandSpec());
    }

    private static Map<String, String> with(Map<String, String> plan, String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(plan);
        changed.put(name, value);
        return changed;
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "compare"})
    void aNamedSetBringsItsRecipe(String command) throws IOException {
        assertEquals(EARTH, plan(command));
        assertEquals(EARTH, plan(command, "--data", "earth"));
        assertEquals(EARTH, plan("--verbose", command, "--data=earth"));
    }

    @Test
    void otherDataHasTheGeneralDefaults() throws IOException {
        assertEquals(GENERAL, plan("train", "--data", "datasets/earth"));
        assertEquals(GENERAL, plan("train", "--data=camvid"));
        assertFalse(EARTH.equals(GENERAL));
    }

    @Test
    void optionsGoBeforeTheRecipe() throws IOException {
        assertEquals(with(EARTH, "--scale", "0.5..2"), plan("train", "--scale", "0.5..2"));
        assertEquals(with(EARTH, "--flip", "false"), plan("train", "--no-flip"));
    }

    @Test
    void aFileOfOptionsGoesBeforeTheRecipe() throws IOException {
        Path file = folder.resolve("options.json");
        Files.writeString(file, "{\"command\": \"train\", \"options\": {\"scale\": \"0.5..2\"}}");
        assertEquals(with(EARTH, "--scale", "0.5..2"), plan("train", "--config=" + file));
        assertEquals(
                with(EARTH, "--scale", "1..3"),
                plan("train", "--config=" + file, "--scale", "1..3"));
        Files.writeString(file, "{\"command\": \"train\", \"options\": {\"data\": \"camvid\"}}");
        assertEquals(GENERAL, plan("train", "--config=" + file));
        assertEquals(EARTH, plan("train", "--config=" + file, "--data=earth"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow-missing-classes", "init-without-classifier", "vertical-flip"})
    void aFlagIsWhatTheCommandLineSaysWhateverAFileSays(String flag) throws IOException {
        Path file = folder.resolve("options.json");
        for (String value : new String[] {"true", "false"}) {
            Files.writeString(
                    file,
                    "{\"command\": \"train\", \"options\": {\"" + flag + "\": " + value + "}}");
            assertEquals(value, options("train", "--config=" + file).get(flag));
            assertEquals("true", options("train", "--config=" + file, "--" + flag).get(flag));
            assertEquals("false", options("train", "--config=" + file, "--no-" + flag).get(flag));
        }
    }

    @Test
    void theValuesOfAPlanAreItsOptions() throws IOException {
        // All of them, and each read back as it was written.
        assertEquals(GENERAL, plan("train", "--data=camvid"));
        TrainingPlan.Builder other =
                TrainingPlan.builder()
                        .optEpochs(5)
                        .optBatchSize(3)
                        .optSampling(Sampling.rareClasses(0.5))
                        .optCropHeight(64)
                        .optCropWidth(96)
                        .optBaseWidth(7)
                        .optDepth(3)
                        .optOptimizer(TrainingPlan.OptimizerName.SGD)
                        .optLearningRate(1e-9f)
                        .optMomentum(0.5f)
                        .optWeightDecay(0.5f)
                        .optSchedule(TrainingPlan.ScheduleName.STEP)
                        .optPower(2)
                        .optSchedulePlan(
                                SchedulePlan.builder()
                                        .optMilestones(List.of(2, 4))
                                        .optStepFactor(0.2f)
                                        .optCycleRise(0.4f)
                                        .optCycleStart(10)
                                        .optCycleEnd(100)
                                        .build())
                        .optUpdates(
                                UpdatePlan.builder()
                                        .optAccumulate(3)
                                        .optJointLoss(true)
                                        .optClipNorm(0.7f)
                                        .optEma(0.99f)
                                        .optDecoderLearningRateFactor(3)
                                        .optDecayNorms(false)
                                        .optPatience(4)
                                        .build())
                        .optWarmUpEpochs(1)
                        .optEncoderLearningRateFactor(0.1f)
                        .optFreezeEncoderEpochs(2)
                        .optAuxiliaryWeight(0.2f)
                        .optAugmentation(
                                Augmentation.builder()
                                        .optVerticalFlip(true)
                                        .optScale(0.1, 9.5)
                                        .optRandomCrop(true)
                                        .optBrightness(0.3f)
                                        .optContrast(0.7f)
                                        .optQuarterTurns(true)
                                        .optRotation(7.5)
                                        .optElastic(34, 3.5)
                                        .optSaturation(0.4f)
                                        .optHue(0.05f)
                                        .optBlur(0.5, 1.5)
                                        .optNoise(0.02f)
                                        .optCutout(2, 16)
                                        .build())
                        .optSoftLabels(new SoftLabelPlan(0.2f, 0.5f, 2));
        Map<String, String> values = PlanOptions.values(other.build());
        values.forEach(
                (name, value) ->
                        // It does not go with the other way to clip.
                        assertFalse(
                                value.equals(GENERAL.get(name)) && !name.equals("--clip-value"),
                                name));
        String[] args =
                values.entrySet().stream()
                        .map(option -> option.getKey() + "=" + option.getValue())
                        .toArray(String[]::new);
        String[] all = new String[args.length + 1];
        all[0] = "train";
        System.arraycopy(args, 0, all, 1, args.length);
        assertEquals(values, plan(all));
    }

    @Test
    void theListOfSetsShowsIt() {
        String printed = CommandTesting.run("datasets", "list").printed();
        Map<String, String> recipe = Recipe.of(SegmentationDatasets.find("earth"));
        assertFalse(recipe.isEmpty());
        StringBuilder line = new StringBuilder("  recipe");
        recipe.forEach((name, value) -> line.append(' ').append(name).append(' ').append(value));
        assertTrue(printed.lines().anyMatch(line.toString()::equals), printed);
        assertEquals(1, printed.lines().filter(l -> l.startsWith("  recipe")).count(), printed);
    }
}
