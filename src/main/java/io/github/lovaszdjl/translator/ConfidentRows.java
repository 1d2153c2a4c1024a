package io.github.lovaszdjl.translator;

/** Takes the labels of an image and how sure they are, row by row from the top. */
public interface ConfidentRows {

    /**
     * Takes a row.
     *
     * @param y the row, from 0
     * @param labels the label of each pixel, from the left; not used again
     * @param confidences the probability of each of them: the softmax of the blended logits, of one
     *     score a pixel the sigmoid of the score or 1 less it; of several views, the mean of their
     *     probabilities; NaN where a logit is; not used again
     */
    void accept(int y, int[] labels, float[] confidences);
}
