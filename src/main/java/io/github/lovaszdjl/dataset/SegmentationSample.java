package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.RgbImage;
import java.util.Arrays;
import java.util.Objects;

/**
 * A decoded sample of a {@link FolderSegmentationDataset}, of which parts become arrays when they
 * are asked for: four bytes a pixel of the file in place of the sixteen of a record.
 *
 * <p>Size, augmentation and normalization are those of the record that {@link
 * FolderSegmentationDataset#get} gives; any part of it has the same values.
 *
 * <p>Instances are immutable.
 */
public final class SegmentationSample {

    private final RgbImage image;
    private final LabelImage labels;
    private final Axis rows;
    private final Axis columns;

    /** The network's input for each channel and sample value of the image. */
    private final float[][] inputs;

    private final int ignoreLabel;

    SegmentationSample(
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

    /**
     * Returns the height.
     *
     * @return the height of the sample in pixels
     */
    public int height() {
        return rows.size();
    }

    /**
     * Returns the width.
     *
     * @return the width of the sample in pixels
     */
    public int width() {
        return columns.size();
    }

    /**
     * Returns a part of the image as the network's input.
     *
     * @param manager the manager of the array
     * @param top the first row
     * @param left the first column
     * @param height the number of rows
     * @param width the number of columns
     * @return (1, 3, height, width), FLOAT32; 0 where the sample is padded
     * @throws IndexOutOfBoundsException if a part of it is outside the sample
     */
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

    /**
     * Returns the labels of a row.
     *
     * @param y the row, from 0
     * @return the class ids and, where ignored or padded, the ignore label
     * @throws IndexOutOfBoundsException if there is no such row
     */
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
