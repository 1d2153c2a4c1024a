package io.github.lovaszdjl.app.options;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Scores that {@code evaluate} has beside those it always has. */
public enum ScoreGroup {
    /** Precision, recall and F1 of each class. */
    CLASSES(false),
    /** Mean IoUs of images one by one, also of the worst. */
    FINE_GRAINED(false),
    /** IoU of the boundaries of masks. */
    BOUNDARY(true),
    /** Distances between the outlines of masks. */
    HAUSDORFF(true),
    /** The expected calibration error. */
    CALIBRATION(true);

    private final boolean needsPredictions;

    ScoreGroup(boolean needsPredictions) {
        this.needsPredictions = needsPredictions;
    }

    /** Tells whether counts of images do not suffice. */
    public boolean needsPredictions() {
        return needsPredictions;
    }

    /** Returns its name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<ScoreGroup> of(String name) {
        return Arrays.stream(values()).filter(group -> group.toString().equals(name)).findFirst();
    }
}
