package io.github.lovaszdjl.app.importer;

/**
 * An annotated region.
 *
 * @param list the list of the file that it is in, such as {@code annotations}
 * @param index its place in the list, from 0; a name for each of a million would take much memory
 * @param label the name of its class, or null for pixels to ignore
 * @param region the pixels
 * @param depth what lies on top by the format: of two the one with the larger number, of equals the
 *     later; {@link #BOTTOM} lies below all others, whatever decides among them
 */
record Instance(String list, int index, String label, Region region, int depth) {

    static final int BOTTOM = Integer.MIN_VALUE;

    /** Names the entry. */
    String entry() {
        return list + "[" + index + "]";
    }
}
