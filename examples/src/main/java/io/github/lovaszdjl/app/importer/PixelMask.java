package io.github.lovaszdjl.app.importer;

import java.util.Arrays;
import java.util.BitSet;

/** A set of pixels of an image. */
final class PixelMask {

    /** How far off a coordinate may be at least, in pixels. */
    private static final int BEYOND = 1000;

    private final int width;
    private final int height;

    /** Row by row. */
    private final BitSet pixels;

    /**
     * Constructs an empty set.
     *
     * @param width the width of the image, at least 1
     * @param height its height, at least 1; the image has less than 2^31 pixels
     */
    PixelMask(int width, int height) {
        this.width = width;
        this.height = height;
        pixels = new BitSet(Math.multiplyExact(width, height));
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Adds the pixels from one column up to another, which is left out, of a row. */
    void addRow(int y, int from, int to) {
        int first = Math.max(from, 0);
        int end = Math.min(to, width);
        if (y >= 0 && y < height && first < end) {
            pixels.set(y * width + first, y * width + end);
        }
    }

    /** Adds pixels that are counted row by row: from one up to another, which is left out. */
    void addByRows(int from, int to) {
        pixels.set(from, to);
    }

    /** Adds pixels that are counted column by column: from one up to another, which is left out. */
    void addByColumns(int from, int to) {
        int x = from / height;
        int y = from % height;
        for (int i = from; i < to; i++) {
            pixels.set(y * width + x);
            if (++y == height) {
                y = 0;
                x++;
            }
        }
    }

    /**
     * Takes all pixels out.
     *
     * @return where each run of pixels begins and ends, counted row by row; the end is left out
     */
    int[] takeRuns() {
        int[] runs = new int[16];
        int count = 0;
        for (int from = pixels.nextSetBit(0); from >= 0; ) {
            int to = pixels.nextClearBit(from);
            if (count == runs.length) {
                runs = Arrays.copyOf(runs, 2 * count);
            }
            runs[count++] = from;
            runs[count++] = to;
            from = pixels.nextSetBit(to);
        }
        pixels.clear();
        return Arrays.copyOf(runs, count);
    }

    /**
     * Checks that a coordinate is one that somebody may have meant. Annotators draw a little beyond
     * the image; what is far off was meant for another image, or is damage, and would take as long
     * as it is far.
     *
     * @param value the coordinate, in pixels
     * @throws IllegalArgumentException if it is no number, or further off than the image is long
     *     (1,000 pixels in smaller ones)
     */
    void checkCoordinate(double value) {
        int side = Math.max(width, height);
        int beyond = Math.max(side, BEYOND);
        if (!(value >= -beyond && value <= (double) side + beyond)) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected coordinates from %d to %d in an image of %dx%d, got %s",
                            -beyond, (long) side + beyond, width, height, value));
        }
    }
}
