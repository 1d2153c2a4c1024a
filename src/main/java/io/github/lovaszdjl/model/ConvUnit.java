package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.function.UnaryOperator;

/**
 * Convolution, batch normalisation and, unless told otherwise, ReLU: (N, C, H, W) to (N, filters,
 * ⌈H / stride⌉, ⌈W / stride⌉).
 *
 * <p>The convolution has no bias: the normalisation that follows would subtract it again. Results
 * in between are closed as soon as the next one exists. An engine that needs them for the backward
 * pass keeps hold of their memory by itself.
 */
final class ConvUnit extends AbstractBlock {

    private final int filters;
    private final int stride;
    private final UnaryOperator<NDArray> activation;
    private final Conv2d convolution;
    private final BatchNorm norm;

    /**
     * @param filters the number of channels of the output
     * @param kernel the height and width of the kernel, odd
     */
    ConvUnit(int filters, int kernel) {
        this(builder(filters, kernel));
    }

    private ConvUnit(Builder builder) {
        filters = builder.filters;
        stride = builder.stride;
        activation = builder.activation;
        long padding = builder.dilation * (builder.kernel / 2);
        convolution =
                addChildBlock(
                        builder.convName,
                        Conv2d.builder()
                                .setKernelShape(new Shape(builder.kernel, builder.kernel))
                                .optPadding(new Shape(padding, padding))
                                .optStride(new Shape(stride, stride))
                                .optDilation(new Shape(builder.dilation, builder.dilation))
                                .optGroups(builder.groups)
                                .setFilters(filters)
                                .optBias(false)
                                .build());
        norm =
                addChildBlock(
                        builder.normName,
                        BatchNorm.builder()
                                .optEpsilon(builder.epsilon)
                                .optMomentum(builder.momentum)
                                .build());
    }

    /**
     * Starts building a unit.
     *
     * @param filters the number of channels of the output
     * @param kernel the height and width of the kernel, odd
     */
    static Builder builder(int filters, int kernel) {
        return new Builder(filters, kernel);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(forward(parameterStore, inputs.singletonOrThrow(), training));
    }

    /** The same on a single array, (N, C, H, W), which stays open. */
    NDArray forward(ParameterStore store, NDArray input, boolean training) {
        try (NDArray features =
                convolution.forward(store, new NDList(input), training).singletonOrThrow()) {
            NDArray normalized =
                    norm.forward(store, new NDList(features), training).singletonOrThrow();
            if (activation == null) {
                return normalized;
            }
            try (normalized) {
                return activation.apply(normalized);
            }
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        convolution.initialize(manager, dataType, inputShapes);
        norm.initialize(manager, dataType, getOutputShapes(inputShapes));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape in = inputShapes[0];
        return new Shape[] {
            new Shape(
                    in.get(0),
                    filters,
                    FeatureMaps.strided(in.get(2), stride),
                    FeatureMaps.strided(in.get(3), stride))
        };
    }

    /** Builds a {@link ConvUnit}. */
    static final class Builder {

        private final int filters;
        private final int kernel;
        private int stride = 1;
        private int dilation = 1;
        private int groups = 1;
        private float epsilon = 1e-5f;
        private float momentum = 0.9f;
        private UnaryOperator<NDArray> activation = Activation::relu;
        private String convName = "conv";
        private String normName = "norm";

        private Builder(int filters, int kernel) {
            this.filters = filters;
            this.kernel = kernel;
        }

        /** Sets the stride (default 1). */
        Builder stride(int stride) {
            this.stride = stride;
            return this;
        }

        /** Sets the distance of a kernel's values (default 1). */
        Builder dilation(int dilation) {
            this.dilation = dilation;
            return this;
        }

        /** Sets the number of groups, that of the channels for a depthwise one (default 1). */
        Builder groups(int groups) {
            this.groups = groups;
            return this;
        }

        /** Sets what is added to the variance (default 1e-5). */
        Builder epsilon(float epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /** Sets the share of a running statistic that a batch leaves (default 0.9). */
        Builder momentum(float momentum) {
            this.momentum = momentum;
            return this;
        }

        /** Sets what follows the normalisation; null for nothing (default ReLU). */
        Builder activation(UnaryOperator<NDArray> activation) {
            this.activation = activation;
            return this;
        }

        /** Sets the names of the two child blocks (default conv and norm). */
        Builder names(String convName, String normName) {
            this.convName = convName;
            this.normName = normName;
            return this;
        }

        ConvUnit build() {
            return new ConvUnit(this);
        }
    }
}
