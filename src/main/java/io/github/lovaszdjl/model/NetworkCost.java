package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.initializer.Initializer;

/**
 * What a network costs.
 *
 * @param parameters the number of values that training changes
 * @param multiplyAdds the multiply-adds of convolutions, linear layers and attention for an input,
 *     as they are computed here; other blocks count nothing
 */
public record NetworkCost(long parameters, long multiplyAdds) {

    /** A block whose multiply-adds are not those of its children. */
    interface Counted {

        /** Returns the multiply-adds for the input that the block was initialised for. */
        long multiplyAdds();
    }

    /**
     * Counts for an input.
     *
     * @param block a block without parameter values, which gets zeros
     * @param input the shape of the input, (1, C, H, W)
     * @return the cost
     */
    public static NetworkCost of(Block block, Shape input) {
        block.setInitializer(Initializer.ZEROS, parameter -> true);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            block.initialize(manager, DataType.FLOAT32, input);
            long parameters =
                    block.getParameters().values().stream()
                            .filter(Parameter::requiresGradient)
                            .mapToLong(parameter -> parameter.getShape().size())
                            .sum();
            return new NetworkCost(parameters, multiplyAdds(block));
        }
    }

    /** Each value of an output of such a layer is a sum over the weights of its channel. */
    private static long multiplyAdds(Block block) {
        if (block instanceof Counted counted) {
            return counted.multiplyAdds();
        }
        if (block instanceof Conv2d || block instanceof Linear) {
            Shape weight = block.getDirectParameters().get("weight").getShape();
            long outputs = block.getOutputShapes(block.getInputShapes())[0].size();
            return outputs * (weight.size() / weight.get(0));
        }
        return block.getChildren().values().stream().mapToLong(NetworkCost::multiplyAdds).sum();
    }
}
