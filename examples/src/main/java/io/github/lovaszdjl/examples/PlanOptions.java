package io.github.lovaszdjl.examples;

import io.github.lovaszdjl.training.TrainingPlan;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The hyper-parameters as options, a flag each; the defaults are those of the plan. */
final class PlanOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private final TrainingPlan defaults = TrainingPlan.builder().build();

    @Option(names = "--epochs", paramLabel = "N", description = "how often every sample is seen")
    private int epochs = defaults.epochs();

    @Option(names = "--batch-size", paramLabel = "N", description = "the samples in a batch")
    private int batchSize = defaults.batchSize();

    @Option(
            names = "--crop",
            paramLabel = "HxW",
            description = "the height and width of training samples, in pixels")
    private String crop = defaults.cropHeight() + "x" + defaults.cropWidth();

    @Option(names = "--base-width", paramLabel = "N", description = "the base width of the U-Net")
    private int baseWidth = defaults.baseWidth();

    @Option(names = "--depth", paramLabel = "N", description = "the depth of the U-Net")
    private int depth = defaults.depth();

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "the learning rate of AdamW at the start; falls to 0 along a cosine")
    private float learningRate = defaults.learningRate();

    @Option(names = "--weight-decay", paramLabel = "X", description = "the weight decay of AdamW")
    private float weightDecay = defaults.weightDecay();

    @Option(
            names = "--flip",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "mirror samples left to right at random")
    private boolean flip;

    @Option(
            names = "--scale",
            paramLabel = "MIN..MAX",
            description = "the range of the random scale")
    private String scale = defaults.minScale() + ".." + defaults.maxScale();

    @Option(
            names = "--brightness",
            paramLabel = "X",
            description = "the amplitude of random brightness; 1 is white")
    private float brightness = defaults.brightness();

    @Option(
            names = "--contrast",
            paramLabel = "X",
            description = "the amplitude of random contrast")
    private float contrast = defaults.contrast();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "the seed of initial weights, order and augmentation")
    private int seed = defaults.seed();

    /**
     * Returns the plan.
     *
     * @throws CommandLine.ParameterException if a value is out of range
     */
    TrainingPlan plan() {
        String[] size = split("--crop", crop, "x", "HEIGHTxWIDTH such as 128x128");
        String[] range = split("--scale", scale, "\\.\\.", "MIN..MAX such as 0.75..1.5");
        try {
            return TrainingPlan.builder()
                    .optEpochs(epochs)
                    .optBatchSize(batchSize)
                    .optCropHeight(Integer.parseInt(size[0]))
                    .optCropWidth(Integer.parseInt(size[1]))
                    .optBaseWidth(baseWidth)
                    .optDepth(depth)
                    .optLearningRate(learningRate)
                    .optWeightDecay(weightDecay)
                    .optHorizontalFlip(flip)
                    .optMinScale(Double.parseDouble(range[0]))
                    .optMaxScale(Double.parseDouble(range[1]))
                    .optBrightness(brightness)
                    .optContrast(contrast)
                    .optSeed(seed)
                    .build();
        } catch (NumberFormatException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--crop and --scale: expected numbers, got " + crop + " and " + scale);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
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
