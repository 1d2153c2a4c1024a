package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes TIFF by Java's own decoder, and says of each channel what it is as the file does: to Java
 * the fourth is always alpha.
 */
final class TiffFiles {

    private TiffFiles() {}

    /**
     * Decodes a file.
     *
     * @param file the file, for messages
     * @param bytes what is in it, of which {@link TiffHeader#isTiff} is true
     * @param ofLabels whether pixels are labels, which are one channel or colours
     * @throws MalformedDatasetException if it is damaged, or of a kind that is not read
     */
    static BufferedImage decode(Path file, byte[] bytes, boolean ofLabels) throws IOException {
        TiffHeader header = TiffHeader.read(file, bytes);
        if (ofLabels && (header.isInverted() || !header.hasColours())) {
            throw new MalformedDatasetException(
                    file,
                    "labels as one channel in which 0 is black, or as colours",
                    header.isInverted()
                            ? "one in which 0 is white, where 1 may mean 0 as well"
                            : header.bands() + " channels");
        }
        byte[] readable = header.forJava();
        BufferedImage image;
        try (ImageInputStream stream =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(readable))) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("tiff").next();
            try {
                reader.setInput(stream, true, true);
                image = reader.read(0);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            // Decoders meet bad data with unchecked exceptions of many kinds.
            throw new MalformedDatasetException(file, TiffDirectory.WHOLE, e);
        }
        if (image.getRaster().getNumBands() != header.bands()) {
            throw new MalformedDatasetException(
                    file,
                    header.bands() + " channels",
                    String.valueOf(image.getRaster().getNumBands()));
        }
        int bits = image.getRaster().getSampleModel().getSampleSize(0);
        if (bits != header.bits()) {
            throw new MalformedDatasetException(
                    file, header.bits() + " bits a sample", String.valueOf(bits));
        }
        if (header.hasWideDifferences()) {
            addUp(image.getRaster(), header.tileWidth());
        }
        return header.hasColours() ? image : ImageSamples.ofChannels(image.getRaster());
    }

    /** Makes samples of their differences to those on the left, which begin anew in every tile. */
    private static void addUp(WritableRaster raster, int tileWidth) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int[] row = new int[width * bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int i = bands; i < row.length; i++) {
                if (i / bands % tileWidth != 0) {
                    row[i] = row[i] + row[i - bands] & 0xffff;
                }
            }
            raster.setPixels(0, y, width, 1, row);
        }
    }
}
