package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.app.options.ClusterOptions;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.DataOptions;
import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.NetworkOptions;
import io.github.lovaszdjl.app.options.PlanOptions;
import io.github.lovaszdjl.app.options.RoundOptions;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.options.Weights;
import io.github.lovaszdjl.app.run.DataFolders;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.TrainingData;
import io.github.lovaszdjl.app.run.TrainingRun;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a training is made of, but for loss and seed: the options of train and compare. */
public final class TrainingOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin private DataOptions data;

    @Mixin private NetworkOptions network;

    @Mixin private StartOptions start;

    @Option(
            names = "--class-weights",
            paramLabel = "NAME",
            description =
                    "the weights of classes in ce, focal and ohem: none, inverse-frequency or"
                            + " median-frequency")
    private Weights classWeights = Weights.NONE;

    @Option(
            names = "--allow-missing-classes",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description =
                    "train even where a class has no valid pixel in the split train, which is an"
                            + " error else")
    private boolean allowMissingClasses;

    @Mixin private PlanOptions plan;

    @Mixin private TileOptions tiles;

    @Mixin private EngineOptions engine;

    @Mixin private ClusterOptions cluster;

    @Mixin private RoundOptions rounds;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "the run folder; must not hold files nor lie in a split of a data set"
                            + " (runs/DATE_TIME by default)")
    private Path out;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "a file of options, such as the config.json of a run; those given here go"
                            + " before")
    private Path config;

    @Option(
            names = "--resume",
            paramLabel = "FOLDER",
            description =
                    "go on with the run of this folder, with its options; where the data has moved,"
                            + " --data says where to: its files must be the same. --epochs gives it"
                            + " another number of epochs, also where it is done, and the learning"
                            + " rate goes on along the schedule of that number")
    private Path resume;

    /** Read when it is first asked for. */
    private TrainingData prepared;

    private boolean testLeftOut;

    /** Returns the folder to write to: new, or that of the run to go on with. */
    RunFolder folder() throws IOException {
        return resume != null ? new RunFolder(resume) : RunFolder.create(out);
    }

    /** Returns that folder; a new one is not made yet. */
    RunFolder plannedFolder() throws IOException {
        return new RunFolder(resume != null ? resume : RunFolder.check(out));
    }

    /** Tells whether to go on with a run. */
    boolean resumes() {
        return resume != null;
    }

    /** Checks what can be checked before the engine loads. */
    void check(int seed, List<LossExpression> losses) throws IOException {
        TrainingPlan settings = plan.plan(seed);
        checkNetwork(settings);
        try {
            losses.forEach(loss -> loss.checkEpochs(settings.epochs()));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
        }
        tiles.tiles(settings.cropHeight(), settings.cropWidth());
        cluster.check(engine);
        rounds.check(cluster.isGiven(), settings);
        start.checkCluster(cluster.isGiven());
        start.check(network.network(settings), resume == null);
        checkFolders();
    }

    /** Checks the folders to read from and write to, and that a run goes on with its options. */
    void checkFolders() throws IOException {
        if (resume == null) {
            data.root();
        } else {
            checkMoved();
        }
        DataSource source = data.source();
        if (resume != null && (out != null || config != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--resume: expected neither --out nor --config with it: they are the run's");
        }
        if (resume == null) {
            DataFolders.checkOutside(out == null ? RunFolder.check(null) : out, source);
            RunFolder.check(out);
        } else {
            ConfigFile.checkSame(spec, new RunFolder(resume).file(ConfigFile.NAME));
        }
    }

    /** Returns the check sum of what is started from, if there is something and it has one. */
    Optional<String> initialModel() throws IOException {
        return start.checkSum();
    }

    /**
     * Checks that a training that has yet to begin starts from what the others of its comparison
     * started from.
     *
     * @param comparison the folder of the comparison, which has its options
     * @param run that of the training
     * @throws IOException if it is another one now
     */
    void checkInitialModel(RunFolder comparison, RunFolder run) throws IOException {
        if (!Files.exists(run.checkpoint())) {
            start.checkSame(ConfigFile.initialModel(comparison.file(ConfigFile.NAME)));
        }
    }

    /** Returns the normalization of the weights to start from, if it is known. */
    Optional<Normalization> normalization() throws IOException {
        return resume == null
                ? start.normalization()
                : ConfigFile.normalization(new RunFolder(resume).file(ConfigFile.NAME));
    }

    private void checkNetwork(TrainingPlan settings) {
        SegmentationNetwork chosen = network.network(settings);
        try {
            settings.checkNetwork(chosen);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), PlanOptions.asOption(e.getMessage()), e);
        }
    }

    private void checkMoved() {
        try {
            data.root();
        } catch (ParameterException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    e.getMessage() + "; where it has moved, give its new folder as --data",
                    e);
        }
    }

    /** Returns how the run of {@code --resume} goes on. */
    Continuation continuation() throws IOException {
        return new Continuation(spec, new RunFolder(resume));
    }

    /** Has the best model evaluated on val: the split test is not even read. */
    void leaveOutTest() {
        testLeftOut = true;
    }

    /** Loads the engine; what needs it comes after. */
    List<Device> loadEngine() {
        return engine.loadAll();
    }

    /** Tells whether a cluster is to train. */
    boolean usesCluster() {
        return cluster.isGiven();
    }

    /**
     * Starts the cluster that is to train, once the data is read and known to be enough for it;
     * null where there is none.
     *
     * @param seed of a training; all have as many batches
     */
    ClusterSession openCluster(int seed) throws IOException {
        if (!cluster.isGiven()) {
            return null;
        }
        TrainingPlan settings = plan.plan(seed);
        rounds.checkBatches(data(settings).countBatches(settings));
        return cluster.open(engine);
    }

    private TrainingData data(TrainingPlan settings) throws IOException {
        if (prepared == null) {
            try {
                if (resume == null) {
                    int height = settings.cropHeight();
                    int width = settings.cropWidth();
                    int channels = data.source().channels();
                    start.checkWeights(
                            network.network(settings), new Shape(channels, height, width));
                }
                String tested = testLeftOut ? "val" : data.source().testSplit();
                prepared = new TrainingData(data.source(), settings, tested, normalization());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(StartOptions.asOption(e.getMessage()), e);
            }
        }
        return prepared;
    }

    /** Returns the plan of a seed. */
    TrainingPlan plan(int seed) {
        return plan.plan(seed);
    }

    /** Returns the network that a plan is for. */
    SegmentationNetwork network(TrainingPlan settings) {
        return network.network(settings);
    }

    /**
     * Returns a training, with its data read and checked.
     *
     * @param session the cluster that is to train; null for this process
     */
    TrainingRun run(LossExpression loss, int seed, List<Device> devices, ClusterSession session)
            throws IOException {
        TrainingPlan settings = plan.plan(seed);
        TrainingData read = data(settings);
        try {
            return new TrainingRun(
                    loss,
                    settings,
                    read,
                    classWeights,
                    allowMissingClasses,
                    network.network(settings),
                    start.start(),
                    start.distillation(),
                    resume != null,
                    tiles.tiles(settings.cropHeight(), settings.cropWidth()),
                    devices,
                    Optional.ofNullable(session).map(c -> ClusterRounds.of(c, rounds, spec)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(StartOptions.asOption(e.getMessage()), e);
        }
    }

    /** Reads the losses. */
    List<LossExpression> losses(List<String> expressions) {
        try {
            return expressions.stream().map(LossExpression::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
        }
    }
}
