package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BinaryGroupTest {

    private static final int IGNORED = 255;

    /** Three images of two channels of two pixels; the second is ignored, of the third a half. */
    private static List<BinaryGroup> groups(boolean perImage) {
        int[] labels = {0, 1, 1, 1, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, 0, 0};
        Shape shape = new Shape(3, 2, 2);
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray target = manager.create(labels, shape);
            SegmentationInput input =
                    new InputReader(OptionalInt.of(IGNORED), true, false, !perImage)
                            .binary(target, manager.zeros(shape), true);
            return BinaryGroup.of(input, perImage, 0.5);
        }
    }

    @Test
    void imagesWithoutAValidPixelAreInNoGroup() {
        List<BinaryGroup> groups = groups(true);
        assertEquals(2, groups.size());
        BinaryGroup first = groups.get(0);
        assertEquals(0, first.firstImage());
        assertEquals(1, first.lastImage());
        assertArrayEquals(new long[] {1, 0}, first.background());
        assertArrayEquals(new long[] {1, 2}, first.foreground());
        assertEquals(0.5 / 2 / 2, first.share());
        BinaryGroup last = groups.get(1);
        assertEquals(2, last.firstImage());
        assertEquals(3, last.lastImage());
        assertArrayEquals(new long[] {0, 2}, last.background());
        assertArrayEquals(new long[] {0, 0}, last.foreground());
        // A channel without a valid pixel leaves its share to the other.
        assertEquals(0.5 / 2, last.share());
    }

    @Test
    void imagesTogetherAreOneGroup() {
        List<BinaryGroup> groups = groups(false);
        assertEquals(1, groups.size());
        BinaryGroup all = groups.get(0);
        assertEquals(0, all.firstImage());
        assertEquals(3, all.lastImage());
        assertArrayEquals(new long[] {1, 2}, all.background());
        assertArrayEquals(new long[] {1, 2}, all.foreground());
        assertEquals(0.5 / 2, all.share());
    }
}
