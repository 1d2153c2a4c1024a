package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LabelMapTest {

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"UINT8", "INT8", "INT32", "INT64", "FLOAT16", "FLOAT32", "FLOAT64"})
    void readsEveryTypeAndCounts(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels =
                    manager.create(new int[] {0, 2, 100, 2, 1, 100}, new Shape(2, 3))
                            .toType(type, true);
            LabelMap map = LabelMap.of(labels, 2, 3, OptionalInt.of(100));
            assertArrayEquals(new int[] {0, 2, -1, 2, 1, -1}, map.values());
            assertEquals(2, map.rows());
            assertEquals(3, map.pixels());
            assertArrayEquals(new long[] {1, 0, 1}, map.counts(0));
            assertArrayEquals(new long[] {0, 1, 1}, map.counts(1));
            assertArrayEquals(new long[] {1, 1, 2}, map.counts());
            assertEquals(2, map.valid(0));
            assertEquals(4, map.valid());
            assertTrue(map.hasIgnored());
        }
    }

    @Test
    void ignoreLabelMayBeAClass() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels = manager.create(new int[] {0, 1, 0});
            LabelMap map = LabelMap.of(labels, 1, 2, OptionalInt.of(0));
            assertArrayEquals(new long[] {0, 1}, map.counts());
        }
    }

    @Test
    void minusOneIsNoClassUnlessIgnored() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels = manager.create(new int[] {0, -1, 0});
            assertThrows(
                    IllegalArgumentException.class,
                    () -> LabelMap.of(labels, 1, 2, OptionalInt.empty()));
            assertTrue(LabelMap.of(labels, 1, 2, OptionalInt.of(-1)).hasIgnored());
        }
    }

    @Test
    void emptyLabelsAreRead() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LabelMap map =
                    LabelMap.of(
                            manager.create(new Shape(0, 4), DataType.INT32),
                            0,
                            2,
                            OptionalInt.empty());
            assertEquals(0, map.valid());
            assertEquals(0, map.pixels());
            assertFalse(map.hasIgnored());
        }
    }
}
