package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.ImageSamples;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * A sample through any {@link SampleMap}, with all that an {@link Augmentation} changes. It is
 * computed whole, as blur and deformation need what is around a pixel, and takes four bytes for
 * each of its labels and samples.
 */
final class WarpedSample implements WholeSample {

    private final int height;
    private final int width;

    /** A plane for each channel: samples 0 to 255, and at last the network's input. */
    private final float[][] planes;

    private final int[] labels;

    /** Whether a pixel lies within the source, row by row. */
    private final boolean[] inside;

    /**
     * Computes a sample.
     *
     * @param image the image
     * @param ids its labels
     * @param size the size of the sample
     * @param augmentation the changes
     * @param draw what was drawn of them
     * @param inputs what the network sees of each channel
     * @param ignoreLabel the label of padding and of what is cut out
     */
    WarpedSample(
            ImageSamples image,
            LabelImage ids,
            ImageSize size,
            Augmentation augmentation,
            AugmentationDraw draw,
            ChannelInput[] inputs,
            int ignoreLabel) {
        height = size.height();
        width = size.width();
        labels = new int[height * width];
        inside = new boolean[labels.length];
        planes = new float[inputs.length][labels.length];
        ImageSize source = new ImageSize(image.height(), image.width());
        SampleMap map = new SampleMap(augmentation, draw, source, size);
        take(image, ids, map, inputs, ignoreLabel);
        if (draw.saturation() != 1 || draw.hue() != 0) {
            changeColours(draw);
        }
        if (draw.blur() > 0) {
            blur(new GaussianKernel(draw.blur()));
        }
        if (draw.noise() > 0) {
            addNoise(draw, inputs);
        }
        cutOut(augmentation, draw, ignoreLabel);
        normalize(inputs);
    }

    /** Interpolates the image, and takes the nearest label. */
    private void take(
            ImageSamples image,
            LabelImage ids,
            SampleMap map,
            ChannelInput[] inputs,
            int ignoreLabel) {
        IntToFloat[] lights = new IntToFloat[inputs.length];
        Arrays.setAll(lights, c -> light(image, inputs[c]));
        double[] sourceX = new double[width];
        double[] sourceY = new double[width];
        for (int y = 0; y < height; y++) {
            map.row(y, sourceX, sourceY);
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                double nearX = Math.floor(sourceX[x] + 0.5);
                double nearY = Math.floor(sourceY[x] + 0.5);
                inside[i] =
                        nearX >= 0 && nearX < image.width() && nearY >= 0 && nearY < image.height();
                if (!inside[i]) {
                    labels[i] = ignoreLabel;
                    continue;
                }
                labels[i] = ids.ids()[(int) nearY * image.width() + (int) nearX] & 0xff;
                double left = Math.min(Math.max(sourceX[x], 0), image.width() - 1.0);
                double top = Math.min(Math.max(sourceY[x], 0), image.height() - 1.0);
                int low = (int) left;
                int high = Math.min(low + 1, image.width() - 1);
                int upper = (int) top * image.width();
                int lower = Math.min((int) top + 1, image.height() - 1) * image.width();
                float u = (float) (left - low);
                float v = (float) (top - (int) top);
                for (int c = 0; c < planes.length; c++) {
                    float a = lights[c].of((upper + low) * planes.length + c);
                    if (u == 0 && v == 0) {
                        planes[c][i] = a;
                        continue;
                    }
                    float b = lights[c].of((upper + high) * planes.length + c);
                    float d = lights[c].of((lower + low) * planes.length + c);
                    float e = lights[c].of((lower + high) * planes.length + c);
                    float above = a + (b - a) * u;
                    planes[c][i] = above + (d + (e - d) * u - above) * v;
                }
            }
        }
    }

    /** The sample at a place among those of an image, in its light. */
    private interface IntToFloat {

        float of(int index);
    }

    private static IntToFloat light(ImageSamples image, ChannelInput input) {
        if (image.narrow() == null) {
            return index -> input.lightOfWide(image.wide()[index] & 0xffff);
        }
        byte[] samples = image.narrow();
        float[] table = new float[256];
        for (int sample = 0; sample < table.length; sample++) {
            table[sample] = input.light(sample);
        }
        return index -> table[samples[index] & 0xff];
    }

    private void changeColours(AugmentationDraw draw) {
        float[] pixel = new float[planes.length];
        for (int i = 0; i < labels.length; i++) {
            for (int c = 0; c < planes.length; c++) {
                pixel[c] = planes[c][i];
            }
            if (draw.saturation() != 1) {
                ColourChange.saturate(pixel, draw.saturation());
            }
            if (draw.hue() != 0) {
                ColourChange.shiftHue(pixel, draw.hue());
            }
            for (int c = 0; c < planes.length; c++) {
                planes[c][i] = pixel[c];
            }
        }
    }

    /** Blurs every channel: the mean of the pixels within the source, by their weights. */
    private void blur(GaussianKernel kernel) {
        float[] ones = new float[labels.length];
        for (int i = 0; i < ones.length; i++) {
            ones[i] = inside[i] ? 1 : 0;
        }
        float[] weights = blurred(ones, kernel);
        for (int c = 0; c < planes.length; c++) {
            float[] sums = blurred(planes[c], kernel);
            for (int i = 0; i < sums.length; i++) {
                planes[c][i] = inside[i] ? ColourChange.clamp(sums[i] / weights[i]) : 0;
            }
        }
    }

    /** Returns a plane blurred as if there were zeros around it. */
    private float[] blurred(float[] plane, GaussianKernel kernel) {
        float[] out = new float[plane.length];
        float[] padded = new float[width + 2 * kernel.radius()];
        float[] row = new float[width];
        for (int y = 0; y < height; y++) {
            System.arraycopy(plane, y * width, padded, kernel.radius(), width);
            kernel.filter(padded, row);
            kernel.spread(row, y, out);
        }
        return out;
    }

    private void addNoise(AugmentationDraw draw, ChannelInput[] inputs) {
        SplittableRandom random = new SplittableRandom(draw.noiseSeed());
        for (int c = 0; c < planes.length; c++) {
            float[] plane = planes[c];
            double deviation = 255 * draw.noise() * inputs[c].unit();
            for (int i = 0; i < plane.length; i++) {
                plane[i] =
                        ColourChange.clamp((float) (plane[i] + deviation * random.nextGaussian()));
            }
        }
    }

    /** Makes squares like padding. */
    private void cutOut(Augmentation augmentation, AugmentationDraw draw, int ignoreLabel) {
        SplittableRandom random = new SplittableRandom(draw.cutoutSeed());
        int size = augmentation.cutoutSize();
        for (int hole = 0; hole < augmentation.cutoutHoles(); hole++) {
            int left = random.nextInt(width) - size / 2;
            int top = random.nextInt(height) - size / 2;
            int right = Math.min(left + size, width);
            for (int y = Math.max(0, top); y < Math.min(top + size, height); y++) {
                int start = y * width;
                Arrays.fill(inside, start + Math.max(0, left), start + right, false);
                Arrays.fill(labels, start + Math.max(0, left), start + right, ignoreLabel);
            }
        }
    }

    private void normalize(ChannelInput[] inputs) {
        for (int c = 0; c < planes.length; c++) {
            float[] plane = planes[c];
            for (int i = 0; i < plane.length; i++) {
                plane[i] = inside[i] ? inputs[c].normalized(plane[i]) : 0;
            }
        }
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int channels() {
        return planes.length;
    }

    @Override
    public float[] values() {
        return values(0, 0, height, width);
    }

    @Override
    public NDArray pixels(NDManager manager, int top, int left, int rows, int columns) {
        Objects.checkFromIndexSize(top, rows, height);
        Objects.checkFromIndexSize(left, columns, width);
        return manager.create(
                values(top, left, rows, columns), new Shape(1, planes.length, rows, columns));
    }

    private float[] values(int top, int left, int rows, int columns) {
        float[] out = new float[planes.length * rows * columns];
        int to = 0;
        for (float[] plane : planes) {
            for (int y = top; y < top + rows; y++) {
                System.arraycopy(plane, y * width + left, out, to, columns);
                to += columns;
            }
        }
        return out;
    }

    @Override
    public int[] labels() {
        return labels.clone();
    }

    @Override
    public int[] labels(int y) {
        Objects.checkIndex(y, height);
        return Arrays.copyOfRange(labels, y * width, (y + 1) * width);
    }
}
