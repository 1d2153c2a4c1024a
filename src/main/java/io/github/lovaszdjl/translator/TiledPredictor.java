package io.github.lovaszdjl.translator;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import java.util.List;
import java.util.Objects;

/**
 * Predicts the class of each pixel of an image of any size, tile by tile.
 *
 * <p>A network holds many features of every pixel it sees at once; for a whole aerial image they
 * would not fit into memory. Here it sees one tile at a time. Neighbouring tiles overlap; in the
 * overlap the logits are averaged with weights that fall linearly towards the end of a tile, where
 * the network sees least of what is around, so that there is no seam. The labels are what the
 * model's {@linkplain ModelDescription#decision() decision} comes to on the averages.
 *
 * <pre>{@code
 * TiledPredictor predictor =
 *         TiledPredictor.builder()
 *                 .setModel(model)
 *                 .setDescription(ModelDescription.from(model.getProperties()))
 *                 .build();
 * CategoryMask mask = predictor.predict(image);
 * }</pre>
 *
 * <p><b>Tiles.</b> An image not larger than a tile is predicted whole and gets the labels that
 * {@link SegmentationTranslator} gives. In a larger one nothing is padded: the last tile of a row
 * or column is moved inwards. Every tile begins at a multiple of the {@linkplain
 * Builder#optAlignment alignment}; where that is a multiple of the network's stride, its pooling
 * windows lie as they do in the whole image, and away from the ends of tiles the logits are those
 * of the whole image but for rounding, as far as the network's view is local.
 *
 * <p><b>Memory.</b> Beside what the network takes for one tile, of h × w pixels, prediction of C
 * channels on an image W pixels wide keeps the logits of one tile, {@code 4 · C · h · w} bytes, the
 * averages that are not complete yet, {@code 4 · C · overlap · (h + W)} bytes, and a band of
 * labels, {@code 4 · h · W} bytes; none of it depends on the height of the image. Those labels are
 * handed over row by row, see {@link #predict(Image, Rows)}.
 *
 * <p>Instances are immutable and hold no native memory between calls; the model must stay open.
 */
public final class TiledPredictor {

    /** The height and the width of a tile by default. */
    // How many labels of an image of 2700 x 1350 pixels tiles change, in percent (a U-Net of
    // depth 4 and base width 8, trained on earth):
    //
    // tile  overlap 0     32     64     96    128
    //  256      0.118  0.017  0.012  0.010
    //  512      0.050  0.008  0.004  0.003  0.003
    //
    // An overlap beyond 64 costs time and changes next to nothing. A tile of 512 x 512 needs
    // no more memory than a usual batch in training.
    public static final int TILE_SIZE = 512;

    /** The pixels that neighbouring tiles share by default. */
    public static final int OVERLAP = 64;

    /** Takes the labels of an image, row by row from the top. */
    public interface Rows {

        /**
         * Takes the labels of a row.
         *
         * @param y the row, from 0
         * @param labels the label of each pixel, from the left; not used again
         */
        void accept(int y, int[] labels);
    }

    /** Gives the network's input of an image, tile by tile. */
    public interface Input {

        /**
         * Returns a part of the input.
         *
         * @param manager the manager of the array
         * @param top the first row
         * @param left the first column
         * @param height the number of rows
         * @param width the number of columns
         * @return (1, input channels, height, width)
         */
        NDArray get(NDManager manager, int top, int left, int height, int width);
    }

    private final Model model;
    private final List<String> classNames;
    private final int channels;

    private final NetworkInput input;
    private final Device device;
    private final Tiling tiling;
    private final Decision decision;
    private final TestTimeAugmentation augmentation;

    private TiledPredictor(Builder builder) {
        model = Objects.requireNonNull(builder.model, "The model must be set");
        Objects.requireNonNull(builder.description, "The description must be set");
        classNames = builder.description.classNames();
        channels = builder.description.channels();
        decision = builder.description.decision();
        augmentation = builder.augmentation;
        input = new NetworkInput(builder.description.normalization());
        device = builder.device != null ? builder.device : model.getNDManager().getDevice();
        tiling = builder.tiling();
    }

    /**
     * Checks a size of tiles and an overlap, with the alignment that there is by default.
     *
     * @param height the height of a tile in pixels
     * @param width the width of a tile in pixels
     * @param overlap the pixels that neighbouring tiles share
     * @throws IllegalArgumentException if {@link Builder#build()} would refuse them
     */
    public static void checkTiles(int height, int width, int overlap) {
        Tiling.checkSize(height, width);
        Tiling.checkOverlap(overlap);
        Tiling.check(height, width, overlap, Tiling.ALIGNMENT);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Predicts an image.
     *
     * @param image the image, of any size
     * @return the class names and the label of each pixel, [height][width]
     * @throws IllegalArgumentException if the model gives anything but one logit per channel and
     *     pixel
     */
    public CategoryMask predict(Image image) {
        int[][] mask = new int[image.getHeight()][];
        predict(image, (y, labels) -> mask[y] = labels);
        return new CategoryMask(classNames, mask);
    }

    /**
     * Predicts an image and hands over its labels as they get ready.
     *
     * @param image the image, of any size
     * @param rows takes every row once, in order, on this thread
     * @throws IllegalArgumentException if the model gives anything but one logit per channel and
     *     pixel
     */
    public void predict(Image image, Rows rows) {
        try (NDManager pixels = model.getNDManager().newSubManager(device)) {
            NetworkInput.Source source = input.source(pixels, image);
            predict(
                    image.getHeight(),
                    image.getWidth(),
                    (manager, top, left, height, width) ->
                            input.of(manager, source.crop(left, top, width, height)),
                    rows);
        }
    }

    /**
     * Predicts an image that is given as the network's input, and hands over its labels as they get
     * ready.
     *
     * @param height the height of the image in pixels, at least 1
     * @param width the width of the image in pixels, at least 1
     * @param input gives every tile once, row by row of tiles; an image not larger than a tile is
     *     one. The arrays are closed
     * @param rows takes every row once, in order, on this thread
     * @throws IllegalArgumentException if the model gives anything but one logit per class and
     *     pixel
     */
    public void predict(int height, int width, Input input, Rows rows) {
        predict(height, width, input, false, (y, labels, none) -> rows.accept(y, labels));
    }

    /**
     * Predicts an image as {@link #predict(int, int, Input, Rows)} does, and says how sure it is.
     *
     * @param height the height of the image in pixels, at least 1
     * @param width the width of the image in pixels, at least 1
     * @param input gives every tile once
     * @param rows takes every row once, in order, on this thread
     * @throws IllegalArgumentException if the model gives anything but one logit per class and
     *     pixel
     */
    public void predict(int height, int width, Input input, ConfidentRows rows) {
        predict(height, width, input, true, rows);
    }

    private void predict(
            int height, int width, Input input, boolean confident, ConfidentRows rows) {
        TileAxis down = tiling.down(height);
        TileAxis across = tiling.across(width);
        try (NDManager manager = model.getNDManager().newSubManager(device)) {
            ParameterStore parameters = new ParameterStore(manager, false);
            TileBlend blend =
                    new TileBlend(
                            down, across, channels, decision.firstLabel(), augmentation.isNone());
            for (int i = 0; i < down.tiles().size(); i++) {
                TileAxis.Tile row = down.tiles().get(i);
                int[][] labels = new int[down.complete(i) - row.from()][width];
                float[][] confidences = confident ? new float[labels.length][width] : null;
                for (int j = 0; j < across.tiles().size(); j++) {
                    TileAxis.Tile column = across.tiles().get(j);
                    float[] scores = scores(manager, parameters, input, row, column);
                    blend.add(i, j, scores, labels, confidences);
                }
                for (int y = 0; y < labels.length; y++) {
                    rows.accept(row.from() + y, labels[y], confident ? confidences[y] : null);
                    labels[y] = null;
                }
            }
        }
    }

    /** Returns the scores of a tile, (channels, H, W): its logits, or the mean of its views. */
    private float[] scores(
            NDManager manager,
            ParameterStore parameters,
            Input input,
            TileAxis.Tile row,
            TileAxis.Tile column) {
        try (NDManager inner = manager.newSubManager()) {
            NDArray pixels =
                    input.get(inner, row.start(), column.start(), row.length(), column.length());
            return augmentation
                    .scores(view -> logits(inner, parameters, view), pixels, decision)
                    .toType(DataType.FLOAT32, false)
                    .toFloatArray();
        }
    }

    private NDArray logits(NDManager manager, ParameterStore parameters, NDArray pixels) {
        NDList output = model.getBlock().forward(parameters, new NDList(pixels), false);
        // A block may take another operand's manager than that of its input.
        output.attach(manager);
        NDArray logits = output.head();
        Shape expected = new Shape(1, channels, pixels.size(2), pixels.size(3));
        if (!logits.getShape().equals(expected)) {
            throw new IllegalArgumentException(
                    "model: expected logits " + expected + ", got " + logits.getShape());
        }
        return logits;
    }

    /** Builds a {@link TiledPredictor}. */
    public static final class Builder {

        private Model model;
        private ModelDescription description;
        private Device device;

        private int tileHeight = TILE_SIZE;
        private int tileWidth = TILE_SIZE;
        private int overlap = OVERLAP;

        /** 0 for that which the description asks for. */
        private int alignment;

        private TestTimeAugmentation augmentation = TestTimeAugmentation.none();

        private Builder() {}

        /**
         * Sets the model: its block takes (1, input channels, H, W) and gives logits (1, channels,
         * H, W), of any height and width.
         *
         * @param model the model; must stay open as long as the predictor is used
         * @return this builder
         */
        public Builder setModel(Model model) {
            this.model = model;
            return this;
        }

        /**
         * Sets what the model is, of which class names, normalization and decision are used.
         *
         * @param description the description
         * @return this builder
         */
        public Builder setDescription(ModelDescription description) {
            this.description = description;
            return this;
        }

        /**
         * Sets the size of a tile. Larger ones need more memory and leave fewer places where the
         * network sees less than it would in the whole image.
         *
         * @param height the height in pixels, a multiple of the alignment; 512 by default
         * @param width the width in pixels, a multiple of the alignment; 512 by default
         * @return this builder
         * @throws IllegalArgumentException if one is below 1
         */
        public Builder optTileSize(int height, int width) {
            Tiling.checkSize(height, width);
            tileHeight = height;
            tileWidth = width;
            return this;
        }

        /**
         * Sets how many pixels neighbouring tiles share.
         *
         * @param pixels the overlap, at most the shorter side of a tile less the alignment; rounded
         *     up to a multiple of the alignment; 64 by default
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder optOverlap(int pixels) {
            Tiling.checkOverlap(pixels);
            overlap = pixels;
            return this;
        }

        /**
         * Sets what places of tiles are multiples of. It should be a multiple of the network's
         * stride, for a {@link io.github.lovaszdjl.model.UNet} 2<sup>depth</sup>.
         *
         * @param pixels the alignment, at least 1; by default 32, which suits most networks, or the
         *     larger stride of a deep U-Net if tile and overlap allow it
         * @return this builder
         * @throws IllegalArgumentException if it is below 1
         */
        public Builder optAlignment(int pixels) {
            if (pixels < 1) {
                throw new IllegalArgumentException("alignment: expected at least 1, got " + pixels);
            }
            alignment = pixels;
            return this;
        }

        /**
         * Sets the views of every tile whose predictions are averaged.
         *
         * @param augmentation the views; {@link TestTimeAugmentation#none()} by default
         * @return this builder
         */
        public Builder optTestTimeAugmentation(TestTimeAugmentation augmentation) {
            this.augmentation =
                    Objects.requireNonNull(augmentation, "augmentation: expected one, got null");
            return this;
        }

        /**
         * Sets the device to predict on.
         *
         * @param device the device; that of the model by default, to be kept for models of
         *     TorchScript, whose parameters do not move
         * @return this builder
         */
        public Builder optDevice(Device device) {
            this.device = device;
            return this;
        }

        /**
         * Builds the predictor.
         *
         * @return the predictor
         * @throws IllegalArgumentException if the tile is no multiple of the alignment, or the
         *     overlap too large for it
         */
        public TiledPredictor build() {
            return new TiledPredictor(this);
        }

        private Tiling tiling() {
            int stride = description.network().stride();
            int multiple =
                    alignment != 0
                            ? alignment
                            : Tiling.alignment(tileHeight, tileWidth, overlap, stride);
            return new Tiling(tileHeight, tileWidth, overlap, multiple);
        }
    }
}
