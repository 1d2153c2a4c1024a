package io.github.lovaszdjl.app.command;

import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.spark.ClusterData;
import io.github.lovaszdjl.spark.Worker;
import io.github.lovaszdjl.spark.WorkerTraining;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/**
 * Makes a training in a worker, of the options that the driver has.
 *
 * @param config the options of {@code train}, as in a {@link ConfigFile}
 * @param loss the loss
 * @param seed the seed
 * @param classWeights the weights of classes, or null
 * @param data the training set, checked
 * @param mean of the normalization
 * @param std of the normalization
 */
record WorkerRun(
        String config,
        String loss,
        int seed,
        float[] classWeights,
        ClusterData data,
        Float[] mean,
        Float[] std)
        implements WorkerTraining {

    private static final long serialVersionUID = 1L;

    @Override
    public SegmentationTraining make(Worker worker) throws IOException {
        Path file = worker.folder().resolve(ConfigFile.NAME);
        WholeFile.write(file, out -> out.write(config.getBytes(StandardCharsets.UTF_8)));
        CommandLine lovasz = Lovasz.commandLine();
        CommandLine train = lovasz.getSubcommands().get("train");
        ConfigFile.applyTo(train, file);
        lovasz.parseArgs("train");
        TrainingOptions options = ((TrainCommand) train.getCommand()).training();
        TrainingPlan plan = options.plan(seed);
        LossExpression expression = LossExpression.parse(loss);
        FolderSegmentationDataset training =
                plan.trainingSet(
                        data.open(worker)
                                .optNormalization(new Normalization(List.of(mean), List.of(std))));
        Optional<float[]> weights = Optional.ofNullable(classWeights);
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(expression.toLoss(training.getIgnoreLabel(), weights))
                .setTrainingSet(training)
                // The driver validates.
                .setValidationSet(training)
                .optNetwork(options.network(plan))
                .optAllowMissingClasses(true)
                .optDecision(expression.decision())
                .optDevices(worker.device())
                .build();
    }
}
