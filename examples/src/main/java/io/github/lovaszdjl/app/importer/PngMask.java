package io.github.lovaszdjl.app.importer;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A mask as LabelMe stores it: a PNG of a part of the image, in which a pixel belongs to the mask
 * that is not 0.
 *
 * @param png the bytes of the PNG
 * @param left the column of its first pixel in the image
 * @param top the row
 * @param width how many columns of it count at most
 * @param height how many rows
 */
record PngMask(byte[] png, int left, int top, int width, int height) implements Region {

    @Override
    public void addTo(PixelMask mask) {
        Raster raster = decode(mask);
        int[] row = new int[raster.getWidth() * raster.getNumBands()];
        int columns = Math.min(width, raster.getWidth());
        int rows = Math.min(height, raster.getHeight());
        for (int y = 0; y < rows; y++) {
            raster.getPixels(0, y, raster.getWidth(), 1, row);
            for (int x = 0; x < columns; x++) {
                if (row[x * raster.getNumBands()] != 0) {
                    mask.addRow(top + y, left + x, left + x + 1);
                }
            }
        }
    }

    private Raster decode(PixelMask mask) {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(png))) {
            reader.setInput(in, true, true);
            int columns = reader.getWidth(0);
            int rows = reader.getHeight(0);
            // A few bytes can declare any size.
            if (columns > mask.width() || rows > mask.height()) {
                throw new IOException(columns + "x" + rows + " pixels");
            }
            return reader.read(0).getRaster();
        } catch (IOException | RuntimeException e) {
            // The decoder meets bad data with exceptions of many kinds.
            throw new IllegalArgumentException(
                    String.format(
                            "mask: expected a PNG of at most %dx%d, got %s",
                            mask.width(), mask.height(), e.getMessage()),
                    e);
        } finally {
            reader.dispose();
        }
    }
}
