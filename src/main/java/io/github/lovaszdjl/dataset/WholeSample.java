package io.github.lovaszdjl.dataset;

/** A sample that becomes a record. */
interface WholeSample extends SegmentationSample {

    /** Returns the number of channels of the image. */
    int channels();

    /** Returns the whole image, (channels, H, W). */
    float[] values();

    /** Returns the labels of all rows, (H, W). */
    int[] labels();
}
