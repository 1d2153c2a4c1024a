package io.github.lovaszdjl.training;

import io.github.lovaszdjl.dataset.SegmentationDataset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files, or other items, that a training reads, with their fingerprints: a line for each,
 * {@code training 4711-0123456789abcdef train/images/a.png}, in the order of the samples.
 *
 * <p>Names of files are the paths below the folder of the data set, which may move. A line takes
 * some 55 bytes and the names' length, 12 MB for 100,000 samples. It is made once a training and
 * written with every checkpoint.
 *
 * @param text the lines, in UTF-8
 */
record DataFiles(byte[] text) {

    /**
     * Lists the files of data sets.
     *
     * @param sets the data sets, prepared, by what they are used for
     */
    static DataFiles of(Map<String, ? extends SegmentationDataset> sets) {
        StringBuilder text = new StringBuilder();
        sets.forEach(
                (use, data) -> {
                    for (SegmentationDataset.Item item : data.getItems()) {
                        text.append(use)
                                .append(' ')
                                .append(item.fingerprint())
                                .append(' ')
                                // A line stays one, whatever the file is called.
                                .append(item.name().replaceAll("\\p{Cntrl}", "?"))
                                .append('\n');
                    }
                });
        return new DataFiles(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Says how other files differ from these.
     *
     * @param others what there is now
     * @param sets the data sets of the others
     * @return the first file that differs and the number of them, or empty where none does
     */
    Optional<String> difference(DataFiles others, Map<String, ? extends SegmentationDataset> sets) {
        if (Arrays.equals(text, others.text)) {
            return Optional.empty();
        }
        Map<String, String> before = fingerprints();
        Map<String, String> now = others.fingerprints();
        List<String> changed =
                before.keySet().stream()
                        .filter(
                                file ->
                                        now.containsKey(file)
                                                && !now.get(file).equals(before.get(file)))
                        .toList();
        List<String> added =
                now.keySet().stream().filter(file -> !before.containsKey(file)).toList();
        List<String> missing =
                before.keySet().stream().filter(file -> !now.containsKey(file)).toList();
        String fault;
        if (!changed.isEmpty()) {
            fault =
                    path(changed.get(0), sets)
                            + ": expected the contents that the training began with, got others";
        } else if (!missing.isEmpty()) {
            fault =
                    path(missing.get(0), sets)
                            + ": expected the file that the training began with, got none";
        } else if (!added.isEmpty()) {
            fault =
                    path(added.get(0), sets)
                            + ": expected no file that the training began without, got one";
        } else {
            return Optional.of(
                    "samples: expected the order that the training began with, got another");
        }
        return Optional.of(
                String.format(
                        "%s (%d %s changed, %d added, %d missing)",
                        fault,
                        changed.size(),
                        changed.size() == 1 ? "file" : "files",
                        added.size(),
                        missing.size()));
    }

    /** Returns the fingerprints by use and path, in the order of the lines. */
    private Map<String, String> fingerprints() {
        Map<String, String> fingerprints = new LinkedHashMap<>();
        new String(text, StandardCharsets.UTF_8)
                .lines()
                .forEach(
                        line -> {
                            String[] parts = line.split(" ", 3);
                            // Those of a damaged list equal none.
                            fingerprints.put(
                                    parts[0] + " " + parts[parts.length - 1],
                                    parts.length == 3 ? parts[1] : "");
                        });
        return fingerprints;
    }

    /** Returns where a file is now, or would be. */
    private static String path(String file, Map<String, ? extends SegmentationDataset> sets) {
        int space = file.indexOf(' ');
        SegmentationDataset data = sets.get(file.substring(0, space));
        String name = file.substring(space + 1);
        return data == null ? name : data.locate(name);
    }
}
