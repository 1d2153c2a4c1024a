package io.github.lovaszdjl.loss;

/** The error of one pixel on the host and what becomes of it: the part in which losses differ. */
interface PixelErrors {

    /**
     * Returns the key of an error: the larger the error, the smaller the key.
     *
     * @param value the value that the error is made of
     * @param isForeground whether the pixel is foreground
     * @return {@link ErrorSort#key}, or {@link ErrorSort#LEFT_OUT} where the error costs nothing
     */
    int key(float value, boolean isForeground);

    /**
     * Replaces the weights of errors by the gradient of the loss.
     *
     * @param values the values
     * @param labels the labels
     * @param label the position of the first label
     * @param size the number of values
     * @param foreground the label of foreground
     * @param weights the weights, then the gradient with respect to the predictions
     * @return the part of these pixels in the loss; NaN where a valid value is not allowed
     */
    double differentiate(
            float[] values, int[] labels, int label, int size, int foreground, float[] weights);
}
