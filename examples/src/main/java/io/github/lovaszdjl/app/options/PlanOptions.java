package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.training.SchedulePlan;
import io.github.lovaszdjl.training.SoftLabelPlan;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import io.github.lovaszdjl.training.UpdatePlan;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The hyper-parameters as options, a flag each; the defaults are those of the plan. */
public final class PlanOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** What the plan calls its values. */
    private static final Set<String> NAMES =
            Stream.of(
                            TrainingPlan.class,
                            Augmentation.class,
                            SchedulePlan.class,
                            Sampling.class,
                            UpdatePlan.class,
                            SoftLabelPlan.class)
                    .flatMap(type -> Stream.of(type.getRecordComponents()))
                    .map(RecordComponent::getName)
                    .collect(Collectors.toSet());

    private final TrainingPlan defaults = TrainingPlan.builder().build();

    @Option(names = "--epochs", paramLabel = "N", description = "how often every sample is seen")
    private int epochs = defaults.epochs();

    @Option(names = "--batch-size", paramLabel = "N", description = "the samples in a batch")
    private int batchSize = defaults.batchSize();

    @Option(
            names = "--sampling",
            paramLabel = "NAME",
            description =
                    "how often an epoch takes each sample: uniform, every one once, or"
                            + " rare-classes, those with classes that few images have more often"
                            + " and others not in every epoch; the number of samples stays")
    private SamplingName sampling = SamplingName.of(defaults.sampling());

    @Option(
            names = "--rare-threshold",
            paramLabel = "SHARE",
            description =
                    "with rare-classes: the share of the images below which a class is rare. A"
                            + " sample is taken in proportion to the root of this share over that"
                            + " of its rarest class")
    private double rareThreshold = Sampling.DEFAULT_RARE_THRESHOLD;

    @Option(
            names = "--crop",
            paramLabel = "HxW",
            description = "the height and width of training samples, in pixels")
    private String crop = defaults.cropHeight() + "x" + defaults.cropWidth();

    @Option(names = "--base-width", paramLabel = "N", description = "the base width of the U-Net")
    private int baseWidth = defaults.baseWidth();

    @Option(names = "--depth", paramLabel = "N", description = "the depth of the U-Net")
    private int depth = defaults.depth();

    @Option(names = "--optimizer", paramLabel = "NAME", description = "one of sgd, adam, adamw")
    private OptimizerName optimizer = defaults.optimizer();

    @Option(names = "--learning-rate", paramLabel = "X", description = "the highest learning rate")
    private float learningRate = defaults.learningRate();

    @Option(names = "--momentum", paramLabel = "X", description = "the momentum of sgd")
    private float momentum = defaults.momentum();

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "the weight decay: decoupled for adamw, else added to the gradient")
    private float weightDecay = defaults.weightDecay();

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description =
                    "how the learning rate goes: constant, to 0 along a poly or cosine, down by step,"
                            + " or up and down in one-cycle")
    private ScheduleName schedule = defaults.schedule();

    @Option(names = "--power", paramLabel = "X", description = "the exponent of poly")
    private float power = defaults.power();

    @Mixin private ScheduleOptions scheduleOptions;

    @Mixin private UpdateOptions updates;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "the epochs in which the learning rate rises from near 0")
    private int warmUp = defaults.warmUpEpochs();

    @Option(
            names = "--encoder-learning-rate-factor",
            paramLabel = "X",
            description =
                    "by what the learning rate of the encoder differs from that of the rest; below"
                            + " 1 for one that is trained already")
    private float encoderLearningRateFactor = defaults.encoderLearningRateFactor();

    @Option(
            names = "--freeze-encoder",
            paramLabel = "N",
            description =
                    "the first epochs in which the encoder stays as it is, its batch normalisation"
                            + " too")
    private int freezeEncoder = defaults.freezeEncoderEpochs();

    @Option(
            names = "--aux-weight",
            paramLabel = "X",
            description =
                    "the weight of the loss of further outputs, where a network has them in"
                            + " training")
    private float auxWeight = defaults.auxiliaryWeight();

    @Mixin private AugmentationOptions augmentation;

    @Option(
            names = "--mixup",
            paramLabel = "X",
            description =
                    "mix images and labels of a batch with those in another order, by a part from"
                            + " Beta(X, X), such as 0.2; 0 for none. Not with a Lovász loss")
    private float mixup = SoftLabelPlan.NONE.mixup();

    @Option(
            names = "--distill",
            paramLabel = "X",
            description =
                    "with --teacher: the part of the labels that is the teacher's probabilities,"
                            + " such as 0.5. With a Lovász loss it takes --distill-loss")
    private float distill = SoftLabelPlan.NONE.distill();

    @Option(
            names = "--distill-temperature",
            paramLabel = "X",
            description =
                    "with --distill: divide the logits of teacher and network by it for a loss of"
                            + " their own, times its square, such as 4 with ce; 1 for one loss of"
                            + " mixed labels")
    private float distillTemperature = SoftLabelPlan.NONE.distillTemperature();

    /** Returns the values of these options that make a plan, by their names. */
    public static Map<String, String> values(TrainingPlan plan) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--epochs", String.valueOf(plan.epochs()));
        values.put("--batch-size", String.valueOf(plan.batchSize()));
        values.put("--sampling", SamplingName.of(plan.sampling()).toString());
        values.put(
                "--rare-threshold",
                String.valueOf(
                        plan.sampling().rareThreshold().orElse(Sampling.DEFAULT_RARE_THRESHOLD)));
        values.put("--crop", plan.cropHeight() + "x" + plan.cropWidth());
        values.put("--base-width", String.valueOf(plan.baseWidth()));
        values.put("--depth", String.valueOf(plan.depth()));
        values.put("--optimizer", plan.optimizer().toString());
        values.put("--learning-rate", String.valueOf(plan.learningRate()));
        values.put("--momentum", String.valueOf(plan.momentum()));
        values.put("--weight-decay", String.valueOf(plan.weightDecay()));
        values.put("--schedule", plan.schedule().toString());
        values.put("--power", String.valueOf(plan.power()));
        values.putAll(ScheduleOptions.values(plan.schedulePlan()));
        values.putAll(UpdateOptions.values(plan.updates()));
        values.put("--warm-up", String.valueOf(plan.warmUpEpochs()));
        values.put(
                "--encoder-learning-rate-factor", String.valueOf(plan.encoderLearningRateFactor()));
        values.put("--freeze-encoder", String.valueOf(plan.freezeEncoderEpochs()));
        values.put("--aux-weight", String.valueOf(plan.auxiliaryWeight()));
        values.putAll(AugmentationOptions.values(plan.augmentation()));
        values.put("--mixup", String.valueOf(plan.softLabels().mixup()));
        values.put("--distill", String.valueOf(plan.softLabels().distill()));
        values.put("--distill-temperature", String.valueOf(plan.softLabels().distillTemperature()));
        return values;
    }

    /**
     * Returns the plan.
     *
     * @param seed the seed of initial weights, order and augmentation
     * @throws CommandLine.ParameterException if a value is out of range
     */
    public TrainingPlan plan(int seed) {
        String[] size = split("--crop", crop, "x", "HEIGHTxWIDTH such as 128x128");
        try {
            return TrainingPlan.builder()
                    .optEpochs(epochs)
                    .optBatchSize(batchSize)
                    .optSampling(sampling.sampling(rareThreshold))
                    .optCropHeight(Integer.parseInt(size[0]))
                    .optCropWidth(Integer.parseInt(size[1]))
                    .optBaseWidth(baseWidth)
                    .optDepth(depth)
                    .optOptimizer(optimizer)
                    .optLearningRate(learningRate)
                    .optMomentum(momentum)
                    .optWeightDecay(weightDecay)
                    .optSchedule(schedule)
                    .optPower(power)
                    .optSchedulePlan(scheduleOptions.plan())
                    .optUpdates(updates.plan())
                    .optWarmUpEpochs(warmUp)
                    .optEncoderLearningRateFactor(encoderLearningRateFactor)
                    .optFreezeEncoderEpochs(freezeEncoder)
                    .optAuxiliaryWeight(auxWeight)
                    .optAugmentation(augmentation.augmentation())
                    .optSoftLabels(new SoftLabelPlan(mixup, distill, distillTemperature))
                    .optSeed(seed)
                    .build();
        } catch (NumberFormatException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--crop: expected HEIGHTxWIDTH such as 128x128, got " + crop);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), asOption(e.getMessage()));
        }
    }

    /**
     * Begins a message with the option in place of the name that the plan has for it; messages
     * about other things stay as they are.
     */
    public static String asOption(String message) {
        String rounds = RoundOptions.asOption(message);
        if (rounds.startsWith("--")) {
            return rounds;
        }
        int colon = Math.max(0, message.indexOf(':'));
        String name = message.substring(0, colon);
        if (Stream.of(name.split(" (x|and) ")).anyMatch(part -> !NAMES.contains(part))) {
            return message;
        }
        String option =
                switch (name) {
                    case "warmUpEpochs" -> "warm-up";
                    case "freezeEncoderEpochs" -> "freeze-encoder";
                    case "auxiliaryWeight" -> "aux-weight";
                    case "cropHeight",
                            "cropWidth",
                            "cropHeight x cropWidth",
                            "cropHeight and cropWidth" ->
                            "crop";
                    case "horizontalFlip" -> "flip";
                    case "minScale", "maxScale" -> "scale";
                    case "elasticAlpha", "elasticSigma" -> "elastic";
                    case "minBlur", "maxBlur" -> "blur";
                    case "cutoutHoles", "cutoutSize" -> "cutout";
                    default -> name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                };
        return "--" + option + message.substring(colon);
    }

    private String[] split(String option, String value, String separator, String expected) {
        String[] parts = value.split(separator, -1);
        if (parts.length != 2) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + ": expected " + expected + ", got " + value);
        }
        return parts;
    }
}
