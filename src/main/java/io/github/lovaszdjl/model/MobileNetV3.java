package io.github.lovaszdjl.model;

import ai.djl.nn.Block;
import io.github.lovaszdjl.model.InvertedResidual.Design;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV3-Large without its classifier, after Howard et al., <a
 * href="https://doi.org/10.1109/ICCV.2019.00140">Searching for MobileNetV3</a> (2019): an encoder
 * for processors without an accelerator. Images (N, C, H, W) become five maps:
 *
 * <table>
 * <caption>Maps</caption>
 * <tr><th>map<th>after<th>channels<th>stride
 * <tr><td>0<td>features.1<td>16<td>2
 * <tr><td>1<td>features.3<td>24<td>4
 * <tr><td>2<td>features.6<td>40<td>8
 * <tr><td>3<td>features.12<td>112<td>16
 * <tr><td>4<td>features.16<td>960<td>32
 * </table>
 *
 * <p>The network and the names of its parameters are those of torchvision.
 *
 * <p>With an output stride of 16 the last three units have dilation 2 in place of the last stride,
 * as torchvision's {@code dilated} has it: the convolution that had the stride is dilated, too,
 * unlike in a {@link ResNet}. An output stride of 8, which torchvision does not have, goes on by
 * the same rule: the units from features.7 on have dilation 2, the last three 4. The parameters are
 * the same for every output stride.
 *
 * <p>Training a batch needs more than one value per channel in the last map, otherwise its variance
 * is undefined; such a batch is rejected.
 *
 * <p>Weights start from He's normal distribution over the inputs of a convolution (DJL's default
 * for weights; torchvision's goes over its outputs), so {@link
 * ai.djl.engine.Engine#setRandomSeed(int)} fixes them; {@link
 * ai.djl.training.DefaultTrainingConfig} may override them. The running statistics of the
 * normalisation move by a hundredth per batch, so that a training from scratch needs some hundred
 * steps before its evaluation says much.
 *
 * <pre>{@code
 * Encoder encoder = MobileNetV3.builder().optOutputStride(16).build();
 * }</pre>
 */
public final class MobileNetV3 extends StagedEncoder {

    private static final int STEM_WIDTH = 16;

    /** The units of every stage; each of its own lines in the paper's Table 1. */
    private static final List<List<Design>> STAGES =
            List.of(
                    List.of(new Design(3, 16, 16, false, false)),
                    List.of(
                            new Design(3, 64, 24, false, false),
                            new Design(3, 72, 24, false, false)),
                    List.of(
                            new Design(5, 72, 40, true, false),
                            new Design(5, 120, 40, true, false),
                            new Design(5, 120, 40, true, false)),
                    List.of(
                            new Design(3, 240, 80, false, true),
                            new Design(3, 200, 80, false, true),
                            new Design(3, 184, 80, false, true),
                            new Design(3, 184, 80, false, true),
                            new Design(3, 480, 112, true, true),
                            new Design(3, 672, 112, true, true)),
                    List.of(
                            new Design(5, 672, 160, true, true),
                            new Design(5, 960, 160, true, true),
                            new Design(5, 960, 160, true, true)));

    private static final List<Integer> CHANNELS = List.of(16, 24, 40, 112, 960);

    private MobileNetV3(Builder builder) {
        super(builder.inputChannels, CHANNELS, builder.outputStride);
        int features = 0;
        int channels = STEM_WIDTH;
        for (int stage = 0; stage < STAGES.size(); stage++) {
            List<Block> blocks = new ArrayList<>();
            int stride = stride(stage);
            if (stage == 0) {
                Block stem =
                        unit(STEM_WIDTH, 3)
                                .stride(stride)
                                .activation(HardActivation::swish)
                                .build();
                blocks.add(addChildBlock("features." + features++, stem));
                stride = 1;
            }
            for (Design design : STAGES.get(stage)) {
                Block block = new InvertedResidual(design, channels, stride, dilation(stage));
                blocks.add(addChildBlock("features." + features++, block));
                channels = design.out();
                stride = 1;
            }
            if (stage == STAGES.size() - 1) {
                Block last = unit(CHANNELS.get(stage), 1).activation(HardActivation::swish).build();
                blocks.add(addChildBlock("features." + features++, last));
            }
            addStage(blocks);
        }
    }

    /** Starts a unit as all of this network are: slow statistics, and a name for each part. */
    static ConvUnit.Builder unit(int filters, int kernel) {
        return ConvUnit.builder(filters, kernel).epsilon(1e-3f).momentum(0.99f).names("0", "1");
    }

    /**
     * Starts building an encoder.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MobileNetV3}. */
    public static final class Builder {

        private int inputChannels = 3;
        private int outputStride = 32;

        private Builder() {}

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
         * @throws IllegalArgumentException if a number is out of range
         */
        public MobileNetV3 build() {
            return new MobileNetV3(this);
        }
    }
}
