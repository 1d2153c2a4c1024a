package io.github.lovaszdjl.examples;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The example trainer: trains the same U-Net from the same seed with cross-entropy and with 0.5 ·
 * cross-entropy + Lovász-Softmax, and shows what the difference is.
 */
@Command(
        name = "compare-losses",
        description =
                "Trains a U-Net twice from the same seed, with cross-entropy and with 0.5 *"
                        + " cross-entropy + Lovasz-Softmax, prints a table of the test split and"
                        + " writes metrics, models and pictures to a run folder.",
        sortOptions = false,
        showDefaultValues = true,
        mixinStandardHelpOptions = true,
        version = "lovasz-djl 0.1.0-SNAPSHOT")
public final class CompareLosses implements Callable<Integer> {

    /** The losses by the name of their folder; each ignores the label given. */
    private static final Map<String, IntFunction<Loss>> LOSSES = losses();

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description =
                    "the data set: classes.txt and train, val and test, each with images and"
                            + " labels; without test, val serves for it")
    private Path data = Path.of("datasets", "earth");

    @Option(
            names = "--ignore-label",
            paramLabel = "ID",
            description = "the id in the label files that is ignored (none by default)")
    private Integer ignoreLabel;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "the run folder; must not hold files (runs/DATE_TIME by default)")
    private Path out;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "the threads of the engine (by default as many as cores)")
    private Integer threads;

    @Mixin private PlanOptions planOptions;

    @Spec private CommandSpec spec;

    private CompareLosses() {}

    /**
     * Runs the command and ends the process: 0 done, 1 failed, 2 wrong arguments.
     *
     * @param args the arguments, see {@code --help}
     */
    public static void main(String... args) {
        System.exit(run(args));
    }

    /** Runs the command and returns the exit code. */
    static int run(String... args) {
        return new CommandLine(new CompareLosses())
                .setParameterExceptionHandler(
                        (e, arguments) -> {
                            e.getCommandLine()
                                    .getErr()
                                    .println("error: " + e.getMessage() + " (see --help)");
                            return CommandLine.ExitCode.USAGE;
                        })
                .setExecutionExceptionHandler(
                        (e, command, result) -> {
                            if (!(e instanceof IOException
                                    || e instanceof IllegalArgumentException
                                    || e instanceof ArithmeticException)) {
                                throw e;
                            }
                            command.getErr().println("error: " + e.getMessage());
                            return CommandLine.ExitCode.SOFTWARE;
                        })
                .execute(args);
    }

    private static Map<String, IntFunction<Loss>> losses() {
        Map<String, IntFunction<Loss>> losses = new LinkedHashMap<>();
        losses.put("cross-entropy", CompareLosses::crossEntropy);
        losses.put(
                "cross-entropy+lovasz",
                ignored ->
                        WeightedLoss.builder()
                                .add(0.5f, crossEntropy(ignored))
                                .add(
                                        1,
                                        LovaszSoftmaxLoss.builder()
                                                .optName("lovasz")
                                                .optIgnoreLabel(ignored)
                                                .build())
                                .optName("sum")
                                .build());
        return losses;
    }

    private static Loss crossEntropy(int ignoreLabel) {
        return SegmentationCrossEntropyLoss.builder()
                .optName("cross-entropy")
                .optIgnoreLabel(ignoreLabel)
                .build();
    }

    @Override
    public Integer call() throws IOException {
        TrainingPlan plan = planOptions.plan();
        check("--ignore-label", ignoreLabel, 0, 255);
        check("--threads", threads, 1, Runtime.getRuntime().availableProcessors());
        if (threads != null) {
            // Read by the engine when it loads, which is later.
            System.setProperty("ai.djl.pytorch.num_threads", threads.toString());
        }
        OptionalInt ignored =
                ignoreLabel == null ? OptionalInt.empty() : OptionalInt.of(ignoreLabel);
        FolderSegmentationDataset validation = plan.evaluationSet(data, "val", ignored);
        String testSplit = Files.isDirectory(data.resolve("test")) ? "test" : "val";
        FolderSegmentationDataset test = plan.evaluationSet(data, testSplit, ignored);
        FolderSegmentationDataset training = plan.trainingSet(data, ignored);
        training.prepare();
        validation.prepare();
        test.prepare();

        boolean fonts = checkFonts();
        RunFolder folder = new RunFolder(runFolder());
        folder.writeConfiguration(plan, data, ignored, threads);
        List<String> classNames = test.getClassNames();
        List<Table.Row> rows = new ArrayList<>();
        List<Curves.Run> curves = new ArrayList<>();
        TestTiles tiles = new TestTiles(test);
        for (Map.Entry<String, IntFunction<Loss>> entry : LOSSES.entrySet()) {
            String name = entry.getKey();
            Loss loss = entry.getValue().apply(test.getIgnoreLabel());
            try (TrainingResult result = train(name, plan, loss, training, validation)) {
                folder.writeRun(name, classNames, result);
                ConfusionMatrix matrix = SegmentationTraining.evaluate(result.model(), test);
                rows.add(new Table.Row(name, Scores.of(matrix), result.seconds()));
                List<Curves.Epoch> points =
                        result.epochs().stream().map(CompareLosses::point).toList();
                curves.add(new Curves.Run(name, points));
                tiles.predict(name, result);
            }
        }
        System.out.printf("%nOn the %s split (%d images):%n%n", testSplit, test.size());
        System.out.println(Table.text(classNames, rows));
        folder.writeText("table.md", Table.markdown(classNames, rows));
        if (fonts) {
            Curves.write(folder.file("curves.png"), classNames, curves);
            tiles.write(folder.file("predictions.png"));
        }
        System.out.printf("Written to %s%n", folder.path());
        return CommandLine.ExitCode.OK;
    }

    private static TrainingResult train(
            String name,
            TrainingPlan plan,
            Loss loss,
            FolderSegmentationDataset training,
            FolderSegmentationDataset validation)
            throws IOException {
        try (ConsoleProgress progress = new ConsoleProgress(name, plan.epochs())) {
            return SegmentationTraining.run(name, plan, loss, training, validation, progress);
        }
    }

    private static Curves.Epoch point(EpochReport report) {
        double loss = report.losses().values().iterator().next();
        return new Curves.Epoch(loss, Scores.of(report.validation()));
    }

    private void check(String option, Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    option + ": expected " + min + " to " + max + ", got " + value);
        }
    }

    /** Tells whether pictures can be written; a training is worth its while without them. */
    private static boolean checkFonts() {
        try {
            Pictures.checkFonts();
            return true;
        } catch (IOException e) {
            System.err.println("warning: no pictures will be written: " + e.getMessage());
            return false;
        }
    }

    private Path runFolder() throws IOException {
        Path folder =
                out != null
                        ? out
                        : Path.of(
                                "runs",
                                LocalDateTime.now()
                                        .format(
                                                DateTimeFormatter.ofPattern(
                                                        "yyyy-MM-dd_HH-mm-ss", Locale.ROOT)));
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("--out: expected a folder, got the file " + folder);
        }
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new IOException("--out: expected an empty folder, got " + folder);
                }
            }
        }
        return Files.createDirectories(folder);
    }
}
