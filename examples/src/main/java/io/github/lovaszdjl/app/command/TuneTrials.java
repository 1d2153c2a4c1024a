package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.Recipe;
import io.github.lovaszdjl.app.run.EpochLimit;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The trials of a search as {@code train} commands: the options of the search, and their own. */
final class TuneTrials {

    private static final String TRAIN = "train";

    private final Map<String, String> options;

    /**
     * @param options what all trials share, by the names of the options of train
     */
    TuneTrials(Map<String, String> options) {
        this.options = new LinkedHashMap<>(options);
    }

    /** Returns the command that has these trials. */
    static CommandSpec train() {
        return Lovasz.commandLine().getSubcommands().get(TRAIN).getCommandSpec();
    }

    /**
     * Reads the command of a trial, which begins, or goes on where its folder has its options.
     *
     * @throws ParameterException if it has a value that train does not take
     */
    private TrainCommand parse(Map<String, String> values, RunFolder folder) {
        Map<String, String> all = new LinkedHashMap<>(options);
        all.putAll(values);
        CommandLine app = Lovasz.commandLine();
        CommandLine train = app.getSubcommands().get(TRAIN);
        train.setDefaultValueProvider(new ConfigFile.Values(folder.file(ConfigFile.NAME), all));
        app.parseArgs(TRAIN, (folder.isBegun() ? "--resume=" : "--out=") + folder.path());
        return train.getCommand();
    }

    /**
     * Checks what can be checked of trials before the engine loads. One whose values do not go
     * together is found again when it is its turn.
     *
     * @throws IllegalArgumentException if train takes the values of none; says why of the first
     */
    void check(List<Trial> trials) throws IOException {
        IllegalArgumentException first = null;
        for (Trial trial : trials) {
            if (trial.progress().failure().isPresent()) {
                continue; // its folder is not that of a training any more
            }
            try {
                parse(trial.values(), trial.folder()).check();
                return;
            } catch (ParameterException e) {
                if (first == null) {
                    String values = text(trial.values());
                    String fault =
                            "trial "
                                    + trial.number()
                                    + ", of "
                                    + values
                                    + ": "
                                    + Lovasz.asOption(e);
                    first = new IllegalArgumentException(fault, e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /**
     * Checks that an option can be read.
     *
     * @throws IllegalArgumentException if it has a value that train does not take
     */
    void check(String name, String value, RunFolder folder) {
        try {
            TrainCommand train = parse(Map.of(name, value), folder);
            if (name.equals("loss")) {
                train.training().losses(List.of(value));
            }
        } catch (ParameterException e) {
            throw new IllegalArgumentException("--search: " + Lovasz.asOption(e), e);
        }
    }

    /** Returns the values of a trial in words. */
    static String text(Map<String, String> values) {
        return String.join(
                ", ",
                values.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
    }

    /**
     * Trains a trial, or goes on with it. One that fails of its values is noted as such.
     *
     * @param epochs the epoch to stop after
     * @param resumeCommand the command that goes on with the search
     */
    void train(Trial trial, List<Device> devices, int epochs, String resumeCommand)
            throws IOException {
        RunFolder folder = trial.folder();
        boolean begins = !Files.exists(folder.checkpoint());
        try {
            TrainCommand train = parse(trial.values(), folder);
            train.check();
            train.trial(devices, new EpochLimit(epochs), resumeCommand);
        } catch (ParameterException e) {
            if (!begins) {
                throw e;
            }
            fail(trial, Lovasz.asOption(e));
        } catch (ArithmeticException | IllegalStateException | EngineException e) {
            fail(trial, Lovasz.oneLine(e, TRAIN));
        } catch (IllegalArgumentException e) {
            if (!begins) {
                throw e; // such as of data that has changed, which is no fault of the trial
            }
            fail(trial, Lovasz.oneLine(e, TRAIN));
        } catch (OutOfMemoryError e) {
            fail(trial, Objects.toString(e.getMessage(), "out of memory"));
        }
    }

    private static void fail(Trial trial, String reason) throws IOException {
        System.out.printf("trial %d failed: %s%n", trial.number(), reason);
        trial.fail(reason);
    }

    /** Returns the command line that trains as a trial does: what differs from the defaults. */
    String commandLine(Trial trial) {
        Map<String, String> general = defaults();
        Map<String, String> recipe = defaults("--data=" + options.get("data"));
        recipe.put("data", general.get("data"));
        Map<String, String> all = new LinkedHashMap<>(options);
        all.putAll(trial.values());
        StringBuilder line = new StringBuilder("lovasz train");
        all.forEach(
                (name, value) -> {
                    if (trial.values().containsKey(name) || !value.equals(recipe.get(name))) {
                        line.append(' ').append(RunFolder.quoted("--" + name + "=" + value));
                    }
                });
        return line.toString();
    }

    /** Returns the options that train has with these arguments. */
    private static Map<String, String> defaults(String... args) {
        String[] all = Stream.concat(Stream.of(TRAIN), Stream.of(args)).toArray(String[]::new);
        CommandLine app = Lovasz.commandLine();
        Recipe.applyTo(app, all);
        app.parseArgs(all);
        return ConfigFile.options(app.getSubcommands().get(TRAIN).getCommandSpec());
    }
}
