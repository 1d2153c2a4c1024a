package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.ImageSamples;
import java.util.Arrays;
import java.util.Objects;

/**
 * A window on a decoded image and its labels, see {@link Augmentation}. It keeps the samples of the
 * file, of a byte each where they have 8 bits, in place of the FLOAT32 of a record; any part of it
 * has the values of the whole.
 *
 * <p>Instances are immutable.
 */
final class RenderedSample implements WholeSample {

    private final ImageSamples image;
    private final LabelImage labels;
    private final Axis rows;
    private final Axis columns;

    private final ChannelInput[] inputs;

    /** The network's input for each channel and sample of 8 bits; null for 16. */
    private final float[][] tables;

    private final int ignoreLabel;

    RenderedSample(
            ImageSamples image,
            LabelImage labels,
            Axis rows,
            Axis columns,
            ChannelInput[] inputs,
            int ignoreLabel) {
        this.image = image;
        this.labels = labels;
        this.rows = rows;
        this.columns = columns;
        this.inputs = inputs;
        tables =
                image.narrow() == null
                        ? null
                        : Arrays.stream(inputs).map(ChannelInput::table).toArray(float[][]::new);
        this.ignoreLabel = ignoreLabel;
    }

    @Override
    public int height() {
        return rows.size();
    }

    @Override
    public int width() {
        return columns.size();
    }

    @Override
    public NDArray pixels(NDManager manager, int top, int left, int height, int width) {
        Objects.checkFromIndexSize(top, height, rows.size());
        Objects.checkFromIndexSize(left, width, columns.size());
        return manager.create(
                values(top, left, height, width), new Shape(1, channels(), height, width));
    }

    @Override
    public int channels() {
        return image.channels();
    }

    @Override
    public float[] values() {
        return values(0, 0, rows.size(), columns.size());
    }

    /** Samples the image bilinearly; (channels, height, width), 0 outside the source. */
    private float[] values(int top, int left, int height, int width) {
        int channels = channels();
        int plane = height * width;
        float[] out = new float[channels * plane];
        for (int y = 0; y < height; y++) {
            int row = top + y;
            if (rows.near()[row] < 0) {
                continue;
            }
            int upperLine = rows.low()[row] * image.width();
            int lowerLine = rows.high()[row] * image.width();
            float v = rows.weight()[row];
            for (int x = 0; x < width; x++) {
                int column = left + x;
                if (columns.near()[column] < 0) {
                    continue;
                }
                int low = columns.low()[column];
                int high = columns.high()[column];
                float u = columns.weight()[column];
                for (int c = 0; c < channels; c++) {
                    float value = input((upperLine + low) * channels + c, c);
                    if (u != 0 || v != 0) {
                        float b = input((upperLine + high) * channels + c, c);
                        float d = input((lowerLine + low) * channels + c, c);
                        float e = input((lowerLine + high) * channels + c, c);
                        float upper = value + (b - value) * u;
                        value = upper + (d + (e - d) * u - upper) * v;
                    }
                    out[c * plane + y * width + x] = value;
                }
            }
        }
        return out;
    }

    private float input(int index, int channel) {
        return tables != null
                ? tables[channel][image.narrow()[index] & 0xff]
                : inputs[channel].ofWide(image.wide()[index] & 0xffff);
    }

    @Override
    public int[] labels(int y) {
        int[] out = new int[columns.size()];
        labels(y, out, 0);
        return out;
    }

    @Override
    public int[] labels() {
        int[] out = new int[rows.size() * columns.size()];
        for (int y = 0; y < rows.size(); y++) {
            labels(y, out, y * columns.size());
        }
        return out;
    }

    /** Takes the nearest label; the ignore label outside the source. */
    private void labels(int y, int[] out, int start) {
        int row = rows.near()[y];
        if (row < 0) {
            Arrays.fill(out, start, start + columns.size(), ignoreLabel);
            return;
        }
        for (int x = 0; x < columns.size(); x++) {
            int column = columns.near()[x];
            out[start + x] =
                    column < 0 ? ignoreLabel : labels.ids()[row * labels.width() + column] & 0xff;
        }
    }
}
