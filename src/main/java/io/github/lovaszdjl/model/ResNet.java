package io.github.lovaszdjl.model;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.pooling.Pool;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual networks of 18, 34 and 50 layers without their classifier, after He, Zhang, Ren and
 * Sun, <a href="https://doi.org/10.1109/CVPR.2016.90">Deep Residual Learning for Image
 * Recognition</a> (2016). Images (N, C, H, W) become five maps at the strides 2, 4, 8, 16 and 32:
 *
 * <table>
 * <caption>Channels of the maps</caption>
 * <tr><th>map<th>after<th>18 and 34 layers<th>50 layers
 * <tr><td>0<td>the first ReLU, before the max pooling<td>64<td>64
 * <tr><td>1<td>layer1<td>64<td>256
 * <tr><td>2<td>layer2<td>128<td>512
 * <tr><td>3<td>layer3<td>256<td>1024
 * <tr><td>4<td>layer4<td>512<td>2048
 * </table>
 *
 * <p>The network and the names of its parameters are those of torchvision. It differs from the
 * paper in one point: a bottleneck halves height and width in its 3×3 convolution and not in the
 * first 1×1.
 *
 * <p>With an output stride of 16 or 8 the last layers no longer halve height and width. What
 * follows a stride that is left out is dilated instead (Chen et al., <a
 * href="https://arxiv.org/abs/1706.05587">Rethinking Atrous Convolution</a>, 2017), and the strides
 * of the last maps repeat. The convolution that had the stride keeps the dilation of the layer
 * before; all later 3×3 convolutions have twice that. The values that the map with the stride has
 * are then found again in the larger map, at every second row and column. This is torchvision's
 * {@code replace_stride_with_dilation}, which it has for bottlenecks only; here it holds for 18 and
 * 34 layers, too. The parameters are the same for every output stride.
 *
 * <p>Training a batch needs more than one value per channel in the last map, otherwise its variance
 * is undefined; such a batch is rejected.
 *
 * <p>Weights start from He's normal distribution over the inputs of a convolution (DJL's default
 * for weights; torchvision's goes over its outputs), so {@link
 * ai.djl.engine.Engine#setRandomSeed(int)} fixes them; {@link
 * ai.djl.training.DefaultTrainingConfig} may override them. The running statistics of the
 * normalisation move by a tenth per batch.
 *
 * <pre>{@code
 * Encoder encoder = ResNet.builder().setDepth(50).optOutputStride(16).build();
 * }</pre>
 */
public final class ResNet extends StagedEncoder {

    private static final int STEM_WIDTH = 64;

    private ResNet(Builder builder, Kind kind) {
        super(builder.inputChannels, kind.channels, builder.outputStride);
        ConvUnit stem = ConvUnit.builder(STEM_WIDTH, 7).stride(2).names("conv1", "bn1").build();
        addStage(List.of(addChildBlock("", stem)));
        Block pooling = Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1));
        List<Block> first = new ArrayList<>(List.of(addChildBlock("", pooling)));
        first.addAll(layer(kind, 1, 1)); // the pooling has the stride
        addStage(first);
        for (int layer = 2; layer <= 4; layer++) {
            addStage(layer(kind, layer, stride(layer)));
        }
    }

    /** Adds the units of a layer as child blocks. */
    private List<Block> layer(Kind kind, int layer, int stride) {
        int in = channels().get(layer - 1);
        int out = channels().get(layer);
        int width = STEM_WIDTH << layer - 1;
        int before = dilation(layer - 1);
        int after = dilation(layer);
        List<Block> units = new ArrayList<>();
        for (int unit = 0; unit < kind.units.get(layer - 1); unit++) {
            ResidualUnit block =
                    unit == 0
                            ? kind.unit(in, width, stride, before, after)
                            : kind.unit(out, width, 1, after, after);
            units.add(addChildBlock("layer" + layer + "." + unit, block));
        }
        return units;
    }

    /**
     * Starts building an encoder.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** What depends on the depth. */
    private enum Kind {
        R18(18, List.of(2, 2, 2, 2), List.of(64, 64, 128, 256, 512)),
        R34(34, List.of(3, 4, 6, 3), List.of(64, 64, 128, 256, 512)),
        R50(50, List.of(3, 4, 6, 3), List.of(64, 256, 512, 1024, 2048)) {
            @Override
            ResidualUnit unit(int in, int width, int stride, int before, int after) {
                return ResidualUnit.bottleneck(in, width, stride, before);
            }
        };

        private final int depth;

        /** Of every layer. */
        private final List<Integer> units;

        /** Of every map. */
        private final List<Integer> channels;

        Kind(int depth, List<Integer> units, List<Integer> channels) {
            this.depth = depth;
            this.units = units;
            this.channels = channels;
        }

        ResidualUnit unit(int in, int width, int stride, int before, int after) {
            return ResidualUnit.basic(in, width, stride, before, after);
        }

        static Kind of(int depth) {
            for (Kind kind : values()) {
                if (kind.depth == depth) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("depth: expected 18, 34 or 50, got " + depth);
        }
    }

    /** Builds a {@link ResNet}. */
    public static final class Builder {

        private int depth;
        private int inputChannels = 3;
        private int outputStride = 32;

        private Builder() {}

        /**
         * Sets the number of layers.
         *
         * @param depth the number, 18, 34 or 50
         * @return this builder
         */
        public Builder setDepth(int depth) {
            this.depth = depth;
            return this;
        }

        /**
         * Sets the number of channels of the images.
         *
         * @param inputChannels the number of channels, at least 1 (default 3)
         * @return this builder
         */
        public Builder optInputChannels(int inputChannels) {
            this.inputChannels = inputChannels;
            return this;
        }

        /**
         * Sets the stride of the last map. A smaller one costs time and memory, not parameters.
         *
         * @param outputStride the stride, 8, 16 or 32 (default 32)
         * @return this builder
         */
        public Builder optOutputStride(int outputStride) {
            this.outputStride = outputStride;
            return this;
        }

        /**
         * Builds the encoder.
         *
         * @return an encoder without parameter values
         * @throws IllegalArgumentException if the depth is not set or a number is out of range
         */
        public ResNet build() {
            return new ResNet(this, Kind.of(depth));
        }
    }
}
