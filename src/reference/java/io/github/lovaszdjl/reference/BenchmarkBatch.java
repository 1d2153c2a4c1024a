package io.github.lovaszdjl.reference;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Input of a benchmark, by a name such as {@code softmax-confident-4x21x256x256}.
 *
 * <p>Logits are those of a network that is right at nine of ten pixels: normal noise, and a margin
 * at the class it takes for true. Labels come in patches of 16 × 16 pixels, as objects do.
 *
 * @param hinge whether scores are binary
 * @param margin the margin
 * @param shape (N, C, H, W)
 */
public record BenchmarkBatch(boolean hinge, float margin, Shape shape) {

    /** Most wrong-class probabilities are below 10⁻³. */
    private static final float CONFIDENT = 12;

    /** Most wrong-class probabilities are above 10⁻³. */
    private static final float UNSURE = 2;

    /** The side of the patches. */
    private static final int PATCH = 16;

    public static BenchmarkBatch of(String name) {
        String[] parts = name.split("-");
        if (parts.length != 3) {
            throw new IllegalArgumentException("case: expected LOSS-KIND-NxCxHxW, got " + name);
        }
        String[] sizes = parts[2].split("x");
        long[] shape = new long[sizes.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = Long.parseLong(sizes[i]);
        }
        float margin =
                switch (parts[1]) {
                    case "confident" -> CONFIDENT;
                    case "unsure" -> UNSURE;
                    default ->
                            throw new IllegalArgumentException(
                                    "case: expected confident or unsure, got " + parts[1]);
                };
        return new BenchmarkBatch(parts[0].equals("hinge"), margin, new Shape(shape));
    }

    /** Returns labels (N, H, W), INT64. */
    public NDArray labels(NDManager manager) {
        int height = (int) shape.get(2);
        int width = (int) shape.get(3);
        Shape planes = new Shape(shape.get(0), height, width);
        NDArray labels = onHost(manager).create(planes, DataType.INT64);
        LongBuffer buffer = labels.toByteBuffer(true).asLongBuffer();
        SplittableRandom random = new SplittableRandom(1);
        long[] patches = new long[(width + PATCH - 1) / PATCH];
        for (int row = 0; row < shape.get(0) * height; row++) {
            if (row % height % PATCH == 0) {
                Arrays.setAll(patches, i -> random.nextInt(classes()));
            }
            for (int column = 0; column < width; column++) {
                buffer.put(patches[column / PATCH]);
            }
        }
        keep(labels, buffer.rewind());
        return labels.toDevice(manager.getDevice(), false);
    }

    /**
     * Returns logits of the shape, or scores (N, 1, H, W). Written in place, so that no other
     * memory is taken than theirs.
     */
    public NDArray logits(NDManager manager, NDArray labels) {
        int channels = (int) shape.get(1);
        int pixels = (int) (shape.get(2) * shape.get(3));
        NDArray logits = onHost(manager).create(shape, DataType.FLOAT32);
        FloatBuffer buffer = logits.toByteBuffer(true).asFloatBuffer();
        LongBuffer truth = labels.toDevice(Device.cpu(), false).toByteBuffer(true).asLongBuffer();
        SplittableRandom random = new SplittableRandom(2);
        int[] taken = new int[pixels];
        for (int n = 0; n < shape.get(0); n++) {
            for (int i = 0; i < pixels; i++) {
                boolean mistaken = random.nextInt(10) == 0;
                taken[i] = mistaken ? random.nextInt(classes()) : (int) truth.get(n * pixels + i);
            }
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < pixels; i++) {
                    double noise = random.nextGaussian();
                    double right = taken[i] == c ? margin : 0;
                    buffer.put(
                            (float)
                                    (hinge
                                            ? noise + margin * (2 * taken[i] - 1)
                                            : 2 * noise + right));
                }
            }
        }
        keep(logits, buffer.rewind());
        return logits.toDevice(manager.getDevice(), false);
    }

    private static void keep(NDArray array, Buffer written) {
        // What MXNet gives is a copy.
        if (array.getManager().getEngine().getEngineName().equals("MXNet")) {
            array.set(written);
        }
    }

    private int classes() {
        return hinge ? 2 : (int) shape.get(1);
    }

    private static NDManager onHost(NDManager manager) {
        return manager.newSubManager(Device.cpu());
    }
}
