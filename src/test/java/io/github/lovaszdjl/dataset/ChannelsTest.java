package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets of another number of channels than three. */
class ChannelsTest {

    private static final Path TIFF = Path.of("src", "test", "resources", "tiff");

    @TempDir private Path temp;

    private TestFiles files;

    @BeforeEach
    void writeFiles() throws Exception {
        files = new TestFiles(temp, "a", "b");
        Files.copy(TIFF.resolve("8-4-lzw.tif"), files.image("x.tif"));
        Files.copy(TIFF.resolve("16-4-lzw.tif"), files.image("y.tif"));
        for (String name : List.of("x.png", "y.png")) {
            TestFiles.write(files.label(name), TestFiles.grey(21, 18, (x, y) -> x % 2));
        }
    }

    @Test
    void meanAndDeviationAreThoseOfAllPixels() throws Exception {
        FolderSegmentationDataset data =
                files.builder().optNormalization(Normalization.none(4)).build();
        ChannelStatistics statistics = ChannelStatistics.of(data);
        assertEquals(2 * 21 * 18, statistics.pixels());
        for (int c = 0; c < 4; c++) {
            double[] values = values(c);
            double mean = Arrays.stream(values).sum() / values.length;
            double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
            // Rounding of some hundred sums.
            assertEquals(mean, statistics.mean().get(c), 1e-13);
            assertEquals(Math.sqrt(squares / values.length), statistics.std().get(c), 1e-13);
        }
    }

    /** The values of a channel in both files, by the formula of make.py, where 1 is white. */
    private static double[] values(int c) {
        double[] values = new double[2 * 21 * 18];
        for (int i = 0; i < 21 * 18; i++) {
            int x = i % 21;
            int y = i / 21;
            int value = x * 7 + y * 13 + c * 29 + x * y * (c + 1);
            values[2 * i] = (value & 0xff) / 255.0;
            values[2 * i + 1] = (value * 257 & 0xffff) / 65535.0;
        }
        return values;
    }

    @Test
    void anotherNumberOfChannelsIsRefusedWithTheFile() {
        Exception e =
                assertThrows(
                        MalformedDatasetException.class, () -> files.builder().build().prepare());
        assertEquals(
                files.image("x.tif")
                        + ": expected the channels of the data set, 3 (--channels), got 4",
                e.getMessage());
    }

    @Test
    void channelsNeedAMeanAndADeviation() {
        FolderLayout layout = FolderLayout.builder().optChannels(4).build();
        Exception e =
                assertThrows(
                        MalformedDatasetException.class,
                        () -> files.builder().optLayout(layout).build().prepare());
        assertTrue(e.getMessage().contains("for each of the 4 channels"), e.getMessage());
    }

    @Test
    void theDescriptionOfTheSetMayHaveThem() throws Exception {
        Files.writeString(
                temp.resolve("dataset.json"),
                "{\"channels\": 4, \"mean\": \"0.1,0.2,0.3,0.4\", \"std\": \"1,1,1,2\"}");
        FolderSegmentationDataset data = files.builder().build();
        data.prepare();
        assertEquals(
                new Normalization(List.of(0.1f, 0.2f, 0.3f, 0.4f), List.of(1f, 1f, 1f, 2f)),
                data.getNormalization());
        assertEquals(4, data.getImageChannels());
    }
}
