package io.github.lovaszdjl.app.importer;

import java.util.List;

/** A part of an image, as an annotation describes it. */
interface Region {

    /**
     * Adds the pixels of the region; those outside of the image are left.
     *
     * @param mask the pixels of the image
     * @throws IllegalArgumentException if the region cannot be one of an image of this size; the
     *     message says what was expected and what came
     */
    void addTo(PixelMask mask);

    /** Returns the region of all pixels that lie in any of some. */
    static Region union(List<? extends Region> parts) {
        return parts.size() == 1 ? parts.get(0) : mask -> parts.forEach(part -> part.addTo(mask));
    }
}
