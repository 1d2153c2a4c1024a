package io.github.lovaszdjl.dataset;

/**
 * The size of an image.
 *
 * @param height the height in pixels
 * @param width the width in pixels
 */
record ImageSize(int height, int width) {}
