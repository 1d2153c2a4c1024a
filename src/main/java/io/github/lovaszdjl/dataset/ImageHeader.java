package io.github.lovaszdjl.dataset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/**
 * What a JPEG, PNG or TIFF file says of its pixels that Java's decoders pass over: how the camera
 * was held, and of what colours the channels are.
 *
 * <p>It never throws: what cannot be read is as if it were not there, and left to the decoder.
 */
final class ImageHeader {

    private static final int ORIENTATION_TAG = 0x0112;
    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PNG = {(byte) 137, 'P', 'N', 'G', 13, 10, 26, 10};

    private final ByteBuffer file;
    private int orientation;
    private boolean jfif;
    private boolean adobe;

    /** The identifiers of the channels, and their sampling factors; of a JPEG alone. */
    private byte[] channels = {};

    private byte[] sampling = {};

    private ImageHeader(byte[] bytes) {
        file = ByteBuffer.wrap(bytes);
        if (startsWith(0, PNG)) {
            readPng();
        } else if (bytes.length > 1 && unsigned(0) == 0xff && unsigned(1) == 0xd8) {
            readJpeg();
        } else if (TiffHeader.isTiff(bytes)) {
            readExif(0, bytes.length);
        }
    }

    /** Reads the head of a file. */
    static ImageHeader of(byte[] bytes) {
        return new ImageHeader(bytes);
    }

    /** Returns the orientation that EXIF has for the image, 1 to 8, where 1 is as it is stored. */
    OptionalInt orientation() {
        return orientation == 0 ? OptionalInt.empty() : OptionalInt.of(orientation);
    }

    /** Returns the number of channels of a JPEG; 0 for another file. */
    int channels() {
        return channels.length;
    }

    /**
     * Tells whether it is not known if the three channels of a JPEG are RGB or YCbCr. Without a
     * mark of JFIF or Adobe, decoders go by the identifiers of the channels. Where these are
     * unusual and no channel is subsampled, Java takes RGB and libjpeg YCbCr.
     */
    boolean hasUnknownColours() {
        return channels.length == 3
                && !jfif
                && !adobe
                && !Arrays.equals(channels, new byte[] {1, 2, 3})
                && !Arrays.equals(channels, new byte[] {'R', 'G', 'B'})
                && sampling[0] == sampling[1]
                && sampling[1] == sampling[2];
    }

    private int unsigned(int position) {
        return file.get(position) & 0xff;
    }

    private boolean startsWith(int position, byte[] mark) {
        return position + mark.length <= file.limit()
                && Arrays.equals(
                        Arrays.copyOfRange(file.array(), position, position + mark.length), mark);
    }

    /** Goes through the segments up to the pixels. */
    private void readJpeg() {
        int position = 2;
        while (position + 4 <= file.limit()) {
            // As libjpeg: what is between segments is skipped, and a mark may have more than one
            // FF.
            if (unsigned(position) != 0xff || unsigned(position + 1) == 0xff) {
                position++;
                continue;
            }
            int marker = unsigned(position + 1);
            if (marker == 0xda || marker == 0xd9) {
                return;
            }
            if (marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8) {
                position += 2; // without contents
                continue;
            }
            int length = file.getShort(position + 2) & 0xffff;
            int start = position + 4;
            int end = position + 2 + length;
            if (length < 2 || end > file.limit()) {
                return;
            }
            readSegment(marker, start, end);
            position = end;
        }
    }

    private void readSegment(int marker, int start, int end) {
        boolean frame = marker >= 0xc0 && marker <= 0xcf;
        if (marker == 0xe0 && startsWith(start, JFIF)) {
            jfif = true;
        } else if (marker == 0xee && startsWith(start, ADOBE)) {
            adobe = true;
        } else if (marker == 0xe1 && startsWith(start, EXIF)) {
            readExif(start + EXIF.length, end);
        } else if (frame && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            readFrame(start, end);
        }
    }

    private void readFrame(int start, int end) {
        // Precision, height and width; then three bytes a channel.
        int count = start + 5 < end ? unsigned(start + 5) : 0;
        if (start + 6 + 3 * count > end) {
            return;
        }
        channels = new byte[count];
        sampling = new byte[count];
        for (int c = 0; c < count; c++) {
            channels[c] = file.get(start + 6 + 3 * c);
            sampling[c] = file.get(start + 7 + 3 * c);
        }
    }

    /** Goes through the chunks. */
    private void readPng() {
        int position = PNG.length;
        while (position + 12 <= file.limit()) {
            int length = file.getInt(position);
            int start = position + 8;
            // A length may be near 2^31, where a sum would overflow.
            if (length < 0 || length > file.limit() - start - 4) {
                return;
            }
            // "eXIf"; a damaged one is none.
            if (file.getInt(position + 4) == 0x65584966) {
                CRC32 sum = new CRC32();
                sum.update(file.array(), position + 4, 4 + length);
                if ((int) sum.getValue() == file.getInt(start + length)) {
                    readExif(start, start + length);
                }
            }
            position = start + length + 4;
        }
    }

    /** Looks for the orientation in the first directory of a TIFF structure. */
    private void readExif(int start, int end) {
        if (orientation != 0 || end - start < 8) {
            return;
        }
        ByteBuffer tiff = file.slice(start, end - start);
        switch (tiff.getShort(0)) {
            case 0x4949 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
            case 0x4d4d -> tiff.order(ByteOrder.BIG_ENDIAN);
            default -> {
                return;
            }
        }
        long directory = tiff.getInt(4) & 0xffffffffL;
        if (tiff.getShort(2) != 42 || directory + 2 > tiff.limit()) {
            return;
        }
        int entries = tiff.getShort((int) directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry + 12 > tiff.limit()) {
                return;
            }
            int at = (int) entry;
            // One number of 16 bits; a few writers take 32.
            int type = tiff.getShort(at + 2);
            if ((tiff.getShort(at) & 0xffff) == ORIENTATION_TAG
                    && (type == 3 || type == 4)
                    && tiff.getInt(at + 4) == 1) {
                int value = type == 3 ? tiff.getShort(at + 8) : tiff.getInt(at + 8);
                orientation = value >= 1 && value <= 8 ? value : 0;
                return;
            }
        }
    }
}
