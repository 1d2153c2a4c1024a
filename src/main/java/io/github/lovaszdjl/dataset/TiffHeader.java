package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a TIFF file (TIFF 6.0) says of its pixels, checked before Java decodes them: that it is one
 * of those that Java decodes right, that what it names lies in the file, and how many bytes it
 * comes to.
 */
final class TiffHeader {

    private static final String WHOLE = TiffDirectory.WHOLE;

    private static final int WIDTH = 256;
    private static final int LENGTH = 257;
    private static final int BITS_PER_SAMPLE = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES_PER_PIXEL = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTE_COUNTS = 279;
    private static final int PLANAR_CONFIGURATION = 284;
    private static final int PREDICTOR = 317;
    private static final int COLOR_MAP = 320;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_LENGTH = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTE_COUNTS = 325;
    private static final int EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339;

    /**
     * Tags whose numbers Java reads of 16 bits alone, as TIFF 6.0 defines them. It passes over
     * those of other types, which TIFF 6.0 asks readers to take, too.
     */
    private static final List<Integer> SHORTS =
            List.of(
                    BITS_PER_SAMPLE,
                    COMPRESSION,
                    PHOTOMETRIC,
                    FILL_ORDER,
                    SAMPLES_PER_PIXEL,
                    PLANAR_CONFIGURATION,
                    PREDICTOR,
                    COLOR_MAP);

    /** Those that it reads of 16 or 32 bits. */
    private static final List<Integer> SHORTS_OR_LONGS =
            List.of(
                    WIDTH,
                    LENGTH,
                    STRIP_OFFSETS,
                    ROWS_PER_STRIP,
                    STRIP_BYTE_COUNTS,
                    TILE_WIDTH,
                    TILE_LENGTH,
                    TILE_OFFSETS,
                    TILE_BYTE_COUNTS);

    private static final int NONE = 1;
    private static final int LZW = 5;
    private static final int PACK_BITS = 32773;
    private static final Set<Integer> DEFLATE = Set.of(8, 32946);

    private static final Map<Integer, String> OTHERS =
            Map.of(
                    2,
                    "CCITT",
                    3,
                    "CCITT",
                    4,
                    "CCITT",
                    6,
                    "JPEG",
                    7,
                    "JPEG",
                    34887,
                    "LERC",
                    34925,
                    "LZMA",
                    50000,
                    "Zstandard",
                    50001,
                    "WebP");

    /** No decoder makes more of a byte; of LZW's 12 bits, 3,839 bytes at most, Deflate is below. */
    private static final long MAX_BYTES_A_BYTE = 2560;

    /** The most bytes of samples, as an image of {@link ImageFiles#MAX_PIXELS} may have in PNG. */
    private static final long MAX_BYTES = 1L << 30;

    private final TiffDirectory directory;
    private final byte[] file;

    private int width;
    private int height;
    private int bands;
    private int bits;
    private int photometric;
    private int tileWidth;
    private int tileHeight;

    private TiffHeader(TiffDirectory directory, byte[] file) {
        this.directory = directory;
        this.file = file;
    }

    /** Tells whether a file says that it is a TIFF, of whichever size of numbers. */
    static boolean isTiff(byte[] bytes) {
        if (bytes.length < 8 || bytes[0] != bytes[1] || bytes[0] != 'I' && bytes[0] != 'M') {
            return false;
        }
        int version = bytes[0] == 'I' ? bytes[2] | bytes[3] << 8 : bytes[3] | bytes[2] << 8;
        return version == 42 || version == 43;
    }

    /**
     * Reads and checks the head of a file.
     *
     * @param path the file, for messages
     * @param bytes its contents, of which {@link #isTiff} is true
     * @throws MalformedDatasetException if it is damaged, or of a kind that is not read
     */
    static TiffHeader read(Path path, byte[] bytes) throws MalformedDatasetException {
        if ((bytes[0] == 'I' ? bytes[2] : bytes[3]) == 43) {
            throw new MalformedDatasetException(
                    path, "a TIFF of 32-bit offsets", "a BigTIFF; save it as a classic one");
        }
        TiffHeader header = new TiffHeader(TiffDirectory.read(path, bytes), bytes);
        header.check();
        return header;
    }

    private void check() throws MalformedDatasetException {
        width = size(WIDTH);
        height = size(LENGTH);
        if ((long) width * height > ImageFiles.MAX_PIXELS) {
            throw fault("at most " + ImageFiles.MAX_PIXELS + " pixels", width + "x" + height);
        }
        checkSamples();
        checkColours();
        checkCompression();
        checkPieces();
    }

    private MalformedDatasetException fault(String expected, Object got) {
        return directory.fault(expected, got);
    }

    private long number(int tag, long otherwise) throws MalformedDatasetException {
        return directory.number(tag, otherwise);
    }

    private int size(int tag) throws MalformedDatasetException {
        long size = number(tag, 0);
        if (size < 1 || size > Integer.MAX_VALUE) {
            throw fault("a width and a height of at least 1", size);
        }
        return (int) size;
    }

    private void checkSamples() throws MalformedDatasetException {
        long samples = number(SAMPLES_PER_PIXEL, 1);
        if (samples < 1 || samples > ImageSamples.MAX_CHANNELS) {
            throw fault("1 to " + ImageSamples.MAX_CHANNELS + " channels", samples);
        }
        bands = (int) samples;
        bits = (int) number(BITS_PER_SAMPLE, 1);
        int formats = directory.count(SAMPLE_FORMAT);
        for (int c = 0; c < bands; c++) {
            long format = directory.number(SAMPLE_FORMAT, Math.min(c, formats - 1), 1);
            if (format != 1) {
                String got = format == 2 ? "signed" : format == 3 ? "floating-point" : "other";
                throw fault("unsigned whole numbers as samples", got + " ones");
            }
            if (directory.number(BITS_PER_SAMPLE, c, 1) != bits) {
                throw fault("channels of as many bits each", "others");
            }
        }
        boolean few = bands == 1 && (bits == 1 || bits == 2 || bits == 4);
        if (!few && bits != Byte.SIZE && bits != Short.SIZE) {
            throw fault("channels of 8 or 16 bits", bits);
        }
    }

    private void checkColours() throws MalformedDatasetException {
        photometric = (int) number(PHOTOMETRIC, -1);
        String got =
                switch (photometric) {
                    case 0 -> bands == 1 ? "" : "channels in which 0 is white";
                    case 1 -> "";
                    case 2 -> bands >= ImageSamples.RGB ? "" : "RGB of " + bands + " channels";
                    case 3 ->
                            bands == 1 && bits <= Byte.SIZE && directory.has(COLOR_MAP)
                                    ? ""
                                    : "a palette of another kind";
                    case 5 -> "CMYK";
                    case 6 -> "YCbCr";
                    case 8, 9, 10 -> "CIE L*a*b*";
                    case -1 -> "no word about them";
                    default -> "kind " + photometric;
                };
        if (!got.isEmpty()) {
            throw fault("grey, RGB, a palette or channels", got + "; save it as one of these");
        }
        if (photometric == 3) {
            if (directory.count(COLOR_MAP) != 3 << bits) {
                throw fault(WHOLE, "a palette of another length");
            }
        }
    }

    private void checkCompression() throws MalformedDatasetException {
        int compression = (int) number(COMPRESSION, NONE);
        boolean known =
                compression == NONE
                        || compression == LZW
                        || compression == PACK_BITS
                        || DEFLATE.contains(compression);
        if (!known) {
            throw fault(
                    "a TIFF that is not compressed, or by LZW, Deflate or PackBits",
                    OTHERS.getOrDefault(compression, "compression " + compression)
                            + "; save it anew");
        }
        long predictor = number(PREDICTOR, 1);
        if (predictor != 1 && (predictor != 2 || bits < Byte.SIZE)) {
            throw fault("no predictor, or differences along the rows", "predictor " + predictor);
        }
        if (number(FILL_ORDER, 1) != 1) {
            throw fault("the highest bit first", "fill order " + number(FILL_ORDER, 1));
        }
    }

    /** Checks strips or tiles: that there are as many as there have to be, all in the file. */
    private void checkPieces() throws MalformedDatasetException {
        boolean tiled = directory.has(TILE_OFFSETS);
        if (tiled == directory.has(STRIP_OFFSETS)) {
            throw fault(WHOLE, tiled ? "strips and tiles" : "neither strips nor tiles");
        }
        tileWidth = tiled ? size(TILE_WIDTH) : width;
        tileHeight =
                tiled ? size(TILE_LENGTH) : (int) Math.min(number(ROWS_PER_STRIP, height), height);
        if (tileHeight < 1) {
            throw fault(WHOLE, "strips without rows");
        }
        long planar = number(PLANAR_CONFIGURATION, 1);
        if (planar != 1 && planar != 2) {
            throw fault("channels next to each other or in planes", "another order, " + planar);
        }
        int together = planar == 1 ? bands : 1;
        long row = ((long) tileWidth * together * bits + Byte.SIZE - 1) / Byte.SIZE;
        checkBytes((long) width * height * bands * Math.max(1, bits / Byte.SIZE));
        checkBytes(Math.multiplyHigh(row, tileHeight) > 0 ? Long.MAX_VALUE : row * tileHeight);
        long pieces =
                (width + tileWidth - 1L)
                        / tileWidth
                        * ((height + tileHeight - 1L) / tileHeight)
                        * (bands / together);
        int offsets = tiled ? TILE_OFFSETS : STRIP_OFFSETS;
        int lengths = tiled ? TILE_BYTE_COUNTS : STRIP_BYTE_COUNTS;
        if (directory.count(offsets) != pieces || directory.count(lengths) != pieces) {
            throw fault(WHOLE, "another number of strips or tiles than " + pieces);
        }
        for (int i = 0; i < pieces; i++) {
            // The last strip may be shorter.
            long rows =
                    tiled ? tileHeight : Math.min(tileHeight, height - i % strips() * tileHeight);
            checkPiece(
                    directory.number(offsets, i, 0), directory.number(lengths, i, 0), row * rows);
        }
    }

    /** Checks that a strip or tile lies in the file, and unpacks to as many bytes as it has to. */
    private void checkPiece(long offset, long length, long bytes) throws MalformedDatasetException {
        if (offset + length > directory.length()) {
            throw fault(WHOLE, "one that is cut off");
        }
        int compression = (int) number(COMPRESSION, NONE);
        if (length < (compression == NONE ? bytes : 1)) {
            throw fault(WHOLE, "strips or tiles that are too short");
        }
        TiffPiece piece = new TiffPiece(file, (int) offset, (int) length);
        boolean whole =
                switch (compression) {
                    case NONE -> true;
                    case LZW -> piece.holdsLzw(bytes);
                    case PACK_BITS -> piece.holdsPackBits(bytes);
                    default -> piece.holdsDeflated(bytes);
                };
        if (!whole) {
            throw fault(WHOLE, "strips or tiles that are damaged");
        }
    }

    private long strips() {
        return (height + tileHeight - 1L) / tileHeight;
    }

    /** Checks that what is to be decoded is not more than the file can hold. */
    private void checkBytes(long bytes) throws MalformedDatasetException {
        if (bytes > MAX_BYTES) {
            throw fault("at most " + MAX_BYTES + " bytes of samples", bytes);
        }
        if (bytes / MAX_BYTES_A_BYTE > directory.length()) {
            throw fault(
                    WHOLE,
                    bytes
                            + " bytes of samples in "
                            + directory.length()
                            + " bytes, which hold fewer");
        }
    }

    int bands() {
        return bands;
    }

    int bits() {
        return bits;
    }

    int tileWidth() {
        return tileWidth;
    }

    /** Tells whether 0 is white; Java turns it round. */
    boolean isInverted() {
        return photometric == 0;
    }

    /** Tells whether the channels are colours, and perhaps alpha. */
    boolean hasColours() throws MalformedDatasetException {
        int colours = photometric == 2 ? ImageSamples.RGB : 1;
        // Java takes three for RGB in either case.
        return bands == colours || bands == ImageSamples.RGB || hasAlpha();
    }

    /** Tells whether there is one channel beyond the colours, which the file calls alpha. */
    boolean hasAlpha() throws MalformedDatasetException {
        int colours = photometric == 2 ? ImageSamples.RGB : 1;
        if (bands != colours + 1 || directory.count(EXTRA_SAMPLES) != 1) {
            return false;
        }
        long kind = number(EXTRA_SAMPLES, 0);
        return kind == 1 || kind == 2;
    }

    /**
     * Tells whether differences along rows are to be added up, which Java does for 8 bits alone.
     */
    boolean hasWideDifferences() throws MalformedDatasetException {
        int compression = (int) number(COMPRESSION, NONE);
        boolean used = compression == LZW || DEFLATE.contains(compression);
        return used && bits == Short.SIZE && number(PREDICTOR, 1) == 2;
    }

    /**
     * Returns the file as Java's decoder takes it for what it is: its numbers of as many bits as
     * that reads, and without a word of differences that it does not add up.
     */
    byte[] forJava() throws MalformedDatasetException {
        List<Integer> others =
                Stream.concat(
                                SHORTS.stream().filter(t -> directory.isOfOtherBits(t, false)),
                                SHORTS_OR_LONGS.stream()
                                        .filter(t -> directory.isOfOtherBits(t, true)))
                        .toList();
        if (others.isEmpty() && !hasWideDifferences()) {
            return file;
        }
        byte[] copy = file.clone();
        for (int tag : others) {
            directory.narrow(copy, tag);
        }
        if (hasWideDifferences()) {
            directory.replace(copy, PREDICTOR, 1);
        }
        return copy;
    }
}
