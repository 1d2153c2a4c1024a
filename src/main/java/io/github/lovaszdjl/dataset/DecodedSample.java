package io.github.lovaszdjl.dataset;

import java.awt.image.BufferedImage;
import java.io.IOException;

/**
 * The decoded files of a sample, of one size.
 *
 * @param image the image
 * @param labels the labels
 * @param orientation the EXIF orientation by which the image was turned, 1 if it was not
 */
record DecodedSample(BufferedImage image, LabelImage labels, int orientation) {

    /**
     * Reads and decodes the files of a sample.
     *
     * @throws MalformedDatasetException if one of them cannot be decoded, or their sizes differ
     */
    static DecodedSample read(SampleFiles files, LabelDecoder decoder) throws IOException {
        return decode(
                files,
                ImageFiles.readImageBytes(files.image()),
                ImageFiles.readLabelBytes(files.labels()),
                decoder);
    }

    /** Decodes what was read from the files of a sample, see {@link #read}. */
    static DecodedSample decode(
            SampleFiles files, byte[] imageBytes, byte[] labelBytes, LabelDecoder decoder)
            throws IOException {
        BufferedImage image = ImageFiles.decodeImage(files.image(), imageBytes);
        int orientation = Orientation.of(imageBytes);
        LabelImage labels =
                ImageFiles.decodeLabels(files.labels(), labelBytes, decoder, orientation);
        if (labels.width() != image.getWidth() || labels.height() != image.getHeight()) {
            throw new MalformedDatasetException(
                    files.labels(),
                    "the size of its image, "
                            + image.getWidth()
                            + "x"
                            + image.getHeight()
                            + (orientation == Orientation.STORED
                                    ? ""
                                    : " when turned by EXIF orientation " + orientation),
                    labels.width() + "x" + labels.height());
        }
        return new DecodedSample(image, labels, orientation);
    }

    /** Returns the size of both. */
    ImageSize size() {
        return new ImageSize(labels.height(), labels.width());
    }
}
