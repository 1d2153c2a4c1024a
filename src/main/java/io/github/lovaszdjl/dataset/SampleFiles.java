package io.github.lovaszdjl.dataset;

import java.nio.file.Path;

/**
 * An image file and its label file.
 *
 * @param position the place in the split, by which the sample's random stream is chosen
 * @param name the name that both files share, without suffix and extension
 * @param image the image file
 * @param labels the label file
 */
record SampleFiles(int position, String name, Path image, Path labels) {}
