package io.github.lovaszdjl.app.importer;

/** Which of several instances has the pixels that they share. */
public enum Overlap {
    /** The smallest, by its pixels. */
    AREA,

    /** The last in the file, or what the format says to be on top. */
    ORDER;

    /** Returns the name in lower case, as options have it. */
    @Override
    public String toString() {
        return this == AREA ? "area" : "order";
    }
}
