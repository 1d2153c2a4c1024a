package io.github.lovaszdjl.app.importer;

import java.io.IOException;

/** How the pixels of an image are labelled. */
interface Labelling {

    /**
     * Returns the class ids, {@code width × height}, row by row.
     *
     * @param width the width of the image, in pixels
     * @param height its height
     * @param classes the ids by the names of the classes
     * @param overlap which of several instances has the pixels that they share
     * @throws MalformedAnnotationsException if an annotation cannot be one of this image
     * @throws IOException if a file cannot be read
     */
    byte[] labels(int width, int height, ClassTable classes, Overlap overlap) throws IOException;
}
