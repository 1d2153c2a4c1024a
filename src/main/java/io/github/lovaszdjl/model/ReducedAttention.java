package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lovaszdjl.internal.Operations;

/**
 * Multi-head self-attention of tokens (N, H, W, C) with fewer keys than queries: softmax(Q Kᵀ / √d)
 * V, with a query for every token, but a key and a value only for every square of {@code reduction}
 * × {@code reduction} tokens, which a convolution and a normalisation bring together. d is the
 * number of channels of a head. The efficient self-attention of SegFormer (Xie et al., <a
 * href="https://arxiv.org/abs/2105.15203">2021</a>), after Wang et al., <a
 * href="https://arxiv.org/abs/2102.12122">Pyramid Vision Transformer</a> (2021).
 */
final class ReducedAttention extends AbstractBlock implements NetworkCost.Counted {

    private final int heads;
    private final int headWidth;
    private final int reduction;
    private final Linear query;
    private final Linear key;
    private final Linear value;

    /** Null without a reduction. */
    private final Conv2d reduce;

    /** Null without a reduction. */
    private final LayerNorm norm;

    private final Linear output;

    ReducedAttention(MixTransformer.Stage stage) {
        int width = stage.width();
        heads = stage.heads();
        headWidth = width / heads;
        reduction = stage.reduction();
        query = addChildBlock("self.query", TransformerLayer.linear(width));
        key = addChildBlock("self.key", TransformerLayer.linear(width));
        value = addChildBlock("self.value", TransformerLayer.linear(width));
        if (reduction > 1) {
            Shape square = new Shape(reduction, reduction);
            reduce =
                    addChildBlock(
                            "self.sr",
                            Conv2d.builder()
                                    .setKernelShape(square)
                                    .optStride(square)
                                    .setFilters(width)
                                    .build());
            reduce.setInitializer(
                    PatchEmbedding.byOutputs(reduction * reduction * width), Parameter.Type.WEIGHT);
            norm = addChildBlock("self.layer_norm", LayerNorm.builder().axis(3).build());
        } else {
            reduce = null;
            norm = null;
        }
        output = addChildBlock("output.dense", TransformerLayer.linear(width));
    }

    /** The same on a single array, (N, H, W, C), which stays open. */
    NDArray forward(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray attended = attend(store, tokens, training)) {
            return apply(output, store, attended, training);
        }
    }

    private NDArray attend(ParameterStore store, NDArray tokens, boolean training) {
        NDArray reduced = reduction > 1 ? reduce(store, tokens, training) : tokens;
        try (NDArray probabilities = probabilities(store, tokens, reduced, training);
                NDArray values = apply(value, store, reduced, training);
                NDArray valuesOfHeads = split(values, 0, 2, 1, 3);
                NDArray means = probabilities.matMul(valuesOfHeads);
                NDArray joined = means.transpose(0, 2, 1, 3)) {
            return joined.reshape(tokens.getShape());
        } finally {
            if (reduced != tokens) {
                reduced.close();
            }
        }
    }

    /** Returns (N, ⌊H / reduction⌋, ⌊W / reduction⌋, C), but at least one token. */
    private NDArray reduce(ParameterStore store, NDArray tokens, boolean training) {
        try (NDArray map = FeatureMaps.channelsFirst(tokens)) {
            long height = Math.max(map.size(2), reduction);
            long width = Math.max(map.size(3), reduction);
            NDArray padded = FeatureMaps.pad(map, height, width);
            try (NDArray squares = apply(reduce, store, padded, training);
                    NDArray last = FeatureMaps.channelsLast(squares)) {
                return apply(norm, store, last, training);
            } finally {
                if (padded != map) {
                    padded.close();
                }
            }
        }
    }

    /** Returns how much each query attends to each key, (N, heads, queries, keys). */
    private NDArray probabilities(
            ParameterStore store, NDArray tokens, NDArray reduced, boolean training) {
        try (NDArray queries = apply(query, store, tokens, training);
                NDArray scale = Operations.number(queries, 1 / Math.sqrt(headWidth));
                NDArray scaled = queries.mul(scale);
                NDArray queriesOfHeads = split(scaled, 0, 2, 1, 3);
                NDArray keys = apply(key, store, reduced, training);
                NDArray keysOfHeads = split(keys, 0, 2, 3, 1);
                NDArray scores = queriesOfHeads.matMul(keysOfHeads)) {
            return scores.softmax(3);
        }
    }

    /** Turns tokens (N, H, W, C) into (N, H · W, heads, d) with its axes in another order. */
    private NDArray split(NDArray tokens, int... axes) {
        try (NDArray split = tokens.reshape(tokens.size(0), -1, heads, headWidth)) {
            return split.transpose(axes);
        }
    }

    private static NDArray apply(
            Block block, ParameterStore store, NDArray input, boolean training) {
        return block.forward(store, new NDList(input), training).singletonOrThrow();
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
        Shape tokens = inputShapes[0];
        query.initialize(manager, dataType, tokens);
        key.initialize(manager, dataType, tokens);
        value.initialize(manager, dataType, tokens);
        if (reduction > 1) {
            Shape map = new Shape(tokens.get(0), tokens.get(3), reduction, reduction);
            reduce.initialize(manager, dataType, map);
            norm.initialize(manager, dataType, new Shape(tokens.get(0), 1, 1, tokens.get(3)));
        }
        output.initialize(manager, dataType, tokens);
    }

    /** Scores and means are products of every query with every key and value. */
    @Override
    public long multiplyAdds() {
        Shape tokens = query.getInputShapes()[0];
        long width = tokens.get(3);
        long queries = tokens.size() / width;
        long keysOfImage =
                Math.max(1, tokens.get(1) / reduction) * Math.max(1, tokens.get(2) / reduction);
        long keys = tokens.get(0) * keysOfImage;
        long square = reduction > 1 ? (long) reduction * reduction : 0;
        long ofMaps = (2 * queries + (2 + square) * keys) * width * width;
        return ofMaps + 2 * queries * keysOfImage * width;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }
}
