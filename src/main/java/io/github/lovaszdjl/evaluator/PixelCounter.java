package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDList;
import java.util.List;

/** Counts the pixels of one batch by truth and prediction. */
interface PixelCounter {

    /**
     * Reads the labels of a batch and those that its predictions come to; leaves no array behind.
     *
     * @throws IllegalArgumentException if the shapes do not fit or a label is neither a class nor
     *     the ignore label
     */
    BatchLabels read(NDList labels, NDList predictions);

    /** Returns one matrix of all classes, or of background and foreground one for every channel. */
    default List<ConfusionMatrix> count(NDList labels, NDList predictions) {
        return read(labels, predictions).matrices();
    }

    /** Tells whether there is a matrix of background and foreground for every channel. */
    boolean multilabel();
}
