package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;

/**
 * A unit of a {@link ResNet}: (N, C, H, W) to (N, channels, ⌈H / stride⌉, ⌈W / stride⌉). ReLU of
 * the sum of two ways: some convolutions, and the input itself or, where the shape changes, a 1×1
 * convolution of it.
 */
final class ResidualUnit extends AbstractBlock {

    private static final int EXPANSION = 4;

    private final Chain path;

    /** Null where the input has the shape of the output. */
    private final ConvUnit shortcut;

    private ResidualUnit(List<ConvUnit.Builder> path, ConvUnit shortcut) {
        List<ConvUnit> units = new ArrayList<>();
        for (int i = 1; i <= path.size(); i++) {
            ConvUnit.Builder builder = path.get(i - 1).names("conv" + i, "bn" + i);
            // The last ReLU is that of the sum.
            ConvUnit unit = (i == path.size() ? builder.activation(null) : builder).build();
            units.add(addChildBlock("", unit));
        }
        this.path = new Chain(units);
        this.shortcut = shortcut == null ? null : addChildBlock("downsample", shortcut);
    }

    /**
     * Makes a unit of two 3×3 convolutions.
     *
     * @param in the channels of the input
     * @param width the channels of the output
     * @param stride the stride of the first convolution
     * @param before the dilation of the first convolution
     * @param after the dilation of the second convolution
     */
    static ResidualUnit basic(int in, int width, int stride, int before, int after) {
        return new ResidualUnit(
                List.of(
                        ConvUnit.builder(width, 3).stride(stride).dilation(before),
                        ConvUnit.builder(width, 3).dilation(after)),
                shortcut(in, width, stride));
    }

    /**
     * Makes a unit of a 1×1 convolution that narrows, a 3×3 one, and a 1×1 one that widens.
     *
     * @param in the channels of the input
     * @param width the channels between, a quarter of those of the output
     * @param stride the stride of the 3×3 convolution
     * @param dilation the dilation of the 3×3 convolution
     */
    static ResidualUnit bottleneck(int in, int width, int stride, int dilation) {
        int out = EXPANSION * width;
        return new ResidualUnit(
                List.of(
                        ConvUnit.builder(width, 1),
                        ConvUnit.builder(width, 3).stride(stride).dilation(dilation),
                        ConvUnit.builder(out, 1)),
                shortcut(in, out, stride));
    }

    private static ConvUnit shortcut(int in, int out, int stride) {
        return in == out && stride == 1
                ? null
                : ConvUnit.builder(out, 1).stride(stride).activation(null).names("0", "1").build();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        try (NDArray residual = path.forward(parameterStore, input, training);
                NDArray sum = plusShortcut(parameterStore, residual, input, training)) {
            return new NDList(Activation.relu(sum));
        }
    }

    private NDArray plusShortcut(
            ParameterStore store, NDArray residual, NDArray input, boolean training) {
        if (shortcut == null) {
            return residual.add(input);
        }
        try (NDArray projected = shortcut.forward(store, input, training)) {
            return residual.add(projected);
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        path.initialize(manager, dataType, inputShapes[0]);
        if (shortcut != null) {
            shortcut.initialize(manager, dataType, inputShapes[0]);
        }
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {path.outputShape(inputShapes[0])};
    }
}
