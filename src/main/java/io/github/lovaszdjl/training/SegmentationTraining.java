package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.DecodingThreads;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.LoadingFault;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.OutOfMemory;
import io.github.lovaszdjl.internal.SavedParameters;
import io.github.lovaszdjl.internal.ScriptModules;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.UNetNetwork;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Trains a network on a folder data set: a new {@link io.github.lovaszdjl.model.UNet UNet}, or a
 * TorchScript module.
 *
 * <pre>{@code
 * TrainingPlan plan = TrainingPlan.builder().build();
 * Path root = Path.of("datasets/earth");
 * SegmentationTraining training =
 *         SegmentationTraining.builder()
 *                 .setPlan(plan)
 *                 .setLoss(LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build())
 *                 .setTrainingSet(plan.trainingSet(root, OptionalInt.empty()))
 *                 .setValidationSet(plan.evaluationSet(root, "val", OptionalInt.empty()))
 *                 .optBestModel(Path.of("best"))
 *                 .build();
 * try (TrainingResult result = training.run()) {
 *     SegmentationModels.save(result.model(), result.description(), Path.of("last"));
 * }
 * }</pre>
 *
 * <p><b>Stopping and resuming.</b> With {@link Builder#optCheckpoint} every epoch ends with a
 * checkpoint, and {@link #resume()} goes on after the last one. What is random, in the engine, the
 * order of the samples and their augmentation, is drawn from (seed, epoch), so that a resumed
 * training comes to the same numbers as one that was never stopped, given the same number of
 * threads, versions and kind of processor. A checkpoint has the size and a part of the SHA-256 of
 * every data file: where one is not what the training began with, it is named and the training does
 * not go on. The folder that they are in may have moved.
 *
 * <p><b>What is not a number.</b> Where the loss of a batch is NaN or infinite, the training stops
 * before that changes the weights, and the {@link NonFiniteLossException} tells which images the
 * batch is of; {@link Builder#optBadBatches} keeps a copy of it. Gradients are not looked at: those
 * that are NaN though the loss is finite spoil the weights, and are noticed by the loss of the next
 * batch, or after the last batch of the epoch by the weights themselves. A checkpoint and the best
 * model therefore never hold such weights.
 *
 * <p>A new U-Net starts from the weights that PyTorch draws from the seed, whatever the engine, or
 * from those of a saved model, see {@link Builder#optInitialModel}.
 *
 * <p>One training at a time in a process: DJL has one collector of gradients.
 */
public final class SegmentationTraining {

    /** What is shown of a setting, such as the names of all classes. */
    private static final int MAX_SETTING = 200;

    /** DJL writes a version and the length before a module. */
    private static final int MODULE_START = Byte.BYTES + Long.BYTES;

    /** The setting that may change when a training goes on. */
    private static final String EPOCHS = "epochs";

    /** The setting that is not compared: a training that goes on has no need of it. */
    private static final String INITIAL_MODEL = "initial model";

    private final String name;
    private final TrainingPlan plan;
    private final Loss loss;
    private final FolderSegmentationDataset training;
    private final FolderSegmentationDataset validation;
    private final Optional<FolderSegmentationDataset> test;
    private final Optional<Path> module;
    private final Optional<InitialModel> initialModel;
    private final Optional<Path> checkpoint;
    private final Optional<Path> bestModel;
    private final Optional<Path> badBatches;

    private final int tileHeight;
    private final int tileWidth;
    private final int overlap;

    /** Those to train on; none for the default one. */
    private final List<Device> devices;

    private final Decision decision;

    private final TrainingProgress progress;
    private final BooleanSupplier stop;
    private final boolean allowMissingClasses;
    private final Map<String, String> moreSettings;

    private SegmentationTraining(Builder builder) {
        name = builder.name;
        plan = Objects.requireNonNull(builder.plan, "plan: expected a plan, got null");
        loss = Objects.requireNonNull(builder.loss, "loss: expected a loss, got null");
        training =
                Objects.requireNonNull(
                        builder.training, "trainingSet: expected a data set, got null");
        validation =
                Objects.requireNonNull(
                        builder.validation, "validationSet: expected a data set, got null");
        test = Optional.ofNullable(builder.test);
        module = Optional.ofNullable(builder.module);
        initialModel = Optional.ofNullable(builder.initialModel);
        checkpoint = Optional.ofNullable(builder.checkpoint);
        bestModel = Optional.ofNullable(builder.bestModel);
        badBatches = Optional.ofNullable(builder.badBatches);
        tileHeight = builder.tileHeight;
        tileWidth = builder.tileWidth;
        overlap = builder.overlap;
        devices = builder.devices;
        decision = builder.decision;
        progress = builder.progress;
        stop = builder.stop;
        allowMissingClasses = builder.allowMissingClasses;
        moreSettings = Map.copyOf(builder.settings);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Trains from the beginning.
     *
     * @return the model and the reports; to be closed
     * @throws IOException if the data or the module is not what it should be, before the training
     *     starts unless a file goes bad later; or if a model or checkpoint cannot be written
     * @throws IllegalArgumentException if the two sets do not have the same classes and
     *     normalization, there is but one class or not two to decide between by one score, a class
     *     has no valid pixel in the training set and that is not {@linkplain
     *     Builder#optAllowMissingClasses allowed}, no pixel of the first epoch is valid, a batch
     *     has one value per channel at the lowest level of the network, a device would get no part
     *     of a batch, an initial model does not fit, a module's output is not (N, channels, H, W)
     *     or it is for several devices, or DJL's default engine is not PyTorch, which a module
     *     needs
     * @throws NonFiniteLossException if the loss of a batch is NaN or infinite, or weights are
     *     after the last batch of an epoch
     * @throws OutOfMemoryError if Java's memory does not suffice, also on a thread that decodes;
     *     names the epoch and what helps
     */
    public TrainingResult run() throws IOException {
        check();
        return train(null, EpochHistory.begin(checkpoint));
    }

    /**
     * Goes on after the last epoch of the checkpoint. Where all epochs are done, this returns the
     * model as it is.
     *
     * <p>The number of epochs may be another than before, and everything else of the plan may not.
     * Epochs that are done stay as they are; from there on the learning rate is that which the
     * schedule of the new number of epochs has at the same update. With {@link
     * TrainingPlan.ScheduleName#CONSTANT} a training that is made longer comes to the numbers of
     * one that was so long from the beginning; with the others it does not, as its first epochs had
     * other rates.
     *
     * @return the model and the reports of all epochs; to be closed
     * @throws IOException as {@link #run()}, and if the checkpoint is missing or damaged
     * @throws IllegalArgumentException as {@link #run()}, and if plan, contents of the data files,
     *     kind of network, names of the losses or a {@link Builder#optSetting setting} are not
     *     those of the checkpoint, or more epochs are done than the plan has; names the first file
     *     that differs. The folder of the data may be another one
     * @throws IllegalStateException if no checkpoint file is set
     * @throws NonFiniteLossException as {@link #run()}
     */
    public TrainingResult resume() throws IOException {
        Path file = checkpointFile();
        Checkpoint last = Checkpoint.read(file);
        EpochHistory history = EpochHistory.read(file, last);
        checkResume(last, history, file);
        return train(last, history);
    }

    /**
     * Checks all that {@link #resume()} checks before it trains, and reads and writes nothing else.
     *
     * @throws IOException as {@link #resume()}
     * @throws IllegalArgumentException as {@link #resume()}
     * @throws IllegalStateException if no checkpoint file is set
     */
    public void checkResume() throws IOException {
        Path file = checkpointFile();
        Checkpoint last = Checkpoint.read(file);
        checkResume(last, EpochHistory.read(file, last), file);
    }

    private void checkResume(Checkpoint last, EpochHistory history, Path file) throws IOException {
        checkAllButInitialModel();
        checkSame(last, file);
        checkFiles(last.files(), file);
        checkBestModel(history);
    }

    /** Throws where the training that a checkpoint is of is not this one. */
    private void checkSame(Checkpoint last, Path file) {
        int done = last.trained().epoch();
        if (plan.epochs() < done) {
            throw new IllegalArgumentException(
                    String.format(
                            "epochs: expected at least %d, which are done in the checkpoint %s, got"
                                    + " %d",
                            done, file, plan.epochs()));
        }
        Map<String, String> settings = settings();
        // One that the checkpoint has and this training has not is another one, too.
        last.settings().forEach((name, before) -> settings.putIfAbsent(name, "none"));
        settings.keySet().removeAll(Set.of(EPOCHS, INITIAL_MODEL));
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            String before = last.settings().get(setting.getKey());
            if (!setting.getValue().equals(before)) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s: expected %s as in the checkpoint %s, got %s",
                                setting.getKey(),
                                before == null ? "none" : Names.shortened(before, MAX_SETTING),
                                file,
                                Names.shortened(setting.getValue(), MAX_SETTING)));
            }
        }
    }

    /** Throws where the files are not those that the training of a checkpoint began with. */
    private void checkFiles(DataFiles before, Path file) {
        Optional<String> difference = before.difference(DataFiles.of(dataSets()), dataSets());
        if (difference.isPresent()) {
            throw new IllegalArgumentException(
                    difference.get() + "; compared with the checkpoint " + file);
        }
    }

    /** Throws where the best model of the epochs before is not there: it could not come again. */
    private void checkBestModel(EpochHistory history) throws IOException {
        if (bestModel.isEmpty() || history.reports().isEmpty()) {
            return;
        }
        try {
            SegmentationModels.load(bestModel.get()).close();
        } catch (MalformedModelException | IOException e) {
            throw new IOException(
                    "the best model of the epochs before is lost: " + e.getMessage(), e);
        }
    }

    /**
     * Reads what the epochs of a checkpoint came to.
     *
     * @param checkpoint the file, see {@link Builder#optCheckpoint}
     * @return the reports of all its epochs that are validated
     * @throws IOException if the file, or that of the reports beside it, is missing or damaged
     */
    public static List<EpochReport> reports(Path checkpoint) throws IOException {
        return List.copyOf(EpochHistory.read(checkpoint, Checkpoint.read(checkpoint)).reports());
    }

    /**
     * Checks that the data is what the training of the checkpoint began with, as {@link #resume()}
     * does, and nothing else.
     *
     * @throws IOException if the data is not what it should be, or the checkpoint is missing or
     *     damaged
     * @throws IllegalArgumentException if a file has other contents, is new or missing; names the
     *     first one
     * @throws IllegalStateException if no checkpoint file is set
     */
    public void checkData() throws IOException {
        Path file = checkpointFile();
        DataFiles before = Checkpoint.readFiles(file);
        for (FolderSegmentationDataset data : dataSets().values()) {
            data.prepare();
        }
        checkFiles(before, file);
    }

    private Path checkpointFile() {
        return checkpoint.orElseThrow(
                () -> new IllegalStateException("checkpoint: expected a file, got none"));
    }

    /**
     * Checks all that {@link #run()} checks before it trains, and reads and writes nothing else.
     *
     * @throws IOException as {@link #run()}
     * @throws IllegalArgumentException as {@link #run()}
     */
    public void check() throws IOException {
        checkAllButInitialModel();
        if (initialModel.isPresent() && module.isPresent()) {
            throw new IllegalArgumentException(
                    String.format(
                            "initialModel: expected none with the TorchScript module %s, which holds"
                                    + " its weights, got %s",
                            module.get(), initialModel.get().folder()));
        }
        if (initialModel.isPresent()) {
            initialModel.get().check(description());
        }
    }

    private void checkAllButInitialModel() throws IOException {
        for (FolderSegmentationDataset data : dataSets().values()) {
            data.prepare();
        }
        List<String> classNames = training.getClassNames();
        if (!classNames.equals(validation.getClassNames())) {
            throw new IllegalArgumentException(
                    "validation: expected the classes of the training set, "
                            + Names.list(classNames)
                            + ", got "
                            + Names.list(validation.getClassNames())
                            + Names.difference(classNames, validation.getClassNames()));
        }
        if (!training.getNormalization().equals(validation.getNormalization())) {
            throw new IllegalArgumentException(
                    "validation: expected the normalization of the training set, "
                            + training.getNormalization()
                            + ", got "
                            + validation.getNormalization());
        }
        if (classNames.size() < 2) {
            throw new IllegalArgumentException(
                    "training: expected at least 2 classes, got " + Names.list(classNames));
        }
        try {
            decision.channels(classNames.size());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("training: " + e.getMessage(), e);
        }
        String engine = Engine.getDefaultEngineName();
        if (module.isPresent() && !engine.equals(EngineNames.PYTORCH)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: expected the engine PyTorch, which alone reads TorchScript, got %s",
                            module.get(), engine));
        }
        if (module.isPresent() && devices.size() > 1) {
            throw new IllegalArgumentException(
                    module.get()
                            + ": expected one device, as a TorchScript module stays on that which"
                            + " it was loaded to, got "
                            + devices);
        }
        checkPixels("training", training);
        checkPixels("validation", validation);
        checkClasses();
        if (module.isEmpty()) {
            checkBatches();
        } else {
            try (Model model = newModel(null)) {
                checkOutput(model);
            }
        }
    }

    /** Throws where a class cannot be learnt: it is mostly the labels that are wrong then. */
    private void checkClasses() {
        List<String> missing = training.getMissingClasses();
        if (allowMissingClasses || missing.isEmpty()) {
            return;
        }
        throw new IllegalArgumentException(
                String.format(
                        "training: expected valid pixels of every class in %s, got none of %s; %s",
                        training.getRoot().resolve("classes.txt"),
                        Names.some(missing),
                        training.looksLikeMasks()
                                ? "all labels are 0 or the ignore label 255, as in black and white"
                                        + " masks: write 1 in place of 255 in them, and ignore"
                                        + " nothing"
                                : "take them out, or allow missing classes"));
    }

    private static void checkPixels(String name, FolderSegmentationDataset data) {
        if (Arrays.stream(data.countPixels()).flatMapToLong(Arrays::stream).sum() == 0) {
            throw new IllegalArgumentException(
                    name + ": expected a valid pixel, got none: all are ignored");
        }
    }

    /** Throws for what batch normalisation would otherwise refuse in the middle of an epoch. */
    private void checkBatches() {
        int last = (int) ((training.size() - 1) % plan.batchSize()) + 1;
        int whole = (int) Math.min(training.size(), plan.batchSize());
        int smallest = Math.min(smallestPart(whole), smallestPart(last));
        if (smallest == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "batchSize: expected one with which %d devices have a part of every"
                                    + " batch, got %d, with batches of %d and a last one of %d of"
                                    + " the %d samples",
                            devices.size(), plan.batchSize(), whole, last, training.size()));
        }
        long rows = plan.cropHeight() - 1 >> plan.depth();
        long columns = plan.cropWidth() - 1 >> plan.depth();
        if (smallest == 1 && rows == 0 && columns == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "cropHeight and cropWidth: expected more than %d as one of %d samples"
                                    + " is a batch, or the part of a device, by itself, which batch"
                                    + " normalisation needs more than one value of, got %d x %d",
                            1 << plan.depth(),
                            training.size(),
                            plan.cropHeight(),
                            plan.cropWidth()));
        }
    }

    /** Returns how many samples of a batch the last device gets, as DJL deals them out. */
    private int smallestPart(int batch) {
        int parts = Math.min(Math.max(1, devices.size()), batch);
        int part = (batch + parts - 1) / parts;
        return Math.max(0, batch - (parts - 1) * part);
    }

    /** Returns what the numbers of a training depend on, but for threads and versions. */
    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        for (RecordComponent component : TrainingPlan.class.getRecordComponents()) {
            try {
                Object value = component.getAccessor().invoke(plan);
                settings.put(component.getName(), String.valueOf(value));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("a public record can be read", e);
            }
        }
        settings.put("loss", describe(loss));
        settings.put("devices", String.valueOf(Math.max(1, devices.size())));
        settings.put(
                "network",
                module.map(file -> "TorchScript").orElse("UNet")
                        + (decision == Decision.HIGHEST_LOGIT ? "" : ", " + decision));
        settings.put("classes", training.getClassNames().toString());
        settings.put("normalization", training.getNormalization().toString());
        settings.put("ignoreLabel", String.valueOf(training.getIgnoreLabel()));
        settings.putAll(moreSettings);
        return settings;
    }

    private static String describe(Loss loss) {
        if (loss instanceof LossSchedule schedule) {
            return schedule.getPhases().stream()
                    .map(phase -> phase.firstEpoch() + ": " + describe(phase.loss()))
                    .toList()
                    .toString();
        }
        return loss instanceof WeightedLoss sum
                ? sum.getName() + sum.getParts().stream().map(Loss::getName).toList()
                : loss.getName();
    }

    /** Returns the data sets by what they are used for. */
    private Map<String, FolderSegmentationDataset> dataSets() {
        Map<String, FolderSegmentationDataset> sets = new LinkedHashMap<>();
        sets.put("training", training);
        sets.put("validation", validation);
        test.ifPresent(data -> sets.put("test", data));
        return sets;
    }

    private TrainingResult train(Checkpoint last, EpochHistory history) throws IOException {
        deleteLeftovers();
        setRandomSeed(0);
        Model model = newModel(last);
        boolean done = false;
        try {
            TrainingResult result = train(model, last, history);
            done = true;
            return result;
        } finally {
            if (!done) {
                model.close();
            }
        }
    }

    /** Deletes what a training left that was killed while it saved. */
    private void deleteLeftovers() throws IOException {
        if (checkpoint.isPresent()) {
            Path file = checkpoint.get().toAbsolutePath();
            WholeFile.deleteLeftovers(file.getParent(), "." + file.getFileName() + ".");
        }
        if (bestModel.isPresent()) {
            WholeFile.deleteLeftovers(bestModel.get(), "unfinished-");
        }
    }

    /** Returns the device of the model, or null for the default one. */
    private Device firstDevice() {
        return devices.isEmpty() ? null : devices.get(0);
    }

    /** Returns the network to start with: new, from the module, or as it was at the checkpoint. */
    private Model newModel(Checkpoint last) throws IOException {
        try {
            if (module.isPresent()) {
                Model model = SegmentationModels.loadTorchScript(module.get(), firstDevice());
                return last == null ? model : reloaded(model, last.parameters());
            }
            Model model = Model.newInstance(name, firstDevice());
            model.setBlock(description().newBlock());
            if (last == null && initialModel.isPresent()) {
                initialModel.get().copyTo(model, description());
            } else if (last != null) {
                byte[] saved = last.parameters();
                SavedParameters.check(
                        new ByteArrayInputStream(saved), saved.length, model.getBlock());
                model.getBlock().loadParameters(model.getNDManager(), stream(last.parameters(), 0));
            }
            return model;
        } catch (MalformedModelException e) {
            String file = last == null ? "" : checkpoint.get() + ": parameters: ";
            throw new IOException(file + e.getMessage(), e);
        }
    }

    /** Returns a module as it was at the checkpoint: a block takes no other module in its place. */
    private static Model reloaded(Model model, byte[] parameters)
            throws IOException, MalformedModelException {
        try (model) {
            Model again =
                    Model.newInstance(
                            model.getName(), model.getNDManager().getDevice(), EngineNames.PYTORCH);
            ScriptModules.load(again, stream(parameters, MODULE_START));
            return again;
        }
    }

    private static DataInputStream stream(byte[] bytes, int start) {
        return new DataInputStream(new ByteArrayInputStream(bytes, start, bytes.length - start));
    }

    private SegmentationNetwork network() {
        return module.isPresent()
                ? TorchScriptNetwork.of(module.get())
                : new UNetNetwork(plan.baseWidth(), plan.depth());
    }

    private ModelDescription description() {
        return new ModelDescription(
                training.getClassNames(),
                network(),
                plan.cropHeight(),
                plan.cropWidth(),
                training.getNormalization(),
                decision);
    }

    /**
     * Makes what the engine draws depend on the seed and the epoch alone; 0 is before the first.
     */
    private void setRandomSeed(int epoch) {
        Engine.getInstance().setRandomSeed(engineSeed(epoch));
    }

    private int engineSeed(int epoch) {
        // A generator between, so that (1, 2) and (2, 1) share nothing.
        long both = (long) plan.seed() << 32 | epoch;
        return new SplittableRandom(both).nextInt();
    }

    private TrainingResult train(Model model, Checkpoint last, EpochHistory history)
            throws IOException {
        int batches = training.countBatches();
        Schedule learningRate = plan.newSchedule(batches);
        ResumableOptimizer optimizer = plan.newOptimizer(batches);
        LossMeans means = new LossMeans();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optOptimizer(optimizer)
                        .optDevices(
                                devices.size() > 1
                                        ? devices.toArray(Device[]::new)
                                        : new Device[] {model.getNDManager().getDevice()})
                        .addTrainingListeners(means);
        if (!Engine.getDefaultEngineName().equals(EngineNames.PYTORCH)) {
            config.optInitializer(new InitialWeights(engineSeed(0)), Parameter.Type.WEIGHT);
        }
        Map<String, String> settings = settings();
        String before =
                last == null
                        ? initialModel.map(InitialModel::text).orElse(null)
                        : last.settings().get(INITIAL_MODEL);
        if (before != null) {
            settings.put(INITIAL_MODEL, before);
        }
        DataFiles files = DataFiles.of(dataSets());
        int updates = 0;
        boolean stopped = false;
        boolean trainedBefore = last != null || initialModel.isPresent();
        try (Trainer trainer = newTrainer(model, config, trainedBefore);
                DecodingThreads decoding = new DecodingThreads()) {
            Shape input = new Shape(plan.batchSize(), 3, plan.cropHeight(), plan.cropWidth());
            if (module.isEmpty()) {
                trainer.initialize(input);
            } else {
                // DJL takes a module that was loaded to be in training mode, whatever it was saved
                // in; once asked without training, it sets the mode for every call.
                checkOutput(model);
            }
            if (last != null) {
                restore(last, optimizer, model, trainer);
                updates = last.updates();
                if (history.reports().size() < last.trained().epoch()) {
                    finish(model, history, last.trained(), last.stateSum());
                }
            }
            int first = history.reports().size() + 1;
            for (int epoch = first; epoch <= plan.epochs() && !stopped; epoch++) {
                long start = System.nanoTime();
                float rate = learningRate.getNewValue(updates + 1);
                setRandomSeed(epoch);
                training.setEpoch(epoch - 1);
                means.begin(losses(epoch));
                EpochReport trained;
                long state;
                try {
                    Seen seen = trainEpoch(trainer, means, epoch, batches, decoding.executor());
                    updates += seen.batches() - seen.skipped();
                    if (seen.batches() < batches) {
                        stopped = true;
                        break;
                    }
                    if (updates == 0) {
                        throw new IllegalArgumentException(
                                "training: expected a valid pixel in at least one batch, got none");
                    }
                    double seconds = (System.nanoTime() - start) / 1e9;
                    trained =
                            new EpochReport(
                                    epoch,
                                    rate,
                                    means.ofEpoch(),
                                    new ConfusionMatrix(0),
                                    seen.skipped(),
                                    seen.images(),
                                    seen.waitSeconds(),
                                    seconds,
                                    seconds);
                    state = save(model, optimizer, settings, files, updates, trained, history);
                } catch (IllegalStateException | MalformedDatasetException | OutOfMemoryError e) {
                    throw inEpoch(e, epoch);
                }
                finish(model, history, trained, state);
                stopped = epoch < plan.epochs() && stop.getAsBoolean();
            }
        }
        return new TrainingResult(model, description(), history.reports(), stopped);
    }

    /**
     * Returns the trainer. DJL's own takes a first step without any gradient for a mistake, which
     * it is where the weights are new.
     */
    private Trainer newTrainer(Model model, DefaultTrainingConfig config, boolean trainedBefore) {
        if (devices.size() > 1) {
            return new DataParallelTrainer(model, config);
        }
        return trainedBefore ? OneDeviceTrainer.of(model, config) : model.newTrainer(config);
    }

    private void restore(
            Checkpoint last, ResumableOptimizer optimizer, Model model, Trainer trainer)
            throws IOException {
        try {
            last.restore(optimizer, model.getBlock(), trainer.getManager());
        } catch (MalformedModelException e) {
            throw new IOException(checkpoint.orElseThrow() + ": " + e.getMessage(), e);
        }
    }

    /**
     * What an epoch saw.
     *
     * @param batches the number of batches; fewer than there are where it was stopped
     * @param skipped how many of them had no valid pixel
     * @param images the number of images
     * @param waitSeconds the time in which no batch was ready
     */
    private record Seen(int batches, int skipped, int images, double waitSeconds) {}

    private Seen trainEpoch(
            Trainer trainer, LossMeans means, int epoch, int batches, ExecutorService decoding)
            throws IOException {
        int number = 0;
        int skipped = 0;
        int images = 0;
        boolean stopped = false;
        List<Path> before = List.of();
        Waiting data = new Waiting(training.getData(trainer.getManager(), decoding));
        while (data.hasNext() && !stopped) {
            Batch batch = data.next();
            number++;
            Map<String, Float> losses = Map.of();
            if (hasValidPixel(batch, training.getIgnoreLabel())) {
                EasyTrain.trainBatch(trainer, batch);
                losses = means.ofBatch();
                if (!Float.isFinite(losses.get(loss.getName()))) {
                    throw nonFiniteLoss(trainer, batch, epoch, number, losses, before);
                }
                trainer.step();
                before = training.getImagePaths(batch);
            } else {
                // DJL takes gradients of nothing but zeros for a mistake and throws.
                skipped++;
            }
            if (number == batches && !areWeightsFinite(trainer)) {
                // No batch comes whose loss would tell, and what follows is saved.
                throw nonFiniteWeights(batch, epoch, number, losses, before);
            }
            images += batch.getSize();
            batch.close();
            progress.onBatch(epoch, number, batches, batch.getSize(), losses);
            stopped = stop.getAsBoolean();
        }
        return new Seen(number, skipped, images, data.seconds());
    }

    /**
     * Writes the checkpoint of an epoch that is trained. Before it is validated, which may fail for
     * reasons of its own.
     *
     * @return the check sum of what its validation depends on
     */
    private long save(
            Model model,
            ResumableOptimizer optimizer,
            Map<String, String> settings,
            DataFiles files,
            int updates,
            EpochReport trained,
            EpochHistory before)
            throws IOException {
        if (checkpoint.isEmpty()) {
            return 0;
        }
        try {
            Checkpoint made =
                    Checkpoint.of(
                            settings,
                            files,
                            updates,
                            trained,
                            before,
                            model.getBlock(),
                            optimizer,
                            model.getNDManager());
            made.write(checkpoint.get());
            return made.stateSum();
        } catch (IOException e) {
            throw new IOException(e.getMessage() + lastCheckpoint(trained.epoch() - 1), e);
        }
    }

    /**
     * Validates an epoch that is trained and saved, keeps its model if it is the best one yet, and
     * then its report: whoever is killed before that validates again, and saves the same model.
     */
    private void finish(Model model, EpochHistory history, EpochReport trained, long state)
            throws IOException {
        int epoch = trained.epoch();
        EpochReport report;
        try {
            long start = System.nanoTime();
            validation.setEpoch(epoch - 1);
            ConfusionMatrix counts = validate(model);
            report = trained.validated(counts, (System.nanoTime() - start) / 1e9);
            boolean best = history.best() == null || report.isBetterThan(history.best());
            if (bestModel.isPresent() && best) {
                SegmentationModels.save(model, description(), bestModel.get());
            }
            history.append(report, state);
        } catch (EvaluationException e) {
            throw new EvaluationException(inValidation(e, epoch), e);
        } catch (IOException e) {
            throw new IOException(inValidation(e, epoch), e);
        } catch (OutOfMemoryError e) {
            throw OutOfMemory.in(
                    e, "the validation of epoch " + epoch, "smaller tiles", unvalidated(epoch));
        }
        progress.onEpoch(report);
    }

    private String inValidation(Exception e, int epoch) {
        return e.getMessage() + " (in the validation of epoch " + epoch + ")" + unvalidated(epoch);
    }

    /** Says what there is to go back to where an epoch is trained and not validated. */
    private String unvalidated(int epoch) {
        return checkpoint.isEmpty()
                ? ""
                : "; the training of the epoch is kept, "
                        + checkpoint.get()
                        + ", and resuming begins with its validation";
    }

    private ConfusionMatrix validate(Model model) throws IOException {
        return SegmentationEvaluation.builder()
                .setModel(model)
                .optDescription(description())
                .optTileSize(tileHeight, tileWidth)
                .optOverlap(overlap)
                .build()
                .count(validation);
    }

    /** Throws unless the module gives logits for batches, the last one too, and for images. */
    private void checkOutput(Model model) {
        long last = (training.size() - 1) % plan.batchSize() + 1;
        checkOutput(model, plan.batchSize(), plan.cropHeight(), plan.cropWidth());
        checkOutput(model, last, plan.cropHeight(), plan.cropWidth());
        // Not more of an image than validation will show it.
        checkOutput(
                model,
                1,
                Math.min(validation.getHeight(0), tileHeight),
                Math.min(validation.getWidth(0), tileWidth));
    }

    private void checkOutput(Model model, long images, long height, long width) {
        Shape input = new Shape(images, 3, height, width);
        Shape expected = new Shape(images, description().channels(), height, width);
        String got;
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDList output =
                    model.getBlock()
                            .forward(
                                    new ParameterStore(manager, false),
                                    new NDList(manager.zeros(input)),
                                    false);
            if (output.size() == 1 && output.head().getShape().equals(expected)) {
                return;
            }
            got = output.stream().map(a -> a.getShape().toString()).toList().toString();
        } catch (RuntimeException e) {
            // The last line says what; those before are the stack of the module's code.
            String[] lines = Objects.toString(e.getMessage(), e.toString()).strip().split("\n");
            got = "the error " + lines[lines.length - 1].strip();
        }
        throw new IllegalArgumentException(
                String.format(
                        "%s: expected logits %s for images %s, got %s",
                        module.orElseThrow(), expected, input, got));
    }

    /** Counts the time in which an epoch waits for its next batch. */
    private static final class Waiting implements Iterator<Batch> {

        private final Iterator<Batch> batches;
        private long nanos;

        Waiting(Iterable<Batch> batches) {
            this.batches = batches.iterator();
        }

        @Override
        public boolean hasNext() {
            return batches.hasNext();
        }

        @Override
        public Batch next() {
            long start = System.nanoTime();
            Batch batch = batches.next();
            nanos += System.nanoTime() - start;
            return batch;
        }

        double seconds() {
            return nanos / 1e9;
        }
    }

    /** Chooses the loss of an epoch; returns the whole of it and then its parts. */
    private List<Loss> losses(int epoch) {
        List<Loss> losses = new ArrayList<>(List.of(loss));
        Loss active = loss;
        if (loss instanceof LossSchedule schedule) {
            schedule.setEpoch(epoch);
            active = schedule.getActive();
        }
        if (active instanceof WeightedLoss sum) {
            losses.addAll(sum.getParts());
        } else if (active != loss) {
            losses.add(active);
        }
        return losses;
    }

    /**
     * The values of the losses of an epoch. DJL's own listener would compute those of other epochs
     * too.
     */
    private static final class LossMeans extends TrainingListenerAdapter {

        private static final String EPOCH = "epoch";
        private static final String BATCH = "batch";

        private List<Loss> losses = List.of();

        /** Begins an epoch with these losses, the whole first. */
        void begin(List<Loss> losses) {
            this.losses = losses;
            losses.forEach(loss -> loss.addAccumulator(EPOCH));
        }

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            for (Loss loss : losses) {
                loss.addAccumulator(BATCH);
                batchData
                        .getLabels()
                        .forEach(
                                (device, labels) ->
                                        loss.updateAccumulators(
                                                new String[] {EPOCH, BATCH},
                                                labels,
                                                batchData.getPredictions().get(device)));
            }
        }

        /** Returns the losses of the last batch by name. */
        Map<String, Float> ofBatch() {
            return values(BATCH);
        }

        /** Returns the means over the batches of the epoch by name. */
        Map<String, Float> ofEpoch() {
            return values(EPOCH);
        }

        private Map<String, Float> values(String key) {
            Map<String, Float> values = new LinkedHashMap<>();
            losses.forEach(loss -> values.put(loss.getName(), loss.getAccumulator(key)));
            return values;
        }
    }

    /** Adds the epoch to what went wrong with the data, and what there is to go back to. */
    private IllegalStateException inEpoch(Throwable e, int epoch) throws IOException {
        try {
            return LoadingFault.unwrap(e);
        } catch (IOException fault) {
            throw new IOException(
                    fault.getMessage() + " (in epoch " + epoch + ")" + lastCheckpoint(epoch - 1),
                    fault);
        } catch (OutOfMemoryError error) {
            throw OutOfMemory.in(
                    error,
                    "epoch " + epoch,
                    "smaller batches, crops or images",
                    lastCheckpoint(epoch - 1));
        }
    }

    private static boolean hasValidPixel(Batch batch, int ignoreLabel) {
        for (int label : batch.getLabels().singletonOrThrow().toIntArray()) {
            if (label != ignoreLabel) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param before the images of the last batch that changed the weights in this epoch
     */
    private NonFiniteLossException nonFiniteLoss(
            Trainer trainer,
            Batch batch,
            int epoch,
            int number,
            Map<String, Float> losses,
            List<Path> before) {
        String parts =
                losses.size() == 1
                        ? ""
                        : losses.entrySet().stream()
                                .skip(1)
                                .map(part -> part.getKey() + " " + part.getValue())
                                .collect(Collectors.joining(", ", " (", ")"));
        String fault =
                String.format(
                        "%s: expected a finite number, got %s%s",
                        loss.getName(), losses.get(loss.getName()), parts);
        String cause =
                areWeightsFinite(trainer)
                        ? ""
                        : "; the weights are not finite since the batch before"
                                + (before.isEmpty() ? "" : ", of " + names(before));
        return nonFinite(fault, cause, batch, epoch, number, losses);
    }

    private NonFiniteLossException nonFiniteWeights(
            Batch batch, int epoch, int number, Map<String, Float> losses, List<Path> before) {
        return nonFinite(
                "weights: expected finite numbers after the step, got NaN or infinity",
                losses.isEmpty() ? " and the batch before, of " + names(before) : "",
                batch,
                epoch,
                number,
                losses);
    }

    private NonFiniteLossException nonFinite(
            String fault,
            String cause,
            Batch batch,
            int epoch,
            int number,
            Map<String, Float> losses) {
        List<Path> images = training.getImagePaths(batch);
        String saved = "";
        Optional<Path> file = Optional.empty();
        Exception unsaved = null;
        if (badBatches.isPresent()) {
            try {
                Path copy =
                        new BadBatch(epoch, number, images, losses).save(batch, badBatches.get());
                file = Optional.of(copy);
                saved = "; the batch is saved as " + copy;
            } catch (IOException | RuntimeException e) {
                // What led here matters more.
                unsaved = e;
                saved = "; the batch cannot be saved: " + e.getMessage();
            }
        }
        NonFiniteLossException e =
                new NonFiniteLossException(
                        String.format(
                                "%s in epoch %d, batch %d, of %s%s%s%s; a smaller learning rate may"
                                        + " help, in a new training",
                                fault,
                                epoch,
                                number,
                                names(images),
                                cause,
                                saved,
                                lastCheckpoint(epoch - 1)),
                        epoch,
                        number,
                        images,
                        file);
        if (unsaved != null) {
            e.addSuppressed(unsaved);
        }
        return e;
    }

    private static String names(List<Path> images) {
        return Names.some(images.stream().map(image -> image.getFileName().toString()).toList());
    }

    /** Says what there is to go back to after an epoch, for the end of a message. */
    private String lastCheckpoint(int epochs) {
        if (checkpoint.isEmpty()) {
            return "";
        }
        return epochs == 0
                ? "; there is no checkpoint yet"
                : "; the checkpoint of epoch " + epochs + " is kept, " + checkpoint.get();
    }

    private static boolean areWeightsFinite(Trainer trainer) {
        for (Pair<String, Parameter> parameter : trainer.getModel().getBlock().getParameters()) {
            NDArray array = parameter.getValue().getArray();
            // 0, or NaN where one is NaN or infinite.
            try (NDScope copies = new NDScope();
                    NDArray zeros = array.sub(array);
                    NDArray sum = zeros.sum();
                    NDArray number = sum.toType(DataType.FLOAT64, true)) {
                // Of an array on a GPU, DJL makes a copy that its manager keeps.
                copies.suppressNotUsedWarning();
                if (number.getDouble() != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Counts what a model predicts on a data set; large images by tiles of the default size, see
     * {@link SegmentationEvaluation}.
     *
     * @param model the model, of logits with the class axis second, or of what the description in
     *     its properties says
     * @param data the data set
     * @return the counts over all its valid pixels
     * @throws IOException if the data is not what it should be
     * @throws EvaluationException if the engine fails, such as for want of memory
     */
    public static ConfusionMatrix evaluate(Model model, FolderSegmentationDataset data)
            throws IOException {
        return SegmentationEvaluation.builder().setModel(model).build().count(data);
    }

    /** Builds a {@link SegmentationTraining}. Plan, loss and both data sets must be set. */
    public static final class Builder {

        private String name = "unet";
        private TrainingPlan plan;
        private Loss loss;
        private FolderSegmentationDataset training;
        private FolderSegmentationDataset validation;
        private FolderSegmentationDataset test;
        private Path module;
        private InitialModel initialModel;
        private Path checkpoint;
        private Path bestModel;
        private Path badBatches;
        private int tileHeight = TiledPredictor.TILE_SIZE;
        private int tileWidth = TiledPredictor.TILE_SIZE;
        private int overlap = TiledPredictor.OVERLAP;
        private List<Device> devices = List.of();
        private Decision decision = Decision.HIGHEST_LOGIT;
        private TrainingProgress progress = new TrainingProgress() {};
        private BooleanSupplier stop = () -> false;
        private boolean allowMissingClasses;
        private final Map<String, String> settings = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the hyper-parameters.
         *
         * @param plan the plan
         * @return this builder
         */
        public Builder setPlan(TrainingPlan plan) {
            this.plan = plan;
            return this;
        }

        /**
         * Sets the loss. It must ignore {@link FolderSegmentationDataset#getIgnoreLabel()}, with
         * which samples are padded even where the files ignore nothing. A {@link LossSchedule} is
         * told of every epoch; the parts of a {@link WeightedLoss} are reported too.
         *
         * @param loss the loss
         * @return this builder
         */
        public Builder setLoss(Loss loss) {
            this.loss = loss;
            return this;
        }

        /**
         * Sets the data set to train on, see {@link TrainingPlan#trainingSet}.
         *
         * @param training the data set
         * @return this builder
         */
        public Builder setTrainingSet(FolderSegmentationDataset training) {
            this.training = training;
            return this;
        }

        /**
         * Sets the data set to evaluate on after every epoch, see {@link
         * TrainingPlan#evaluationSet}.
         *
         * @param validation the data set, of the classes of the training set
         * @return this builder
         */
        public Builder setValidationSet(FolderSegmentationDataset validation) {
            this.validation = validation;
            return this;
        }

        /**
         * Sets the data set that the model will be evaluated on in the end. Nothing is done with it
         * here; but a training that is resumed makes sure that its files, too, are those that the
         * training began with.
         *
         * @param test the data set; none by default
         * @return this builder
         */
        public Builder optTestSet(FolderSegmentationDataset test) {
            this.test = test;
            return this;
        }

        /**
         * Sets the name of the model.
         *
         * @param name the name; "unet" by default, that of the file for a TorchScript module
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Objects.requireNonNull(name, "name: expected a name, got null");
            return this;
        }

        /**
         * Sets a network to train on in place of a new U-Net; base width and depth of the plan are
         * not used then.
         *
         * @param module a TorchScript file, see {@link SegmentationModels#loadTorchScript}
         * @return this builder
         */
        public Builder optTorchScript(Path module) {
            this.module = module;
            return this;
        }

        /**
         * Sets how the network's output becomes labels, and with that how many channels it has. The
         * loss must be one for that output.
         *
         * @param decision the decision; {@link Decision#HIGHEST_LOGIT} by default, {@link
         *     Decision#SCORE_ABOVE_ZERO} for {@link io.github.lovaszdjl.loss.LovaszHingeLoss} and
         *     {@link io.github.lovaszdjl.loss.LovaszSigmoidLoss}, which train one score a pixel
         * @return this builder
         */
        public Builder optDecision(Decision decision) {
            this.decision =
                    Objects.requireNonNull(decision, "decision: expected a decision, got null");
            return this;
        }

        /**
         * Sets a saved model to start from the weights of, in place of new ones: a U-Net of the
         * base width and depth of the plan, trained with the normalization of the data sets. Only
         * {@link SegmentationTraining#run()} reads it: a training that goes on has its weights in
         * the checkpoint, where the name of the folder is too.
         *
         * @param folder the folder, see {@link SegmentationModels#save}; none by default
         * @param withClassifier whether its last layer is taken too, for which its classes must be
         *     those of the data sets; otherwise the last layer starts as in a new network
         * @return this builder
         */
        public Builder optInitialModel(Path folder, boolean withClassifier) {
            Objects.requireNonNull(folder, "folder: expected a folder, got null");
            this.initialModel = new InitialModel(folder, withClassifier);
            return this;
        }

        /**
         * Sets the device to train on, or several: each takes a part of every batch, see {@link
         * DataParallelTrainer}. The first, by number, also evaluates.
         *
         * @param devices the devices, in any order; the default one of the engine by default
         * @return this builder
         * @throws IllegalArgumentException if one is given twice
         */
        public Builder optDevices(Device... devices) {
            if (new HashSet<>(List.of(devices)).size() < devices.length) {
                throw new IllegalArgumentException(
                        "devices: expected each once, got " + Arrays.toString(devices));
            }
            this.devices =
                    Arrays.stream(devices)
                            .sorted(Comparator.comparingInt(Device::getDeviceId))
                            .toList();
            return this;
        }

        /**
         * Sets the file to which every epoch writes what {@link SegmentationTraining#resume()}
         * needs, as soon as it is trained, before it is validated. It is replaced in one step:
         * whenever the process dies, it holds one whole epoch. Beside it a file of the same name
         * and {@code .epochs} grows by a line with the report of every epoch that is validated; one
         * is of no use without the other.
         *
         * @param file the file; none by default
         * @return this builder
         */
        public Builder optCheckpoint(Path file) {
            this.checkpoint = file;
            return this;
        }

        /**
         * Sets the folder that keeps the model of the epoch with the highest mean IoU on the
         * validation set, see {@link SegmentationModels#save}.
         *
         * @param folder the folder; none by default
         * @return this builder
         */
        public Builder optBestModel(Path folder) {
            this.bestModel = folder;
            return this;
        }

        /**
         * Sets the folder to which a batch is saved whose loss is NaN or infinite: {@code
         * nan-batch-epochE-batchB.npz} with the arrays {@code data} (N, 3, H, W) and {@code labels}
         * (N, H, W) as the network got them, for NumPy and {@code NDList.decode}, and a {@code
         * .json} of the same name with the losses and the image files.
         *
         * @param folder the folder; none by default
         * @return this builder
         */
        public Builder optBadBatches(Path folder) {
            this.badBatches = folder;
            return this;
        }

        /**
         * Sets the largest size of image that is validated whole. Larger ones are by tiles of this
         * size, see {@link SegmentationEvaluation}.
         *
         * @param height the height in pixels, a multiple of 32; 512 by default
         * @param width the width in pixels, a multiple of 32; 512 by default
         * @return this builder
         */
        public Builder optTileSize(int height, int width) {
            tileHeight = height;
            tileWidth = width;
            return this;
        }

        /**
         * Sets how many pixels neighbouring tiles share in validation.
         *
         * @param pixels the overlap, rounded up to a multiple of 32; 64 by default
         * @return this builder
         */
        public Builder optOverlap(int pixels) {
            overlap = pixels;
            return this;
        }

        /**
         * Sets who is told about batches and epochs.
         *
         * @param progress the listener; nobody by default
         * @return this builder
         */
        public Builder optProgress(TrainingProgress progress) {
            this.progress =
                    Objects.requireNonNull(progress, "progress: expected an object, got null");
            return this;
        }

        /**
         * Sets what is asked after every batch whether to stop. The epoch that is stopped is done
         * again on resuming.
         *
         * @param stop returns true to stop; never by default
         * @return this builder
         */
        public Builder optStop(BooleanSupplier stop) {
            this.stop = Objects.requireNonNull(stop, "stop: expected a question, got null");
            return this;
        }

        /**
         * Sets whether classes may have no valid pixel in the training set. Nobody can learn such a
         * class; mostly the labels are not what they should be. One that is missing in the
         * validation set alone is no fault: its IoU is NaN there and left out of the mean.
         *
         * @param allow whether they may; false by default
         * @return this builder
         */
        public Builder optAllowMissingClasses(boolean allow) {
            allowMissingClasses = allow;
            return this;
        }

        /**
         * Adds a setting that a resumed training must share with the one it goes on with. Plan,
         * data and the names of the losses are compared anyway; weights and options of losses are
         * not known here.
         *
         * @param name its name, such as "class weights"
         * @param value its value
         * @return this builder
         */
        public Builder optSetting(String name, String value) {
            settings.put(
                    Objects.requireNonNull(name, "name: expected a name, got null"),
                    Objects.requireNonNull(value, "value: expected a value, got null"));
            return this;
        }

        /**
         * Builds the training. Nothing is read yet.
         *
         * @return the training
         * @throws NullPointerException if plan, loss or a data set is not set
         * @throws IllegalArgumentException if tile size or overlap are none that {@link
         *     TiledPredictor} takes
         */
        public SegmentationTraining build() {
            TiledPredictor.checkTiles(tileHeight, tileWidth, overlap);
            return new SegmentationTraining(this);
        }
    }
}
