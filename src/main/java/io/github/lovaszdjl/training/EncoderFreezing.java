package io.github.lovaszdjl.training;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.github.lovaszdjl.model.Freezing;
import java.util.List;

/** Keeps the encoder of a network from learning in the first epochs of a training. */
final class EncoderFreezing {

    private final int epochs;

    /** Those of the encoder that learn else; running statistics never get a gradient. */
    private final List<Parameter> parameters;

    private EncoderFreezing(int epochs, List<Parameter> parameters) {
        this.epochs = epochs;
        this.parameters = parameters;
    }

    /**
     * @param plan says for how many epochs
     * @param block the network, not frozen yet
     */
    static EncoderFreezing of(TrainingPlan plan, Block block) {
        List<Parameter> parameters =
                Freezing.encoder(block).stream()
                        .flatMap(encoder -> encoder.getParameters().values().stream())
                        .filter(Parameter::requiresGradient)
                        .toList();
        return new EncoderFreezing(plan.freezeEncoderEpochs(), parameters);
    }

    /** Freezes the encoder, or no longer, for an epoch, from 1. */
    void begin(int epoch) {
        boolean frozen = epoch <= epochs;
        for (Parameter parameter : parameters) {
            if (parameter.requiresGradient() == frozen) {
                parameter.freeze(frozen);
            }
        }
    }
}
