package io.github.lovaszdjl.dataset;

/**
 * The files of a sample and what was in them when they were checked.
 *
 * @param files the files
 * @param size the size of image and labels
 * @param orientation the EXIF orientation by which the image was turned, 1 if it was not
 * @param pixels the valid pixels of each class
 * @param ignored the number of pixels that are ignored
 * @param image the fingerprint of the image file
 * @param labels the fingerprint of the label file
 */
record CheckedSample(
        SampleFiles files,
        ImageSize size,
        int orientation,
        long[] pixels,
        long ignored,
        Fingerprint image,
        Fingerprint labels) {}
