package io.github.lovaszdjl.app.command;

import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.app.run.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A run that goes on, perhaps with options other than it had.
 *
 * @param spec the command, parsed
 * @param folder that of the run
 */
record Continuation(CommandSpec spec, RunFolder folder) {

    private static final String EPOCHS = "epochs";
    private static final String PATIENCE = "patience";

    /** Tells whether the run that goes on is to end at another epoch than it was to. */
    boolean changesEnd() throws IOException {
        return changesEnd(changes());
    }

    private static boolean changesEnd(Map<String, String> changes) {
        return changes.containsKey(EPOCHS) || changes.containsKey(PATIENCE);
    }

    /**
     * Gives a run that is done, and stays so, the options that may have changed: the place of its
     * data, which is compared; other tiles, which its result does not have, are refused.
     *
     * @return what is other now, in words
     */
    List<String> applyToDone(TrainingRun run) throws IOException {
        run.checkData(folder);
        Map<String, String> changes = changes();
        if (changes.isEmpty()) {
            return List.of();
        }
        checkTiles(changes, Set.of(folder));
        String resumeCommand = folder.resumeCommand("train");
        try (RunFolder.Lock lock = folder.lock()) {
            lock.check();
            applyChanges(Map.of(folder, run), resumeCommand);
        }
        Map<String, String> now = ConfigFile.options(spec);
        return changes.keySet().stream()
                .map(name -> logged(name, changes.get(name), now.get(name)))
                .toList();
    }

    private Map<String, String> changes() throws IOException {
        return ConfigFile.changes(folder.file(ConfigFile.NAME), spec);
    }

    /**
     * Checks that everything that has begun can go on, and gives it the options that may have
     * changed. What was done opens again where it is to end at another epoch: its result goes
     * first, so that a run that is killed at any moment either is as it was, or has its result
     * still to come.
     *
     * @param runs the trainings it is made of
     * @param resumeCommand the command that goes on with it
     */
    void applyChanges(Map<RunFolder, TrainingRun> runs, String resumeCommand) throws IOException {
        checkResume(runs);
        Map<String, String> changes = changes();
        if (changes.isEmpty()) {
            return;
        }
        boolean opens = changesEnd(changes);
        if (!opens) {
            checkTiles(changes, runs.keySet());
        } else {
            checkPatience(runs);
            folder.deleteResults();
            for (RunFolder run : runs.keySet()) {
                run.deleteResults();
            }
        }
        ConfigFile.update(folder.file(ConfigFile.NAME), spec);
        Map<String, String> now = ConfigFile.options(spec);
        for (Map.Entry<RunFolder, TrainingRun> run : runs.entrySet()) {
            if (Files.isRegularFile(run.getKey().checkpoint())) {
                for (String name : changes.keySet()) {
                    run.getKey().log(logged(name, changes.get(name), now.get(name)));
                }
                if (opens) {
                    run.getValue().writePage(run.getKey(), now, resumeCommand);
                }
            }
        }
    }

    private static String logged(String option, String before, String now) {
        return option.equals(EPOCHS)
                ? String.format(
                        "planned for %s epochs, before for %s; from here on the learning rate is"
                                + " that of a training of %1$s",
                        now, before)
                : String.format("the %s is now %s, before %s", option, now, before);
    }

    /** Throws where results would be compared that saw images by other tiles. */
    private void checkTiles(Map<String, String> changes, Set<RunFolder> runs) {
        for (String name : List.of("tile", "overlap")) {
            for (RunFolder run : runs) {
                if (changes.containsKey(name) && RunResult.isIn(run)) {
                    throw new ParameterException(
                            spec.commandLine(),
                            String.format(
                                    "--%s: expected %s, which %s is done with, got %s",
                                    name,
                                    changes.get(name),
                                    run.path(),
                                    ConfigFile.options(spec).get(name)));
                }
            }
        }
    }

    /** Throws where no run would have an epoch more, for want of patience. */
    private void checkPatience(Map<RunFolder, TrainingRun> runs) throws IOException {
        for (Map.Entry<RunFolder, TrainingRun> run : runs.entrySet()) {
            if (!run.getValue().isOutOfPatience(run.getKey())) {
                return;
            }
        }
        if (!runs.isEmpty()) {
            String patience = ConfigFile.options(spec).get(PATIENCE);
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--patience: expected more, or 0 for all epochs, as so many were no"
                                    + " better than the best in %s, got %s",
                            runs.keySet().iterator().next().path(), patience));
        }
    }

    private void checkResume(Map<RunFolder, TrainingRun> runs) throws IOException {
        for (Map.Entry<RunFolder, TrainingRun> run : runs.entrySet()) {
            try {
                run.getValue().checkResume(run.getKey());
            } catch (IllegalArgumentException e) {
                if (e.getMessage().startsWith(EPOCHS + ":")) {
                    throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
                }
                throw new IllegalArgumentException(StartOptions.asOption(e.getMessage()), e);
            }
        }
    }
}
