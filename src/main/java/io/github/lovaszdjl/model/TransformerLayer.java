package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;

/**
 * A layer of a {@link MixTransformer}, from tokens (N, H, W, C) to new ones of the same shape: adds
 * to the tokens what {@link ReducedAttention} makes of them, and then what {@link MixFeedForward}
 * does, each after a normalisation.
 *
 * <p>Training leaves either addition out with a probability of {@code dropPath}, for every image by
 * itself, and otherwise divides it by the probability that it stays (stochastic depth, Huang et
 * al., <a href="https://arxiv.org/abs/1603.09382">2016</a>). The draws are the engine's, one after
 * another, so that a seed fixes them.
 */
final class TransformerLayer extends AbstractBlock {

    private static final float EPSILON = 1e-6f;

    private static final float LINEAR_DEVIATION = 0.02f;

    private final float dropPath;
    private final LayerNorm attentionNorm;
    private final ReducedAttention attention;
    private final LayerNorm feedForwardNorm;
    private final MixFeedForward feedForward;

    /**
     * @param stage the stage that it is part of
     * @param dropPath the probability that training leaves out an addition, below 1
     */
    TransformerLayer(MixTransformer.Stage stage, float dropPath) {
        this.dropPath = dropPath;
        attentionNorm = addChildBlock("layer_norm_1", norm());
        attention = addChildBlock("attention", new ReducedAttention(stage));
        feedForwardNorm = addChildBlock("layer_norm_2", norm());
        feedForward = addChildBlock("mlp", new MixFeedForward(stage.width()));
    }

    /** Returns a normalisation of every token of (N, H, W, C). */
    static LayerNorm norm() {
        return LayerNorm.builder().axis(3).optEpsilon(EPSILON).build();
    }

    /** Returns a linear map of every token. */
    static Linear linear(long width) {
        Linear linear = Linear.builder().setUnits(width).build();
        linear.setInitializer(new NormalInitializer(LINEAR_DEVIATION), Parameter.Type.WEIGHT);
        return linear;
    }

    float dropPath() {
        return dropPath;
    }

    /** The same on a single array, (N, H, W, C), which stays open. */
    NDArray forward(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray attended = attend(store, tokens, training);
                NDArray sum = add(tokens, attended, training);
                NDArray fed = feed(store, sum, training)) {
            return add(sum, fed, training);
        }
    }

    private NDArray attend(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray normalized =
                attentionNorm.forward(store, new NDList(tokens), training).singletonOrThrow()) {
            return attention.forward(store, normalized, training);
        }
    }

    private NDArray feed(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray normalized =
                feedForwardNorm.forward(store, new NDList(tokens), training).singletonOrThrow()) {
            return feedForward.forward(store, normalized, training);
        }
    }

    private NDArray add(NDArray tokens, NDArray addition, boolean training) {
        if (!training || dropPath == 0) {
            return tokens.add(addition);
        }
        Shape perImage = new Shape(tokens.size(0), 1, 1, 1);
        // Dropout of ones: 0, or 1 over the probability to stay, in the engine's own memory.
        try (NDArray ones = tokens.getManager().ones(perImage, tokens.getDataType());
                NDArray factors = Dropout.dropout(ones, dropPath, true).singletonOrThrow();
                NDArray kept = addition.mul(factors)) {
            return tokens.add(kept);
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(forward(parameterStore, inputs.singletonOrThrow(), training));
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        attentionNorm.initialize(manager, dataType, inputShapes);
        attention.initialize(manager, dataType, inputShapes);
        feedForwardNorm.initialize(manager, dataType, inputShapes);
        feedForward.initialize(manager, dataType, inputShapes);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }
}
