package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;

/**
 * The second half of a network: brings the feature maps of an {@link Encoder} together into one of
 * the shape (N, channels, H / stride, W / stride), from which a last layer makes logits.
 */
public abstract class Decoder extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int channels;
    private final int stride;

    /**
     * Keeps what is known beforehand.
     *
     * @param channels the channels of the output
     * @param stride how many pixels of an image, along each axis, are one of the output
     */
    protected Decoder(int channels, int stride) {
        super(VERSION);
        this.channels = channels;
        this.stride = stride;
    }

    /**
     * Brings maps together.
     *
     * @param store the values of the parameters
     * @param maps those of the encoder, the finest first, of an image whose height and width are
     *     multiples of the largest stride; stay open
     * @param training whether in training
     * @return a new array, (N, channels, H / stride, W / stride)
     */
    protected abstract NDArray decode(ParameterStore store, List<NDArray> maps, boolean training);

    /**
     * Returns the channels of the output.
     *
     * @return the number, at least 1
     */
    public final int channels() {
        return channels;
    }

    /**
     * Returns how many pixels of an image, along each axis, are one of the output.
     *
     * @return the stride, at least 1
     */
    public final int stride() {
        return stride;
    }

    /**
     * Returns the shape of the output.
     *
     * @param maps the shapes of the maps
     * @return the shape
     */
    protected abstract Shape outputShape(List<Shape> maps);

    @Override
    protected final NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(decode(parameterStore, inputs, training));
    }

    @Override
    public final Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {outputShape(List.of(inputShapes))};
    }
}
