package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.internal.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What an import wrote.
 *
 * @param folder the folder of the split
 * @param saysIgnored whether the data set says itself that 255 is ignored
 * @param classNames the names of the classes
 * @param count the number of images
 * @param pixels the pixels of each id, 256 counts
 * @param images how many images hold each id
 * @param leftOut the images that were left out, each with the reason
 * @param passedOver annotations that say nothing of pixels, in words, and how many
 */
public record ImportResult(
        Path folder,
        boolean saysIgnored,
        List<String> classNames,
        int count,
        long[] pixels,
        int[] images,
        List<String> leftOut,
        Map<String, Integer> passedOver) {

    /** How many images that were left out are named on the console. */
    private static final int SHOWN = 5;

    /** Returns the summary for a console. */
    public String text() {
        String split = folder.getFileName().toString();
        StringBuilder text = new StringBuilder();
        text.append(String.format("%s: %s in %s%n%n", split, Table.count(count, "image"), folder));
        text.append(Table.text(cells()));
        if (!passedOver.isEmpty()) {
            text.append(String.format("%nPassed over:%n"));
            passedOver.forEach((what, n) -> text.append(String.format("  %d %s%n", n, what)));
        }
        if (!leftOut.isEmpty()) {
            text.append(
                    String.format("%nLeft out (%s):%n", folder.resolve(DatasetImport.LEFT_OUT)));
            leftOut.stream()
                    .limit(SHOWN)
                    .forEach(
                            line ->
                                    text.append(
                                            String.format("  %s%n", Names.shortened(line, 200))));
            if (leftOut.size() > SHOWN) {
                text.append(String.format("  and %d more%n", leftOut.size() - SHOWN));
            }
        }
        return text.toString();
    }

    private List<List<String>> cells() {
        long all = LongStream.of(pixels).sum();
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("class", "id", "pixels", "% of all", "images"));
        for (int id = 0; id < pixels.length; id++) {
            if (id < classNames.size() || pixels[id] > 0) {
                cells.add(
                        List.of(
                                id < classNames.size() ? classNames.get(id) : "(ignored)",
                                String.valueOf(id),
                                String.valueOf(pixels[id]),
                                Table.number("%.2f", 100.0 * pixels[id] / all),
                                String.valueOf(images[id])));
            }
        }
        return cells;
    }
}
