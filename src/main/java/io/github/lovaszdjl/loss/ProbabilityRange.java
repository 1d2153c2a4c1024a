package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.internal.LabelCounts;
import io.github.lovaszdjl.internal.LabelMap;
import io.github.lovaszdjl.internal.Operations;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Refuses predictions that are no probabilities where a loss was told that they are: most often
 * logits, of which it would make any number.
 *
 * <p>A value is wrong that lies outside [0, 1] by more than {@link #TOLERANCE}, or is NaN, at a
 * pixel that is not ignored, be its class selected or not.
 *
 * @param predictions the predictions, (N, C, D), outside the graph, FLOAT32 or FLOAT64
 * @param labels the labels, (N, D), or (N, C, D) where every channel has its own
 * @param ignoreLabel the label of pixels to ignore
 */
record ProbabilityRange(NDArray predictions, NDArray labels, OptionalInt ignoreLabel) {

    /**
     * What passes for rounding: 2⁻⁸, four units in the last place of a FLOAT16 from 1 on. Sums and
     * means of probabilities stay within it when they are computed in FLOAT16, or in FLOAT32 from
     * products of TF32, of the same 10 bits; the type of the predictions does not tell which. As
     * the weights of a Lovász loss sum to 1, no value leaves [0, 1] by more. Logits that small are
     * those of a network that has yet to learn, and grow.
     */
    static final float TOLERANCE = 1f / 256;

    /** Values that are looked at by one task. */
    private static final int CHUNK = 1 << 16;

    /**
     * Returns where predictions are probabilities or ignored, BOOLEAN, (N, C, D); for {@link
     * LabelCounts}, with whose numbers the number of these comes to the host.
     */
    NDArray within() {
        NDArray above = predictions.gte(Operations.number(predictions, -TOLERANCE));
        NDArray fine =
                predictions.lte(Operations.number(predictions, 1 + TOLERANCE)).logicalAnd(above);
        if (ignoreLabel.isEmpty()) {
            return fine;
        }
        NDArray whole =
                labels.getDataType().isFloating() ? labels : labels.toType(DataType.INT64, false);
        NDArray ignored = whole.eq(Operations.number(whole, ignoreLabel.getAsInt()));
        boolean ofChannels = labels.getShape().equals(predictions.getShape());
        return fine.logicalOr(ofChannels ? ignored : ignored.expandDims(1));
    }

    /** Refuses predictions if fewer than all are {@link #within}. */
    void check(LabelCounts counts) {
        if (counts.trueFlags() < predictions.size()) {
            lookAtEach(counts);
        }
    }

    /** Refuses predictions on the host, whose labels were read. */
    void check(LabelMap counts) {
        boolean anyOutside;
        if (HostArrays.serve(predictions)) {
            FloatBuffer values = HostArrays.read(predictions);
            int chunks = (values.remaining() + CHUNK - 1) / CHUNK;
            anyOutside = IntStream.range(0, chunks).parallel().anyMatch(i -> anyOutside(values, i));
        } else {
            long[] found = within().reshape(1, -1).sum(new int[] {1}).toLongArray();
            anyOutside = found[0] < predictions.size();
        }
        if (anyOutside) {
            lookAtEach(counts);
        }
    }

    private static boolean anyOutside(FloatBuffer values, int chunk) {
        int end = Math.min((chunk + 1) * CHUNK, values.limit());
        for (int i = chunk * CHUNK; i < end; i++) {
            if (isOutside(values.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOutside(double value) {
        // True for NaN.
        return !(value >= -TOLERANCE && value <= 1 + TOLERANCE);
    }

    /**
     * Refuses predictions of which one is outside. What was outside so far may be at an ignored
     * pixel, which only the labels tell, or at the very limit, which MXNet rounds.
     */
    private void lookAtEach(LabelCounts counts) {
        LabelMap read =
                counts instanceof LabelMap map
                        ? map
                        : LabelMap.of(labels, counts.rows(), counts.counts().length, ignoreLabel);
        int[] ofLabels = read.values();
        boolean doubles = predictions.getDataType() == DataType.FLOAT64;
        ByteBuffer bytes = predictions.toByteBuffer(true);
        IntToDoubleFunction values =
                doubles ? bytes.asDoubleBuffer()::get : bytes.asFloatBuffer()::get;
        int size = Math.toIntExact(predictions.size());
        int pixels = Math.toIntExact(predictions.getShape().get(2));
        int channels = Math.toIntExact(predictions.getShape().get(1));
        boolean ofChannels = ofLabels.length == size;
        double first = 0;
        int count = 0;
        for (int i = 0; i < size; i++) {
            double value = values.applyAsDouble(i);
            int label = ofChannels ? i : i / pixels / channels * pixels + i % pixels;
            if (isOutside(value) && ofLabels[label] != LabelMap.IGNORED) {
                first = count == 0 ? value : first;
                count++;
            }
        }
        if (count > 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "predictions: expected probabilities 0 to 1 as optFromLogits(false) is"
                                    + " set, got %s%s of %d values outside",
                            doubles ? Double.toString(first) : Float.toString((float) first),
                            count == 1 ? "" : " and " + (count - 1) + " more",
                            size));
        }
    }
}
