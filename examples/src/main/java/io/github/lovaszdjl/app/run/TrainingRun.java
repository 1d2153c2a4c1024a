package io.github.lovaszdjl.app.run;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.options.TrackingOptions;
import io.github.lovaszdjl.app.options.Weights;
import io.github.lovaszdjl.app.picture.Confusion;
import io.github.lovaszdjl.app.picture.Curves;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.loss.ClassWeights;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.LearningRateTest;
import io.github.lovaszdjl.training.RoundExecutor;
import io.github.lovaszdjl.training.RoundPlan;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One training and what is made of it. */
public final class TrainingRun {

    private final LossExpression expression;
    private final TrainingPlan plan;
    private final SegmentationNetwork network;
    private final Optional<TrainingStart> start;
    private final Optional<Path> teacher;
    private final Optional<LossExpression> distillLoss;
    private final TileOptions.Tiles tiles;
    private final List<Device> devices;
    private final FolderSegmentationDataset training;
    private final FolderSegmentationDataset validation;
    private final FolderSegmentationDataset test;
    private final String testSplit;
    private final Weights weights;
    private final boolean allowMissingClasses;
    private final Loss loss;
    private final Optional<RoundPlan> rounds;
    private final RoundExecutor workers;

    /** Checks all that can be, so that nothing of it fails later. */
    public TrainingRun(
            LossExpression expression,
            TrainingPlan plan,
            TrainingData data,
            Weights weights,
            boolean allowMissingClasses,
            SegmentationNetwork network,
            Optional<TrainingStart> start,
            Optional<Distillation> distillation,
            boolean resumes,
            TileOptions.Tiles tiles,
            List<Device> devices,
            Optional<Distribution> distribution)
            throws IOException {
        this.expression = expression;
        this.plan = plan;
        this.network = network;
        this.start = start;
        teacher =
                distillation.isEmpty()
                        ? Optional.empty()
                        : Optional.of(RunFolder.model("--teacher", distillation.get().teacher()));
        distillLoss = distillation.flatMap(Distillation::loss);
        this.tiles = tiles;
        this.devices = devices;
        this.weights = weights;
        this.allowMissingClasses = allowMissingClasses;
        training = data.training(plan);
        validation = data.validation();
        test = data.test();
        testSplit = data.testSplit();
        expression.checkClasses(training.getClassNames());
        Optional<float[]> classWeights = classWeights();
        loss = expression.toLoss(training.getIgnoreLabel(), classWeights);
        rounds = distribution.map(Distribution::plan);
        workers =
                distribution.isEmpty()
                        ? null
                        : distribution
                                .get()
                                .executor(expression, plan.seed(), training, classWeights);
        // A run that goes on needs the model only where it has no checkpoint yet.
        (resumes ? training() : beginning()).build().check();
    }

    /** Returns a training that starts from the weights it is to start from. */
    private SegmentationTraining.Builder beginning() throws IOException {
        SegmentationTraining.Builder builder = training();
        if (start.isPresent()) {
            start.get().apply(builder);
        }
        return builder;
    }

    private SegmentationTraining.Builder training() {
        SegmentationTraining.Builder builder = builder();
        rounds.ifPresent(plan -> builder.optRounds(plan, workers));
        return builder;
    }

    private SegmentationTraining.Builder builder() {
        SegmentationTraining.Builder builder = SegmentationTraining.builder();
        teacher.ifPresent(builder::optTeacher);
        if (distillLoss.isPresent()) {
            LossExpression taught = distillLoss.get();
            builder.optDistillLoss(taught.toLoss(training.getIgnoreLabel(), Optional.empty()))
                    .optSetting("distill loss expression", taught.canonical());
        }
        return builder.setPlan(plan)
                .setLoss(loss)
                .setTrainingSet(training)
                .setValidationSet(validation)
                .optTestSet(testSplit.equals("test") ? test : null)
                .optNetwork(network)
                .optAllowMissingClasses(allowMissingClasses)
                .optTileSize(tiles.height(), tiles.width())
                .optOverlap(tiles.overlap())
                .optTestTimeAugmentation(tiles.augmentation())
                .optDecision(expression.decision())
                .optSetting("loss expression", expression.canonical())
                .optSetting("class weights", weights.toString())
                .optDevices(devices.toArray(Device[]::new));
    }

    private Optional<float[]> classWeights() {
        return switch (weights) {
            case NONE -> Optional.empty();
            case INVERSE_FREQUENCY ->
                    Optional.of(ClassWeights.inverseFrequency(training.countPixels()));
            case MEDIAN_FREQUENCY ->
                    Optional.of(ClassWeights.medianFrequency(training.countPixels()));
        };
    }

    /**
     * Checks that the data is what the training in a folder began with, if it has a checkpoint.
     *
     * @throws IllegalArgumentException if it is not; names the first file that differs
     */
    public void checkData(RunFolder folder) throws IOException {
        if (Files.isRegularFile(folder.checkpoint())) {
            training().optCheckpoint(folder.checkpoint()).build().checkData();
        }
    }

    /**
     * Checks that the training in a folder can go on with this plan, or begin where it has no
     * checkpoint yet.
     *
     * @throws IllegalArgumentException if it cannot, such as where it has done more epochs
     * @throws IOException if what it needs for that is lost
     */
    public void checkResume(RunFolder folder) throws IOException {
        if (Files.isRegularFile(folder.checkpoint())) {
            training()
                    .optCheckpoint(folder.checkpoint())
                    .optBestModel(folder.bestModel())
                    .build()
                    .checkResume();
        } else if (Files.exists(folder.file("metrics.csv"))) {
            throw new IOException(
                    folder.checkpoint()
                            + ": expected the checkpoint of the epochs in metrics.csv, there is"
                            + " none; without it the run cannot go on");
        } else {
            beginning().build().check();
        }
    }

    /** Trains at learning rates that rise; Ctrl-C ends it. */
    public LearningRateTest testLearningRates(float from, float to, int updates)
            throws IOException {
        return beginning()
                .optStop(Interrupt::requested)
                .build()
                .testLearningRates(from, to, updates);
    }

    /** Returns what shows predictions on the split that the best model is evaluated on. */
    public TestTiles montage() throws IOException {
        return new TestTiles(test, tiles);
    }

    /** Tells whether a run would go on with no epoch more, for want of patience. */
    public boolean isOutOfPatience(RunFolder folder) throws IOException {
        if (!Files.isRegularFile(folder.checkpoint())) {
            return false;
        }
        List<EpochReport> epochs = SegmentationTraining.reports(folder.checkpoint());
        return epochs.size() < plan.epochs() && plan.updates().isOutOfPatience(epochs);
    }

    /**
     * Trains, evaluates the best model and writes all of it to a folder. Where the folder holds a
     * checkpoint, the training goes on from there.
     *
     * @param folder the folder
     * @param options the options of the command, to be shown
     * @param resumeCommand the command that goes on with it
     * @param limit the epoch to stop after
     * @param tracking where metrics go beside the folder
     * @return the result, or empty where the training was stopped on the way
     */
    public Optional<RunResult> run(
            RunFolder folder,
            Map<String, String> options,
            String resumeCommand,
            EpochLimit limit,
            TrackingOptions tracking)
            throws IOException {
        folder.deleteLeftovers();
        boolean resumes = Files.isRegularFile(folder.checkpoint());
        List<EpochReport> before =
                resumes ? SegmentationTraining.reports(folder.checkpoint()) : List.of();
        String started = "started" + start.map(from -> " from " + from).orElse("");
        folder.log(resumes ? "resumed after epoch " + before.size() : started);
        Optional<String> missing = MissingClasses.of(training, "train");
        if (missing.isPresent()) {
            folder.log(missing.get());
            System.err.println("warning: " + missing.get());
        }
        List<EpochReport> epochs;
        try (ConsoleProgress progress =
                new ConsoleProgress(
                        expression.canonical(),
                        folder,
                        plan.epochs(),
                        training.size(),
                        training.getClassNames(),
                        before,
                        reports ->
                                writePage(
                                        folder,
                                        options,
                                        resumeCommand,
                                        reports,
                                        Optional.empty()))) {
            SegmentationTraining.Builder builder = resumes ? training() : beginning();
            tracking.callbacks(folder.path(), options).forEach(builder::optCallback);
            SegmentationTraining work =
                    builder.optCheckpoint(folder.checkpoint())
                            .optBestModel(folder.bestModel())
                            .optBadBatches(folder.path())
                            .optProgress(progress)
                            .optCallback(new RoundLog(folder))
                            .optCallback(limit)
                            .optStop(() -> Interrupt.requested() || limit.isReached())
                            .build();
            try (TrainingResult result = resumes ? work.resume() : work.run()) {
                epochs = result.epochs();
                if (result.stopped()) {
                    folder.log(limit.stopped(epochs.size()));
                    return Optional.empty();
                }
            }
        } catch (UncheckedIOException e) {
            // Of the log, the metrics and the page, which come after the checkpoint.
            throw new IOException(
                    e.getCause().getMessage()
                            + "; the checkpoint of the epoch is written, "
                            + folder.checkpoint()
                            + "; go on with: "
                            + resumeCommand,
                    e);
        }
        if (epochs.size() < plan.epochs()) {
            String early =
                    String.format(
                            "stopped early after epoch %d, %d without a better mean IoU on val",
                            epochs.size(), plan.updates().patience());
            folder.log(early);
            System.out.println(early);
        }
        // Again, where it was killed between the last epoch and here.
        new MetricsFiles(folder, training.getClassNames(), epochs).writeAll();
        folder.deleteLeftovers();
        RunResult result = evaluate(folder, epochs);
        writePage(folder, options, resumeCommand, epochs, Optional.of(result));
        result.write(folder); // last: with it the run is done
        folder.log(
                String.format(
                        "done: mean IoU %.4f on %s with the model of epoch %d",
                        result.matrix().meanIou(), testSplit, result.bestEpoch()));
        return Optional.of(result);
    }

    /** Writes the page of a training that has a checkpoint and no result. */
    public void writePage(RunFolder folder, Map<String, String> options, String resumeCommand)
            throws IOException {
        List<EpochReport> epochs = SegmentationTraining.reports(folder.checkpoint());
        writePage(folder, options, resumeCommand, epochs, Optional.empty());
    }

    private void writePage(
            RunFolder folder,
            Map<String, String> options,
            String resumeCommand,
            List<EpochReport> epochs,
            Optional<RunResult> result)
            throws IOException {
        Map<String, String> shown = new LinkedHashMap<>(options);
        shown.put("loss", expression.canonical());
        shown.put("seed", String.valueOf(plan.seed()));
        shown.remove("seeds");
        Reports.writeRun(
                folder,
                shown,
                resumeCommand,
                training.getClassNames(),
                DatasetStatistics.turned(training),
                plan.epochs(),
                epochs,
                result);
    }

    private RunResult evaluate(RunFolder folder, List<EpochReport> epochs) throws IOException {
        List<String> classNames = test.getClassNames();
        Device device = devices.get(0);
        try (ZooModel<Image, CategoryMask> best = load(folder, device)) {
            Evaluation evaluation = Evaluation.of(best, device, test, tiles, done -> {});
            RunResult result =
                    new RunResult(
                            expression.canonical(),
                            plan.seed(),
                            classNames,
                            testSplit,
                            test.size(),
                            evaluation.matrix(),
                            evaluation.meanIouPerImage(),
                            evaluation.counts(),
                            epochs);
            Confusion.writeCsv(folder.file("confusion.csv"), classNames, result.matrix());
            if (Pictures.haveFonts()) {
                Confusion.writePicture(folder.file("confusion.png"), classNames, result.matrix());
                Curves.write(
                        folder.file("curves.png"),
                        classNames,
                        List.of(new Curves.Run(result.loss(), result.points())));
                TestTiles montage = montage();
                montage.predict(result.loss(), best);
                montage.write(folder.predictions());
            }
            return result;
        }
    }

    /** Loads the best model of a run that is done. */
    public static ZooModel<Image, CategoryMask> load(RunFolder folder, Device device)
            throws IOException {
        try {
            return SegmentationModels.load(folder.bestModel(), device);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
