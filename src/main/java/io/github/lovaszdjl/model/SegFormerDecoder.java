package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.internal.Bilinear;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of SegFormer (Xie et al., <a href="https://arxiv.org/abs/2105.15203">2021</a>), made
 * of linear maps only: (N, width, H / s, W / s), where s is the stride of the encoder's finest map,
 * 4 for a {@link MixTransformer}.
 *
 * <p>A linear map brings every feature map to the same width; all are resized bilinearly to the
 * finest and joined, the coarsest first; a 1×1 convolution without bias brings the channels back to
 * the width, and batch normalisation and ReLU follow. The dropout of the paper and the last layer
 * are those of the network that it is part of.
 *
 * <p>Nothing but resizing stands between the linear map of a feature map and its share of the 1×1
 * convolution, and a sum of resized values, whose weights sum to 1, is that of mapped ones. So the
 * two matrices are multiplied first and applied once, before the resizing. The result is the same
 * but for rounding, for a tenth of the work or less.
 *
 * <p>The parameters bear the names of the transformers library, below {@code decode_head}, such as
 * {@code linear_c.0.proj.weight}.
 */
public final class SegFormerDecoder extends Decoder implements NetworkCost.Counted {

    private static final int USUAL_WIDTH = 256;

    private final int width;

    /** Of every map, the finest first. */
    private final List<Linear> projections = new ArrayList<>();

    private final Conv2d fuse;
    private final BatchNorm norm;

    /**
     * Constructs a decoder without parameter values, of the width published for the encoder: 768
     * for {@link MixTransformer#b2}, 256 for others.
     *
     * @param encoder the encoder whose maps it gets
     */
    public SegFormerDecoder(Encoder encoder) {
        this(encoder, encoder instanceof MixTransformer mit ? mit.decoderWidth() : USUAL_WIDTH);
    }

    /**
     * Constructs a decoder without parameter values.
     *
     * @param encoder the encoder whose maps it gets
     * @param width the channels of the output, at least 1
     * @throws IllegalArgumentException if the width is out of range
     */
    public SegFormerDecoder(Encoder encoder, int width) {
        super(width, encoder.strides().get(0));
        UNet.Builder.check("width", width, Integer.MAX_VALUE);
        this.width = width;
        for (int map = 0; map < encoder.channels().size(); map++) {
            String name = "linear_c." + map + ".proj";
            projections.add(addChildBlock(name, TransformerLayer.linear(width)));
        }
        fuse =
                addChildBlock(
                        "linear_fuse",
                        Conv2d.builder()
                                .setKernelShape(new Shape(1, 1))
                                .setFilters(width)
                                .optBias(false)
                                .build());
        norm = addChildBlock("batch_norm", BatchNorm.builder().build());
    }

    @Override
    protected NDArray decode(ParameterStore store, List<NDArray> maps, boolean training) {
        try (NDArray fused = fuse(store, maps, training);
                NDArray first = FeatureMaps.channelsFirst(fused);
                NDArray normalized =
                        norm.forward(store, new NDList(first), training).singletonOrThrow()) {
            return Activation.relu(normalized);
        }
    }

    /** Returns the sum over all maps of what becomes of each, (N, H, W, width). */
    private NDArray fuse(ParameterStore store, List<NDArray> maps, boolean training) {
        Shape finest = maps.get(0).getShape();
        NDArray sum = null;
        for (int map = 0; map < maps.size(); map++) {
            NDArray resized;
            try (NDArray mapped = map(store, maps.get(map), map, training)) {
                resized = Bilinear.resizeChannelsLast(mapped, finest.get(2), finest.get(3));
            }
            if (sum == null) {
                sum = resized;
            } else {
                try (NDArray before = sum;
                        resized) {
                    sum = before.add(resized);
                }
            }
        }
        return sum;
    }

    /** Applies both linear maps to a feature map: (N, C, H, W) to (N, H, W, width). */
    private NDArray map(ParameterStore store, NDArray features, int map, boolean training) {
        Device device = features.getDevice();
        NDArray kernel = store.getValue(parameter(fuse, "weight"), device, training);
        Linear projection = projections.get(map);
        NDArray weight = store.getValue(parameter(projection, "weight"), device, training);
        NDArray bias = store.getValue(parameter(projection, "bias"), device, training);
        long first = (projections.size() - 1L - map) * width; // the coarsest comes first
        NDIndex share = new NDIndex().addAllDim().addSliceDim(first, first + width);
        try (NDArray slice = kernel.get(share);
                NDArray matrix = slice.reshape(width, width);
                NDArray product = matrix.matMul(weight);
                NDArray column = bias.reshape(width, 1);
                NDArray mappedColumn = matrix.matMul(column);
                NDArray mappedBias = mappedColumn.reshape(width);
                NDArray tokens = FeatureMaps.channelsLast(features)) {
            return Linear.linear(tokens, product, mappedBias).singletonOrThrow();
        }
    }

    private static Parameter parameter(Block block, String name) {
        return block.getParameters().get(name);
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape out = outputShape(List.of(inputShapes));
        for (int map = 0; map < projections.size(); map++) {
            Shape in = inputShapes[map];
            Shape tokens = new Shape(in.get(0), in.get(2), in.get(3), in.get(1));
            projections.get(map).initialize(manager, dataType, tokens);
        }
        long joined = (long) width * projections.size();
        fuse.initialize(manager, dataType, new Shape(out.get(0), joined, out.get(2), out.get(3)));
        norm.initialize(manager, dataType, out);
    }

    /** Every map goes through the product of both linear maps, which is made first. */
    @Override
    public long multiplyAdds() {
        long sum = 0;
        for (Linear projection : projections) {
            Shape tokens = projection.getInputShapes()[0];
            long channels = tokens.get(3);
            sum += tokens.size() * width + width * (channels + 1) * width;
        }
        return sum;
    }

    @Override
    protected Shape outputShape(List<Shape> maps) {
        Shape finest = maps.get(0);
        return new Shape(finest.get(0), width, finest.get(2), finest.get(3));
    }
}
