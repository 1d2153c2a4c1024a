package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDList;
import java.util.List;

/** Counts the pixels of one batch by truth and prediction. */
interface PixelCounter {

    /**
     * Counts a batch; leaves no array behind.
     *
     * @return one matrix of all classes, or of background and foreground one for every channel
     * @throws IllegalArgumentException if the shapes do not fit or a label is neither a class nor
     *     the ignore label
     */
    List<ConfusionMatrix> count(NDList labels, NDList predictions);

    /** Tells whether there is a matrix of background and foreground for every channel. */
    boolean multilabel();
}
