package io.github.lovaszdjl.dataset;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A strip or tile of a TIFF file as it is packed. It is unpacked to count its bytes alone: Java's
 * decoder leaves what is missing black, or what it was before, and says nothing.
 *
 * @param file the contents of the file
 * @param start where the piece begins
 * @param length its bytes, all in the file
 */
record TiffPiece(byte[] file, int start, int length) {

    /** LZW of TIFF 6.0, section 13: codes of 9 to 12 bits, highest bit first. */
    private static final int CLEAR = 256;

    private static final int END = 257;
    private static final int FIRST = 258;
    private static final int MIN_BITS = 9;
    private static final int MAX_BITS = 12;

    /**
     * Tells whether Deflate (zlib) gives as many bytes, and, where it ends there, their check sum.
     */
    boolean holdsDeflated(long bytes) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(file, start, length);
            byte[] buffer = new byte[(int) Math.min(bytes + 1, 1 << 13)];
            long got = 0;
            // One byte more than is needed, so that the check sum behind the last is read, too.
            while (got <= bytes) {
                int more = inflater.inflate(buffer);
                if (more == 0) {
                    break;
                }
                got += more;
            }
            return got >= bytes;
        } catch (DataFormatException e) {
            return false;
        } finally {
            inflater.end();
        }
    }

    /** Tells whether LZW gives as many bytes. */
    boolean holdsLzw(long bytes) {
        // How many bytes each code stands for.
        int[] lengths = new int[1 << MAX_BITS];
        int next = FIRST;
        int bits = MIN_BITS;
        int previous = 0;
        long got = 0;
        long position = 0;
        while (got < bytes) {
            if (position + bits > 8L * length) {
                return false;
            }
            int code = code(position, bits);
            position += bits;
            if (code == END) {
                return false;
            }
            if (code == CLEAR) {
                next = FIRST;
                bits = MIN_BITS;
                previous = 0;
                continue;
            }
            // The next code is that of the string before and one byte more.
            boolean known = code < CLEAR || code < next || code == next && previous > 0;
            if (!known || previous == 0 && code >= CLEAR) {
                return false;
            }
            if (previous > 0 && next < lengths.length) {
                lengths[next++] = previous + 1;
                // A code early: the reader is one entry behind the writer.
                if (next + 1 == 1 << bits && bits < MAX_BITS) {
                    bits++;
                }
            }
            previous = code < CLEAR ? 1 : lengths[code];
            got += previous;
        }
        return true;
    }

    private int code(long position, int bits) {
        int at = start + (int) (position >> 3);
        int window = 0;
        for (int i = 0; i < 3; i++) {
            window = window << 8 | (at + i < start + length ? file[at + i] & 0xff : 0);
        }
        return window >> 24 - (int) (position & 7) - bits & (1 << bits) - 1;
    }

    /** Tells whether PackBits gives as many bytes. */
    boolean holdsPackBits(long bytes) {
        long got = 0;
        int at = start;
        int end = start + length;
        while (got < bytes && at < end) {
            int count = file[at++];
            if (count >= 0) {
                got += Math.min(count + 1, end - at);
                at += count + 1;
            } else if (count != Byte.MIN_VALUE) {
                got += at < end ? 1 - count : 0;
                at++;
            }
        }
        return got >= bytes;
    }
}
