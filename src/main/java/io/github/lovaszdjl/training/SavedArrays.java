package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.DataType;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Checks an NPZ archive before DJL reads it: it allocates at once what the header of an array says,
 * whatever follows.
 *
 * <p>Checked is what memory depends on: that the arrays are no more and no larger than expected,
 * and each as long as its header says. Names, shapes and types are left to who uses them.
 */
final class SavedArrays {

    /** Version 1.0, the only one that DJL writes. */
    private static final byte[] START = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

    /** DJL reads the length of a header with its sign. */
    private static final int MAX_HEADER = Short.MAX_VALUE;

    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': '([^']*+)', 'fortran_order': False, 'shape': \\(([0-9, ]*+)\\), \\}\\s*+");

    private SavedArrays() {}

    /**
     * Checks an archive as {@code NDList.encode} writes it.
     *
     * @param npz the archive
     * @param maxArrays how many arrays it may have
     * @param maxBytes how many bytes they may have together
     * @throws MalformedModelException if it is none, or its arrays are more or larger
     */
    static void check(byte[] npz, int maxArrays, long maxBytes) throws MalformedModelException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(npz))) {
            DataInputStream in = new DataInputStream(zip);
            int arrays = 0;
            long left = maxBytes;
            ZipEntry entry;
            while ((entry = zip.getNextEntry()) != null) {
                if (++arrays > maxArrays) {
                    throw new MalformedModelException(
                            "expected at most " + maxArrays + " arrays, got more");
                }
                long size = size(header(in), left);
                left -= size;
                in.skipNBytes(size);
                if (in.read() >= 0) {
                    throw new MalformedModelException(
                            String.format(
                                    "%s: expected %d bytes, got more", entry.getName(), size));
                }
            }
            if (arrays == 0) {
                // DJL would read a list without arrays.
                throw new MalformedModelException("expected an NPZ archive");
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new MalformedModelException("expected an NPZ archive: " + e.getMessage(), e);
        }
    }

    private static String header(DataInputStream in) throws IOException, MalformedModelException {
        byte[] start = new byte[START.length];
        in.readFully(start);
        // Little-endian.
        int length = in.readUnsignedByte() | in.readUnsignedByte() << 8;
        if (!Arrays.equals(start, START) || length > MAX_HEADER) {
            throw new MalformedModelException("expected an array in format 1.0 of NumPy");
        }
        byte[] header = new byte[length];
        in.readFully(header);
        return new String(header, StandardCharsets.US_ASCII);
    }

    /** Returns the number of bytes that an array has. */
    private static long size(String header, long max) throws MalformedModelException {
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches()) {
            throw new MalformedModelException("expected a header of NumPy, got " + header.strip());
        }
        long size = DataType.fromNumpy(matcher.group(1)).getNumOfBytes();
        String shape = matcher.group(2);
        for (String length : shape.isEmpty() ? new String[0] : shape.split(", ?")) {
            long n = Long.parseLong(length);
            if (n != 0 && size > max / n) {
                throw new MalformedModelException(
                        "expected at most "
                                + max
                                + " bytes, got an array of shape ("
                                + shape
                                + ")");
            }
            size *= n;
        }
        if (size > max) {
            throw new MalformedModelException(
                    "expected at most " + max + " bytes, got an array of " + size);
        }
        return size;
    }
}
