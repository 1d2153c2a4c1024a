package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Predictions and labels of any kind that the losses take: shape, class axis, types, ignore label,
 * ties, huge and tiny numbers, absent classes.
 */
final class RandomBatch {

    /** What the predictions are. */
    enum Kind {
        LOGITS,
        PROBABILITIES
    }

    private static final double[] SCALES = {1e-6, 0.01, 1, 5, 30, 300};

    private static final List<DataType> CLASS_LABELS =
            List.of(
                    DataType.INT32,
                    DataType.INT64,
                    DataType.UINT8,
                    DataType.INT8,
                    DataType.FLOAT16,
                    DataType.FLOAT32,
                    DataType.FLOAT64);

    final int images;

    /** Classes, or channels of binary problems. */
    final int channels;

    final int pixels;

    /** Null where no pixel is ignored. */
    final Integer ignoreLabel;

    /** As the loss sees them, (N, C, D). */
    final double[] predictions;

    /** (N, D), or (N, C, D) of binary problems. */
    final int[] labels;

    final DataType type;
    final DataType labelType;

    /** The class axis as it is told to the loss. */
    final int classAxis;

    /** (d1, …, dk). */
    final Shape spatial;

    /** Whether binary problems have a channel axis. */
    final boolean multilabel;

    private final NDManager manager;
    private final boolean binary;
    private final int axis;
    private final boolean singleton;
    private final boolean labelSingleton;

    /** Draws a batch of several classes. */
    static RandomBatch ofClasses(NDManager manager, Random random, Kind kind) {
        return new RandomBatch(manager, random, kind, false);
    }

    /** Draws a batch of binary problems. */
    static RandomBatch ofBinary(NDManager manager, Random random, Kind kind) {
        return new RandomBatch(manager, random, kind, true);
    }

    private RandomBatch(NDManager manager, Random random, Kind kind, boolean binary) {
        this.manager = manager;
        this.binary = binary;
        int size = random.nextInt(20);
        int most = size == 0 ? 4000 : size < 4 ? 300 : 40;
        images = 1 + random.nextInt(3);
        multilabel = binary && random.nextBoolean();
        int drawn = binary && !multilabel ? 1 : 1 + random.nextInt(size == 0 || binary ? 5 : 20);
        // One class is refused.
        channels = binary ? drawn : Math.max(2, drawn);
        int rank = random.nextInt(4);
        long[] sizes = new long[rank];
        for (int i = 0; i < rank; i++) {
            sizes[i] = 1 + random.nextInt((int) Math.round(Math.pow(most, 1.0 / rank)));
        }
        spatial = new Shape(sizes);
        pixels = (int) spatial.size();
        axis = binary ? 1 : 1 + random.nextInt(rank + 1);
        classAxis = random.nextBoolean() ? axis : axis - rank - 2;
        singleton = random.nextBoolean();
        labelSingleton = random.nextBoolean();
        List<DataType> labelTypes =
                binary || channels == 2
                        ? IntStream.rangeClosed(0, CLASS_LABELS.size())
                                .mapToObj(i -> i == 0 ? DataType.BOOLEAN : CLASS_LABELS.get(i - 1))
                                .toList()
                        : CLASS_LABELS;
        labelType = labelTypes.get(random.nextInt(labelTypes.size()));
        DataType half = Engines.isPyTorch() ? DataType.FLOAT16 : DataType.FLOAT32;
        type =
                new DataType[] {DataType.FLOAT32, DataType.FLOAT32, half, DataType.FLOAT64}
                        [random.nextInt(4)];
        int classes = binary ? 2 : channels;
        ignoreLabel = drawIgnoreLabel(random, classes);
        labels = drawLabels(random, binary ? channels : 1, classes);
        double[] values = kind == Kind.LOGITS ? logits(random) : probabilities(random);
        try (NDArray rounded =
                LossTesting.create(manager, values, new Shape(values.length), type)) {
            predictions = LossTesting.doubles(rounded);
        }
    }

    private Integer drawIgnoreLabel(Random random, int classes) {
        return switch (random.nextInt(4)) {
            case 0 -> null;
            // A class may be ignored, too.
            case 1 -> random.nextInt(classes);
            default ->
                    switch (labelType) {
                        case BOOLEAN -> null;
                        case UINT8 -> 255;
                        case INT8 -> random.nextBoolean() ? -1 : 127;
                        default -> random.nextBoolean() ? -1 : 255;
                    };
        };
    }

    private int[] drawLabels(Random random, int labelChannels, int classes) {
        int favourite = random.nextInt(classes);
        double ofFavourite = new double[] {0, 0.9, 1}[random.nextInt(3)];
        double ignored =
                ignoreLabel == null
                        ? 0
                        : new double[] {0, random.nextDouble(), random.nextDouble(), 0.98, 1}
                                [random.nextInt(5)];
        int[] drawn = new int[images * labelChannels * pixels];
        for (int i = 0; i < drawn.length; i++) {
            int label = random.nextDouble() < ofFavourite ? favourite : random.nextInt(classes);
            drawn[i] = random.nextDouble() < ignored ? ignoreLabel : label;
        }
        return drawn;
    }

    private double[] logits(Random random) {
        double scale = SCALES[random.nextInt(SCALES.length)];
        double[] values = LossTesting.logits(random, images * channels * pixels, scale);
        switch (random.nextInt(8)) {
            case 0 -> Arrays.setAll(values, i -> Math.rint(2 * values[i] / scale) / 2);
            case 1 -> Arrays.fill(values, values[0]);
            case 2 -> addToTrue(random, values, 20);
            case 3 -> addToTrue(random, values, 8);
            case 4 -> {
                double huge = type == DataType.FLOAT16 ? 1e4 : 1e30;
                Arrays.setAll(values, i -> values[i] / scale * huge);
            }
            case 5 -> {
                double tiny = type == DataType.FLOAT16 ? 1e-6 : 1e-38;
                Arrays.setAll(values, i -> values[i] / scale * tiny);
            }
            default -> {}
        }
        return values;
    }

    /** Makes nine of ten pixels right, by a margin. */
    private void addToTrue(Random random, double[] values, double margin) {
        for (int i = 0; i < labels.length; i++) {
            boolean right = random.nextInt(10) > 0;
            if (binary) {
                values[i] += (labels[i] == 1) == right ? margin : -margin;
            } else {
                int c = right && labels[i] >= 0 ? labels[i] % channels : random.nextInt(channels);
                values[(i / pixels * channels + c) * pixels + i % pixels] += margin;
            }
        }
    }

    private double[] probabilities(Random random) {
        double[] values = new double[images * channels * pixels];
        switch (random.nextInt(5)) {
            // Beyond 0 and 1 by what passes for rounding: the formulas hold there.
            case 0 -> Arrays.setAll(values, i -> random.nextFloat() * 1.006f - 0.003f);
            case 1 -> Arrays.setAll(values, i -> random.nextInt(5) / 4.0);
            case 2 -> Arrays.setAll(values, i -> random.nextInt(2));
            case 3 -> {
                double[] logits = logits(random);
                Arrays.setAll(values, i -> (float) (1 / (1 + Math.exp(-logits[i]))));
            }
            default -> Arrays.setAll(values, i -> random.nextFloat());
        }
        return values;
    }

    /** Returns the predictions in the shape that was drawn. */
    NDArray predictionArray() {
        Shape shape = new Shape(images);
        if (multilabel || channels > 1 || isOfClasses() || singleton) {
            shape = shape.add(channels);
        }
        NDArray array = LossTesting.create(manager, predictions, shape.addAll(spatial), type);
        return axis == 1 ? array : array.transpose(order()).duplicate();
    }

    /** Returns the labels in the shape and of the type that were drawn. */
    NDArray labelArray() {
        Shape shape = new Shape(images);
        if (isOfClasses()) {
            shape = shape.addAll(spatial.slice(0, axis - 1));
            shape = labelSingleton ? shape.add(1) : shape;
            shape = shape.addAll(spatial.slice(axis - 1));
        } else {
            shape = multilabel || labelSingleton ? shape.add(channels) : shape;
            shape = shape.addAll(spatial);
        }
        NDArray array = manager.create(labels, shape);
        return labelType == DataType.INT32 ? array : array.toType(labelType, true);
    }

    private boolean isOfClasses() {
        return !binary;
    }

    /** The axes of (N, C, d1, …, dk) with the class axis where it was drawn. */
    private int[] order() {
        int[] order = new int[spatial.dimension() + 2];
        for (int i = 1; i < order.length; i++) {
            order[i] = i < axis ? i + 1 : i == axis ? 1 : i;
        }
        return order;
    }

    /** Returns the result with the gradient in the layout of {@link #predictions}. */
    Reference.Result inOrder(Reference.Result result, Shape shape) {
        if (axis == 1) {
            return result;
        }
        int[] back = new int[spatial.dimension() + 2];
        int[] order = order();
        for (int i = 0; i < back.length; i++) {
            back[order[i]] = i;
        }
        try (NDArray moved = manager.create(result.gradient(), shape);
                NDArray there = moved.transpose(back)) {
            return new Reference.Result(result.value(), there.duplicate().toDoubleArray());
        }
    }

    @Override
    public String toString() {
        return String.format(
                "%s images %d channels %d spatial %s axis %d labels %s ignore %s",
                type, images, channels, spatial, classAxis, labelType, ignoreLabel);
    }
}
