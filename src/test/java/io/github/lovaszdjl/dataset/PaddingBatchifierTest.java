package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class PaddingBatchifierTest {

    @Test
    void smallerArraysArePaddedAtTheBottomAndOnTheRight() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tall = manager.create(new int[] {1, 2}, new Shape(2, 1));
            NDArray wide = manager.create(new int[] {3, 4, 5}, new Shape(1, 3));
            NDList batch =
                    new PaddingBatchifier(9)
                            .batchify(new NDList[] {new NDList(tall), new NDList(wide)});
            assertEquals(new Shape(2, 2, 3), batch.singletonOrThrow().getShape());
            assertArrayEquals(
                    new int[] {1, 9, 9, 2, 9, 9, 3, 4, 5, 9, 9, 9},
                    batch.singletonOrThrow().toIntArray());
            // What was given is as it was.
            assertEquals(new Shape(2, 1), tall.getShape());
        }
    }

    @Test
    void arraysOfOneSizeAreStacked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList[] inputs = {
                new NDList(manager.zeros(new Shape(3, 2, 2))),
                new NDList(manager.ones(new Shape(3, 2, 2)))
            };
            NDList batch = new PaddingBatchifier(9).batchify(inputs);
            assertEquals(new Shape(2, 3, 2, 2), batch.singletonOrThrow().getShape());
            assertEquals(12, batch.singletonOrThrow().sum().getFloat());
        }
    }
}
