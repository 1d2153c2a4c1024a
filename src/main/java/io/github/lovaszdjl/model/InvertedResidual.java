package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A unit of a {@link MobileNetV3}: (N, C, H, W) to (N, out, ⌈H / stride⌉, ⌈W / stride⌉). A 1×1
 * convolution to more channels, one that looks at every channel alone, squeeze and excitation, and
 * a 1×1 convolution to few channels, without activation; plus the input where the shape stays.
 */
final class InvertedResidual extends AbstractBlock {

    private final Chain path;
    private final boolean addsInput;

    /**
     * Makes a unit.
     *
     * @param design the numbers of the unit
     * @param in the channels of the input
     * @param stride the stride of the convolution by channels
     * @param dilation its dilation
     */
    InvertedResidual(Design design, int in, int stride, int dilation) {
        UnaryOperator<NDArray> activation =
                design.hardSwish ? HardActivation::swish : Activation::relu;
        List<Block> blocks = new ArrayList<>();
        if (design.expanded != in) {
            blocks.add(MobileNetV3.unit(design.expanded, 1).activation(activation).build());
        }
        blocks.add(
                MobileNetV3.unit(design.expanded, design.kernel)
                        .stride(stride)
                        .dilation(dilation)
                        .groups(design.expanded)
                        .activation(activation)
                        .build());
        if (design.squeezes) {
            blocks.add(new SqueezeExcitation(design.expanded));
        }
        blocks.add(MobileNetV3.unit(design.out, 1).activation(null).build());
        for (int i = 0; i < blocks.size(); i++) {
            addChildBlock("block." + i, blocks.get(i));
        }
        path = new Chain(blocks);
        addsInput = in == design.out;
    }

    /**
     * The numbers of a unit.
     *
     * @param kernel height and width of the convolution by channels
     * @param expanded the channels between
     * @param out the channels of the output
     * @param squeezes whether there is squeeze and excitation
     * @param hardSwish whether the activation is the hard swish and not ReLU
     */
    record Design(int kernel, int expanded, int out, boolean squeezes, boolean hardSwish) {}

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        NDArray features = path.forward(parameterStore, input, training);
        if (!addsInput) {
            return new NDList(features);
        }
        try (features) {
            return new NDList(features.add(input));
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        path.initialize(manager, dataType, inputShapes[0]);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {path.outputShape(inputShapes[0])};
    }
}
