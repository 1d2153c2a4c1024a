package io.github.lovaszdjl.dataset;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/** Counts the pixels of a label file whose value or colour has no id, and says which. */
final class UnknownLabels {

    /** Of a file of noise, this many values are told apart. */
    private static final int MAX_KINDS = 4096;

    /** So many may be classes of another coding; more are hardly classes. */
    private static final int MANY = 8;

    private final Map<Integer, Integer> counts = new HashMap<>();

    void add(int label) {
        if (counts.size() < MAX_KINDS || counts.containsKey(label)) {
            counts.merge(label, 1, Integer::sum);
        }
    }

    /**
     * Throws if there are any.
     *
     * @param file the label file
     * @param expected what there may be
     * @param name writes a label
     * @param nearest names what is known and nearest to a label; may be empty
     * @throws MalformedDatasetException names the most frequent one, and counts the others
     */
    void check(Path file, String expected, IntFunction<String> name, IntFunction<String> nearest)
            throws MalformedDatasetException {
        if (counts.isEmpty()) {
            return;
        }
        Map.Entry<Integer, Integer> most =
                counts.entrySet().stream()
                        .max(
                                Map.Entry.<Integer, Integer>comparingByValue()
                                        .thenComparing(
                                                Map.Entry.comparingByKey(
                                                        Comparator.reverseOrder())))
                        .orElseThrow();
        String others =
                counts.size() == 1
                        ? ""
                        : String.format(
                                "; %d more value(s) are not known%s",
                                counts.size() - 1,
                                counts.size() <= MANY
                                        ? ""
                                        : ", as in a mask that was smoothed or a JPEG");
        String near = nearest.apply(most.getKey());
        throw new MalformedDatasetException(
                file,
                expected,
                name.apply(most.getKey())
                        + " in "
                        + most.getValue()
                        + " pixel(s)"
                        + (near.isEmpty() ? "" : ", nearest to " + near)
                        + others);
    }
}
