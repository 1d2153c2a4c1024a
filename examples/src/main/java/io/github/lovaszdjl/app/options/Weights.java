package io.github.lovaszdjl.app.options;

import java.util.Locale;

/** How cross-entropy and focal loss weigh classes. */
public enum Weights {
    /** All the same. */
    NONE,
    /** By the inverse of their share of the pixels. */
    INVERSE_FREQUENCY,
    /** By the inverse of their share in the images they occur in, relative to the median. */
    MEDIAN_FREQUENCY;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
