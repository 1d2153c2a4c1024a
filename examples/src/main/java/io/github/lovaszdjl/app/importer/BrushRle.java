package io.github.lovaszdjl.app.importer;

/**
 * A mask as Label Studio's brush stores it: the values red, green, blue and alpha of every pixel,
 * row by row, packed by <a
 * href="https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack">rle-pack</a>. A pixel
 * belongs to the mask where alpha is above 0, as in Label Studio's own converter.
 *
 * <p>Packed are bits, the highest of a byte first: the number of values (32 bits), the bits of a
 * value less one (5), four sizes less one (4 each); then runs, each of one bit that says whether a
 * single value is repeated, the place of one of the sizes (2), as many bits as it says for the
 * length less one, and the value or values.
 */
final class BrushRle implements Region {

    private static final int CHANNELS = 4;
    private static final int SIZES = 4;

    private final byte[] packed;
    private final int width;
    private final int height;

    /**
     * Constructs a mask.
     *
     * @param packed the bytes
     * @param width the width of the image
     * @param height its height
     */
    BrushRle(byte[] packed, int width, int height) {
        this.packed = packed;
        this.width = width;
        this.height = height;
    }

    /** Is told of runs of equal values. */
    interface Runs {

        /**
         * Takes a run.
         *
         * @param from where it begins
         * @param to where it ends, which is left out
         * @param value the value, 0 to 2^32 − 1
         */
        void add(long from, long to, long value);
    }

    @Override
    public void addTo(PixelMask mask) {
        if (width != mask.width() || height != mask.height()) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected a mask of the image's size, %dx%d, got %dx%d",
                            mask.width(), mask.height(), width, height));
        }
        unpack(
                packed,
                (long) CHANNELS * width * height,
                (from, to, value) -> {
                    // Alpha is the last of a pixel's values.
                    if (value != 0) {
                        mask.addByRows((int) (from / CHANNELS), (int) (to / CHANNELS));
                    }
                });
    }

    /**
     * Unpacks values.
     *
     * @param packed the bytes
     * @param expected how many values there should be
     * @param runs is told of the values
     * @throws IllegalArgumentException if there are fewer or more
     */
    static void unpack(byte[] packed, long expected, Runs runs) {
        Bits in = new Bits(packed);
        long count = in.read(32);
        if (count != expected) {
            throw new IllegalArgumentException(
                    "expected " + expected + " values of the brush, got " + count);
        }
        int bits = (int) in.read(5) + 1;
        int[] sizes = new int[SIZES];
        for (int i = 0; i < SIZES; i++) {
            sizes[i] = (int) in.read(4) + 1;
        }
        for (long at = 0; at < count; ) {
            boolean repeated = in.read(1) == 1;
            long end = at + 1 + in.read(sizes[(int) in.read(2)]);
            if (end > count) {
                throw new IllegalArgumentException(
                        "expected " + count + " values of the brush, got a run up to " + end);
            }
            if (repeated) {
                runs.add(at, end, in.read(bits));
                at = end;
            }
            for (; at < end; at++) {
                runs.add(at, at + 1, in.read(bits));
            }
        }
    }

    private static final class Bits {

        private final byte[] bytes;
        private long position;

        Bits(byte[] bytes) {
            this.bytes = bytes;
        }

        long read(int bits) {
            if (position + bits > 8L * bytes.length) {
                throw new IllegalArgumentException(
                        "expected bytes of a brush, got an end after " + bytes.length);
            }
            long value = 0;
            for (int i = 0; i < bits; i++, position++) {
                int shift = (int) (7 - position % 8);
                value = value << 1 | bytes[(int) (position / 8)] >> shift & 1;
            }
            return value;
        }
    }
}
