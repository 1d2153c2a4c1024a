package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.dataset.ChannelStatistics;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a split holds.
 *
 * @param name the split
 * @param classNames the names of the classes
 * @param pixels the valid pixels of each class
 * @param images how many images hold each class
 * @param count the number of images
 * @param total all pixels, the ignored ones as well
 * @param turned the number of images that were turned by their EXIF orientation
 * @param size the size of the images, "480x360", or the smallest and the largest sides
 */
public record DatasetStatistics(
        String name,
        List<String> classNames,
        long[] pixels,
        int[] images,
        long count,
        long total,
        int turned,
        String size) {

    private static final List<String> HEADER =
            List.of("split", "class", "pixels", "share_of_valid", "share_of_all", "images");

    /** Reads the splits of a data set by name, those of train, val and test that there are. */
    public static Map<String, FolderSegmentationDataset> read(DataSource source)
            throws IOException {
        Map<String, FolderSegmentationDataset> splits = new LinkedHashMap<>();
        for (String split : List.of("train", "val", "test")) {
            if (source.hasSplit(split)) {
                FolderSegmentationDataset.Builder builder =
                        source.builder().setSplit(split).setSampling(1, false);
                if (source.layout().normalization().isEmpty()) {
                    // What is to be computed need not be there yet.
                    builder.optNormalization(Normalization.none(source.channels()));
                }
                FolderSegmentationDataset data = builder.build();
                data.prepare();
                splits.put(split, data);
            }
        }
        if (splits.isEmpty()) {
            throw new IOException(
                    source.root() + ": expected a folder train, val or test, got none");
        }
        return splits;
    }

    /** Counts a split. */
    public static DatasetStatistics of(String name, FolderSegmentationDataset data)
            throws IOException {
        int classes = data.getClassNames().size();
        long[] pixels = new long[classes];
        int[] images = new int[classes];
        for (long[] counts : data.countPixels()) {
            for (int c = 0; c < classes; c++) {
                pixels[c] += counts[c];
                images[c] += counts[c] > 0 ? 1 : 0;
            }
        }
        long total = 0;
        int[] least = {Integer.MAX_VALUE, Integer.MAX_VALUE};
        int[] most = {0, 0};
        for (int i = 0; i < data.size(); i++) {
            int[] size = {data.getWidth(i), data.getHeight(i)};
            total += (long) size[0] * size[1];
            for (int axis = 0; axis < 2; axis++) {
                least[axis] = Math.min(least[axis], size[axis]);
                most[axis] = Math.max(most[axis], size[axis]);
            }
        }
        return new DatasetStatistics(
                name,
                data.getClassNames(),
                pixels,
                images,
                data.size(),
                total,
                turned(data),
                range(least[0], most[0]) + "x" + range(least[1], most[1]));
    }

    /** Counts the images of a split that are turned by their EXIF orientation. */
    static int turned(FolderSegmentationDataset data) {
        return (int)
                LongStream.range(0, data.size()).filter(i -> data.getOrientation(i) != 1).count();
    }

    /** Returns mean and deviation of the channels as the options that they are for. */
    public static String text(String split, ChannelStatistics channels) {
        return String.format(
                "%n%s: channels, where 1 is white:%n%n  --channels %d --mean %s --std %s%n",
                split, channels.mean().size(), numbers(channels.mean()), numbers(channels.std()));
    }

    private static String numbers(List<Double> values) {
        return values.stream()
                .map(value -> String.valueOf(value.floatValue()))
                .collect(Collectors.joining(","));
    }

    private static String range(int least, int most) {
        return least == most ? String.valueOf(least) : least + "-" + most;
    }

    long valid() {
        return LongStream.of(pixels).sum();
    }

    /** Returns the splits side by side for a console. */
    public static String text(List<DatasetStatistics> splits) {
        List<List<String>> cells = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("class"));
        splits.forEach(s -> header.add(s.name() + " %"));
        splits.forEach(s -> header.add(s.name() + " images"));
        cells.add(header);
        List<String> classNames = splits.get(0).classNames();
        for (int c = 0; c < classNames.size(); c++) {
            List<String> line = new ArrayList<>(List.of(classNames.get(c)));
            for (DatasetStatistics s : splits) {
                line.add(Table.number("%.2f", 100.0 * s.pixels()[c] / s.valid()));
            }
            for (DatasetStatistics s : splits) {
                line.add(String.valueOf(s.images()[c]));
            }
            cells.add(line);
        }
        StringBuilder text = new StringBuilder();
        for (DatasetStatistics s : splits) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%s: %s, %s, %.2f %% of the pixels ignored%n",
                            s.name(),
                            Table.count(s.count(), "image"),
                            s.size(),
                            100.0 * (s.total() - s.valid()) / s.total()));
            if (s.turned() > 0) {
                text.append(
                        String.format(
                                "%s: %s turned as EXIF says; labels are taken for those of"
                                        + " the turned images, unless they note the same%n",
                                s.name(), Table.count(s.turned(), "image")));
            }
        }
        return text.append("\nOf the valid pixels, and images that hold the class:\n\n")
                .append(Table.text(cells))
                .toString();
    }

    /** Returns a line for each split and class, and one for the ignored pixels of each split. */
    public static String csv(List<DatasetStatistics> splits) {
        List<List<String>> lines = new ArrayList<>(List.of(HEADER));
        for (DatasetStatistics s : splits) {
            for (int c = 0; c < s.pixels().length; c++) {
                lines.add(
                        List.of(
                                s.name(),
                                s.classNames().get(c),
                                String.valueOf(s.pixels()[c]),
                                Table.number("%.6f", (double) s.pixels()[c] / s.valid()),
                                Csv.number((double) s.pixels()[c] / s.total()),
                                String.valueOf(s.images()[c])));
            }
            long ignored = s.total() - s.valid();
            lines.add(
                    List.of(
                            s.name(),
                            "(ignored)",
                            String.valueOf(ignored),
                            "",
                            Csv.number((double) ignored / s.total()),
                            ""));
        }
        return Csv.text(lines);
    }
}
