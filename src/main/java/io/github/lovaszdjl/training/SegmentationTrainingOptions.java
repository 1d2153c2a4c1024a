package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.nn.BlockFactory;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.BlockNetwork;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.UNetNetwork;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The options of a {@link SegmentationTraining}. */
abstract sealed class SegmentationTrainingOptions permits SegmentationTraining.Builder {

    private String name;
    private TrainingPlan plan;
    private Loss loss;
    private SegmentationDataset training;
    private SegmentationDataset validation;
    private SegmentationDataset test;
    private SegmentationNetwork network;
    private InitialValues initialValues;
    Path teacher;
    Loss distillLoss;
    private Path checkpoint;
    private Path bestModel;
    private Path badBatches;
    private int tileHeight = TiledPredictor.TILE_SIZE;
    private int tileWidth = TiledPredictor.TILE_SIZE;
    private int overlap = TiledPredictor.OVERLAP;
    TestTimeAugmentation augmentation = TestTimeAugmentation.none();
    private List<Device> devices = List.of();
    private Decision decision = Decision.HIGHEST_LOGIT;
    private TrainingProgress progress = new TrainingProgress() {};
    private final List<TrainingCallback> callbacks = new ArrayList<>();
    Rounds rounds;
    private BooleanSupplier stop = () -> false;
    private boolean allowMissingClasses;
    private final Map<String, String> settings = new LinkedHashMap<>();

    abstract SegmentationTraining.Builder self();

    /** Returns what was set. */
    TrainingSetup setup() {
        TiledPredictor.checkTiles(tileHeight, tileWidth, overlap);
        Objects.requireNonNull(plan, "plan: expected a plan, got null");
        SegmentationNetwork trained =
                network == null ? new UNetNetwork(plan.baseWidth(), plan.depth()) : network;
        return new TrainingSetup(
                name == null ? trained.modelName() : name,
                plan,
                loss,
                training,
                validation,
                Optional.ofNullable(test),
                trained,
                Optional.ofNullable(initialValues),
                Optional.ofNullable(teacher),
                Optional.ofNullable(distillLoss),
                Optional.ofNullable(checkpoint),
                Optional.ofNullable(bestModel).map(BestModel::new),
                Optional.ofNullable(badBatches),
                new TrainingSetup.Tiles(tileHeight, tileWidth, overlap, augmentation),
                devices,
                decision,
                progress,
                callbacks,
                Optional.ofNullable(rounds),
                stop,
                allowMissingClasses,
                settings);
    }

    /**
     * Sets the hyper-parameters.
     *
     * @param plan the plan
     * @return this builder
     */
    public SegmentationTraining.Builder setPlan(TrainingPlan plan) {
        this.plan = plan;
        return self();
    }

    /**
     * Sets the loss. It must ignore {@link SegmentationDataset#getIgnoreLabel()}, with which
     * samples are padded even where the files ignore nothing. A {@link LossSchedule} is told of
     * every epoch; the parts of a {@link WeightedLoss} are reported too.
     *
     * @param loss the loss
     * @return this builder
     */
    public SegmentationTraining.Builder setLoss(Loss loss) {
        this.loss = loss;
        return self();
    }

    /**
     * Sets the data set to train on, see {@link TrainingPlan#trainingSet}.
     *
     * @param training the data set
     * @return this builder
     */
    public SegmentationTraining.Builder setTrainingSet(SegmentationDataset training) {
        this.training = training;
        return self();
    }

    /**
     * Sets the data set to evaluate on after every epoch, see {@link TrainingPlan#evaluationSet}.
     *
     * @param validation the data set, of the classes of the training set
     * @return this builder
     */
    public SegmentationTraining.Builder setValidationSet(SegmentationDataset validation) {
        this.validation = validation;
        return self();
    }

    /**
     * Sets the data set that the model will be evaluated on in the end. Nothing is done with it
     * here; but a training that is resumed makes sure that its files, too, are those that the
     * training began with.
     *
     * @param test the data set; none by default
     * @return this builder
     */
    public SegmentationTraining.Builder optTestSet(SegmentationDataset test) {
        this.test = test;
        return self();
    }

    /**
     * Sets the name of the model.
     *
     * @param name the name; that of the network by default, such as "unet" or "resnet18-unet", and
     *     always that of the file for a TorchScript module
     * @return this builder
     */
    public SegmentationTraining.Builder optName(String name) {
        this.name = Objects.requireNonNull(name, "name: expected a name, got null");
        return self();
    }

    /**
     * Sets a TorchScript module to train on in place of a new U-Net, see {@link #optNetwork}.
     *
     * @param module a TorchScript file, see {@link SegmentationModels#loadTorchScript}; null for a
     *     new U-Net
     * @return this builder
     */
    public SegmentationTraining.Builder optTorchScript(Path module) {
        return optNetwork(module == null ? null : TorchScriptNetwork.of(module));
    }

    /**
     * Sets the network to train: a {@link UNetNetwork}, a {@link TorchScriptNetwork} or a {@link
     * BlockNetwork} of a block of your own.
     *
     * @param network the network; null, the default, for a new U-Net of the base width and depth of
     *     the plan, which no other network uses
     * @return this builder
     */
    public SegmentationTraining.Builder optNetwork(SegmentationNetwork network) {
        this.network = network;
        return self();
    }

    /**
     * Sets a block of your own to train, see {@link BlockNetwork}.
     *
     * @param factory makes the block, for the training and whenever a saved model is loaded: a
     *     public class with a public constructor without arguments
     * @return this builder
     * @throws IllegalArgumentException if it has no such constructor
     */
    public SegmentationTraining.Builder optNetwork(Class<? extends BlockFactory> factory) {
        return optNetwork(new BlockNetwork(factory));
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
    public SegmentationTraining.Builder optDecision(Decision decision) {
        this.decision = Objects.requireNonNull(decision, "decision: expected a decision, got null");
        return self();
    }

    /**
     * Sets a saved model to start from the weights of, in place of new ones: a U-Net of the base
     * width and depth of the plan, trained with the normalization of the data sets. Only {@link
     * SegmentationTraining#run()} reads it: a training that goes on has its weights in the
     * checkpoint, where the name of the folder is too.
     *
     * @param folder the folder, see {@link SegmentationModels#save}; none by default
     * @param withClassifier whether its last layer is taken too, for which its classes must be
     *     those of the data sets; otherwise the last layer starts as in a new network
     * @return this builder
     * @throws IllegalArgumentException if there are {@linkplain #optWeights weights} of a file
     */
    public SegmentationTraining.Builder optInitialModel(Path folder, boolean withClassifier) {
        Objects.requireNonNull(folder, "folder: expected a folder, got null");
        initialValues = new InitialModel(folder, withClassifier).instead(initialValues);
        return self();
    }

    /**
     * Sets weights to start from, in place of new ones: of the encoder of the network, such as
     * published ones, or of all of it. The data sets must have {@linkplain
     * PretrainedWeights#normalization() their normalization}. Only {@link
     * SegmentationTraining#run()} reads the file, whose name and SHA-256 are in the checkpoint.
     *
     * @param weights the weights; none by default
     * @return this builder
     * @throws IllegalArgumentException if there is an initial model
     */
    public SegmentationTraining.Builder optWeights(PretrainedWeights weights) {
        Objects.requireNonNull(weights, "weights: expected weights, got null");
        initialValues = new InitialFile(weights).instead(initialValues);
        return self();
    }

    /**
     * Sets the device to train on, or several: each takes a part of every batch, see {@link
     * DataParallelTrainer}. The first, by number, also evaluates.
     *
     * @param devices the devices, in any order; the default one of the engine by default
     * @return this builder
     * @throws IllegalArgumentException if one is given twice
     */
    public SegmentationTraining.Builder optDevices(Device... devices) {
        if (new HashSet<>(List.of(devices)).size() < devices.length) {
            throw new IllegalArgumentException(
                    "devices: expected each once, got " + Arrays.toString(devices));
        }
        this.devices =
                Arrays.stream(devices)
                        .sorted(Comparator.comparingInt(Device::getDeviceId))
                        .toList();
        return self();
    }

    /**
     * Sets the file to which every epoch writes what {@link SegmentationTraining#resume()} needs,
     * as soon as it is trained, before it is validated. It is replaced in one step: whenever the
     * process dies, it holds one whole epoch. Beside it a file of the same name and {@code .epochs}
     * grows by a line with the report of every epoch that is validated; one is of no use without
     * the other.
     *
     * @param file the file; none by default
     * @return this builder
     */
    public SegmentationTraining.Builder optCheckpoint(Path file) {
        this.checkpoint = file;
        return self();
    }

    /**
     * Sets the folder that keeps the model of the epoch with the highest mean IoU on the validation
     * set, see {@link SegmentationModels#save}.
     *
     * @param folder the folder; none by default
     * @return this builder
     */
    public SegmentationTraining.Builder optBestModel(Path folder) {
        this.bestModel = folder;
        return self();
    }

    /**
     * Sets the folder to which a batch is saved whose loss is NaN or infinite: {@code
     * nan-batch-epochE-batchB.npz} with the arrays {@code data} (N, 3, H, W) and {@code labels} (N,
     * H, W) as the network got them, for NumPy and {@code NDList.decode}, and a {@code .json} of
     * the same name with the losses and the image files.
     *
     * @param folder the folder; none by default
     * @return this builder
     */
    public SegmentationTraining.Builder optBadBatches(Path folder) {
        this.badBatches = folder;
        return self();
    }

    /**
     * Sets the largest size of image that is validated whole. Larger ones are by tiles of this
     * size, see {@link SegmentationEvaluation}.
     *
     * @param height the height in pixels, a multiple of 32; 512 by default
     * @param width the width in pixels, a multiple of 32; 512 by default
     * @return this builder
     */
    public SegmentationTraining.Builder optTileSize(int height, int width) {
        tileHeight = height;
        tileWidth = width;
        return self();
    }

    /**
     * Sets how many pixels neighbouring tiles share in validation.
     *
     * @param pixels the overlap, rounded up to a multiple of 32; 64 by default
     * @return this builder
     */
    public SegmentationTraining.Builder optOverlap(int pixels) {
        overlap = pixels;
        return self();
    }

    /**
     * Sets who is told about batches and epochs.
     *
     * @param progress the listener; nobody by default
     * @return this builder
     */
    public SegmentationTraining.Builder optProgress(TrainingProgress progress) {
        this.progress = Objects.requireNonNull(progress, "progress: expected an object, got null");
        return self();
    }

    /**
     * Adds a part that acts at the events of the training. It is told after the best model is kept
     * and before the checkpoint and the progress, several in the order in which they are added.
     *
     * @param callback the part
     * @return this builder
     */
    public SegmentationTraining.Builder optCallback(TrainingCallback callback) {
        callbacks.add(Objects.requireNonNull(callback, "callback: expected an object, got null"));
        return self();
    }

    /**
     * Sets what is asked after every batch whether to stop. The epoch that is stopped is done again
     * on resuming.
     *
     * @param stop returns true to stop; never by default
     * @return this builder
     */
    public SegmentationTraining.Builder optStop(BooleanSupplier stop) {
        this.stop = Objects.requireNonNull(stop, "stop: expected a question, got null");
        return self();
    }

    /**
     * Sets whether classes may have no valid pixel in the training set. Nobody can learn such a
     * class; mostly the labels are not what they should be. One that is missing in the validation
     * set alone is no fault: its IoU is NaN there and left out of the mean.
     *
     * @param allow whether they may; false by default
     * @return this builder
     */
    public SegmentationTraining.Builder optAllowMissingClasses(boolean allow) {
        allowMissingClasses = allow;
        return self();
    }

    /**
     * Adds a setting that a resumed training must share with the one it goes on with. Plan, data
     * and the names of the losses are compared anyway; weights and options of losses are not known
     * here.
     *
     * @param name its name, such as "class weights"
     * @param value its value
     * @return this builder
     */
    public SegmentationTraining.Builder optSetting(String name, String value) {
        settings.put(
                Objects.requireNonNull(name, "name: expected a name, got null"),
                Objects.requireNonNull(value, "value: expected a value, got null"));
        return self();
    }
}
