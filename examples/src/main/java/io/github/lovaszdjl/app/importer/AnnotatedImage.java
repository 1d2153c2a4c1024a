package io.github.lovaszdjl.app.importer;

import java.util.List;

/**
 * An image that the annotations name.
 *
 * @param names names of its file, with or without folders, the likeliest first
 * @param width its width as the annotations have it, in pixels, or 0 where they say nothing
 * @param height its height, or 0
 * @param labelling how its pixels are labelled
 * @param fault why it has to be left out, or an empty text
 */
record AnnotatedImage(
        List<String> names, int width, int height, Labelling labelling, String fault) {

    AnnotatedImage(List<String> names, int width, int height, Labelling labelling) {
        this(names, width, height, labelling, "");
    }

    /** Returns an image that has to be left out. */
    static AnnotatedImage leftOut(List<String> names, String fault) {
        return new AnnotatedImage(names, 0, 0, null, fault);
    }
}
