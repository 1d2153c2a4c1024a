package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.internal.Bilinear;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of DeepLabV3+ (Chen, Zhu, Papandreou, Schroff and Adam, <a
 * href="https://arxiv.org/abs/1802.02611">2018</a>): an atrous spatial pyramid on the deepest map,
 * joined with the low-level features of stride 4, (N, 256, H / 4, W / 4).
 *
 * <p>The pyramid is a 1×1 convolution, three atrous 3×3 ones and the mean of the image, each of 256
 * channels, and a 1×1 convolution that joins them. Its result, resized bilinearly, and the map of
 * stride 4, narrowed to 48 channels, go through two 3×3 convolutions. The rates of the atrous
 * convolutions are 6, 12 and 18 at output stride 16, as in the paper, twice those at 8 and half at
 * 32. All 3×3 convolutions are depthwise separable, with batch normalisation and ReLU after both
 * parts, as in the paper's fastest variant.
 *
 * <p>Where this differs from the paper: the mean of the image is not normalised, as a batch of one
 * image has one value a channel there, whose variance is undefined.
 */
public final class DeepLabV3PlusDecoder extends Decoder {

    private static final int WIDTH = 256;
    private static final int LOW_LEVEL_WIDTH = 48;
    private static final int STRIDE = 4;

    /** Of the rates 6, 12 and 18. */
    private static final int RATED_STRIDE = 16;

    private final int low;
    private final ConvUnit narrow;
    private final ConvUnit center;
    private final List<Chain> atrous = new ArrayList<>();
    private final Conv2d pooled;
    private final ConvUnit project;
    private final Chain refine;

    /**
     * Constructs a decoder without parameter values.
     *
     * @param encoder the encoder whose maps it gets
     * @throws IllegalArgumentException if it has no map of stride 4 before its last, or the last is
     *     not of stride 8, 16 or 32
     */
    public DeepLabV3PlusDecoder(Encoder encoder) {
        super(WIDTH, STRIDE);
        List<Integer> strides = encoder.strides();
        low = strides.lastIndexOf(STRIDE);
        int last = strides.get(strides.size() - 1);
        if (low < 0 || !List.of(8, 16, 32).contains(last)) {
            throw new IllegalArgumentException(
                    "encoder: expected a map of stride 4 and a last one of 8, 16 or 32, got strides "
                            + strides);
        }
        center = addChildBlock("center", new ConvUnit(WIDTH, 1));
        int channels = encoder.channels().get(strides.size() - 1);
        for (int factor = 1; factor <= 3; factor++) {
            int rate = 6 * factor * RATED_STRIDE / last;
            atrous.add(new Chain(separable("atrous" + factor, channels, rate)));
        }
        pooled =
                addChildBlock(
                        "pooled",
                        Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(WIDTH).build());
        project = addChildBlock("project", new ConvUnit(WIDTH, 1));
        narrow = addChildBlock("narrow", new ConvUnit(LOW_LEVEL_WIDTH, 1));
        List<ConvUnit> units = new ArrayList<>(separable("refine1", WIDTH + LOW_LEVEL_WIDTH, 1));
        units.addAll(separable("refine2", WIDTH, 1));
        refine = new Chain(units);
    }

    private List<ConvUnit> separable(String name, int channels, int rate) {
        return List.of(
                addChildBlock(
                        name + "depthwise",
                        ConvUnit.builder(channels, 3).groups(channels).dilation(rate).build()),
                addChildBlock(name + "pointwise", new ConvUnit(WIDTH, 1)));
    }

    @Override
    protected NDArray decode(ParameterStore store, List<NDArray> maps, boolean training) {
        NDArray fine = maps.get(low);
        try (NDArray context = pyramid(store, maps.get(maps.size() - 1), training);
                NDArray resized = Bilinear.resize(context, fine.size(2), fine.size(3));
                NDArray narrowed = narrow.forward(store, fine, training);
                NDArray joined = resized.concat(narrowed, 1)) {
            return refine.forward(store, joined, training);
        }
    }

    private NDArray pyramid(ParameterStore store, NDArray map, boolean training) {
        try (NDList parts = new NDList()) {
            parts.add(center.forward(store, map, training));
            for (Chain units : atrous) {
                parts.add(units.forward(store, map, training));
            }
            parts.add(imageMean(store, map, training));
            try (NDArray joined = NDArrays.concat(parts, 1)) {
                return project.forward(store, joined, training);
            }
        }
    }

    private NDArray imageMean(ParameterStore store, NDArray map, boolean training) {
        Shape shape = map.getShape();
        try (NDArray rows = map.mean(new int[] {3}, true);
                NDArray mean = rows.mean(new int[] {2}, true);
                NDArray features =
                        pooled.forward(store, new NDList(mean), training).singletonOrThrow();
                NDArray active = Activation.relu(features)) {
            return active.broadcast(shape.get(0), WIDTH, shape.get(2), shape.get(3));
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape deep = inputShapes[inputShapes.length - 1];
        center.initialize(manager, dataType, deep);
        for (Chain units : atrous) {
            units.initialize(manager, dataType, deep);
        }
        pooled.initialize(manager, dataType, new Shape(deep.get(0), deep.get(1), 1, 1));
        project.initialize(manager, dataType, resized(deep, 5L * WIDTH, deep));
        narrow.initialize(manager, dataType, inputShapes[low]);
        Shape joined = resized(deep, WIDTH + LOW_LEVEL_WIDTH, inputShapes[low]);
        refine.initialize(manager, dataType, joined);
    }

    private static Shape resized(Shape map, long channels, Shape size) {
        return new Shape(map.get(0), channels, size.get(2), size.get(3));
    }

    @Override
    protected Shape outputShape(List<Shape> maps) {
        return resized(maps.get(0), WIDTH, maps.get(low));
    }
}
