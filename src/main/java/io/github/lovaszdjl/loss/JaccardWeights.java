package io.github.lovaszdjl.loss;

/**
 * The weight of one pixel's error in the loss of one class: the gradient of the Lovász extension of
 * the Jaccard loss, in closed form.
 *
 * <p>Let m be the errors of the p pixels of a class, π their order from the largest to the
 * smallest, δ_i 1 where pixel i is foreground, else 0, and G = Σ δ_i. With the first i pixels of
 * this order taken for wrong,
 *
 * <pre>
 *   intersection  I_i = G − Σ_{k≤i} δ_{π_k}
 *   union         U_i = G + Σ_{k≤i} (1 − δ_{π_k})
 *   Jaccard loss  Δ_i = 1 − I_i / U_i,   Δ_0 = 0
 *   loss          Σ_i g_i m_{π_i},   g_i = Δ_i − Δ_{i−1}
 * </pre>
 *
 * <p>From one pixel to the next either I falls by 1 (foreground) or U rises by 1 (background), so
 * that the difference has a closed form:
 *
 * <pre>
 *   foreground  g_i = 1 / U_i
 *   background  g_i = I_i / (U_i (U_i − 1))
 *   G = 0       g = 1, 0, 0, …
 * </pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, equation 9 and Algorithm 1. Deviation: published code takes the differences in
 * float32, where neighbours agree in nearly all digits; the closed form is right to rounding at any
 * size (docs/numerics.md).
 *
 * <p>The host computes with these methods ({@link RankedWeights}), a device with the same formulas
 * for whole arrays ({@link DeviceSort}). The weights are constants to autograd.
 */
final class JaccardWeights {

    private JaccardWeights() {}

    /**
     * Returns g_i of a foreground pixel.
     *
     * @param union U_i, above 0
     */
    static double ofForeground(double union) {
        return 1 / union;
    }

    /**
     * Returns g_i of a background pixel.
     *
     * @param intersection I_i
     * @param union U_i, at least 1
     */
    static double ofBackground(double intersection, double union) {
        // A union of 1 is the first pixel of an absent class.
        return union == 1 ? 1 : intersection / (union * (union - 1));
    }
}
