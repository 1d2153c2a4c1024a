package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ElasticFieldTest {

    private static double covariance(float[] field, int size, int lag) {
        double sum = 0;
        for (int y = 0; y < size; y++) {
            for (int x = lag; x < size; x++) {
                sum += field[y * size + x] * field[y * size + x - lag];
            }
        }
        return sum / ((double) size * (size - lag));
    }

    /** The numbers have a variance of 1/3, the Gaussian a sum of squares of 1 / (4 π σ²). */
    @Test
    void movementIsAsLargeAndAsSmoothAsSmoothedNumbersAre() {
        int size = 400;
        double alpha = 34;
        double sigma = 4;
        float[] field = ElasticField.draw(size, size, alpha, sigma, new SplittableRandom(5));
        double variance = alpha * alpha / 3 / (4 * Math.PI * sigma * sigma);
        double measured = covariance(field, size, 0);
        // About 400² / (4 π σ²) = 800 values are independent, so 5 % is a standard deviation.
        assertEquals(1, measured / variance, 0.15);
        assertEquals(1.4, Math.sqrt(variance), 0.02);
        for (int lag : new int[] {2, 4, 8}) {
            double expected = Math.exp(-lag * lag / (4 * sigma * sigma));
            assertEquals(expected, covariance(field, size, lag) / measured, 0.06, "lag " + lag);
        }
    }

    @Test
    void bordersMoveAsMuchAsTheMiddle() {
        double edge = 0;
        double middle = 0;
        for (int seed = 0; seed < 2000; seed++) {
            float[] field = ElasticField.draw(9, 9, 1, 2, new SplittableRandom(seed));
            edge += field[0] * field[0];
            middle += field[40] * field[40];
        }
        // Each has a standard deviation of 3 %.
        assertEquals(1, edge / middle, 0.14);
    }

    /** A Gaussian is computed here for every pixel anew, in two dimensions. */
    @Test
    void itIsAConvolutionOfTheNumbers() {
        int height = 5;
        int width = 7;
        double sigma = 1.3;
        int radius = (int) Math.ceil(3 * sigma);
        SplittableRandom random = new SplittableRandom(9);
        double[][] numbers = new double[height + 2 * radius][width + 2 * radius];
        for (double[] row : numbers) {
            for (int x = 0; x < row.length; x++) {
                row[x] = 10 * (2 * random.nextDouble() - 1);
            }
        }
        float[] field = ElasticField.draw(height, width, 10, sigma, new SplittableRandom(9));
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double sum = 0;
                double weights = 0;
                for (int dy = -radius; dy <= radius; dy++) {
                    for (int dx = -radius; dx <= radius; dx++) {
                        double weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                        sum += weight * numbers[y + radius + dy][x + radius + dx];
                        weights += weight;
                    }
                }
                // Float rounding of values of about 1.
                assertEquals(sum / weights, field[y * width + x], 1e-5);
            }
        }
    }
}
