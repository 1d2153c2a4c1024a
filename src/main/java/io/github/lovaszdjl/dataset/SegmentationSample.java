package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A sample of a {@link SegmentationDataset}, of which parts become arrays when they are asked for:
 * for images that are too large to be taken whole.
 */
public interface SegmentationSample {

    /**
     * Returns the height.
     *
     * @return the height of the sample in pixels
     */
    int height();

    /**
     * Returns the width.
     *
     * @return the width of the sample in pixels
     */
    int width();

    /**
     * Returns a part of the image as the network's input.
     *
     * @param manager the manager of the array
     * @param top the first row
     * @param left the first column
     * @param height the number of rows
     * @param width the number of columns
     * @return (1, channels, height, width), FLOAT32; 0 where the sample is padded
     * @throws IndexOutOfBoundsException if a part of it is outside the sample
     */
    NDArray pixels(NDManager manager, int top, int left, int height, int width);

    /**
     * Returns the labels of a row.
     *
     * @param y the row, from 0
     * @return the class ids and, where ignored or padded, the ignore label
     * @throws IndexOutOfBoundsException if there is no such row
     */
    int[] labels(int y);
}
