package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.internal.RgbImage;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A picture of predictions: a row is a sample; the columns are its image, its true labels and the
 * prediction of every run. Each class has one colour ({@link Palette}), ignored pixels are grey.
 *
 * <p>Samples are as large as the page has room for: small ones are enlarged by a whole number, a
 * pixel becoming a square; large ones are reduced, the image by averages, the labels by the pixel
 * in the middle, so that things of one pixel's width may go missing.
 */
public final class Montage {

    private static final int GAP = 6;
    private static final int MIN_COLUMN = 120;
    private static final int TITLE_LINE = 20;
    private static final int TITLE_LINES = 3;
    private static final Color FRAME = new Color(0x777777);

    private Montage() {}

    /**
     * A sample.
     *
     * @param image the image
     * @param truth its labels, {@code [height][width]}
     * @param predictions the predicted classes of each run, {@code [height][width]}
     */
    public record Row(BufferedImage image, int[][] truth, List<int[][]> predictions) {

        public Row {
            predictions = List.copyOf(predictions);
            checkSize("truth", image, truth);
            for (int[][] prediction : predictions) {
                checkSize("predictions", image, prediction);
            }
        }

        private static void checkSize(String name, BufferedImage image, int[][] labels) {
            int width = labels.length == 0 ? 0 : labels[0].length;
            if (labels.length != image.getHeight() || width != image.getWidth()) {
                throw new IllegalArgumentException(
                        name
                                + ": expected the size of the image, "
                                + image.getWidth()
                                + "x"
                                + image.getHeight()
                                + ", got "
                                + width
                                + "x"
                                + labels.length);
            }
        }
    }

    /**
     * Draws the picture.
     *
     * @param png the file, replaced if it exists
     * @param classNames the names of the classes
     * @param runNames the names of the runs, the titles of their columns
     * @param rows the samples, each with a prediction of every run; sizes may differ
     * @param ignoreLabel the label of pixels to ignore
     * @throws IOException if the file cannot be written or there is no font
     */
    public static void write(
            Path png,
            List<String> classNames,
            List<String> runNames,
            List<Row> rows,
            OptionalInt ignoreLabel)
            throws IOException {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("rows: expected at least one, got none");
        }
        for (Row row : rows) {
            if (row.predictions().size() != runNames.size()) {
                throw new IllegalArgumentException(
                        "predictions: expected one for each of "
                                + runNames
                                + ", got "
                                + row.predictions().size());
            }
        }
        Pictures.checkFonts();
        Pictures.write(png, draw(classNames, runNames, rows, ignoreLabel));
    }

    private static BufferedImage draw(
            List<String> classNames,
            List<String> runNames,
            List<Row> rows,
            OptionalInt ignoreLabel) {
        List<String> titles =
                Stream.concat(Stream.of("image", "truth"), runNames.stream()).toList();
        int columns = titles.size();
        int room = Pictures.WIDTH - 2 * Pictures.MARGIN - (columns - 1) * GAP;
        int box = Math.max(1, room / columns);
        List<Scale> scales =
                rows.stream()
                        .map(r -> Scale.of(r.image().getWidth(), r.image().getHeight(), box))
                        .toList();
        int widest = scales.stream().mapToInt(Scale::targetWidth).max().orElseThrow();
        int columnWidth = Math.max(widest, Math.min(box, MIN_COLUMN));
        int width = columns * columnWidth + (columns - 1) * GAP;

        FontMetrics bold = Pictures.measure(Pictures.BOLD);
        List<List<String>> titleLines =
                titles.stream().map(t -> Pictures.wrap(t, bold, columnWidth, TITLE_LINES)).toList();
        int titleHeight =
                TITLE_LINE * titleLines.stream().mapToInt(List::size).max().orElseThrow() + GAP;
        List<Color> colors = Palette.of(classNames);
        List<Pictures.Key> keys = new ArrayList<>();
        for (int c = 0; c < classNames.size(); c++) {
            keys.add(new Pictures.Key(classNames.get(c), colors.get(c), null));
        }
        if (ignoreLabel.isPresent() && occurs(ignoreLabel.getAsInt(), rows)) {
            keys.add(new Pictures.Key("ignored", Palette.IGNORED, null));
        }
        int cells = scales.stream().mapToInt(s -> s.targetHeight() + GAP).sum();
        int legend = Pictures.legendHeight(keys, width);
        BufferedImage page =
                Pictures.page(
                        width + 2 * Pictures.MARGIN,
                        Pictures.MARGIN + titleHeight + cells + GAP + legend + Pictures.MARGIN);

        Graphics2D g = Pictures.pen(page);
        int y = Pictures.MARGIN;
        for (int i = 0; i < columns; i++) {
            int left = Pictures.MARGIN + i * (columnWidth + GAP);
            drawTitle(g, titleLines.get(i), left, y + titleHeight - GAP, columnWidth);
        }
        y += titleHeight;
        for (int i = 0; i < rows.size(); i++) {
            List<BufferedImage> shown = paint(rows.get(i), scales.get(i), colors, ignoreLabel);
            for (int j = 0; j < columns; j++) {
                BufferedImage cell = shown.get(j);
                int left = Pictures.MARGIN + j * (columnWidth + GAP);
                drawCell(g, cell, left + (columnWidth - cell.getWidth()) / 2, y);
            }
            y += scales.get(i).targetHeight() + GAP;
        }
        Pictures.drawLegend(g, keys, Pictures.MARGIN, y + GAP, width);
        g.dispose();
        return page;
    }

    private static boolean occurs(int label, List<Row> rows) {
        return rows.stream()
                .flatMap(
                        r ->
                                Stream.<int[][]>concat(
                                        Stream.<int[][]>of(r.truth()), r.predictions().stream()))
                .anyMatch(
                        l ->
                                Arrays.stream(l)
                                        .flatMapToInt(Arrays::stream)
                                        .anyMatch(v -> v == label));
    }

    private static void drawTitle(
            Graphics2D g, List<String> lines, int left, int bottom, int width) {
        FontMetrics metrics = Pictures.measure(Pictures.BOLD);
        int y = bottom - lines.size() * TITLE_LINE;
        for (String line : lines) {
            int x = left + (width - metrics.stringWidth(line)) / 2;
            int base = Pictures.baseline(metrics, y, TITLE_LINE);
            Pictures.drawText(g, line, Pictures.BOLD, Pictures.INK, x, base);
            y += TITLE_LINE;
        }
    }

    private static void drawCell(Graphics2D g, BufferedImage cell, int x, int y) {
        g.drawImage(cell, x, y, null);
        g.setColor(FRAME);
        g.setStroke(new BasicStroke(1));
        g.drawRect(x - 1, y - 1, cell.getWidth() + 1, cell.getHeight() + 1);
    }

    private static List<BufferedImage> paint(
            Row row, Scale scale, List<Color> colors, OptionalInt ignoreLabel) {
        IntUnaryOperator color =
                label -> {
                    if (ignoreLabel.isPresent() && label == ignoreLabel.getAsInt()) {
                        return Palette.IGNORED.getRGB();
                    }
                    if (label < 0 || label >= colors.size()) {
                        throw new IllegalArgumentException(
                                "labels: expected 0 to "
                                        + (colors.size() - 1)
                                        + " or the label to ignore, got "
                                        + label);
                    }
                    return colors.get(label).getRGB();
                };
        List<BufferedImage> shown = new ArrayList<>();
        shown.add(scale.average(ShownImage.colours(row.image())));
        shown.add(scale.nearest((x, y) -> color.applyAsInt(row.truth()[y][x])));
        for (int[][] prediction : row.predictions()) {
            shown.add(scale.nearest((x, y) -> color.applyAsInt(prediction[y][x])));
        }
        return shown;
    }

    /** How a sample is enlarged or reduced. */
    record Scale(int width, int height, int targetWidth, int targetHeight) {

        /** As large as a square of {@code box} pixels holds. */
        static Scale of(int width, int height, int box) {
            int longest = Math.max(width, height);
            if (longest <= box) {
                int factor = box / longest;
                return new Scale(width, height, width * factor, height * factor);
            }
            double factor = (double) box / longest;
            return new Scale(
                    width,
                    height,
                    Math.max(1, (int) Math.round(width * factor)),
                    Math.max(1, (int) Math.round(height * factor)));
        }

        /** The pixel in the middle of those that become one. */
        BufferedImage nearest(IntBinaryOperator rgb) {
            return paint(
                    (x, y) ->
                            rgb.applyAsInt(
                                    middle(x, width, targetWidth),
                                    middle(y, height, targetHeight)));
        }

        private static int middle(int target, int size, int targetSize) {
            return (int) ((2L * target + 1) * size / (2L * targetSize));
        }

        /** The mean of those that become one. */
        BufferedImage average(RgbImage image) {
            return paint(
                    (x, y) -> {
                        int left = first(x, width, targetWidth);
                        int right = Math.max(left + 1, first(x + 1, width, targetWidth));
                        int top = first(y, height, targetHeight);
                        int bottom = Math.max(top + 1, first(y + 1, height, targetHeight));
                        int area = (right - left) * (bottom - top);
                        int rgb = 0;
                        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                            long sum = 0;
                            for (int v = top; v < bottom; v++) {
                                for (int u = left; u < right; u++) {
                                    sum += image.sample(u, v, channel);
                                }
                            }
                            rgb = rgb << 8 | (int) ((sum + area / 2) / area);
                        }
                        return rgb;
                    });
        }

        private static int first(int target, int size, int targetSize) {
            return (int) ((long) target * size / targetSize);
        }

        private BufferedImage paint(IntBinaryOperator rgb) {
            BufferedImage image =
                    new BufferedImage(targetWidth, targetHeight, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < targetHeight; y++) {
                for (int x = 0; x < targetWidth; x++) {
                    image.setRGB(x, y, rgb.applyAsInt(x, y));
                }
            }
            return image;
        }
    }

    /**
     * Chooses samples worth showing, by their labels alone: half of them, rounded up, are those
     * with the most pixels of the rarest class. Then comes, for every class not yet seen, the
     * rarest first, the sample with the most pixels of it. The rest are spread evenly over those
     * left. Of equals the first is taken.
     *
     * @param truths the labels of all samples
     * @param classes the number of classes
     * @param ignoreLabel the label of pixels to ignore
     * @param count how many to choose; all if there are fewer
     * @return indices into {@code truths} in the order in which they were chosen
     */
    public static List<Integer> choose(
            List<int[][]> truths, int classes, OptionalInt ignoreLabel, int count) {
        long[][] pixels = new long[truths.size()][];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = count(truths.get(i), classes, ignoreLabel);
        }
        return choose(pixels, classes, count);
    }

    /** Chooses samples by their number of pixels of each class, (samples, classes). */
    public static List<Integer> choose(long[][] pixels, int classes, int count) {
        List<Integer> rarestFirst = rarestFirst(pixels, classes);
        List<Integer> left = new ArrayList<>(IntStream.range(0, pixels.length).boxed().toList());
        List<Integer> chosen = new ArrayList<>();
        int wanted = Math.min(count, pixels.length);
        for (int k = 0; k < (wanted + 1) / 2 && !rarestFirst.isEmpty(); k++) {
            moveRichest(rarestFirst.get(0), pixels, left, chosen);
        }
        for (int c : rarestFirst) {
            if (chosen.size() < wanted && chosen.stream().noneMatch(i -> pixels[i][c] > 0)) {
                moveRichest(c, pixels, left, chosen);
            }
        }
        int missing = wanted - chosen.size();
        for (int k = 0; k < missing; k++) {
            chosen.add(left.get((int) ((2L * k + 1) * left.size() / (2L * missing))));
        }
        return chosen;
    }

    /** Chooses the sample with the most pixels of a class, if any of those left has some. */
    private static void moveRichest(
            int c, long[][] pixels, List<Integer> left, List<Integer> chosen) {
        left.stream()
                .filter(i -> pixels[i][c] > 0)
                .reduce((a, b) -> pixels[b][c] > pixels[a][c] ? b : a)
                .ifPresent(
                        best -> {
                            chosen.add(best);
                            left.remove(best);
                        });
    }

    private static long[] count(int[][] labels, int classes, OptionalInt ignoreLabel) {
        long[] counts = new long[classes];
        for (int[] row : labels) {
            for (int label : row) {
                boolean ignored = ignoreLabel.isPresent() && label == ignoreLabel.getAsInt();
                if (!ignored && label >= 0 && label < classes) {
                    counts[label]++;
                }
            }
        }
        return counts;
    }

    /** The classes that occur, by their number of pixels. */
    private static List<Integer> rarestFirst(long[][] pixels, int classes) {
        long[] sums = new long[classes];
        for (long[] counts : pixels) {
            Arrays.setAll(sums, c -> sums[c] + counts[c]);
        }
        return IntStream.range(0, classes)
                .filter(c -> sums[c] > 0)
                .boxed()
                .sorted(Comparator.comparingLong(c -> sums[c]))
                .toList();
    }
}
