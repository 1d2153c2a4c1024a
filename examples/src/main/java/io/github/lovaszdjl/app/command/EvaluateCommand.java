package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.app.options.ClusterOptions;
import io.github.lovaszdjl.app.options.DataOptions;
import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.options.ScoreGroup;
import io.github.lovaszdjl.app.options.ScoreOptions;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.picture.Confusion;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.run.DataFolders;
import io.github.lovaszdjl.app.run.Evaluation;
import io.github.lovaszdjl.app.run.EvaluationReport;
import io.github.lovaszdjl.app.run.MissingClasses;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.spark.ClusterSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Measures a saved model on a split of a data set. */
@Command(
        name = "evaluate",
        description = {
            "Measures a saved model on a split of a data set, of which it sees whole images, and"
                    + " those larger than a tile by tiles that overlap. Without --data, it is that"
                    + " of the run, read as the run read it; earth where there is no run.",
            "",
            "Prints the IoU of every class, mean IoU (of the counts over all images), mean IoU per"
                    + " image (the mean over images of the mean over the classes that occur in the"
                    + " image's prediction or truth) and pixel accuracy; with --scores, more. With"
                    + " --out, writes them to scores.json and scores.csv."
        },
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz evaluate --model runs/X",
            "  lovasz evaluate --model runs/X --scores fine-grained,boundary",
            "  lovasz evaluate --model runs/X --data camvid --split val --out scores",
            "  lovasz evaluate --model runs/X/best-raw",
            "  lovasz evaluate --model runs/X --data FOLDER --ignore-label 255",
            "  lovasz evaluate --model runs/X --data FOLDER --tile 1024x1024",
            "  lovasz evaluate --model runs/X --tta flip,0.75,1.25"
        })
public final class EvaluateCommand implements Callable<Integer> {

    private static final String SCORES = "scores.json";
    private static final String SCORES_CSV = "scores.csv";
    private static final String CONFUSION = "confusion.csv";
    private static final String CONFUSION_PICTURE = "confusion.png";

    @Spec private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "FOLDER",
            description = "the folder of a saved model, or of a run, whose best model is taken")
    private Path modelFolder;

    @Mixin private DataOptions dataOptions;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description = "the split (by default test if there is one, else val)")
    private String split;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "the folder to write scores to; made if it is not there; what an earlier call"
                            + " wrote is replaced, unless it was changed since (none by default)")
    private Path out;

    @Mixin private ScoreOptions scoreOptions;

    @Mixin private TileOptions tileOptions;

    @Mixin private EngineOptions engineOptions;

    @Mixin private ClusterOptions clusterOptions;

    @Override
    public Integer call() throws IOException, MalformedModelException {
        tileOptions.check();
        clusterOptions.check(engineOptions);
        Set<ScoreGroup> scores =
                clusterOptions.isGiven() ? scoreOptions.groupsOfCounts() : scoreOptions.groups();
        DataSource source = dataOptions.source(); // looked at before the model is loaded
        String chosen = split(source);
        if (out != null) {
            DataFolders.checkOutside(out, source);
        }
        try (OutputFolder folder = out == null ? null : OutputFolder.open(out)) {
            if (folder != null) {
                folder.checkReplaced(List.of(SCORES, SCORES_CSV, CONFUSION, CONFUSION_PICTURE));
            }
            evaluate(scores, source, chosen, folder);
        }
        return CommandLine.ExitCode.OK;
    }

    /** Evaluates; the folder to write to may be null. */
    private void evaluate(
            Set<ScoreGroup> scores, DataSource source, String chosen, OutputFolder folder)
            throws IOException, MalformedModelException {
        Device device = engineOptions.load();
        try (ZooModel<Image, CategoryMask> model =
                SegmentationModels.load(RunFolder.model("--model", modelFolder), device)) {
            engineOptions.checkRuns(model);
            ModelDescription description = ModelDescription.from(model.getProperties());
            TileOptions.Tiles tiles = tileOptions.tiles(description);
            checkNormalization(source, description);
            FolderSegmentationDataset data = data(source, chosen, description);
            checkClasses(description.classNames(), data.getClassNames());
            if (folder != null) {
                folder.make();
            }
            Evaluation evaluation;
            try (Bar bar = new Bar(Math.toIntExact(data.size()))) {
                if (clusterOptions.isGiven()) {
                    try (ClusterSession cluster = clusterOptions.open(engineOptions)) {
                        Path saved = RunFolder.model("--model", modelFolder);
                        evaluation = Evaluation.on(cluster, saved, data, tiles, scores, bar);
                    }
                } else {
                    evaluation = Evaluation.of(model, device, data, tiles, scores, bar);
                }
            }
            EvaluationReport report =
                    new EvaluationReport(
                            dataOptions.name(), chosen, data.getClassNames(), evaluation);
            spec.commandLine().getOut().printf("%s", report.text());
            if (folder != null) {
                write(folder, report, data.getClassNames(), evaluation);
            }
        }
    }

    private String split(DataSource source) {
        if (split == null) {
            return source.testSplit();
        }
        if (!split.matches("[^/\\\\]+") || split.startsWith(".") || !source.hasSplit(split)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--split: expected a folder in " + source.root() + ", got " + split);
        }
        return split;
    }

    /** Returns whole, unchanged images as the model is used to seeing them. */
    private static FolderSegmentationDataset data(
            DataSource source, String split, ModelDescription description) throws IOException {
        FolderSegmentationDataset data =
                source.builder()
                        .setSplit(split)
                        .setSampling(1, false)
                        .optNormalization(description.normalization())
                        .build();
        data.prepare();
        Optional<String> masks = MissingClasses.masks(data, split);
        if (masks.isPresent()) {
            System.err.println("warning: " + masks.get());
        }
        return data;
    }

    /** Refuses a mean or deviation that is typed and is not that of the model. */
    private void checkNormalization(DataSource source, ModelDescription description) {
        Normalization own = description.normalization();
        ParseResult typed = spec.commandLine().getParseResult();
        for (String option : List.of("--mean", "--std")) {
            if (typed.hasMatchedOption(option)
                    && !source.layout().normalization().equals(Optional.of(own))) {
                throw new ParameterException(
                        spec.commandLine(),
                        option
                                + ": expected those of the model, which sees nothing else, mean "
                                + own.mean()
                                + " and std "
                                + own.std()
                                + ", got "
                                + typed.matchedOptionValue(option, ""));
            }
        }
    }

    private static void checkClasses(List<String> ofModel, List<String> ofData) {
        if (!ofModel.equals(ofData)) {
            throw new IllegalArgumentException(
                    "--model: expected the classes of the data set, "
                            + Names.list(ofData)
                            + ", got "
                            + Names.list(ofModel)
                            + Names.difference(ofData, ofModel));
        }
    }

    private void write(
            OutputFolder folder, EvaluationReport report, List<String> names, Evaluation evaluation)
            throws IOException {
        ConfusionMatrix matrix = evaluation.matrix();
        folder.writeText(SCORES, report.json(modelFolder.toString()));
        folder.writeText(SCORES_CSV, report.csv());
        folder.writeText(CONFUSION, Confusion.csv(names, matrix));
        if (Pictures.haveFonts()) {
            folder.writePicture(CONFUSION_PICTURE, Confusion.picture(names, matrix));
        }
        spec.commandLine().getOut().printf("%nWritten to %s%n", out);
    }

    /** A progress bar on a terminal, else nothing. */
    private static final class Bar implements IntConsumer, AutoCloseable {

        private final ProgressBar bar;

        Bar(int images) {
            bar =
                    Ansi.AUTO.enabled()
                            ? new ProgressBarBuilder()
                                    .setTaskName("evaluate")
                                    .setInitialMax(images)
                                    .setStyle(ProgressBarStyle.ASCII)
                                    .setUpdateIntervalMillis(200)
                                    .build()
                            : null;
        }

        @Override
        public void accept(int done) {
            if (bar != null) {
                bar.stepTo(done);
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
