package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.AdamW;
import ai.djl.training.tracker.Tracker;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.UNet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Trains a {@link UNet} on a folder data set.
 *
 * <pre>{@code
 * TrainingPlan plan = TrainingPlan.builder().build();
 * Path root = Path.of("datasets/earth");
 * try (TrainingResult result =
 *         SegmentationTraining.run(
 *                 "earth",
 *                 plan,
 *                 LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build(),
 *                 plan.trainingSet(root, OptionalInt.empty()),
 *                 plan.evaluationSet(root, "val", OptionalInt.empty()),
 *                 new TrainingProgress() {})) {
 *     SegmentationModels.save(result.model(), result.description(), Path.of("model"));
 * }
 * }</pre>
 *
 * <p>One training at a time in a process: DJL has one collector of gradients.
 */
public final class SegmentationTraining {

    /** Enough to keep ahead of the training step; more would take cores away from it. */
    private static final int DECODING_THREADS = 2;

    private SegmentationTraining() {}

    /**
     * Trains on one device, the default one of the default engine.
     *
     * @param name the name of the model
     * @param plan the hyper-parameters
     * @param loss the loss; it must ignore {@link FolderSegmentationDataset#getIgnoreLabel()}, with
     *     which samples are padded even where the files ignore nothing. The parts of a {@link
     *     WeightedLoss} are reported too
     * @param training the set to train on, see {@link TrainingPlan#trainingSet}
     * @param validation the set to report on after every epoch, of the same classes
     * @param progress is told about batches and epochs
     * @return the model and the reports; to be closed
     * @throws IOException if the data is not what it should be; before the training starts, unless
     *     a file goes bad later
     * @throws IllegalArgumentException if the two sets do not have the same classes and
     *     normalization, there is but one class, no pixel of the first epoch is valid, or a batch
     *     has one value per channel at the lowest level of the network
     * @throws ArithmeticException if the loss of a batch is NaN; the message names epoch and batch
     */
    public static TrainingResult run(
            String name,
            TrainingPlan plan,
            Loss loss,
            FolderSegmentationDataset training,
            FolderSegmentationDataset validation,
            TrainingProgress progress)
            throws IOException {
        training.prepare();
        validation.prepare();
        List<String> classNames = training.getClassNames();
        if (!classNames.equals(validation.getClassNames())) {
            throw new IllegalArgumentException(
                    "validation: expected the classes of the training set, "
                            + classNames
                            + ", got "
                            + validation.getClassNames());
        }
        if (!training.getNormalization().equals(validation.getNormalization())) {
            throw new IllegalArgumentException(
                    "validation: expected the normalization of the training set, "
                            + training.getNormalization()
                            + ", got "
                            + validation.getNormalization());
        }
        checkTrainable(plan, training);
        Objects.requireNonNull(progress, "progress: expected an object to tell, got null");
        Engine.getInstance().setRandomSeed(plan.seed());
        Model model = Model.newInstance(name);
        boolean done = false;
        try {
            model.setBlock(
                    UNet.builder()
                            .setClasses(classNames.size())
                            .optBaseWidth(plan.baseWidth())
                            .optDepth(plan.depth())
                            .build());
            List<EpochReport> reports = train(model, plan, loss, training, validation, progress);
            done = true;
            ModelDescription description =
                    ModelDescription.unet(
                            classNames,
                            plan.baseWidth(),
                            plan.depth(),
                            plan.cropHeight(),
                            plan.cropWidth(),
                            training.getNormalization());
            return new TrainingResult(model, description, reports);
        } finally {
            if (!done) {
                model.close();
            }
        }
    }

    /** Throws for what would otherwise fail in the middle of the training. */
    private static void checkTrainable(TrainingPlan plan, FolderSegmentationDataset training) {
        if (training.getClassNames().size() < 2) {
            throw new IllegalArgumentException(
                    "training: expected at least 2 classes, got " + training.getClassNames());
        }
        long last = (training.size() - 1) % plan.batchSize() + 1;
        long rows = plan.cropHeight() - 1 >> plan.depth();
        long columns = plan.cropWidth() - 1 >> plan.depth();
        if (last == 1 && rows == 0 && columns == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "cropHeight and cropWidth: expected more than %d as the last of %d"
                                    + " samples is a batch by itself, which batch normalisation"
                                    + " needs more than one value of, got %d x %d",
                            1 << plan.depth(),
                            training.size(),
                            plan.cropHeight(),
                            plan.cropWidth()));
        }
    }

    private static List<EpochReport> train(
            Model model,
            TrainingPlan plan,
            Loss loss,
            FolderSegmentationDataset training,
            FolderSegmentationDataset validation,
            TrainingProgress progress)
            throws IOException {
        int batches = training.countBatches();
        Cosine learningRate = new Cosine(plan.learningRate(), (long) plan.epochs() * batches);
        List<Loss> parts = loss instanceof WeightedLoss sum ? sum.getParts() : List.of();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .addEvaluators(parts)
                        .optOptimizer(
                                AdamW.builder()
                                        .optLearningRateTracker(learningRate)
                                        .optWeightDecays(plan.weightDecay())
                                        .build())
                        .optDevices(new Device[] {model.getNDManager().getDevice()})
                        .addTrainingListeners(new EvaluatorTrainingListener());
        List<EpochReport> reports = new ArrayList<>();
        ExecutorService decoding = Executors.newFixedThreadPool(DECODING_THREADS);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(new Shape(plan.batchSize(), 3, plan.cropHeight(), plan.cropWidth()));
            int updates = 0;
            for (int epoch = 1; epoch <= plan.epochs(); epoch++) {
                long start = System.nanoTime();
                float rate = learningRate.getNewValue(updates + 1);
                training.setEpoch(epoch - 1);
                int skipped = 0;
                int number = 0;
                for (Batch batch : training.getData(trainer.getManager(), decoding)) {
                    number++;
                    float value = Float.NaN;
                    if (hasValidPixel(batch, training.getIgnoreLabel())) {
                        EasyTrain.trainBatch(trainer, batch);
                        value = loss.getAccumulator(EvaluatorTrainingListener.TRAIN_ALL);
                        checkNumber(value, loss, epoch, number);
                        trainer.step();
                        updates++;
                    } else {
                        // DJL takes gradients of nothing but zeros for a mistake and throws.
                        skipped++;
                    }
                    batch.close();
                    progress.onBatch(epoch, number, batches, value);
                }
                if (updates == 0) {
                    throw new IllegalArgumentException(
                            "training: expected a valid pixel in at least one batch, got none");
                }
                double trainingSeconds = (System.nanoTime() - start) / 1e9;
                Map<String, Float> losses = new LinkedHashMap<>();
                losses.put(loss.getName(), epochMean(loss));
                parts.forEach(part -> losses.put(part.getName(), epochMean(part)));
                trainer.notifyListeners(listener -> listener.onEpoch(trainer));
                ConfusionMatrix matrix = evaluate(model, validation, decoding);
                double seconds = (System.nanoTime() - start) / 1e9;
                EpochReport report =
                        new EpochReport(
                                epoch, rate, losses, matrix, skipped, trainingSeconds, seconds);
                reports.add(report);
                progress.onEpoch(report);
            }
        } catch (IllegalStateException e) {
            throw dataFault(e);
        } finally {
            decoding.shutdownNow();
        }
        return reports;
    }

    /**
     * Half a cosine from the first update to where one more after the last would be 0. DJL's own
     * takes the first update for the second and so gives the last one the rate 0.
     *
     * @param base the rate of the first update
     * @param updates the number of updates
     */
    private record Cosine(float base, long updates) implements Tracker {

        @Override
        public float getNewValue(int update) {
            double done = (update - 1.0) / updates;
            return (float) (base * (1 + Math.cos(Math.PI * done)) / 2);
        }
    }

    private static float epochMean(Loss loss) {
        return loss.getAccumulator(EvaluatorTrainingListener.TRAIN_EPOCH);
    }

    /** DJL hides the error of a file that went bad inside others. */
    private static IllegalStateException dataFault(IllegalStateException e) throws IOException {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException fault) {
                throw fault;
            }
        }
        return e;
    }

    private static boolean hasValidPixel(Batch batch, int ignoreLabel) {
        for (int label : batch.getLabels().singletonOrThrow().toIntArray()) {
            if (label != ignoreLabel) {
                return true;
            }
        }
        return false;
    }

    private static void checkNumber(float value, Loss loss, int epoch, int batch) {
        if (Float.isNaN(value)) {
            throw new ArithmeticException(
                    String.format(
                            "%s: expected a number, got NaN in epoch %d, batch %d; a smaller"
                                    + " learning rate may help",
                            loss.getName(), epoch, batch));
        }
    }

    /**
     * Counts what a model predicts on a data set.
     *
     * @param model the model, of logits with the class axis second
     * @param data the data set
     * @return the counts over all its valid pixels
     * @throws IOException if the data is not what it should be
     */
    public static ConfusionMatrix evaluate(Model model, FolderSegmentationDataset data)
            throws IOException {
        ExecutorService decoding = Executors.newFixedThreadPool(DECODING_THREADS);
        try {
            return evaluate(model, data, decoding);
        } finally {
            decoding.shutdownNow();
        }
    }

    private static ConfusionMatrix evaluate(
            Model model, FolderSegmentationDataset data, ExecutorService decoding)
            throws IOException {
        String key = "evaluate";
        MeanIoU evaluator = MeanIoU.builder().optIgnoreLabel(data.getIgnoreLabel()).build();
        evaluator.addAccumulator(key);
        try (NDManager manager = model.getNDManager().newSubManager()) {
            ParameterStore parameters = new ParameterStore(manager, false);
            for (Batch batch : data.getData(manager, decoding)) {
                try (NDArray logits =
                        model.getBlock()
                                .forward(parameters, batch.getData(), false)
                                .singletonOrThrow()) {
                    evaluator.updateAccumulator(key, batch.getLabels(), new NDList(logits));
                }
                batch.close();
            }
        } catch (IllegalStateException e) {
            throw dataFault(e);
        }
        return evaluator.getConfusionMatrix(key);
    }
}
