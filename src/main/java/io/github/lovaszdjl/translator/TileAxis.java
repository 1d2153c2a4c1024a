package io.github.lovaszdjl.translator;

import java.util.ArrayList;
import java.util.List;

/**
 * How tiles cover an image along one axis.
 *
 * <p>Every tile begins at a multiple of the alignment. The last one begins at the first such place
 * from which it reaches the end of the image, so that it may be shorter than the others by less
 * than the alignment and may reach back under its predecessor by more than the overlap; what lies
 * beyond the overlap is context for the network and has no weight.
 *
 * @param tiles the tiles, first to last; at least one
 * @param overlap how many pixels a tile shares with the one before
 */
record TileAxis(List<Tile> tiles, int overlap) {

    /**
     * A tile.
     *
     * @param start the first pixel that the network sees
     * @param from the first pixel that has a weight
     * @param end the pixel behind the last
     * @param weights the weights of pixels {@code from} to {@code end − 1}; those of all tiles at a
     *     pixel sum to 1, and are 1 where there is one tile
     */
    record Tile(int start, int from, int end, float[] weights) {

        int length() {
            return end - start;
        }
    }

    /**
     * Covers an axis.
     *
     * @param size the size of the image, at least 1
     * @param length the length of a tile, a multiple of the alignment
     * @param overlap how many pixels two neighbours share, a multiple of the alignment below the
     *     length
     * @param alignment what every start is a multiple of
     */
    static TileAxis of(int size, int length, int overlap, int alignment) {
        List<int[]> spans = new ArrayList<>(); // from, end
        List<Integer> starts = new ArrayList<>();
        int start = 0;
        int from = 0;
        while (true) {
            int end = Math.min(size, start + length);
            starts.add(start);
            spans.add(new int[] {from, end});
            if (end == size) {
                break;
            }
            // Not beyond an int: start is below size, and length was below size - start.
            long least = (long) size - length;
            long last = (least + alignment - 1) / alignment * alignment;
            start = (int) Math.min(start + (long) length - overlap, last);
            from = end - overlap;
        }
        List<Tile> tiles = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            int[] span = spans.get(i);
            float[] weights = new float[span[1] - span[0]];
            for (int k = 0; k < weights.length; k++) {
                int p = span[0] + k;
                double sum = 0;
                for (int j = i; j >= 0 && spans.get(j)[1] > p; j--) {
                    sum += height(spans, j, p, overlap);
                }
                for (int j = i + 1; j < spans.size() && spans.get(j)[0] <= p; j++) {
                    sum += height(spans, j, p, overlap);
                }
                weights[k] = (float) (height(spans, i, p, overlap) / sum);
            }
            tiles.add(new Tile(starts.get(i), span[0], span[1], weights));
        }
        return new TileAxis(List.copyOf(tiles), overlap);
    }

    /** A trapezoid: 1 inside, falling towards ends where there is a neighbour. */
    private static double height(List<int[]> spans, int i, int p, int overlap) {
        double height = 1;
        if (i > 0) {
            height = Math.min(height, (p - spans.get(i)[0] + 1.0) / (overlap + 1.0));
        }
        if (i < spans.size() - 1) {
            height = Math.min(height, (spans.get(i)[1] - p) / (overlap + 1.0));
        }
        return height;
    }

    /** Returns the first pixel of a tile that a later tile adds to, or its end. */
    int complete(int index) {
        return index + 1 < tiles.size() ? tiles.get(index + 1).from() : tiles.get(index).end();
    }

    /** Returns the size of the image along the axis. */
    int size() {
        return tiles.get(tiles.size() - 1).end();
    }
}
