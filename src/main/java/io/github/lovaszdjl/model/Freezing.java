package io.github.lovaszdjl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.github.lovaszdjl.internal.Operations;
import java.util.Optional;

/**
 * Parts of a network that a training leaves as they are, such as a pretrained encoder in the first
 * epochs.
 *
 * <p>A part is frozen while none of its parameters is to get a gradient, see {@link
 * Parameter#freeze}. That leaves the running statistics of batch normalisation, which every forward
 * pass in training mode moves. A block that has an encoder forwards it as follows; then they stay,
 * too, and are what the frozen encoder normalises by:
 *
 * <pre>{@code
 * NDList maps = Freezing.forward(encoder, store, images, training);
 * }</pre>
 */
public final class Freezing {

    private static final String ENCODER = "encoder";

    private Freezing() {}

    /**
     * Finds the encoder of a network, its child block of the name {@code encoder}.
     *
     * @param network the network; need not be initialised
     * @return the encoder, or empty if it has no such child
     */
    public static Optional<Block> encoder(Block network) {
        int number = 0;
        for (Pair<String, Block> child : network.getChildren()) {
            number++;
            if (TensorNames.childName(number, child.getKey()).equals(ENCODER)) {
                return Optional.of(child.getValue());
            }
        }
        return Optional.empty();
    }

    /**
     * Tells whether a block has parameters and none of them is to get a gradient.
     *
     * @param block the block
     * @return whether it is frozen
     */
    public static boolean isFrozen(Block block) {
        return !block.getParameters().isEmpty()
                && block.getParameters().values().stream().noneMatch(Parameter::requiresGradient);
    }

    /**
     * Forwards a block in the mode that it is asked for, or, while it is frozen, in evaluation mode
     * within a training.
     *
     * @param block the block
     * @param store the values of the parameters
     * @param inputs the inputs of the block
     * @param training whether in training
     * @return the outputs of the block
     */
    public static NDList forward(
            Block block, ParameterStore store, NDList inputs, boolean training) {
        if (!training || !isFrozen(block)) {
            return block.forward(store, inputs, training);
        }
        return Operations.inEvaluation(
                inputs.head().getManager(), () -> block.forward(store, inputs, false));
    }

    /**
     * Throws unless a frozen encoder is as it was after a forward pass in training. On MXNet it
     * always is: statistics move in the backward pass there, and for a frozen encoder there is
     * none.
     */
    static void check(String name, Model model, Shape images) {
        Block encoder = encoder(model.getBlock()).orElseThrow();
        encoder.freezeParameters(true);
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDList before = new NDList();
            for (Parameter parameter : encoder.getParameters().values()) {
                NDArray copy = parameter.getArray().duplicate();
                copy.attach(manager);
                before.add(copy);
            }
            OutputShapes.inTraining(model, manager, images);
            int number = 0;
            for (Pair<String, Parameter> parameter : encoder.getParameters()) {
                if (!parameter.getValue().getArray().contentEquals(before.get(number++))) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "%s: expected an encoder that stays as it is while it is"
                                            + " frozen, as one that Freezing.forward forwards, got"
                                            + " another value of its %s",
                                    name, parameter.getKey()));
                }
            }
        }
    }
}
