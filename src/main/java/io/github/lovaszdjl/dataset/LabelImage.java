package io.github.lovaszdjl.dataset;

/**
 * The class ids of an image, one byte a pixel (0 to 255), row by row.
 *
 * @param width the width in pixels
 * @param height the height in pixels
 * @param ids the ids, {@code width × height}
 */
record LabelImage(int width, int height, byte[] ids) {

    /** Returns the ids as {@code [height][width]}. */
    int[][] toRows() {
        int[][] rows = new int[height][width];
        for (int i = 0; i < ids.length; i++) {
            rows[i / width][i % width] = ids[i] & 0xff;
        }
        return rows;
    }

    /** Returns how many pixels have each id, 256 counts. */
    int[] histogram() {
        int[] counts = new int[256];
        for (byte id : ids) {
            counts[id & 0xff]++;
        }
        return counts;
    }
}
