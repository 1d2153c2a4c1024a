package io.github.lovaszdjl.dataset;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How often images are taken relative to each other, see {@link Sampling}.
 *
 * @param factors the factor of each image, at least 1
 */
record RepeatFactors(double[] factors) {

    /**
     * Computes the factors.
     *
     * @param pixels the valid pixels, (images, classes)
     * @param threshold the share of images below which a class is rare
     */
    static RepeatFactors of(long[][] pixels, double threshold) {
        int classes = pixels.length == 0 ? 0 : pixels[0].length;
        double[] ofClass = new double[classes];
        for (int c = 0; c < classes; c++) {
            int column = c;
            double images = Arrays.stream(pixels).filter(image -> image[column] > 0).count();
            // Without an image it is infinite, and no image asks for it.
            ofClass[c] = Math.max(1, Math.sqrt(threshold * pixels.length / images));
        }
        return new RepeatFactors(
                Arrays.stream(pixels)
                        .mapToDouble(
                                image ->
                                        IntStream.range(0, classes)
                                                .filter(c -> image[c] > 0)
                                                .mapToDouble(c -> ofClass[c])
                                                .max()
                                                .orElse(1))
                        .toArray());
    }

    /**
     * Draws as many images as there are, in proportion to their factors: by systematic sampling in
     * a random order, so that each is drawn as often as is expected, rounded up or down (W. G.
     * Madow, L. H. Madow, <i>Annals of Mathematical Statistics</i> 15(1), 1944).
     *
     * @return the indices of the images drawn; the k-th repetition of one is its index and k times
     *     the number of images
     */
    long[] draw(SplittableRandom random) {
        int count = factors.length;
        long[] order = LongStream.range(0, count).toArray();
        ShuffleSampler.shuffle(order, random);
        double perDraw = Arrays.stream(factors).sum() / count;
        double next = random.nextDouble() * perDraw;
        double end = 0;
        long[] drawn = new long[count];
        int number = 0;
        for (int i = 0; i < count; i++) {
            end += factors[(int) order[i]];
            // Rounding may leave the very last draw to none.
            boolean last = i == count - 1;
            for (long copy = 0; number < count && (next < end || last); copy++) {
                drawn[number++] = order[i] + copy * count;
                next += perDraw;
            }
        }
        return drawn;
    }
}
