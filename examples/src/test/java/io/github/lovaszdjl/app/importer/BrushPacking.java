package io.github.lovaszdjl.app.importer;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/**
 * Packs the values of a brush as <a
 * href="https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack">rle-pack</a> describes
 * it, with runs of lengths that are drawn at random where the format leaves a choice.
 */
final class BrushPacking {

    private static final int[] SIZES = {3, 4, 8, 16};

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int bits;
    private int count;

    private BrushPacking() {}

    /** Packs values of 8 bits. */
    static byte[] pack(int[] values, Random random) {
        BrushPacking packing = new BrushPacking();
        packing.put(values.length, 32);
        packing.put(8 - 1, 5);
        for (int size : SIZES) {
            packing.put(size - 1, 4);
        }
        for (int at = 0; at < values.length; ) {
            int size = random.nextInt(SIZES.length);
            int most = Math.min(values.length - at, 1 << SIZES[size]);
            int same = 1;
            while (same < most && values[at + same] == values[at]) {
                same++;
            }
            boolean repeated = same > 1 || random.nextBoolean();
            int length = repeated ? same : 1 + random.nextInt(Math.min(most, 20));
            packing.put(repeated ? 1 : 0, 1);
            packing.put(size, 2);
            packing.put(length - 1, SIZES[size]);
            for (int i = 0; i < (repeated ? 1 : length); i++) {
                packing.put(values[at + i], 8);
            }
            at += length;
        }
        packing.put(0, 7);
        return packing.bytes.toByteArray();
    }

    private void put(int value, int size) {
        for (int i = size - 1; i >= 0; i--) {
            bits = bits << 1 | value >> i & 1;
            if (++count % 8 == 0) {
                bytes.write(bits);
                bits = 0;
            }
        }
    }
}
