package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.TrackingOptions;
import io.github.lovaszdjl.app.picture.Curves;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.run.EpochLimit;
import io.github.lovaszdjl.app.run.Interrupt;
import io.github.lovaszdjl.app.run.Reports;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.app.run.TestTiles;
import io.github.lovaszdjl.app.run.TrainingRun;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.spark.ClusterSession;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains the same network with several losses and seeds. */
@Command(
        name = "compare",
        description = {
            "Trains the same network with every loss from every seed and compares them: a table"
                    + " with mean and standard deviation over the seeds and the difference to the"
                    + " first loss, curves, predictions and a report.",
            "",
            "Ctrl-C stops after the batch; --resume does what is left."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz compare",
            "  lovasz compare --loss ce --loss lovasz --loss dice --seeds 1..5",
            "  lovasz compare --data camvid --loss ce --loss 'ce->lovasz@40' --epochs 80",
            "  lovasz compare --resume runs/2026-11-24_12-00-00"
        })
public final class CompareCommand implements Callable<Integer> {

    private static final int MAX_SEEDS = 1000;

    @Option(
            names = "--loss",
            paramLabel = "EXPR",
            split = ";",
            defaultValue = "ce;0.5*ce+lovasz",
            description = "a loss, see 'train'; give one --loss for each")
    private List<String> losses;

    @Option(names = "--seeds", paramLabel = "N,N|N..N", description = "the seeds: 1,2,5 or 1..5")
    private String seeds = "1";

    @Mixin private TrainingOptions training;

    @Mixin private TrackingOptions tracking;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<LossExpression> expressions = training.losses(losses);
        List<Integer> numbers = seeds();
        training.check(numbers.get(0), expressions);
        checkDifferent(expressions);
        tracking.check();
        List<Device> devices = training.loadEngine();
        try (ClusterSession cluster = training.openCluster(numbers.get(0))) {
            return compare(expressions, numbers, devices, cluster);
        }
    }

    private int compare(
            List<LossExpression> expressions,
            List<Integer> numbers,
            List<Device> devices,
            ClusterSession cluster)
            throws IOException {
        Map<String, TrainingRun> runs = new LinkedHashMap<>();
        for (int seed : numbers) {
            for (LossExpression loss : expressions) {
                runs.put(folderName(loss, seed), training.run(loss, seed, devices, cluster));
            }
        }
        Pictures.warnWithoutFonts();
        RunFolder folder = training.folder();
        Map<RunFolder, RunResult> results = new LinkedHashMap<>();
        try (RunFolder.Lock lock = folder.lock()) {
            lock.check();
            if (training.resumes()) {
                // Of all runs, those that are done too: they are compared with the others.
                Map<RunFolder, TrainingRun> folders = new LinkedHashMap<>();
                for (Map.Entry<String, TrainingRun> entry : runs.entrySet()) {
                    RunFolder runFolder = new RunFolder(folder.file(entry.getKey()));
                    training.checkInitialModel(folder, runFolder);
                    folders.put(runFolder, entry.getValue());
                }
                training.continuation().applyChanges(folders, folder.resumeCommand("compare"));
            } else {
                ConfigFile.write(
                        folder.file(ConfigFile.NAME),
                        spec,
                        training.initialModel(),
                        training.normalization());
            }
            folder.deleteLeftovers();
            for (Map.Entry<String, TrainingRun> entry : runs.entrySet()) {
                RunFolder runFolder = new RunFolder(folder.file(entry.getKey()));
                Optional<RunResult> result =
                        RunResult.isIn(runFolder)
                                ? Optional.of(RunResult.read(runFolder))
                                : run(entry.getValue(), runFolder, folder);
                if (result.isEmpty()) {
                    System.out.printf("Stopped; go on with: %s%n", folder.resumeCommand("compare"));
                    return Lovasz.STOPPED;
                }
                results.put(runFolder, result.get());
            }
            write(folder, runs.values().iterator().next(), results, devices.get(0));
        }
        System.out.printf("Written to %s, see report.html there%n", folder.path());
        return CommandLine.ExitCode.OK;
    }

    private Optional<RunResult> run(TrainingRun run, RunFolder folder, RunFolder all)
            throws IOException {
        if (Interrupt.requested()) {
            return Optional.empty();
        }
        training.checkInitialModel(all, folder); // it may have changed while others trained
        Files.createDirectories(folder.path());
        System.out.println(folder.path().getFileName());
        return run.run(
                folder,
                ConfigFile.options(spec),
                all.resumeCommand("compare"),
                EpochLimit.none(),
                tracking);
    }

    private void write(
            RunFolder folder, TrainingRun any, Map<RunFolder, RunResult> results, Device device)
            throws IOException {
        List<RunResult> all = List.copyOf(results.values());
        RunResult first = all.get(0);
        Summary summary =
                Summary.of(first.classNames(), all.stream().map(RunResult::summary).toList());
        System.out.printf(
                "%nOn the %s split (%s):%n%n", first.split(), Table.count(first.images(), "image"));
        System.out.println(summary.text());
        folder.writeText("table.md", summary.markdown());
        summary.writeCsv(folder.file("results.csv"));
        summary.writeSignificance(folder.file("significance.csv"));
        if (Pictures.haveFonts()) {
            // One seed: more lines than losses could not be told apart.
            List<Curves.Run> curves = new ArrayList<>();
            TestTiles tiles = any.montage();
            for (Map.Entry<RunFolder, RunResult> entry : results.entrySet()) {
                RunResult result = entry.getValue();
                if (result.seed() == first.seed()) {
                    curves.add(new Curves.Run(result.loss(), result.points()));
                    try (ZooModel<Image, CategoryMask> best =
                            TrainingRun.load(entry.getKey(), device)) {
                        tiles.predict(result.loss(), best);
                    }
                }
            }
            Curves.write(folder.file("curves.png"), first.classNames(), curves);
            tiles.write(folder.predictions());
        }
        Reports.writeComparison(folder, ConfigFile.options(spec), results, summary);
    }

    private void checkDifferent(List<LossExpression> expressions) {
        List<String> names = expressions.stream().map(LossExpression::canonical).toList();
        if (new LinkedHashSet<>(names).size() < names.size()) {
            throw new ParameterException(
                    spec.commandLine(), "--loss: expected different losses, got " + names);
        }
    }

    /** Returns a name that any file system takes. */
    private static String folderName(LossExpression loss, int seed) {
        String name = loss.canonical().replace("->", "-then-").replaceAll("[^A-Za-z0-9.+@-]", "_");
        return name + "-seed" + seed;
    }

    private List<Integer> seeds() {
        try {
            List<Integer> numbers = new ArrayList<>();
            for (String part : seeds.split(",", -1)) {
                String[] range = part.strip().split("\\.\\.", -1);
                int first = Integer.parseInt(range[0]);
                int last = Integer.parseInt(range[range.length - 1]);
                if (range.length > 2 || last < first || (long) last - first >= MAX_SEEDS) {
                    throw new NumberFormatException(part);
                }
                IntStream.rangeClosed(first, last).forEach(numbers::add);
            }
            if (numbers.size() > MAX_SEEDS
                    || new LinkedHashSet<>(numbers).size() < numbers.size()) {
                throw new NumberFormatException(seeds);
            }
            return numbers;
        } catch (NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--seeds: expected up to %d different numbers such as 1,2,5 or 1..5,"
                                    + " got %s",
                            MAX_SEEDS, seeds));
        }
    }
}
