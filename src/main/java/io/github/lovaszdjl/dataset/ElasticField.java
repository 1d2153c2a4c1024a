package io.github.lovaszdjl.dataset;

import java.util.SplittableRandom;

/**
 * By how many pixels of the sample each of its pixels is moved, see {@link
 * Augmentation.Builder#optElastic}.
 *
 * <p>The numbers that are smoothed go on beyond the edges of the sample, so that the field is as
 * strong there as within.
 */
final class ElasticField {

    private ElasticField() {}

    /**
     * Draws the movement along one axis.
     *
     * @param height the height of the sample
     * @param width the width of the sample
     * @param alpha the amplitude in pixels
     * @param sigma the smoothness in pixels
     * @param random gives the numbers
     * @return a value for each pixel, row by row
     */
    static float[] draw(
            int height, int width, double alpha, double sigma, SplittableRandom random) {
        GaussianKernel kernel = new GaussianKernel(sigma);
        int radius = kernel.radius();
        float[] field = new float[height * width];
        float[] numbers = new float[width + 2 * radius];
        float[] row = new float[width];
        for (int y = -radius; y < height + radius; y++) {
            for (int x = 0; x < numbers.length; x++) {
                numbers[x] = (float) (alpha * (2 * random.nextDouble() - 1));
            }
            kernel.filter(numbers, row);
            kernel.spread(row, y, field);
        }
        return field;
    }
}
