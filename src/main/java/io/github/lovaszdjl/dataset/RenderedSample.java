package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.RgbImage;
import java.util.Arrays;
import java.util.Objects;

/**
 * A window on a decoded image and its labels, see {@link Augmentation}. It takes four bytes a pixel
 * of the file in place of the sixteen of a record; any part of it has the values of the whole.
 *
 * <p>Instances are immutable.
 */
final class RenderedSample implements SegmentationSample {

    private final RgbImage image;
    private final LabelImage labels;
    private final Axis rows;
    private final Axis columns;

    /** The network's input for each channel and sample value of the image. */
    private final float[][] inputs;

    private final int ignoreLabel;

    RenderedSample(
            RgbImage image,
            LabelImage labels,
            Axis rows,
            Axis columns,
            float[][] inputs,
            int ignoreLabel) {
        this.image = image;
        this.labels = labels;
        this.rows = rows;
        this.columns = columns;
        this.inputs = inputs;
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
                values(top, left, height, width), new Shape(1, RgbImage.CHANNELS, height, width));
    }

    /** Returns the whole image, (3, H, W). */
    float[] values() {
        return values(0, 0, rows.size(), columns.size());
    }

    /** Samples the image bilinearly; (3, height, width), 0 outside the source. */
    private float[] values(int top, int left, int height, int width) {
        int plane = height * width;
        float[] out = new float[RgbImage.CHANNELS * plane];
        byte[] data = image.data();
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
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    float[] input = inputs[c];
                    float value = input[data[(upperLine + low) * RgbImage.CHANNELS + c] & 0xff];
                    if (u != 0 || v != 0) {
                        float b = input[data[(upperLine + high) * RgbImage.CHANNELS + c] & 0xff];
                        float d = input[data[(lowerLine + low) * RgbImage.CHANNELS + c] & 0xff];
                        float e = input[data[(lowerLine + high) * RgbImage.CHANNELS + c] & 0xff];
                        float upper = value + (b - value) * u;
                        value = upper + (d + (e - d) * u - upper) * v;
                    }
                    out[c * plane + y * width + x] = value;
                }
            }
        }
        return out;
    }

    @Override
    public int[] labels(int y) {
        int[] out = new int[columns.size()];
        labels(y, out, 0);
        return out;
    }

    /** Returns the labels of all rows, (H, W). */
    int[] labels() {
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
