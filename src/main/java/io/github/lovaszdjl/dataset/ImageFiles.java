package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes image and label files, those of a data set and others; whatever is wrong with one is a
 * {@link MalformedDatasetException} that names it.
 *
 * <p>Files are decoded from memory, so that ImageIO's process-wide disk cache plays no part, and
 * from any file system.
 */
public final class ImageFiles {

    /**
     * The most pixels a file may declare. A few bytes of PNG can declare 2^62; this many, 11,585
     * squared, take 400 MB as RGB, which the default heap of a machine with 4 GB still holds, and
     * are above the largest tiles of published aerial sets (10,000 squared). Four channels of 16
     * bits, the most that is read, take 8 bytes a pixel.
     */
    public static final int MAX_PIXELS = 1 << 27;

    /** The extensions of images in data sets, in lower case; what counts is what a file holds. */
    public static final Set<String> EXTENSIONS =
            Set.of("bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff");

    /** The longest file; {@link #MAX_PIXELS} of four channels of 16 bits, not packed. */
    private static final long MAX_BYTES = 1L << 30;

    /**
     * The most pixels in a byte of a file: PNG packs best, 1,032 bytes of 8 pixels each (a match of
     * 258 bytes takes 2 bits at least). Whatever declares more is cut off, and is not worth the
     * memory to find that out.
     */
    private static final long MAX_PIXELS_A_BYTE = 8 * 1032;

    /**
     * GIF and BMP as published sets hold some that are called .jpg. Java reads two more: WBMP has
     * no mark, so that many a damaged file passes for one, and TIFF goes its own way, {@link
     * TiffFiles}.
     */
    private static final Set<String> FORMATS = Set.of("png", "jpeg", "gif", "bmp");

    /** Those that keep the value of every pixel. */
    private static final Set<String> LABEL_FORMATS = Set.of("png", "gif", "bmp");

    private static final String IMAGE = "a whole image (PNG, JPEG, TIFF, BMP or GIF)";
    private static final String LABEL = "a whole label image (PNG, TIFF, BMP or GIF)";

    private static final String GREY_OR_RGB = "grey or RGB";
    private static final String CONVERT_TO_RGB = "; convert it to RGB first";

    private ImageFiles() {}

    /**
     * Decodes an image in grey or RGB, with a palette or without, of up to 16 bits, with or without
     * alpha, or, from TIFF, one of up to 64 channels. CMYK is refused: without the profile of a
     * printer its colours can only be guessed. An image that EXIF says is to be turned (JPEG, TIFF,
     * or {@code eXIf} in PNG) is turned.
     *
     * <p>The memory it takes is bounded by the file: no image is decoded that declares more pixels
     * than its bytes can hold.
     *
     * @param file the file: PNG, JPEG, GIF, BMP or TIFF, of at most 2^30 bytes
     * @return the image, as it is to be seen; not scaled
     * @throws MalformedDatasetException if the file cannot be read, does not hold a whole image,
     *     declares more than {@link #MAX_PIXELS} pixels, is neither grey nor RGB, or a TIFF of a
     *     kind that is not read
     * @throws IOException if the file cannot be closed
     */
    public static BufferedImage readImage(Path file) throws IOException {
        return decodeImage(file, readImageBytes(file));
    }

    /**
     * Decodes an image for a network, see {@link #readImage(Path)}.
     *
     * @param file the file
     * @param channels how many channels the network sees; in 3, grey is repeated, and alpha beyond
     *     them is left out
     * @return the image, with all channels of the file
     * @throws MalformedDatasetException likewise, or if it has another number of channels
     * @throws IOException if the file cannot be closed
     */
    public static BufferedImage readImage(Path file, int channels) throws IOException {
        BufferedImage image = readImage(file);
        checkChannels(file, image, channels, "the channels of the model, " + channels);
        return image;
    }

    /** Checks that the image of a file has the channels that something has. */
    static void checkChannels(Path file, BufferedImage image, int channels, String expected)
            throws MalformedDatasetException {
        try {
            ImageSamples.checkChannels(image, channels);
        } catch (IllegalArgumentException e) {
            String got = e.getMessage().replaceFirst("^channels: expected \\d+, got ", "");
            throw new MalformedDatasetException(file, expected, got);
        }
    }

    /** Reads an image file whole. */
    static byte[] readImageBytes(Path file) throws MalformedDatasetException {
        return read(file, IMAGE);
    }

    /** Decodes the contents of an image file, see {@link #readImage}. */
    static BufferedImage decodeImage(Path file, byte[] bytes) throws IOException {
        return Orientation.turn(decode(file, bytes, IMAGE, false), Orientation.of(bytes));
    }

    /** Decodes a label file whose numbers are class ids, see {@link #decodeLabels}. */
    static LabelImage readLabels(Path file) throws IOException {
        return decodeLabels(file, readLabelBytes(file), LabelDecoder.IDS, Orientation.STORED);
    }

    /** Reads a label file whole. */
    static byte[] readLabelBytes(Path file) throws MalformedDatasetException {
        return read(file, LABEL);
    }

    /**
     * Decodes the contents of a label file to class ids.
     *
     * @param file the file
     * @param bytes what is in it
     * @param decoder makes ids of numbers or colours
     * @param orientation that of its image: labels of the same one are turned as well
     * @throws MalformedDatasetException if it does not hold a whole label image, or one with labels
     *     that have no id, or an orientation of its own
     */
    static LabelImage decodeLabels(Path file, byte[] bytes, LabelDecoder decoder, int orientation)
            throws IOException {
        LabelImage labels = decoder.decode(file, decode(file, bytes, LABEL, true));
        int own = Orientation.of(bytes);
        if (own != Orientation.STORED && own != orientation) {
            throw new MalformedDatasetException(
                    file,
                    "EXIF orientation 1, or that of its image, " + orientation,
                    String.valueOf(own));
        }
        return Orientation.turn(labels, own);
    }

    private static byte[] read(Path file, String expected) throws MalformedDatasetException {
        try {
            long length = Files.size(file);
            if (length > MAX_BYTES) {
                throw new MalformedDatasetException(
                        file, "at most " + MAX_BYTES + " bytes", String.valueOf(length));
            }
            return Files.readAllBytes(file);
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedDatasetException(
                    file, expected, new IOException(WholeFile.reason(e), e));
        }
    }

    private static BufferedImage decode(Path file, byte[] bytes, String expected, boolean ofLabels)
            throws IOException {
        if (TiffHeader.isTiff(bytes)) {
            return TiffFiles.decode(file, bytes, ofLabels);
        }
        try (ImageInputStream stream =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                String got = bytes.length == 0 ? "an empty file" : "an unknown format";
                throw new MalformedDatasetException(file, expected, got);
            }
            checkHeader(file, bytes);
            ImageReader reader = readers.next();
            try {
                return decode(file, bytes.length, expected, ofLabels, reader, stream);
            } finally {
                reader.dispose();
            }
        }
    }

    private static BufferedImage decode(
            Path file,
            long length,
            String expected,
            boolean ofLabels,
            ImageReader reader,
            ImageInputStream stream)
            throws IOException {
        AtomicReference<String> truncation = new AtomicReference<>();
        BufferedImage image;
        try {
            String format = reader.getFormatName();
            Set<String> known = ofLabels ? LABEL_FORMATS : FORMATS;
            if (!known.contains(format.toLowerCase(Locale.ROOT))) {
                String why =
                        ofLabels && format.equalsIgnoreCase("jpeg")
                                ? ", which changes the values of pixels; make the labels anew as PNG"
                                : "";
                throw new MalformedDatasetException(file, expected, "format " + format + why);
            }
            reader.setInput(stream, true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels > MAX_PIXELS) {
                throw new MalformedDatasetException(
                        file,
                        "at most " + MAX_PIXELS + " pixels",
                        reader.getWidth(0) + "x" + reader.getHeight(0));
            }
            if (pixels / MAX_PIXELS_A_BYTE > length) {
                throw new MalformedDatasetException(
                        file,
                        expected,
                        reader.getWidth(0)
                                + "x"
                                + reader.getHeight(0)
                                + " pixels in "
                                + length
                                + " bytes, which hold fewer");
            }
            // The JPEG decoder fills what is missing with grey and only warns. Its other warnings
            // are about harmless faults that many published sets contain.
            reader.addIIOReadWarningListener(
                    (source, warning) -> {
                        if (warning.contains("Truncated") || warning.contains("premature end")) {
                            truncation.compareAndSet(null, warning);
                        }
                    });
            image = reader.read(0);
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Decoders meet bad data with unchecked exceptions of many kinds.
            throw new MalformedDatasetException(file, expected, e);
        }
        if (truncation.get() != null) {
            throw new MalformedDatasetException(file, expected, truncation.get());
        }
        checkColours(file, image);
        return image;
    }

    /** Refuses what decoders would read in a way that its maker did not mean. */
    private static void checkHeader(Path file, byte[] bytes) throws MalformedDatasetException {
        ImageHeader header = ImageHeader.of(bytes);
        int channels = header.channels();
        if (channels != 0 && channels != 1 && channels != 3) {
            throw new MalformedDatasetException(
                    file,
                    GREY_OR_RGB,
                    (channels == 4 ? "CMYK" : channels + " channels") + CONVERT_TO_RGB);
        }
        if (header.hasUnknownColours()) {
            throw new MalformedDatasetException(
                    file,
                    "a JPEG that says what its colours are (JFIF, Adobe, or channels called 1, 2, 3"
                            + " or R, G, B)",
                    "one that may be RGB or YCbCr; save it again as PNG or JFIF");
        }
    }

    private static void checkColours(Path file, BufferedImage image)
            throws MalformedDatasetException {
        int space = image.getColorModel().getColorSpace().getType();
        if (space != ColorSpace.TYPE_GRAY && space != ColorSpace.TYPE_RGB) {
            throw new MalformedDatasetException(
                    file,
                    GREY_OR_RGB,
                    (space == ColorSpace.TYPE_CMYK ? "CMYK" : "others") + CONVERT_TO_RGB);
        }
    }
}
