package io.github.lovaszdjl.translator;

import java.util.Arrays;

/**
 * Averages the logits of tiles, row by row of tiles and from left to right in each, and chooses the
 * label of each pixel. Sums that a later tile adds to are carried on: to the right, of rows of one
 * tile and the columns of an overlap; and below, of the rows of an overlap and all columns.
 */
final class TileBlend {

    private final TileAxis down;
    private final TileAxis across;
    private final int channels;
    private final int firstLabel;
    private final boolean logits;

    /** [row in the tile][channel][column in the overlap]. */
    private final float[][][] right;

    /** [row in the overlap][channel][column]. */
    private final float[][][] below;

    private final float[] best;

    /** Of the scores so far, the sum of exp(score − best). */
    private final float[] totals;

    /**
     * Begins an image.
     *
     * @param channels how many logits a pixel has
     * @param firstLabel the label of the first channel; one below has the logit 0
     * @param logits whether what is blended are logits; else probabilities, of one channel less a
     *     half
     */
    TileBlend(TileAxis down, TileAxis across, int channels, int firstLabel, boolean logits) {
        this.down = down;
        this.across = across;
        this.channels = channels;
        this.firstLabel = firstLabel;
        this.logits = logits;
        int tallest = down.tiles().get(0).length();
        int widest = across.tiles().get(0).length();
        boolean single = across.tiles().size() == 1;
        right = single ? null : new float[tallest][channels][across.overlap()];
        below =
                down.tiles().size() == 1
                        ? null
                        : new float[down.overlap()][channels][across.size()];
        best = new float[widest];
        totals = new float[widest];
    }

    /**
     * Adds a tile, and writes the labels of those pixels that are complete with it.
     *
     * @param i the row of the tile
     * @param j its column
     * @param scores (channels, height, width) of the tile
     * @param labels the rows that are complete with this row of tiles, of all the image's columns
     * @param confidences the probabilities of these labels, as many rows; null where none are
     *     wanted
     */
    void add(int i, int j, float[] scores, int[][] labels, float[][] confidences) {
        TileAxis.Tile row = down.tiles().get(i);
        TileAxis.Tile column = across.tiles().get(j);
        int left = column.from();
        int complete = across.complete(j) - left;
        float[] sums = new float[column.end() - left];
        for (int y = 0; y < row.end() - row.from(); y++) {
            for (int c = 0; c < channels; c++) {
                int line = c * row.length() + row.from() - row.start() + y;
                int in = line * column.length() + left - column.start();
                for (int x = 0; x < sums.length; x++) {
                    sums[x] = scores[in + x] * column.weights()[x];
                }
                if (right != null) {
                    float[] carried = right[y][c];
                    for (int x = 0; j > 0 && x < across.overlap(); x++) {
                        sums[x] += carried[x];
                    }
                    System.arraycopy(sums, complete, carried, 0, sums.length - complete);
                }
                float weight = row.weights()[y];
                for (int x = 0; x < complete; x++) {
                    sums[x] *= weight;
                }
                if (i > 0 && y < down.overlap()) {
                    float[] carried = below[y][c];
                    for (int x = 0; x < complete; x++) {
                        sums[x] += carried[left + x];
                    }
                }
                if (y < labels.length) {
                    if (confidences != null) {
                        addUp(c + firstLabel, sums, complete);
                    }
                    choose(c + firstLabel, sums, complete, labels[y], left);
                    if (confidences != null && c == channels - 1) {
                        confide(sums, complete, confidences[y], left);
                    }
                } else {
                    // Read above already, as y - labels.length is an earlier row.
                    System.arraycopy(sums, 0, below[y - labels.length][c], left, complete);
                }
            }
        }
    }

    /** Adds a label's scores to the totals, before the best are chosen. */
    private void addUp(int label, float[] sums, int count) {
        for (int x = 0; x < count; x++) {
            if (label == 0) {
                totals[x] = 1;
                continue;
            }
            // Label 0 has the score 0 where the first channel is that of label 1.
            float before = label == firstLabel ? 0 : best[x];
            float total = label == firstLabel ? 1 : totals[x];
            totals[x] =
                    sums[x] > before
                            ? total * (float) Math.exp(before - sums[x]) + 1
                            : total + (float) Math.exp(sums[x] - before);
        }
    }

    /** Writes the probabilities of the chosen labels, after the last channel. */
    private void confide(float[] sums, int count, float[] confidences, int left) {
        for (int x = 0; x < count; x++) {
            if (logits) {
                confidences[left + x] = 1 / totals[x];
            } else {
                float probability = firstLabel == 0 ? best[x] : 0.5f + Math.abs(sums[x]);
                confidences[left + x] = Math.min(1, probability); // weights may sum to a bit more
            }
        }
    }

    private void choose(int label, float[] sums, int count, int[] labels, int left) {
        if (label == firstLabel) {
            Arrays.fill(best, 0, count, 0);
        }
        for (int x = 0; x < count; x++) {
            // As elsewhere, NaN is larger than every number; the first of several stays.
            if (label == 0 || !(sums[x] <= best[x]) && !Float.isNaN(best[x])) {
                best[x] = sums[x];
                labels[left + x] = label;
            }
        }
    }
}
