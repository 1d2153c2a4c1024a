package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.training.UpdatePlan;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** How gradients become updates of the weights, as options. */
public final class UpdateOptions {

    private final UpdatePlan defaults = UpdatePlan.builder().build();

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description =
                    "the batches whose gradients an update takes the mean of; a Lovász loss is that"
                            + " of each batch")
    private int accumulate = defaults.accumulate();

    @Option(
            names = "--joint-loss",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description =
                    "take one loss of all batches of an update, whose logits are kept; on one device")
    private boolean jointLoss;

    @Option(
            names = "--clip-norm",
            paramLabel = "X",
            description = "the highest norm of all gradients together; 0 for any")
    private float clipNorm = defaults.clipNorm();

    @Option(
            names = "--clip-value",
            paramLabel = "X",
            description = "the highest amount of every number of a gradient; 0 for any")
    private float clipValue = defaults.clipValue();

    @Option(
            names = "--ema",
            paramLabel = "X",
            description =
                    "the decay of a moving average of the weights, such as 0.999, which is then the"
                            + " best model; 0 for none")
    private float ema = defaults.ema();

    @Option(
            names = "--decoder-learning-rate-factor",
            paramLabel = "X",
            description =
                    "by what the learning rate of all but the encoder differs; above 1 beside an"
                            + " encoder that is trained already")
    private float decoderLearningRateFactor = defaults.decoderLearningRateFactor();

    @Option(
            names = "--decay-norms",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "let weights of normalisation and biases decay as the others do, as by default")
    private boolean decayNorms = true;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description =
                    "the epochs without a better mean IoU on val after which the training ends; 0"
                            + " for never")
    private int patience = defaults.patience();

    /** Returns the values of these options that make a plan, by their names. */
    static Map<String, String> values(UpdatePlan plan) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--accumulate", String.valueOf(plan.accumulate()));
        values.put("--joint-loss", String.valueOf(plan.jointLoss()));
        values.put("--clip-norm", String.valueOf(plan.clipNorm()));
        values.put("--clip-value", String.valueOf(plan.clipValue()));
        values.put("--ema", String.valueOf(plan.ema()));
        values.put(
                "--decoder-learning-rate-factor", String.valueOf(plan.decoderLearningRateFactor()));
        values.put("--decay-norms", String.valueOf(plan.decayNorms()));
        values.put("--patience", String.valueOf(plan.patience()));
        return values;
    }

    /**
     * Returns the plan.
     *
     * @throws IllegalArgumentException if a value is out of range, or does not go with another
     */
    UpdatePlan plan() {
        return UpdatePlan.builder()
                .optAccumulate(accumulate)
                .optJointLoss(jointLoss)
                .optClipNorm(clipNorm)
                .optClipValue(clipValue)
                .optEma(ema)
                .optDecoderLearningRateFactor(decoderLearningRateFactor)
                .optDecayNorms(decayNorms)
                .optPatience(patience)
                .build();
    }
}
