package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.evaluator.ImageCounts;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/**
 * The counts of each test image in a file, a line for each class that the image has or is predicted
 * to have. Images are numbered from 0 in the order of their names.
 */
final class ImageCountsFile {

    /** The name of the file in a run folder. */
    static final String NAME = "images.csv";

    private ImageCountsFile() {}

    /** Writes the file, wholly or not at all. */
    static void write(Path csv, List<String> classNames, List<ImageCounts> images)
            throws IOException {
        List<List<String>> lines = new ArrayList<>();
        lines.add(
                List.of("image", "class", "true positives", "false positives", "false negatives"));
        for (int i = 0; i < images.size(); i++) {
            ImageCounts image = images.get(i);
            for (int c = 0; c < classNames.size(); c++) {
                if (!Double.isNaN(image.iou(c))) {
                    lines.add(
                            List.of(
                                    String.valueOf(i),
                                    classNames.get(c),
                                    String.valueOf(image.truePositives(c)),
                                    String.valueOf(image.falsePositives(c)),
                                    String.valueOf(image.falseNegatives(c))));
                }
            }
        }
        Csv.write(csv, lines);
    }

    /**
     * Reads the file.
     *
     * @param csv the file
     * @param classNames the names of the classes
     * @param images the number of images
     * @return the counts of each image; none where there is no file, as of a run that was done
     *     before there was one
     * @throws IOException if it is not what it should be
     */
    static List<ImageCounts> read(Path csv, List<String> classNames, int images)
            throws IOException {
        if (!Files.isRegularFile(csv)) {
            return List.of();
        }
        long[][][] counts = new long[images][3][classNames.size()];
        try (Reader reader = Files.newBufferedReader(csv, StandardCharsets.UTF_8)) {
            for (CSVRecord line : CSVFormat.RFC4180.parse(reader)) {
                if (line.getRecordNumber() > 1) {
                    int c = classNames.indexOf(line.get(1));
                    for (int kind = 0; kind < 3; kind++) {
                        counts[Integer.parseInt(line.get(0))][kind][c] =
                                Long.parseLong(line.get(kind + 2));
                    }
                }
            }
            List<ImageCounts> read = new ArrayList<>();
            for (long[][] image : counts) {
                read.add(ImageCounts.of(image[0], image[1], image[2]));
            }
            return read;
        } catch (RuntimeException e) {
            // Of numbers, indices and the parser.
            throw new IOException(
                    csv + ": expected counts of images and classes: " + e.getMessage(), e);
        }
    }
}
