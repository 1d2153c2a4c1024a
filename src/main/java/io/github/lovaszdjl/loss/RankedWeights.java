package io.github.lovaszdjl.loss;

/**
 * The weights of the pixels of one problem, handed out while they are visited from the largest
 * error to the smallest, or as {@link HostSort} visits them, digit by digit of their keys.
 *
 * @param foreground the number of foreground pixels
 * @param background the number of other valid pixels
 * @param share the factor of all weights
 * @param sign the factor of the weights of foreground
 * @param symmetric whether the weight is the sum of that with foreground and background as they are
 *     and that with both exchanged
 */
record RankedWeights(
        double foreground, double background, double share, double sign, boolean symmetric) {

    /** The mean of both where symmetric. */
    static RankedWeights of(RankingProblem problem, boolean symmetric, double sign) {
        return new RankedWeights(
                problem.foregroundCount(),
                problem.backgroundCount(),
                symmetric ? problem.share() / 2 : problem.share(),
                sign,
                symmetric);
    }

    /**
     * Returns the weight of the next pixel of a digit, and counts it.
     *
     * @param soFar how many background and foreground pixels stand before, by digit
     * @param pair twice the digit
     * @param isForeground 1 for foreground, 0 for background
     */
    float next(int[] soFar, int pair, int isForeground) {
        int before = soFar[pair | isForeground ^ 1];
        int wrong = ++soFar[pair | isForeground];
        double weight;
        if (isForeground == 1) {
            weight = JaccardWeights.ofForeground(foreground + before);
            weight +=
                    symmetric
                            ? JaccardWeights.ofBackground(background - before, background + wrong)
                            : 0;
            weight *= sign;
        } else {
            weight = JaccardWeights.ofBackground(foreground - before, foreground + wrong);
            weight += symmetric ? JaccardWeights.ofForeground(background + before) : 0;
        }
        return (float) (share * weight);
    }
}
