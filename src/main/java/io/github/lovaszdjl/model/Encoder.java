package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;

/**
 * The first half of a network: turns images (N, C, H, W) into feature maps at several strides, the
 * finest first. Map i has the shape (N, channels(i), ⌈H / stride(i)⌉, ⌈W / stride(i)⌉), and every
 * stride divides the next one or equals it.
 *
 * <p>Its parameters bear the names of a published implementation, see {@link TensorNames}, so that
 * weights load name by name.
 */
public abstract class Encoder extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int inputChannels;
    private final List<Integer> channels;
    private final List<Integer> strides;

    /**
     * Keeps what is known beforehand.
     *
     * @param inputChannels the channels of an image
     * @param channels the channels of every map
     * @param strides the stride of every map
     */
    protected Encoder(int inputChannels, List<Integer> channels, List<Integer> strides) {
        super(VERSION);
        UNet.Builder.check("inputChannels", inputChannels, Integer.MAX_VALUE);
        if (channels.isEmpty() || channels.size() != strides.size()) {
            throw new IllegalArgumentException(
                    "channels and strides: expected as many of both, got "
                            + channels
                            + " and "
                            + strides);
        }
        this.inputChannels = inputChannels;
        this.channels = List.copyOf(channels);
        this.strides = List.copyOf(strides);
    }

    /**
     * Computes the maps.
     *
     * @param store the values of the parameters
     * @param images the images, (N, C, H, W), of any height and width; stay open
     * @param training whether in training
     * @return the maps, the finest first, each a new array
     */
    protected abstract List<NDArray> encode(ParameterStore store, NDArray images, boolean training);

    /**
     * Returns the channels of an image.
     *
     * @return the number, at least 1
     */
    public final int inputChannels() {
        return inputChannels;
    }

    /**
     * Returns the channels of every map.
     *
     * @return the numbers, finest map first
     */
    public final List<Integer> channels() {
        return channels;
    }

    /**
     * Returns how many pixels of an image, along each axis, are one of a map.
     *
     * @return the stride of every map, in rising order
     */
    public final List<Integer> strides() {
        return strides;
    }

    @Override
    protected final NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray images = inputs.singletonOrThrow();
        checkInput(images.getShape());
        return new NDList(encode(parameterStore, images, training));
    }

    @Override
    public final Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape images = inputShapes[0];
        checkInput(images);
        List<Shape> maps = new ArrayList<>();
        for (int map = 0; map < channels.size(); map++) {
            maps.add(
                    new Shape(
                            images.get(0),
                            channels.get(map),
                            FeatureMaps.strided(images.get(2), strides.get(map)),
                            FeatureMaps.strided(images.get(3), strides.get(map))));
        }
        return maps.toArray(Shape[]::new);
    }

    private void checkInput(Shape shape) {
        if (shape.dimension() != 4 || shape.get(1) != inputChannels || shape.size() == 0) {
            throw new IllegalArgumentException(
                    "input: expected (N, " + inputChannels + ", H, W), got " + shape);
        }
    }
}
