package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.internal.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Colours are those that another decoder sees, or the file is refused. The numbers are Pillow's,
 * see make.py beside the files.
 */
class ImageColoursTest {

    private static final Path FOLDER = Path.of("src", "test", "resources", "images");

    /** The colours in the middle of the four quarters. */
    @ParameterizedTest
    @CsvSource({
        "jfif.jpg, c93c28 1e5ad2 158c3c f0f050",
        "jfif-444.jpg, c93c28 1e5ad2 158c3c f0f050",
        "grey.jpg, 646464 565656 5f5f5f dedede",
        "adobe-ycc.jpg, c93c28 1e5ad2 158c3c f0f050",
        "adobe-rgb.jpg, c83c28 1e5ad2 148c3c f0f050",
        "named-123.jpg, c93c28 1e5ad2 158c3c f0f050",
        "named-rgb.jpg, c83c28 1e5ad2 148c3c f0f050",
        "named-012-420.jpg, c93c28 1e5ad2 158c3c f0f050",
        "rgb-16.png, c83c28 1e5ad2 148c3c f0f050",
        "grey-16.png, c8c8c8 1e1e1e 141414 f0f0f0",
        "rgba.png, c83c28 1e5ad2 148c3c f0f050",
        "grey-alpha.png, c8c8c8 1e1e1e 141414 f0f0f0",
        "grey-transparent.png, c8c8c8 1e1e1e 141414 f0f0f0",
        "gamma.png, c83c28 1e5ad2 148c3c f0f050"
    })
    void coloursAreThoseOfAnotherDecoder(String name, String colours) throws IOException {
        RgbImage image = RgbImage.of(ImageFiles.readImage(FOLDER.resolve(name)));
        StringBuilder read = new StringBuilder();
        for (int y = 8; y < 32; y += 16) {
            for (int x = 8; x < 32; x += 16) {
                read.append(read.isEmpty() ? "" : " ");
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    read.append(String.format("%02x", image.sample(x, y, c)));
                }
            }
        }
        assertEquals(colours, read.toString());
    }

    /** Plain, inverted as Adobe's, and as YCCK. */
    @ParameterizedTest
    @ValueSource(strings = {"cmyk.jpg", "cmyk-adobe.jpg", "ycck-adobe.jpg"})
    void cmykIsRefused(String name) {
        assertRefused(name, "grey or RGB, got CMYK; convert it to RGB first");
    }

    /** Java takes them for RGB and libjpeg for YCbCr. */
    @Test
    void coloursThatDecodersDisagreeAboutAreRefused() {
        assertRefused(
                "named-012.jpg",
                "a JPEG that says what its colours are (JFIF, Adobe, or channels called 1, 2, 3 or"
                        + " R, G, B), got one that may be RGB or YCbCr; save it again as PNG or"
                        + " JFIF");
    }

    private static void assertRefused(String name, String message) {
        Path file = FOLDER.resolve(name);
        assertEquals(
                file + ": expected " + message,
                assertThrows(MalformedDatasetException.class, () -> ImageFiles.readImage(file))
                        .getMessage());
    }
}
