package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An encoder and decoder with skip connections that gives every pixel of an image one logit per
 * class: (N, C, H, W) to (N, classes, H, W), after Ronneberger, Fischer and Brox, <a
 * href="https://doi.org/10.1007/978-3-319-24574-4_28">U-Net</a> (2015).
 *
 * <p>Level 0 works at the size of the image with {@code baseWidth} channels; each of the {@code
 * depth} levels below halves height and width and doubles the channels, without a cap. An encoder
 * level is two units of 3×3 convolution, batch normalisation and ReLU, with a 2×2 max pooling
 * between levels. A decoder level brings the channels of the level below down to its own with a 1×1
 * unit, doubles height and width (nearest neighbour), puts the encoder's output of the same level
 * in front and applies two 3×3 units. A 1×1 convolution turns the last features into logits.
 *
 * <p>Where this differs from the paper: convolutions keep height and width, so that logits cover
 * the whole image; every convolution is normalised; upsampling copies values where the paper learns
 * a transposed convolution, which DJL lacks on PyTorch, and the channels are reduced before it and
 * not after, which costs a quarter of the work.
 *
 * <p>Images may have any height and width. Those that are no multiples of 2<sup>depth</sup> are
 * extended to the right and to the bottom by copies of the last column and row, and the logits are
 * cropped back; zeros would put an edge there that no image has. Nothing is copied where the size
 * already fits.
 *
 * <p>Training a batch needs more than one value per channel at the lowest level, otherwise its
 * variance is undefined; such a batch is rejected.
 *
 * <p>Weights start from He's normal distribution (DJL's default for weights), so {@link
 * ai.djl.engine.Engine#setRandomSeed(int)} fixes them; {@link
 * ai.djl.training.DefaultTrainingConfig} may override them. The running statistics of the
 * normalisation move by a tenth per batch.
 *
 * <pre>{@code
 * Block block = UNet.builder().setClasses(6).optBaseWidth(12).build();
 * }</pre>
 */
public final class UNet extends AbstractBlock {

    private static final byte VERSION = 1;

    /** At 2^10 even a large image has shrunk to a pixel or two. */
    private static final int MAX_DEPTH = 10;

    /** Keeps the channels of the lowest level an int. */
    private static final int MAX_WIDTH = 1 << 16;

    private static final Shape TWO_BY_TWO = new Shape(2, 2);

    private final int classes;
    private final int inputChannels;
    private final int baseWidth;
    private final int depth;

    /** Two units per level, level 0 first. */
    private final List<List<ConvUnit>> encoder = new ArrayList<>();

    /** One unit per level, level 0 first: narrows the output of the level below. */
    private final List<ConvUnit> narrowing = new ArrayList<>();

    /** Two units per level, level 0 first. */
    private final List<List<ConvUnit>> decoder = new ArrayList<>();

    private final Conv2d classifier;

    private UNet(Builder builder) {
        super(VERSION);
        classes = builder.classes;
        inputChannels = builder.inputChannels;
        baseWidth = builder.baseWidth;
        depth = builder.depth;
        for (int level = 0; level <= depth; level++) {
            encoder.add(twoUnits("encoder" + level, width(level)));
        }
        for (int level = 0; level < depth; level++) {
            narrowing.add(addChildBlock("narrow" + level, new ConvUnit(width(level), 1)));
            decoder.add(twoUnits("decoder" + level, width(level)));
        }
        classifier =
                addChildBlock(
                        "classifier",
                        Conv2d.builder()
                                .setKernelShape(new Shape(1, 1))
                                .setFilters(classes)
                                .build());
    }

    private List<ConvUnit> twoUnits(String name, int width) {
        return List.of(
                addChildBlock(name + "a", new ConvUnit(width, 3)),
                addChildBlock(name + "b", new ConvUnit(width, 3)));
    }

    /**
     * Starts building a network.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        Shape shape = input.getShape();
        checkInput(shape);
        long height = roundUp(shape.get(2), depth);
        long width = roundUp(shape.get(3), depth);
        if (training && valuesPerChannel(shape, depth) == 1) {
            throw new IllegalArgumentException(
                    "input: expected more than one value per channel at level "
                            + depth
                            + " for training, got "
                            + shape);
        }
        NDArray padded = FeatureMaps.pad(input, height, width);
        List<NDArray> levels = encode(parameterStore, padded, training);
        if (padded != input) {
            padded.close();
        }
        try (NDArray features = decode(parameterStore, levels, training)) {
            NDArray logits =
                    classifier
                            .forward(parameterStore, new NDList(features), training)
                            .singletonOrThrow();
            return new NDList(FeatureMaps.crop(logits, shape.get(2), shape.get(3)));
        }
    }

    /** Returns the output of every level, level 0 first: (N, width(l), H / 2^l, W / 2^l). */
    private List<NDArray> encode(ParameterStore store, NDArray input, boolean training) {
        List<NDArray> levels = new ArrayList<>();
        levels.add(apply(encoder.get(0), store, input, training));
        for (int level = 1; level <= depth; level++) {
            NDArray above = levels.get(level - 1);
            try (NDArray pooled =
                    Pool.maxPool2d(above, TWO_BY_TWO, TWO_BY_TWO, new Shape(0, 0), false)) {
                levels.add(apply(encoder.get(level), store, pooled, training));
            }
        }
        return levels;
    }

    /** Returns the features of all pixels, (N, baseWidth, H, W), and closes the levels. */
    private NDArray decode(ParameterStore store, List<NDArray> levels, boolean training) {
        NDArray features = levels.get(depth);
        for (int level = depth - 1; level >= 0; level--) {
            try (NDArray below = features;
                    NDArray narrow = narrowing.get(level).forward(store, below, training);
                    NDArray upsampled = FeatureMaps.upsample(narrow);
                    NDArray skip = levels.get(level);
                    NDArray joined = skip.concat(upsampled, 1)) {
                features = apply(decoder.get(level), store, joined, training);
            }
        }
        return features;
    }

    private static NDArray apply(
            List<ConvUnit> units, ParameterStore store, NDArray input, boolean training) {
        try (NDArray first = units.get(0).forward(store, input, training)) {
            return units.get(1).forward(store, first, training);
        }
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape shape = inputShapes[0];
        checkInput(shape);
        long n = shape.get(0);
        long height = roundUp(shape.get(2), depth);
        long width = roundUp(shape.get(3), depth);
        long channels = inputChannels;
        for (int level = 0; level <= depth; level++) {
            for (ConvUnit unit : encoder.get(level)) {
                Shape in = new Shape(n, channels, height >> level, width >> level);
                unit.initialize(manager, dataType, in);
                channels = width(level);
            }
        }
        for (int level = depth - 1; level >= 0; level--) {
            Shape below = new Shape(n, channels, height >> level + 1, width >> level + 1);
            narrowing.get(level).initialize(manager, dataType, below);
            channels = 2L * width(level);
            for (ConvUnit unit : decoder.get(level)) {
                Shape in = new Shape(n, channels, height >> level, width >> level);
                unit.initialize(manager, dataType, in);
                channels = width(level);
            }
        }
        classifier.initialize(manager, dataType, new Shape(n, channels, height, width));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        checkInput(shape);
        return new Shape[] {new Shape(shape.get(0), classes, shape.get(2), shape.get(3))};
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(classes);
        os.writeInt(inputChannels);
        os.writeInt(baseWidth);
        os.writeInt(depth);
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0"); // what initialisation sets; saving again needs it
        checkNumbers(is);
    }

    /** Reads the numbers of a saved network, and throws if they are not those of this one. */
    void checkNumbers(DataInputStream is) throws IOException, MalformedModelException {
        String saved = describe(is.readInt(), is.readInt(), is.readInt(), is.readInt());
        String expected = describe(classes, inputChannels, baseWidth, depth);
        if (!saved.equals(expected)) {
            throw new MalformedModelException(
                    "parameters: expected those of a U-Net with " + expected + ", got " + saved);
        }
    }

    int classes() {
        return classes;
    }

    int inputChannels() {
        return inputChannels;
    }

    int baseWidth() {
        return baseWidth;
    }

    int depth() {
        return depth;
    }

    private static String describe(int classes, int inputChannels, int baseWidth, int depth) {
        return classes
                + " classes, "
                + inputChannels
                + " input channels, base width "
                + baseWidth
                + ", depth "
                + depth;
    }

    private void checkInput(Shape shape) {
        if (shape.dimension() != 4 || shape.get(1) != inputChannels || shape.size() == 0) {
            throw new IllegalArgumentException(
                    "input: expected (N, " + inputChannels + ", H, W), got " + shape);
        }
    }

    private int width(int level) {
        return baseWidth << level;
    }

    private static long roundUp(long size, int depth) {
        return ((size - 1 >> depth) + 1) << depth;
    }

    /** Returns how many values a channel has at the lowest level, for images (N, C, H, W). */
    static long valuesPerChannel(Shape images, int depth) {
        long height = roundUp(images.get(2), depth) >> depth;
        long width = roundUp(images.get(3), depth) >> depth;
        return images.get(0) * height * width;
    }

    /** Builds a {@link UNet}. */
    public static final class Builder {

        private int classes;
        private int inputChannels = 3;
        private int baseWidth = 16;
        private int depth = 4;

        private Builder() {}

        /**
         * Sets the number of classes, the channels of the logits.
         *
         * @param classes the number of classes, at least 1; 1 for one score a pixel, which tells
         *     two classes apart, see {@link Decision}
         * @return this builder
         */
        public Builder setClasses(int classes) {
            this.classes = classes;
            return this;
        }

        /**
         * Sets the number of channels of the images.
         *
         * @param inputChannels the number of channels, at least 1 (default 3)
         * @return this builder
         */
        public Builder optInputChannels(int inputChannels) {
            this.inputChannels = inputChannels;
            return this;
        }

        /**
         * Sets the number of channels of level 0. Time and memory grow with it, parameters with its
         * square.
         *
         * @param baseWidth the number of channels, 1 to 65536 (default 16)
         * @return this builder
         */
        public Builder optBaseWidth(int baseWidth) {
            this.baseWidth = baseWidth;
            return this;
        }

        /**
         * Sets how many times height and width are halved.
         *
         * @param depth the number of levels below level 0, 1 to 10 (default 4)
         * @return this builder
         */
        public Builder optDepth(int depth) {
            this.depth = depth;
            return this;
        }

        /**
         * Builds the network.
         *
         * @return a network without parameter values
         * @throws IllegalArgumentException if the classes are not set or a number is out of range
         */
        public UNet build() {
            check("classes", classes, Integer.MAX_VALUE);
            check("inputChannels", inputChannels, Integer.MAX_VALUE);
            checkArchitecture(baseWidth, depth);
            return new UNet(this);
        }

        static void checkArchitecture(int baseWidth, int depth) {
            check("baseWidth", baseWidth, MAX_WIDTH);
            check("depth", depth, MAX_DEPTH);
        }

        static void check(String name, int value, int max) {
            if (value < 1 || value > max) {
                String range = max == Integer.MAX_VALUE ? "at least 1" : "1 to " + max;
                throw new IllegalArgumentException(name + ": expected " + range + ", got " + value);
            }
        }
    }
}
