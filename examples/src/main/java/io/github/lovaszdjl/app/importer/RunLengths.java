package io.github.lovaszdjl.app.importer;

import java.util.Arrays;

/**
 * A mask as the lengths of its runs, the first of them outside. COCO counts the pixels of the whole
 * image column by column, CVAT those of a box row by row.
 */
final class RunLengths implements Region {

    private final int[] lengths;
    private final int left;
    private final int top;
    private final int width;
    private final int height;
    private final boolean wholeImage;

    private RunLengths(
            int[] lengths, int left, int top, int width, int height, boolean wholeImage) {
        this.lengths = lengths;
        this.left = left;
        this.top = top;
        this.width = width;
        this.height = height;
        this.wholeImage = wholeImage;
        long sum = 0;
        for (int length : lengths) {
            if (length < 0) {
                throw new IllegalArgumentException(
                        "expected lengths of runs from 0 on, got " + length);
            }
            sum += length;
        }
        if (width < 1 || height < 1 || sum != (long) width * height) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected runs of the %d pixels of %dx%d in all, got %d",
                            (long) width * height, width, height, sum));
        }
    }

    /**
     * Returns a mask of a whole image, counted column by column.
     *
     * @throws IllegalArgumentException if the lengths do not add up to the size
     */
    static RunLengths ofImage(int[] lengths, int width, int height) {
        return new RunLengths(lengths, 0, 0, width, height, true);
    }

    /**
     * Returns a mask of a box, counted row by row.
     *
     * @throws IllegalArgumentException if the lengths do not add up to the size
     */
    static RunLengths ofBox(int[] lengths, int left, int top, int width, int height) {
        return new RunLengths(lengths, left, top, width, height, false);
    }

    @Override
    public void addTo(PixelMask mask) {
        if (wholeImage && (width != mask.width() || height != mask.height())) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected a mask of the image's size, %dx%d, got %dx%d",
                            mask.width(), mask.height(), width, height));
        }
        if (left < 0 || top < 0 || width > mask.width() - left || height > mask.height() - top) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected a mask within %dx%d, got %dx%d at %d, %d",
                            mask.width(), mask.height(), width, height, left, top));
        }
        int from = 0;
        for (int i = 0; i < lengths.length; i++) {
            int to = from + lengths[i];
            if (i % 2 == 1 && wholeImage) {
                mask.addByColumns(from, to);
            } else if (i % 2 == 1) {
                addRows(mask, from, to);
            }
            from = to;
        }
    }

    private void addRows(PixelMask mask, int from, int to) {
        for (int start = from; start < to; ) {
            int row = start / width;
            int end = Math.min(to, (row + 1) * width);
            mask.addRow(top + row, left + start % width, left + end - row * width);
            start = end;
        }
    }

    /**
     * Reads COCO's compressed form: each length as 5 bits a character from the low ones on, with a
     * sixth bit where more follow and the last of the five as the sign; from the fourth on it is
     * the difference to the one before the last ({@code rleFrString} of the mask API, <a
     * href="https://github.com/cocodataset/cocoapi">cocoapi</a>).
     *
     * @throws IllegalArgumentException if it holds another character, ends too early, or has a
     *     length that no image has
     */
    static int[] decompress(String text) {
        int[] lengths = new int[text.length()];
        int count = 0;
        for (int at = 0; at < text.length(); ) {
            long value = 0;
            int shift = 0;
            int bits;
            do {
                if (at == text.length() || shift > 30) {
                    throw new IllegalArgumentException(
                            at == text.length()
                                    ? "expected compressed run lengths, got an end within one"
                                    : "expected run lengths of up to 31 bits, got a longer one");
                }
                bits = text.charAt(at++) - '0';
                if (bits < 0 || bits > 63) {
                    throw new IllegalArgumentException(
                            "expected compressed run lengths, got the character "
                                    + (int) text.charAt(at - 1));
                }
                value |= (bits & 31L) << shift;
                shift += 5;
            } while ((bits & 32) != 0);
            if ((bits & 16) != 0) {
                value |= -1L << shift;
            }
            if (count > 2) {
                value += lengths[count - 2];
            }
            if (value < 0 || value > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "expected lengths of runs from 0 to 2147483647, got " + value);
            }
            lengths[count++] = (int) value;
        }
        return Arrays.copyOf(lengths, count);
    }
}
