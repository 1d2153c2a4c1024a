package io.github.lovaszdjl.translator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TileAxisTest {

    @Test
    void whatFitsIsOneTileOfWeightOne() {
        TileAxis axis = TileAxis.of(5, 8, 4, 4);
        TileAxis.Tile tile = axis.tiles().get(0);
        assertEquals(1, axis.tiles().size());
        assertEquals(List.of(0, 0, 5), List.of(tile.start(), tile.from(), tile.end()));
        assertArrayEquals(new float[] {1, 1, 1, 1, 1}, tile.weights());
    }

    @Test
    void weightsFallLinearlyToTheEndOfATile() {
        TileAxis axis = TileAxis.of(13, 8, 3, 1);
        assertEquals(2, axis.tiles().size());
        assertArrayEquals(
                new float[] {1, 1, 1, 1, 1, 0.75f, 0.5f, 0.25f}, axis.tiles().get(0).weights());
        assertArrayEquals(
                new float[] {0.25f, 0.5f, 0.75f, 1, 1, 1, 1, 1}, axis.tiles().get(1).weights());
    }

    @Test
    void theLastTileIsMovedInwardsToAMultipleOfTheAlignment() {
        // 0 to 32, 24 to 56, then not 48 to 80 but the first multiple of 8 that reaches 61.
        List<TileAxis.Tile> tiles = TileAxis.of(61, 32, 8, 8).tiles();
        assertEquals(List.of(0, 24, 32), tiles.stream().map(TileAxis.Tile::start).toList());
        assertEquals(List.of(0, 24, 48), tiles.stream().map(TileAxis.Tile::from).toList());
        assertEquals(List.of(32, 56, 61), tiles.stream().map(TileAxis.Tile::end).toList());
    }

    @Test
    void everyPixelIsCoveredWithWeightsThatSumToOne() {
        SplittableRandom random = new SplittableRandom(3);
        for (int trial = 0; trial < 2000; trial++) {
            int alignment = 1 + random.nextInt(5);
            int units = 1 + random.nextInt(9);
            int overlap = random.nextInt(units) * alignment;
            int length = units * alignment;
            int size = 1 + random.nextInt(100);
            TileAxis axis = TileAxis.of(size, length, overlap, alignment);
            String message = size + " by " + length + "/" + overlap + "/" + alignment;
            double[] sums = new double[size];
            int complete = 0;
            for (int i = 0; i < axis.tiles().size(); i++) {
                TileAxis.Tile tile = axis.tiles().get(i);
                assertEquals(0, tile.start() % alignment, message);
                assertTrue(tile.start() <= tile.from() && tile.length() <= length, message);
                assertEquals(complete, tile.from(), message);
                assertEquals(tile.end() - tile.from(), tile.weights().length, message);
                for (int k = 0; k < tile.weights().length; k++) {
                    assertTrue(tile.weights()[k] > 0, message);
                    sums[tile.from() + k] += tile.weights()[k];
                }
                complete = axis.complete(i);
                boolean last = i == axis.tiles().size() - 1;
                assertEquals(last ? 0 : overlap, tile.end() - complete, message);
            }
            assertEquals(size, complete, message);
            for (double sum : sums) {
                assertEquals(1, sum, 1e-6, message);
            }
        }
    }
}
