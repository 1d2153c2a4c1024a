package io.github.lovaszdjl.loss;

/**
 * A loss of a set of wrong pixels, which a Lovász loss extends to errors of any size: of one class,
 * what it costs that so many foreground pixels are missed and so many background pixels are taken
 * for foreground.
 *
 * <p>It has to be 0 where nothing is wrong, and submodular: a further wrong pixel costs the less
 * the more are wrong already. The extension is then convex in the errors and the closest one from
 * below. {@link #JACCARD} is such a function, with which the losses are computed in closed form
 * unless another one is given. Dice, (FN + FP) / (2 G − FN + FP), is not: missed pixels cost the
 * more the more there are, wrong ones the less, so that it is neither sub- nor supermodular.
 *
 * <pre>{@code
 * // Of foreground, missed pixels count twice.
 * ErrorSetFunction function = (fn, fp, g, b) -> g + fp == 0 ? 0 : (2 * fn + fp) / (g + fn + fp);
 * Loss loss = LovaszSoftmaxLoss.builder().optSetFunction(function).build();
 * }</pre>
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, <i>The Lovász-Softmax loss</i>, CVPR 2018,
 * arXiv 1705.08790, section 2.2; that Dice is neither: J. Yu, M. B. Blaschko, <i>A Convex Surrogate
 * Operator for General Non-Modular Loss Functions</i>, AISTATS 2016, arXiv 1604.03373.
 */
@FunctionalInterface
public interface ErrorSetFunction {

    /** One minus intersection over union, (FN + FP) / (G + FP); 0 where the union is empty. */
    ErrorSetFunction JACCARD =
            (falseNegatives, falsePositives, foreground, background) ->
                    foreground + falsePositives == 0
                            ? 0
                            : (falseNegatives + falsePositives) / (foreground + falsePositives);

    /**
     * Returns what wrong pixels cost.
     *
     * @param falseNegatives how many foreground pixels are missed, from 0 to {@code foreground}
     * @param falsePositives how many background pixels are taken for foreground, from 0 to {@code
     *     background}
     * @param foreground the number of foreground pixels, G
     * @param background the number of other valid pixels
     * @return the cost, finite; 0 for none
     */
    double cost(double falseNegatives, double falsePositives, double foreground, double background);
}
