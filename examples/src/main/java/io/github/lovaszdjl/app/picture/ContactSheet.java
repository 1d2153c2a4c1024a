package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.awt.Color;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Samples of a split in a grid, each image with its labels, coloured, beside it. */
public final class ContactSheet {

    /** What has room for three images of any size has room for more small ones. */
    private static final int COLUMNS = 3;

    private static final int COUNT = 12;
    private static final int GAP = 2;
    private static final int NAME_LINE = 24;
    private static final int BOX =
            (Pictures.WIDTH - (COLUMNS + 1) * Pictures.MARGIN - COLUMNS * GAP) / (2 * COLUMNS);

    private ContactSheet() {}

    /**
     * Draws the sheet: half of it are the samples with the most pixels of the rarest class.
     *
     * @param title the title
     * @param data the split, prepared
     */
    public static BufferedImage draw(String title, FolderSegmentationDataset data)
            throws IOException {
        Pictures.checkFonts();
        List<String> names = data.getClassNames();
        List<Integer> chosen =
                Montage.choose(data.countPixels(), names.size(), COUNT).stream().sorted().toList();
        List<Color> colors = Palette.of(names);
        List<Pictures.Key> keys = new ArrayList<>();
        for (int c = 0; c < names.size(); c++) {
            keys.add(new Pictures.Key(names.get(c), colors.get(c), null));
        }
        List<BufferedImage> cells = new ArrayList<>();
        boolean ignored = false;
        for (int i : chosen) {
            int[][] labels = data.readLabels(i);
            cells.add(cell(data.readImage(i), labels, data.getIgnoreLabel(), colors));
            ignored |=
                    Arrays.stream(labels)
                            .flatMapToInt(Arrays::stream)
                            .anyMatch(label -> label == data.getIgnoreLabel());
        }
        if (ignored) {
            keys.add(new Pictures.Key("ignored", Palette.IGNORED, null));
        }
        // Small images are enlarged by whole numbers and may leave room for more in a row.
        int widest = cells.stream().mapToInt(BufferedImage::getWidth).max().orElseThrow();
        int room = Pictures.WIDTH - Pictures.MARGIN;
        int columns = Math.min(cells.size(), room / (widest + Pictures.MARGIN));
        int width = columns * (widest + Pictures.MARGIN) + Pictures.MARGIN;
        int inner = width - 2 * Pictures.MARGIN;
        List<Integer> heights = new ArrayList<>();
        for (int first = 0; first < cells.size(); first += columns) {
            heights.add(
                    cells.subList(first, Math.min(cells.size(), first + columns)).stream()
                            .mapToInt(BufferedImage::getHeight)
                            .max()
                            .orElseThrow());
        }
        int rows = heights.stream().mapToInt(h -> h + NAME_LINE + Pictures.MARGIN / 2).sum();
        int top = Pictures.MARGIN + Pictures.LINE + Pictures.MARGIN / 2;
        int legend = Pictures.legendHeight(keys, inner);
        BufferedImage page = Pictures.page(width, top + legend + Pictures.MARGIN + rows + GAP);
        Graphics2D g = Pictures.pen(page);
        FontMetrics bold = Pictures.measure(Pictures.BOLD);
        Pictures.drawText(
                g,
                Pictures.fit(title, bold, inner),
                Pictures.BOLD,
                Pictures.INK,
                Pictures.MARGIN,
                Pictures.baseline(bold, Pictures.MARGIN, Pictures.LINE));
        Pictures.drawLegend(g, keys, Pictures.MARGIN, top, inner);
        int y = top + legend + Pictures.MARGIN / 2;
        FontMetrics small = Pictures.measure(Pictures.SMALL);
        for (int k = 0; k < cells.size(); k++) {
            int row = k / columns;
            int x = Pictures.MARGIN + k % columns * (widest + Pictures.MARGIN);
            g.drawImage(cells.get(k), x, y, null);
            Pictures.drawText(
                    g,
                    Pictures.fit(data.getName(chosen.get(k)), small, widest),
                    Pictures.SMALL,
                    Pictures.FAINT_INK,
                    x,
                    Pictures.baseline(small, y + cells.get(k).getHeight(), NAME_LINE));
            if (k % columns == columns - 1) {
                y += heights.get(row) + NAME_LINE + Pictures.MARGIN / 2;
            }
        }
        g.dispose();
        return page;
    }

    private static BufferedImage cell(
            BufferedImage image, int[][] labels, int ignored, List<Color> colors) {
        Montage.Scale scale = Montage.Scale.of(image.getWidth(), image.getHeight(), BOX);
        BufferedImage left = scale.average(ShownImage.colours(image));
        BufferedImage right =
                scale.nearest(
                        (x, y) ->
                                (labels[y][x] == ignored
                                                ? Palette.IGNORED
                                                : colors.get(labels[y][x]))
                                        .getRGB());
        BufferedImage cell = Pictures.page(2 * left.getWidth() + GAP, left.getHeight());
        Graphics2D g = cell.createGraphics();
        g.drawImage(left, 0, 0, null);
        g.drawImage(right, left.getWidth() + GAP, 0, null);
        g.dispose();
        return cell;
    }
}
