package io.github.lovaszdjl.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * Turns pixels as an EXIF orientation says that they are to be seen (tag 274 of TIFF 6.0). Nothing
 * is interpolated.
 */
final class Orientation {

    /** Pixels that are stored as they are to be seen. */
    static final int STORED = 1;

    /** From here on, rows become columns. */
    private static final int TRANSPOSED = 5;

    private Orientation() {}

    /** Returns the orientation that a file notes, 1 to 8; {@value #STORED} where it notes none. */
    static int of(byte[] file) {
        return ImageHeader.of(file).orientation().orElse(STORED);
    }

    /** Turns an image; of the same colours. */
    static BufferedImage turn(BufferedImage image, int orientation) {
        if (orientation == STORED) {
            return image;
        }
        int width = image.getWidth();
        int height = image.getHeight();
        boolean swapped = orientation >= TRANSPOSED;
        Raster from = image.getRaster();
        WritableRaster to =
                from.createCompatibleWritableRaster(
                        swapped ? height : width, swapped ? width : height);
        Object pixel = null;
        for (int y = 0; y < to.getHeight(); y++) {
            for (int x = 0; x < to.getWidth(); x++) {
                pixel =
                        from.getDataElements(
                                column(x, y, width, orientation),
                                row(x, y, height, orientation),
                                pixel);
                to.setDataElements(x, y, pixel);
            }
        }
        return new BufferedImage(image.getColorModel(), to, image.isAlphaPremultiplied(), null);
    }

    /** Turns labels. */
    static LabelImage turn(LabelImage labels, int orientation) {
        if (orientation == STORED) {
            return labels;
        }
        int width = labels.width();
        int height = labels.height();
        boolean swapped = orientation >= TRANSPOSED;
        int columns = swapped ? height : width;
        byte[] ids = new byte[labels.ids().length];
        for (int i = 0; i < ids.length; i++) {
            int x = i % columns;
            int y = i / columns;
            ids[i] =
                    labels.ids()[
                            row(x, y, height, orientation) * width
                                    + column(x, y, width, orientation)];
        }
        return new LabelImage(columns, swapped ? width : height, ids);
    }

    /** Returns the stored column of the pixel that is seen at (x, y). */
    private static int column(int x, int y, int width, int orientation) {
        return switch (orientation) {
            case 2, 3 -> width - 1 - x;
            case 5, 6 -> y;
            case 7, 8 -> width - 1 - y;
            default -> x;
        };
    }

    /** Returns the stored row of the pixel that is seen at (x, y). */
    private static int row(int x, int y, int height, int orientation) {
        return switch (orientation) {
            case 3, 4 -> height - 1 - y;
            case 5, 8 -> x;
            case 6, 7 -> height - 1 - x;
            default -> y;
        };
    }
}
