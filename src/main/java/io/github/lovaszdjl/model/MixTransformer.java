package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/**
 * The Mix Transformers B0, B1 and B2, the encoders of SegFormer (Xie, Wang, Yu, Anandkumar, Alvarez
 * and Luo, <a href="https://arxiv.org/abs/2105.15203">2021</a>). Images (N, C, H, W) become four
 * maps:
 *
 * <table>
 * <caption>Channels of the maps, and layers before each</caption>
 * <tr><th>stride<th>B0<th>B1<th>B2
 * <tr><td>4<td>32, 2 layers<td>64, 2 layers<td>64, 3 layers
 * <tr><td>8<td>64, 2 layers<td>128, 2 layers<td>128, 4 layers
 * <tr><td>16<td>160, 2 layers<td>320, 2 layers<td>320, 6 layers
 * <tr><td>32<td>256, 2 layers<td>512, 2 layers<td>512, 3 layers
 * </table>
 *
 * <p>There is no map at stride 2, so a decoder that goes up to the image level by level, as that of
 * U-Net, has nothing to work with there; {@link SegFormerDecoder} is made for these maps.
 *
 * <p>A stage turns the map before it, or the image, into tokens with a convolution whose patches
 * overlap, lets them attend to each other in its layers, where keys and values are reduced to every
 * 8th, 4th, 2nd row and column in the first three stages, and normalises them. No encoding of
 * positions is added: the convolutions carry them, so that images may have any size.
 *
 * <p>In training a layer is left out with a probability that rises from 0 at the first layer to 0.1
 * at the last (stochastic depth), drawn from the engine's generator.
 *
 * <p>The parameters bear the names of the transformers library, below {@code segformer.encoder},
 * such as {@code block.0.1.attention.self.query.weight}. The normalisations add to a variance what
 * the authors' own code does, with which the published weights were trained: 1e-6, but 1e-5 after
 * patches and reduced keys; the transformers library adds 1e-5 everywhere.
 *
 * <p>Weights start as in the authors' code: normal with a deviation of 0.02 in linear layers, He's
 * normal distribution over the outputs of convolutions; {@link
 * ai.djl.engine.Engine#setRandomSeed(int)} fixes them.
 *
 * <p>Where the reduction does not divide a map, the last rows and columns have no key, as in the
 * authors' code; a map smaller than the reduction is extended by copies of its last row and column,
 * where that code fails. Neither happens with sizes that are multiples of 32.
 *
 * <pre>{@code
 * Encoder encoder = MixTransformer.b0(3);
 * }</pre>
 */
public final class MixTransformer extends Encoder {

    private static final float DROP_PATH = 0.1f;

    private static final int NARROW_DECODER = 256;
    private static final int WIDE_DECODER = 768;

    private final int decoderWidth;
    private final List<PatchEmbedding> embeddings = new ArrayList<>();

    /** Of every stage. */
    private final List<List<TransformerLayer>> layers = new ArrayList<>();

    private final List<LayerNorm> norms = new ArrayList<>();

    /**
     * A part of the network between two maps.
     *
     * @param width the channels of its map
     * @param layers the number of layers
     * @param heads the number of attention heads, a divisor of the width
     * @param reduction how many rows and columns share a key
     */
    record Stage(int width, int layers, int heads, int reduction) {}

    /**
     * @param inputChannels the channels of an image
     * @param stages the four stages
     * @param dropPath the probability that training leaves out the last layer
     * @param decoderWidth the channels of its usual decoder
     */
    MixTransformer(int inputChannels, List<Stage> stages, float dropPath, int decoderWidth) {
        super(inputChannels, stages.stream().map(Stage::width).toList(), List.of(4, 8, 16, 32));
        this.decoderWidth = decoderWidth;
        for (int stage = 0; stage < stages.size(); stage++) {
            int width = stages.get(stage).width();
            PatchEmbedding embedding =
                    stage == 0 ? new PatchEmbedding(width, 7, 4) : new PatchEmbedding(width, 3, 2);
            embeddings.add(addChildBlock("patch_embeddings." + stage, embedding));
        }
        int last = stages.stream().mapToInt(Stage::layers).sum() - 1;
        int count = 0;
        for (int stage = 0; stage < stages.size(); stage++) {
            List<TransformerLayer> ofStage = new ArrayList<>();
            for (int layer = 0; layer < stages.get(stage).layers(); layer++) {
                float drop = dropPath * count++ / last;
                String name = "block." + stage + "." + layer;
                ofStage.add(addChildBlock(name, new TransformerLayer(stages.get(stage), drop)));
            }
            layers.add(ofStage);
        }
        for (int stage = 0; stage < stages.size(); stage++) {
            norms.add(addChildBlock("layer_norm." + stage, TransformerLayer.norm()));
        }
    }

    private MixTransformer(
            int inputChannels, List<Integer> widths, List<Integer> layers, int decoderWidth) {
        this(inputChannels, stages(widths, layers), DROP_PATH, decoderWidth);
    }

    private static List<Stage> stages(List<Integer> widths, List<Integer> layers) {
        return List.of(
                new Stage(widths.get(0), layers.get(0), 1, 8),
                new Stage(widths.get(1), layers.get(1), 2, 4),
                new Stage(widths.get(2), layers.get(2), 5, 2),
                new Stage(widths.get(3), layers.get(3), 8, 1));
    }

    /**
     * Makes a Mix Transformer B0, of 3.3 million parameters.
     *
     * @param inputChannels the channels of an image, at least 1
     * @return an encoder without parameter values
     * @throws IllegalArgumentException if the number is out of range
     */
    public static MixTransformer b0(int inputChannels) {
        List<Integer> widths = List.of(32, 64, 160, 256);
        return new MixTransformer(inputChannels, widths, List.of(2, 2, 2, 2), NARROW_DECODER);
    }

    /**
     * Makes a Mix Transformer B1, of 13.2 million parameters.
     *
     * @param inputChannels the channels of an image, at least 1
     * @return an encoder without parameter values
     * @throws IllegalArgumentException if the number is out of range
     */
    public static MixTransformer b1(int inputChannels) {
        List<Integer> widths = List.of(64, 128, 320, 512);
        return new MixTransformer(inputChannels, widths, List.of(2, 2, 2, 2), NARROW_DECODER);
    }

    /**
     * Makes a Mix Transformer B2, of 24.2 million parameters.
     *
     * @param inputChannels the channels of an image, at least 1
     * @return an encoder without parameter values
     * @throws IllegalArgumentException if the number is out of range
     */
    public static MixTransformer b2(int inputChannels) {
        List<Integer> widths = List.of(64, 128, 320, 512);
        return new MixTransformer(inputChannels, widths, List.of(3, 4, 6, 3), WIDE_DECODER);
    }

    /** Returns the channels that the published decoder of this encoder has. */
    int decoderWidth() {
        return decoderWidth;
    }

    @Override
    protected List<NDArray> encode(ParameterStore store, NDArray images, boolean training) {
        List<NDArray> maps = new ArrayList<>();
        NDArray map = images;
        for (int stage = 0; stage < layers.size(); stage++) {
            NDArray tokens = embeddings.get(stage).forward(store, map, training);
            for (TransformerLayer layer : layers.get(stage)) {
                try (NDArray before = tokens) {
                    tokens = layer.forward(store, before, training);
                }
            }
            try (NDArray last = tokens;
                    NDArray normalized =
                            norms.get(stage)
                                    .forward(store, new NDList(last), training)
                                    .singletonOrThrow()) {
                map = FeatureMaps.channelsFirst(normalized);
            }
            maps.add(map);
        }
        return maps;
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape in = inputShapes[0];
        for (int stage = 0; stage < layers.size(); stage++) {
            embeddings.get(stage).initialize(manager, dataType, in);
            Shape tokens = embeddings.get(stage).getOutputShapes(new Shape[] {in})[0];
            for (TransformerLayer layer : layers.get(stage)) {
                layer.initialize(manager, dataType, tokens);
            }
            norms.get(stage).initialize(manager, dataType, tokens);
            in = new Shape(tokens.get(0), tokens.get(3), tokens.get(1), tokens.get(2));
        }
    }
}
