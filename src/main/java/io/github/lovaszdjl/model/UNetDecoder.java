package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of a U-Net (Ronneberger, Fischer and Brox, <a
 * href="https://doi.org/10.1007/978-3-319-24574-4_28">2015</a>) on the maps of any {@link Encoder}
 * whose strides double or stay: (N, 16, H, W).
 *
 * <p>Level by level, from the deepest map up: the features are doubled in height and width (nearest
 * neighbour) where the stride of the next map is half of theirs, that map is put behind them, and
 * two units of 3×3 convolution, batch normalisation and ReLU follow. The last level, at the size of
 * the image, has no map. Levels have 256, 128, 64, 32 and 16 channels, the last of these where
 * there are fewer levels.
 */
public final class UNetDecoder extends Decoder {

    private static final List<Integer> WIDTHS = List.of(256, 128, 64, 32, 16);

    private final List<Integer> strides;

    /** Two units per level, the deepest first; the last is at the size of the image. */
    private final List<List<ConvUnit>> levels = new ArrayList<>();

    /**
     * Constructs a decoder without parameter values.
     *
     * @param encoder the encoder whose maps it gets
     * @throws IllegalArgumentException if the first stride is not 2, or another is neither the one
     *     before nor twice that, or there are more than 5
     */
    public UNetDecoder(Encoder encoder) {
        super(WIDTHS.get(WIDTHS.size() - 1), 1);
        strides = encoder.strides();
        checkStrides(strides);
        for (int level = 0; level < strides.size(); level++) {
            int width = WIDTHS.get(WIDTHS.size() - strides.size() + level);
            levels.add(
                    List.of(
                            addChildBlock("level" + level + "a", new ConvUnit(width, 3)),
                            addChildBlock("level" + level + "b", new ConvUnit(width, 3))));
        }
    }

    private static void checkStrides(List<Integer> strides) {
        boolean good = strides.get(0) == 2 && strides.size() <= WIDTHS.size();
        for (int map = 1; map < strides.size(); map++) {
            int ratio = strides.get(map) / strides.get(map - 1);
            good &= ratio * strides.get(map - 1) == strides.get(map) && ratio <= 2;
        }
        if (!good) {
            throw new IllegalArgumentException(
                    "encoder: expected at most 5 maps, the first of the stride 2 and each further"
                            + " one of the same or twice the stride, got strides "
                            + strides);
        }
    }

    @Override
    protected NDArray decode(ParameterStore store, List<NDArray> maps, boolean training) {
        NDArray features = maps.get(maps.size() - 1);
        for (int level = 0; level < levels.size(); level++) {
            int map = maps.size() - 2 - level;
            NDArray upsampled = doubles(map) ? FeatureMaps.upsample(features) : features;
            NDArray joined = map < 0 ? upsampled : upsampled.concat(maps.get(map), 1);
            NDArray before = features;
            try (NDArray first = levels.get(level).get(0).forward(store, joined, training)) {
                features = levels.get(level).get(1).forward(store, first, training);
            }
            if (joined != upsampled) {
                joined.close();
            }
            if (upsampled != before) {
                upsampled.close();
            }
            if (level > 0) {
                before.close();
            }
        }
        return features;
    }

    /** Tells whether a map, or the image as that before the first, is twice the next in size. */
    private boolean doubles(int map) {
        return map < 0 || strides.get(map + 1) == 2 * strides.get(map);
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape features = inputShapes[inputShapes.length - 1];
        for (int level = 0; level < levels.size(); level++) {
            int map = inputShapes.length - 2 - level;
            int factor = doubles(map) ? 2 : 1;
            long channels = features.get(1) + (map < 0 ? 0 : inputShapes[map].get(1));
            Shape in =
                    new Shape(
                            features.get(0),
                            channels,
                            factor * features.get(2),
                            factor * features.get(3));
            for (ConvUnit unit : levels.get(level)) {
                unit.initialize(manager, dataType, in);
                in = unit.getOutputShapes(new Shape[] {in})[0];
            }
            features = in;
        }
    }

    @Override
    protected Shape outputShape(List<Shape> maps) {
        Shape finest = maps.get(0);
        return new Shape(finest.get(0), channels(), 2 * finest.get(2), 2 * finest.get(3));
    }
}
