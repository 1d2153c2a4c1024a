package io.github.lovaszdjl.training;

import ai.djl.Model;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Trains a network on a data set: a new {@link io.github.lovaszdjl.model.UNet UNet}, or another one
 * that {@link Builder#optNetwork} is given.
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
 * <p><b>Losses that are not finite.</b> Where the loss of a batch is NaN or infinite, the training
 * stops before that changes the weights, and the {@link NonFiniteLossException} tells which images
 * the batch is of; {@link Builder#optBadBatches} keeps a copy of it. Gradients are not looked at:
 * those that are NaN though the loss is finite spoil the weights, and are noticed by the loss of
 * the next batch, or after the last batch of the epoch by the weights themselves. A checkpoint and
 * the best model therefore never hold such weights.
 *
 * <p><b>Parts.</b> Checkpoint, best model, the guard against such losses and progress are told of
 * what happens as {@link TrainingCallback}s; {@link Builder#optCallback} adds another.
 *
 * <p>A new U-Net starts from the weights that PyTorch draws from the seed, whatever the engine, or
 * from those of a saved model, see {@link Builder#optInitialModel}, or a file of published ones,
 * see {@link Builder#optWeights}.
 *
 * <p><b>Rounds.</b> With {@link Builder#optRounds} several processes, or machines, train parts of
 * an epoch, and what they come to is averaged. All else stays as it is.
 *
 * <p>One training at a time in a process: DJL has one collector of gradients.
 */
public final class SegmentationTraining {

    private final TrainingSetup setup;

    private SegmentationTraining(TrainingSetup setup) {
        this.setup = setup;
    }

    /** Returns what it was built with. */
    TrainingSetup setup() {
        return setup;
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
     *     of a batch, an initial model or weights do not fit, a module's output is not (N,
     *     channels, H, W) or it is for several devices, or DJL's default engine is not PyTorch,
     *     which a module needs
     * @throws NonFiniteLossException if the loss of a batch is NaN or infinite, or weights are
     *     after the last batch of an epoch
     * @throws OutOfMemoryError if Java's memory does not suffice, also on a thread that decodes;
     *     names the epoch and what helps
     */
    public TrainingResult run() throws IOException {
        int outputs = checkedOutputs();
        return new TrainingSession(setup, outputs).run(Optional.empty());
    }

    /**
     * Goes on after the last epoch of the checkpoint. Where all epochs are done, this returns the
     * model as it is.
     *
     * <p>The number of epochs and the patience may be others than before, and everything else of
     * the plan may not. Epochs that are done stay as they are; from there on the learning rate is
     * that which the schedule of the new number of epochs has at the same update. With {@link
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
        ResumePoint last = ResumePoint.read(checkpointFile());
        int outputs = checkedOutputs(last);
        return new TrainingSession(setup, outputs).run(Optional.of(last));
    }

    /**
     * Checks all that {@link #resume()} checks before it trains, and reads and writes nothing else.
     *
     * @throws IOException as {@link #resume()}
     * @throws IllegalArgumentException as {@link #resume()}
     * @throws IllegalStateException if no checkpoint file is set
     */
    public void checkResume() throws IOException {
        checkedOutputs(ResumePoint.read(checkpointFile()));
    }

    private int checkedOutputs(ResumePoint last) throws IOException {
        int outputs = new TrainingChecks(setup).check();
        last.check(setup);
        return outputs;
    }

    /**
     * Checks all that {@link #run()} checks before it trains, and reads and writes nothing else.
     *
     * @throws IOException as {@link #run()}
     * @throws IllegalArgumentException as {@link #run()}
     */
    public void check() throws IOException {
        checkedOutputs();
    }

    private int checkedOutputs() throws IOException {
        TrainingChecks checks = new TrainingChecks(setup);
        checks.checkBeforeData();
        int outputs = checks.check();
        checks.checkInitialValues();
        return outputs;
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
        for (SegmentationDataset data : setup.dataSets().values()) {
            data.prepare();
        }
        ResumePoint.checkFiles(setup, before, file);
    }

    /**
     * Trains at learning rates that rise, to find the highest that is good: from the same beginning
     * as {@link #run()}, over as many epochs as that takes, until the smoothed loss is four times
     * its lowest. Nothing is written, no callback is called, and the model is not kept.
     *
     * @param from the first learning rate, finite and above 0
     * @param to the last one, above the first
     * @param updates how many updates there are to be, at least 10
     * @return the losses; of fewer updates where the loss rose so far or the training was stopped
     * @throws IOException as {@link #run()}
     * @throws IllegalArgumentException as {@link #run()}, if a value is out of range, or the
     *     training is one in rounds
     */
    public LearningRateTest testLearningRates(float from, float to, int updates)
            throws IOException {
        RangeTest test = new RangeTest(from, to, updates);
        if (setup.rounds().isPresent()) {
            throw new IllegalArgumentException(
                    "rounds: expected none for a test of learning rates, got some");
        }
        return new TrainingSession(setup, checkedOutputs()).run(test);
    }

    private Path checkpointFile() {
        return setup.checkpoint()
                .orElseThrow(
                        () -> new IllegalStateException("checkpoint: expected a file, got none"));
    }

    /**
     * Reads what the epochs of a checkpoint came to.
     *
     * @param checkpoint the file, see {@link Builder#optCheckpoint}
     * @return the reports of all its epochs that are validated
     * @throws IOException if the file, or that of the reports beside it, is missing or damaged
     */
    public static List<EpochReport> reports(Path checkpoint) throws IOException {
        return List.copyOf(ResumePoint.read(checkpoint).history().reports());
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
    public static ConfusionMatrix evaluate(Model model, SegmentationDataset data)
            throws IOException {
        return SegmentationEvaluation.builder().setModel(model).build().count(data);
    }

    /** Builds a {@link SegmentationTraining}. Plan, loss and both data sets must be set. */
    public static final class Builder extends SegmentationTrainingOptions {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets that the training is done in rounds: in each, the parts take steps on batches of
         * their own, from the same state, and the states that they come to are averaged, see {@link
         * Round}, {@link StateAverage} and {@link RoundPlan}. The learning rate goes by the updates
         * of a part, of which an epoch has fewer then.
         *
         * <p>The parts are trained by a {@link PartTrainer} each, which needs a training of the
         * same plan, loss, data and network without rounds. One part comes to the numbers of a
         * training without rounds, to the bit. Callbacks hear of {@linkplain
         * TrainingCallback#onRound rounds} in place of batches, and one that stops the training is
         * asked after every round.
         *
         * @param plan how
         * @param executor has the parts trained; stays open
         * @return this builder
         */
        public Builder optRounds(RoundPlan plan, RoundExecutor executor) {
            rounds =
                    new Rounds(
                            Objects.requireNonNull(plan, "plan: expected a plan, got null"),
                            Objects.requireNonNull(executor, "executor: expected one, got null"));
            return this;
        }

        /**
         * Sets a saved model whose class probabilities are a part of the labels, {@link
         * SoftLabelPlan#distill} in the plan. It has the classes and the normalization of the data
         * sets, and is on the first device. A training that goes on needs the same one.
         *
         * @param folder the folder, see {@link io.github.lovaszdjl.model.SegmentationModels#save};
         *     none by default
         * @return this builder
         */
        public Builder optTeacher(Path folder) {
            teacher = Objects.requireNonNull(folder, "folder: expected a folder, got null");
            return this;
        }

        /**
         * Sets a loss of what the teacher says, for a training whose own loss takes no class
         * probabilities, such as a Lovász loss. Labels stay one class a pixel then, unless they are
         * mixed. With the part d and the temperature T of the {@link SoftLabelPlan}, logits z and
         * those of the teacher z', the training minimises
         *
         * <pre>
         *   (1 − d) L(labels, z) + d T² D(softmax(z' / T), z / T)
         * </pre>
         *
         * <p>Reported are this, L with its parts, and D as "teacher".
         *
         * @param loss D, which takes class probabilities and is no {@link
         *     io.github.lovaszdjl.loss.LossSchedule}; by default there is none, and L is of labels
         *     that the teacher has a part of
         * @return this builder
         */
        public Builder optDistillLoss(Loss loss) {
            distillLoss = Objects.requireNonNull(loss, "loss: expected a loss, got null");
            return this;
        }

        /**
         * Sets the views in which images are validated. A training that is resumed must have them,
         * too.
         *
         * @param views the views; {@link TestTimeAugmentation#none()} by default
         * @return this builder
         */
        public Builder optTestTimeAugmentation(TestTimeAugmentation views) {
            augmentation = Objects.requireNonNull(views, "augmentation: expected one, got null");
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
            return new SegmentationTraining(setup());
        }
    }
}
