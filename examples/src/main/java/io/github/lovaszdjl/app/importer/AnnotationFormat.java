package io.github.lovaszdjl.app.importer;

import java.io.IOException;
import java.nio.file.Path;

/** Reads the annotations of a format. */
interface AnnotationFormat {

    /**
     * Reads annotations; masks and polygons are not yet filled.
     *
     * @param annotations the file or folder
     * @param list the name of the list of images, where the format has such lists
     * @param work is told of what is read, and says when to stop
     * @throws MalformedAnnotationsException if a file is not what the format says
     * @throws IOException if a file cannot be read
     */
    Annotations read(Path annotations, String list, Work work) throws IOException;

    /** Returns where the images are if nothing else is said. */
    Path images(Path annotations);

    /** Returns which of several instances has the pixels that they share, by default. */
    default Overlap overlap() {
        return Overlap.ORDER;
    }
}
