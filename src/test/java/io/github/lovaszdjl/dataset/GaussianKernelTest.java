package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class GaussianKernelTest {

    /** Computed with SciPy's {@code gaussian_filter1d(…, truncate=3)}. */
    @Test
    void weightsAreThoseOfScipy() {
        float[] impulse = new float[15];
        impulse[7] = 1;
        float[] out = new float[5];
        new GaussianKernel(1.5).filter(impulse, out);
        assertArrayEquals(
                new float[] {
                    0.10936068950970002f,
                    0.2130055377112537f,
                    0.26601172486179436f,
                    0.2130055377112537f,
                    0.10936068950970002f
                },
                out,
                1e-7f);
    }

    @Test
    void aRowSpreadsOverThoseAroundIt() {
        // Three rows of one pixel; the row lies two below the first.
        float[] out = new float[3];
        new GaussianKernel(1).spread(new float[] {1}, 2, out);
        assertArrayEquals(
                new float[] {0.054005582622414484f, 0.2420362293761143f, 0.3990502796524549f},
                out,
                1e-7f);
        // One that lies above the image reaches into it, too.
        out = new float[3];
        new GaussianKernel(1).spread(new float[] {1}, -1, out);
        assertArrayEquals(
                new float[] {0.2420362293761143f, 0.054005582622414484f, 0.004433048175243745f},
                out,
                1e-7f);
    }
}
