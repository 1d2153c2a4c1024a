package io.github.lovaszdjl.app.importer;

import java.util.List;
import java.util.Map;

/**
 * What a source holds.
 *
 * @param classes the names of the classes, in the order of their ids
 * @param byId whether the labels are ids, so that the place of each name is fixed, that of the
 *     background too
 * @param images the images, in the order of the source
 * @param passedOver what says nothing of pixels, in words, and how often it was met
 */
record Annotations(
        List<String> classes,
        boolean byId,
        List<AnnotatedImage> images,
        Map<String, Integer> passedOver) {}
