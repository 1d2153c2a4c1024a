package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A network of one's own with an encoder, and auxiliary outputs in training. */
public final class TwoParts extends AbstractBlock {

    private final Block encoder;
    private final Conv2d classifier;
    private final List<Conv2d> auxiliary = new ArrayList<>();
    private final boolean always;
    private final boolean careful;

    /**
     * @param always whether auxiliary outputs are there in evaluation, too
     * @param extraChannels the channels that every auxiliary output has more than it should
     * @param careful whether the encoder is forwarded as {@link Freezing} has it
     */
    private TwoParts(
            int channels,
            int auxiliaryOutputs,
            int extraChannels,
            boolean always,
            boolean careful) {
        super((byte) 1);
        this.always = always;
        this.careful = careful;
        encoder =
                addChildBlock(
                        "encoder",
                        new SequentialBlock()
                                .add(convolution(3, 4))
                                .add(BatchNorm.builder().build())
                                .add(Activation.reluBlock())
                                .add(Dropout.builder().optRate(0.1f).build()));
        classifier = addChildBlock("classifier", convolution(1, channels));
        for (int i = 0; i < auxiliaryOutputs; i++) {
            Conv2d head = convolution(1, channels + extraChannels);
            auxiliary.add(addChildBlock("auxiliary" + i, head));
        }
    }

    private static Conv2d convolution(int size, int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(size, size))
                .optPadding(new Shape(size / 2, size / 2))
                .setFilters(filters)
                .build();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDList maps =
                careful
                        ? Freezing.forward(encoder, store, inputs, training)
                        : encoder.forward(store, inputs, training);
        NDList outputs = new NDList(classifier.forward(store, maps, training));
        if (training || always) {
            auxiliary.forEach(head -> outputs.addAll(head.forward(store, maps, training)));
        }
        return outputs;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
        encoder.initialize(manager, type, shapes);
        Shape[] maps = encoder.getOutputShapes(shapes);
        classifier.initialize(manager, type, maps);
        auxiliary.forEach(head -> head.initialize(manager, type, maps));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] shapes) {
        return classifier.getOutputShapes(encoder.getOutputShapes(shapes));
    }

    /** What the factories have in common. */
    private abstract static class Factory implements BlockFactory {

        private static final long serialVersionUID = 1L;

        abstract Block newBlock(int channels);

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            try {
                return newBlock(ModelDescription.from(arguments).channels());
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /** One output. */
    public static final class Plain extends Factory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Plain() {}

        @Override
        Block newBlock(int channels) {
            return new TwoParts(channels, 0, 0, false, true);
        }
    }

    /** One output; statistics that move although the encoder is frozen. */
    public static final class Careless extends Factory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public Careless() {}

        @Override
        Block newBlock(int channels) {
            return new TwoParts(channels, 0, 0, false, false);
        }
    }

    /** Two auxiliary outputs, which are there in evaluation, too. */
    public static final class WithAuxiliary extends Factory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public WithAuxiliary() {}

        @Override
        Block newBlock(int channels) {
            return new TwoParts(channels, 2, 0, true, true);
        }
    }

    /** An auxiliary output in training, with a channel too many. */
    public static final class WrongAuxiliary extends Factory {

        private static final long serialVersionUID = 1L;

        /** DJL calls this. */
        public WrongAuxiliary() {}

        @Override
        Block newBlock(int channels) {
            return new TwoParts(channels, 1, 1, false, true);
        }
    }
}
