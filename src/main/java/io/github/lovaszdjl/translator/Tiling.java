package io.github.lovaszdjl.translator;

/**
 * The tiles that images are covered with.
 *
 * @param height the height of a tile in pixels, a multiple of the alignment
 * @param width the width of a tile in pixels, a multiple of the alignment
 * @param overlap the pixels that neighbouring tiles share, a multiple of the alignment
 * @param alignment what places of tiles are multiples of
 */
record Tiling(int height, int width, int overlap, int alignment) {

    /** Suits the stride of most networks. */
    static final int ALIGNMENT = 32;

    private static final int MAX_PIXELS = 1 << 27;

    /** Checks the values and rounds the overlap up to a multiple of the alignment. */
    Tiling {
        check(height, width, overlap, alignment);
        overlap = (overlap + alignment - 1) / alignment * alignment;
    }

    /** Returns the stride of a network where it is a large one and the tiles allow it. */
    static int alignment(int height, int width, int overlap, int stride) {
        int most = Math.min(height, width) - stride;
        boolean fits = height % stride == 0 && width % stride == 0 && overlap <= most;
        return stride > ALIGNMENT && fits ? stride : ALIGNMENT;
    }

    static void check(int height, int width, int overlap, int alignment) {
        if (height % alignment != 0 || width % alignment != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "tileSize: expected multiples of the alignment %d, got %d x %d",
                            alignment, height, width));
        }
        int most = Math.min(height, width) - alignment;
        if (overlap > most) {
            throw new IllegalArgumentException(
                    String.format(
                            "overlap: expected 0 to %d for tiles of %d x %d and alignment %d,"
                                    + " got %d",
                            most, height, width, alignment, overlap));
        }
    }

    static void checkSize(int height, int width) {
        if (height < 1 || width < 1 || (long) height * width > MAX_PIXELS) {
            throw new IllegalArgumentException(
                    String.format(
                            "tileSize: expected at least 1 x 1 and at most 2^27 pixels, got"
                                    + " %d x %d",
                            height, width));
        }
    }

    static void checkOverlap(int overlap) {
        if (overlap < 0) {
            throw new IllegalArgumentException("overlap: expected at least 0, got " + overlap);
        }
    }

    /** Covers the rows of an image. */
    TileAxis down(int imageHeight) {
        return TileAxis.of(imageHeight, height, overlap, alignment);
    }

    /** Covers the columns of an image. */
    TileAxis across(int imageWidth) {
        return TileAxis.of(imageWidth, width, overlap, alignment);
    }
}
