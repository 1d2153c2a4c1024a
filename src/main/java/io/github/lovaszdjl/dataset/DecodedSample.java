package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.RgbImage;
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

    /** Returns the sample with its image in grey, of the luma that DJL's images have. */
    DecodedSample toGrey() {
        RgbImage colours = RgbImage.of(image);
        int width = colours.width();
        byte[] luma = new byte[width * colours.height()];
        for (int i = 0; i < luma.length; i++) {
            int x = i % width;
            int y = i / width;
            luma[i] =
                    (byte)
                            Math.round(
                                    0.299f * colours.sample(x, y, 0)
                                            + 0.587f * colours.sample(x, y, 1)
                                            + 0.114f * colours.sample(x, y, 2));
        }
        BufferedImage grey =
                new BufferedImage(width, colours.height(), BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setDataElements(0, 0, width, colours.height(), luma);
        return new DecodedSample(grey, labels, orientation);
    }

    /** Returns the size of both. */
    ImageSize size() {
        return new ImageSize(labels.height(), labels.width());
    }
}
