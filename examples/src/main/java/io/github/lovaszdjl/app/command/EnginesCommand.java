package io.github.lovaszdjl.app.command;

import ai.djl.engine.Engine;
import io.github.lovaszdjl.app.options.Allocator;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.options.OpenMp;
import io.github.lovaszdjl.app.options.Recipe;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the same network on several engines, each in a process of its own. */
@Command(
        name = "engines",
        subcommands = EnginesCheckCommand.class,
        description = {
            "Runs the same training on every engine with every number of threads, one after"
                    + " another, each in a process of its own, and writes a table of speed and"
                    + " scores.",
            "",
            "Options after -- are those of 'train'. The same command with the same --out does what"
                    + " is left; with other options of 'train' it is an error."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz engines --threads 1,2 --out runs/engines -- --epochs 12",
            "  lovasz engines --engines MXNet --out runs/mxnet -- --data camvid --crop 176x240"
        })
public final class EnginesCommand implements Callable<Integer> {

    private static final String TABLE = "engines.md";

    @Spec private CommandSpec spec;

    @Option(
            names = "--engines",
            paramLabel = "NAME",
            split = ",",
            description = "the engines (by default all that train and are here)")
    private List<String> engines = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description = "the numbers of threads (by default as many as cores)")
    private List<Integer> threads = List.of(Runtime.getRuntime().availableProcessors());

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "the folder of all the runs, and of the table, engines.md (required)")
    private Path out;

    @Parameters(paramLabel = "OPTION", description = "the options of the training, see 'train'")
    private List<String> training = List.of();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (out == null) {
            throw new ParameterException(
                    spec.commandLine(), "Missing required option: '--out=FOLDER'");
        }
        if (out.toString().isBlank()) {
            throw new ParameterException(spec.commandLine(), "--out: expected a folder, got none");
        }
        for (int number : threads) {
            EngineOptions.checkThreads(spec, number);
        }
        Set<String> chosen = chosen();
        Set<Integer> numbers = new LinkedHashSet<>(threads);
        try (OutputFolder results = OutputFolder.open(out)) {
            return train(chosen, numbers, results);
        }
    }

    private int train(Set<String> chosen, Set<Integer> numbers, OutputFolder results)
            throws IOException, InterruptedException {
        results.checkReplaced(List.of(TABLE));
        for (String engine : chosen) {
            for (int number : numbers) {
                RunFolder folder = folder(engine, number);
                if (folder.isBegun()) {
                    checkSame(engine, number, folder);
                } else {
                    RunFolder.check(folder.path());
                }
            }
        }
        results.make();
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of(
                        "engine",
                        "threads",
                        "images/s",
                        "seconds an epoch",
                        "mean IoU",
                        "pixel accuracy"));
        for (String engine : chosen) {
            for (int number : numbers) {
                RunFolder folder = folder(engine, number);
                System.out.printf("%s, %d threads%n", engine, number);
                // One that is done too: it refuses other data than it was done with.
                int code = train(engine, number, folder);
                if (code == Lovasz.STOPPED) {
                    return code;
                }
                if (code != CommandLine.ExitCode.OK) {
                    throw new IOException(
                            String.format(
                                    "the training on %s with %d threads ended with exit code %d,"
                                            + " see above",
                                    engine, number, code));
                }
                cells.add(row(engine, number, RunResult.read(folder)));
            }
        }
        String table = Table.markdown(cells);
        System.out.printf("%n%s", table);
        results.writeText(TABLE, table + "\n" + circumstances() + "\n");
        System.out.printf("Written to %s%n", out.resolve(TABLE));
        return CommandLine.ExitCode.OK;
    }

    private RunFolder folder(String engine, int threads) {
        return new RunFolder(out.resolve(engine + "-" + threads));
    }

    private Set<String> chosen() {
        Set<String> here = new TreeSet<>(Engine.getAllEngines());
        here.retainAll(Set.of(EngineNames.PYTORCH, EngineNames.MXNET));
        for (String engine : engines) {
            if (!here.contains(engine)) {
                throw new ParameterException(
                        spec.commandLine(), Names.unknown("--engines", engine, here));
            }
        }
        return engines.isEmpty() ? here : new LinkedHashSet<>(engines);
    }

    private static List<String> row(String engine, int threads, RunResult result) {
        return List.of(
                engine,
                String.valueOf(threads),
                Table.number("%.1f", result.imagesPerSecond()),
                Table.number("%.1f", result.seconds() / result.epochs().size()),
                Table.number("%.4f", result.matrix().meanIou()),
                Table.number("%.4f", result.matrix().pixelAccuracy()));
    }

    /**
     * Checks that a training that has begun is the one asked for: resumed, it would take some other
     * options, and the table would say that it had them from the beginning.
     *
     * @throws ParameterException if it has other options
     */
    private void checkSame(String engine, int threads, RunFolder folder) throws IOException {
        List<String> args = new ArrayList<>(List.of("train"));
        args.addAll(options(engine, threads));
        args.add("--out=" + folder.path());
        args.addAll(training);
        CommandLine app = Lovasz.commandLine();
        String[] array = args.toArray(String[]::new);
        ConfigFile.applyTo(app, array);
        Recipe.applyTo(app, array);
        ConfigFile.checkEqual(
                app.parseArgs(array).subcommand().commandSpec(),
                folder.file(ConfigFile.NAME),
                "choose another --out for another training");
    }

    private static List<String> options(String engine, int threads) {
        return List.of("--engine=" + engine, "--threads=" + threads);
    }

    /** Runs 'train' in a process with the Java options of this one. */
    private int train(String engine, int threads, RunFolder folder)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Lovasz.class.getName());
        command.add("train");
        command.addAll(options(engine, threads));
        command.add((folder.isBegun() ? "--resume=" : "--out=") + folder.path());
        command.addAll(training);
        ProcessBuilder process = new ProcessBuilder(command).inheritIO();
        Allocator.useOneArena(process);
        OpenMp.tell(process, engine, threads);
        return process.start().waitFor();
    }

    /** Returns what the numbers depend on. */
    private String circumstances() {
        return String.format(
                "`lovasz train %s`, %d processors, %s %s, Java %s, %s",
                String.join(" ", training),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                System.getProperty("java.version"),
                LocalDate.now());
    }
}
