package io.github.lovaszdjl.loss;

import java.util.Arrays;

/**
 * The classes that a Lovász-Softmax loss averages over.
 *
 * <ul>
 *   <li>{@link #present()}: those that occur among the valid pixels (of the image, when per image).
 *       The usual choice: an absent class teaches only to lower its largest probability.
 *   <li>{@link #all()}: every class. An absent one costs its largest probability.
 *   <li>{@link #of(int...)}: those given, absent or not.
 * </ul>
 */
public final class ClassSelection {

    private enum Kind {
        PRESENT,
        ALL,
        LISTED
    }

    private static final ClassSelection PRESENT = new ClassSelection(Kind.PRESENT);
    private static final ClassSelection ALL = new ClassSelection(Kind.ALL);

    private final Kind kind;
    private final int[] ids;

    private ClassSelection(Kind kind, int... ids) {
        this.kind = kind;
        this.ids = ids;
    }

    /**
     * Selects the classes that occur among the valid pixels.
     *
     * @return the selection
     */
    public static ClassSelection present() {
        return PRESENT;
    }

    /**
     * Selects every class.
     *
     * @return the selection
     */
    public static ClassSelection all() {
        return ALL;
    }

    /**
     * Selects the classes given.
     *
     * @param classes the ids, at least one, each 0 or above; an id given twice counts once
     * @return the selection
     * @throws IllegalArgumentException if there is no id or a negative one
     */
    public static ClassSelection of(int... classes) {
        if (classes == null || classes.length == 0) {
            throw new IllegalArgumentException("classes: expected at least one class id, got none");
        }
        for (int id : classes) {
            if (id < 0) {
                throw new IllegalArgumentException("classes: expected ids from 0, got " + id);
            }
        }
        return new ClassSelection(Kind.LISTED, classes.clone());
    }

    /** Throws if an id is out of range for predictions of so many classes. */
    void check(int classes) {
        for (int id : ids) {
            if (id >= classes) {
                throw new IllegalArgumentException(
                        String.format(
                                "classes: expected ids from 0 to %d to match predictions of %d"
                                        + " classes, got %d",
                                classes - 1, classes, id));
            }
        }
    }

    /** Tells whether the class is selected where it has so many valid pixels. */
    boolean selects(int id, long pixels) {
        return switch (kind) {
            case PRESENT -> pixels > 0;
            case ALL -> true;
            case LISTED -> Arrays.stream(ids).anyMatch(i -> i == id);
        };
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return kind == Kind.LISTED
                ? "classes " + Arrays.toString(ids)
                : kind.name().toLowerCase(java.util.Locale.ROOT);
    }
}
