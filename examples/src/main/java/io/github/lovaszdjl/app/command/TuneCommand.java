package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.SearchRange;
import io.github.lovaszdjl.app.options.SearchSpace;
import io.github.lovaszdjl.app.options.TrackingOptions;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.run.Interrupt;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.Rung;
import io.github.lovaszdjl.app.run.SearchReport;
import io.github.lovaszdjl.app.run.Trial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Searches good values of options of train. */
@Command(
        name = "tune",
        description = {
            "Searches good values of options of train: trains with values that are drawn at random,"
                    + " and compares the highest mean IoU on the split val. The split test is not"
                    + " read.",
            "",
            "It takes the options of train, which all trials share. --epochs is the most that a"
                    + " trial has. Ctrl-C stops after the batch; --resume does what is left."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz tune --search learning-rate=1e-4..1e-2:log --search batch-size=4,8,16",
            "  lovasz tune --search 'loss=ce|0.5*ce+lovasz' --search weight-decay=0,1e-4 --trials 4",
            "  lovasz tune --search learning-rate=1e-4..1e-2:log --trials 27 --method halving",
            "  lovasz tune --resume runs/2026-11-24_12-00-00"
        })
public final class TuneCommand implements Callable<Integer> {

    private static final int MAX_TRIALS = 1000;

    /** The options that train does not have. */
    private static final Set<String> OWN = Set.of("search", "trials", "method", "eta");

    /** How trials are trained. */
    enum Method {
        /** Each to its end. */
        RANDOM,
        /** By successive halving. */
        HALVING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--search",
            paramLabel = "NAME=VALUES",
            split = ";",
            description = {
                "an option of train and what it is drawn from; give one --search for each. A range"
                        + " of numbers, learning-rate=1e-4..1e-2, with :log behind it one whose"
                        + " logarithm is drawn; or some values, batch-size=4,8,16, parted by | where"
                        + " they have commas"
            })
    private List<String> searches;

    @Option(names = "--trials", paramLabel = "N", description = "the trainings that are begun")
    private int trials = 9;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            description =
                    "random, all trials have all epochs; or halving, all have few, and the best"
                            + " one in --eta of them go on, until one has all")
    private Method method = Method.RANDOM;

    @Option(
            names = "--eta",
            paramLabel = "N",
            description = "with halving: one trial in N goes on, to N times as many epochs")
    private int eta = 3;

    @Option(names = "--loss", paramLabel = "EXPR", description = "the loss, as of train")
    private String loss = "0.5*ce+lovasz";

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "the seed of the values that are drawn, and of initial weights, order and"
                            + " augmentation in every trial")
    private int seed = 1;

    @Mixin private TrainingOptions training;

    @Mixin private TrackingOptions tracking;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<Rung> rungs = rungs();
        SearchSpace space = space();
        training.checkFolders();
        tracking.check();
        checkChanges();
        Map<String, String> shared = ConfigFile.options(spec);
        shared.keySet().removeAll(OWN);
        TuneTrials commands = new TuneTrials(shared);
        RunFolder planned = training.plannedFolder();
        List<Trial> all = draw(space, planned);
        try {
            checkValues(space, commands, planned);
            commands.check(all);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        List<Device> devices = training.loadEngine();
        RunFolder folder = training.resumes() ? planned : RunFolder.create(planned.path());
        try (RunFolder.Lock lock = folder.lock()) {
            lock.check();
            String resumeCommand = folder.resumeCommand("tune");
            if (training.resumes()) {
                training.continuation().applyChanges(Map.of(), resumeCommand);
            } else {
                ConfigFile.write(
                        folder.file(ConfigFile.NAME),
                        spec,
                        training.initialModel(),
                        training.normalization());
            }
            folder.deleteLeftovers();
            for (Trial trial : all) {
                trial.folder().tidy(); // those that are done are not opened again
            }
            SearchReport report =
                    new SearchReport(
                            folder,
                            space,
                            rungs,
                            ConfigFile.options(spec),
                            commands::commandLine,
                            resumeCommand);
            boolean done = search(rungs, all, commands, devices, folder, report);
            report.write(all, done);
            if (!done) {
                System.out.printf("Stopped; go on with: %s%n", resumeCommand);
                return Lovasz.STOPPED;
            }
            System.out.printf("%nOn the val split:%n%n%s%n", report.table(all));
            Optional<String> best = report.bestCommand(all);
            if (best.isEmpty()) {
                throw new IOException(
                        "no trial has a mean IoU; the first: "
                                + all.get(0).progress().failure().orElse("no valid pixel on val"));
            }
            System.out.printf("Train as the best one with: %s%n", best.get());
            System.out.printf("Written to %s, see report.html there%n", folder.path());
            return CommandLine.ExitCode.OK;
        }
    }

    private List<Rung> rungs() {
        check(trials >= 1 && trials <= MAX_TRIALS, "trials", "1 to " + MAX_TRIALS, trials);
        check(eta >= 2, "eta", "at least 2", eta);
        int epochs = Integer.parseInt(ConfigFile.options(spec).get("epochs"));
        if (training.usesCluster()) {
            throw wrong("--master: expected none, as one process trains the trials");
        }
        if (method == Method.RANDOM) {
            if (spec.commandLine().getParseResult().hasMatchedOption("--eta")) {
                throw wrong("--eta: expected --method halving with it, got random");
            }
            return Rung.random(trials, epochs);
        }
        try {
            return Rung.halving(trials, epochs, eta);
        } catch (IllegalArgumentException e) {
            throw wrong("--method: halving: " + e.getMessage());
        }
    }

    private SearchSpace space() {
        if (searches == null) {
            throw wrong(
                    "--search: expected at least one, such as learning-rate=1e-4..1e-2:log, got"
                            + " none");
        }
        SearchSpace space;
        try {
            space = SearchSpace.parse(TuneTrials.train(), searches);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        for (String name : space.ranges().keySet()) {
            OptionSpec option = spec.findOption("--" + name);
            // Of a search that goes on the file has a value of every option.
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw wrong("--" + name + ": expected none, as it is searched");
            }
        }
        long combinations = space.combinations().orElse(MAX_TRIALS);
        check(
                trials <= combinations,
                "trials",
                "at most the " + combinations + " there are",
                trials);
        return space;
    }

    /** A search that goes on is of the same trials, whose scores can be compared. */
    private void checkChanges() throws IOException {
        if (!training.resumes()) {
            return;
        }
        Map<String, String> before =
                ConfigFile.changes(training.plannedFolder().file(ConfigFile.NAME), spec);
        for (String name : List.of("epochs", "patience", "tile", "overlap")) {
            if (before.containsKey(name)) {
                throw wrong(
                        String.format(
                                "--%s: expected %s, as the trials before, got %s",
                                name, before.get(name), ConfigFile.options(spec).get(name)));
            }
        }
    }

    /** Checks values that may be drawn or not. */
    private static void checkValues(SearchSpace space, TuneTrials commands, RunFolder folder) {
        for (Map.Entry<String, SearchRange> range : space.ranges().entrySet()) {
            for (String value : range.getValue().shown()) {
                commands.check(range.getKey(), value, folder);
            }
        }
    }

    private List<Trial> draw(SearchSpace space, RunFolder folder) {
        List<Trial> all = new ArrayList<>();
        for (Map<String, String> values : space.draw(trials, seed)) {
            int number = all.size() + 1;
            String name = String.format(Locale.ROOT, "trial-%02d", number);
            all.add(new Trial(number, values, new RunFolder(folder.file(name))));
        }
        return all;
    }

    /** Trains what is left; returns false where that was stopped. */
    private boolean search(
            List<Rung> rungs,
            List<Trial> all,
            TuneTrials commands,
            List<Device> devices,
            RunFolder folder,
            SearchReport report)
            throws IOException {
        int planned = rungs.get(rungs.size() - 1).epochs();
        Pictures.warnWithoutFonts();
        List<Trial> left = all;
        int before = 0;
        for (Rung rung : rungs) {
            left = SearchReport.best(left, before, rung.trials());
            for (Trial trial : left) {
                if (trial.hasReached(rung.epochs(), planned)) {
                    continue;
                }
                if (Interrupt.requested()) {
                    return false;
                }
                training.checkInitialModel(folder, trial.folder());
                System.out.printf(
                        "trial %d of %d, to epoch %d of %d: %s%n",
                        trial.number(),
                        all.size(),
                        rung.epochs(),
                        planned,
                        TuneTrials.text(trial.values()));
                commands.train(trial, devices, rung.epochs(), folder.resumeCommand("tune"));
                if (!trial.hasReached(rung.epochs(), planned) && Interrupt.requested()) {
                    return false;
                }
                report.write(all, false);
            }
            before = rung.epochs();
        }
        return true;
    }

    private void check(boolean good, String option, String expected, int got) {
        if (!good) {
            throw wrong(String.format("--%s: expected %s, got %d", option, expected, got));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
