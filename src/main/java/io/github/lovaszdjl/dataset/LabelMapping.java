package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which class id stands for which value, or which colour, of a label file.
 *
 * <p>Written {@code 0=0,255=1}: the value 255 is class 1. {@code 128..255=1} is a range, {@code
 * #804080=0} a colour, {@code *=255} all that is not named. What is neither named nor covered by
 * {@code *} is an error when it is met. A mapping is of values or of colours, never of both.
 *
 * <p>Instances are immutable.
 */
public final class LabelMapping {

    /** The largest value of a label file; 16 bits. */
    private static final int MAX_VALUE = 0xffff;

    private static final int MAX_ID = 255;

    /** A guard against text that is no mapping; all 65,536 values fit. */
    private static final int MAX_LENGTH = 1 << 20;

    private static final Pattern RULE =
            Pattern.compile(
                    "(?:(\\*)|#(\\p{XDigit}{6})|(\\d{1,5})(?:\\.\\.(\\d{1,5}))?)=(\\d{1,3})");

    /** The values from one to another that have one id. */
    private record Range(int last, int id) {}

    private final NavigableMap<Integer, Range> ranges = new TreeMap<>();
    private final NavigableMap<Integer, Integer> colours = new TreeMap<>();
    private OptionalInt others = OptionalInt.empty();

    private LabelMapping(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "label-map: expected at most " + MAX_LENGTH + " letters, got " + text.length());
        }
        for (String rule : text.strip().split(",", -1)) {
            add(rule.strip());
        }
        if (!ranges.isEmpty() && !colours.isEmpty()) {
            throw new IllegalArgumentException(
                    "label-map: expected values or colours, got both in \""
                            + Names.shortened(text)
                            + "\"");
        }
    }

    /**
     * Reads a mapping.
     *
     * @param text rules, separated by commas: {@code VALUE=ID}, {@code FIRST..LAST=ID}, {@code
     *     #RRGGBB=ID} or {@code *=ID}; values are 0 to 65535, ids 0 to 255
     * @return the mapping
     * @throws IllegalArgumentException if it is none, or a value or colour comes twice
     */
    public static LabelMapping parse(String text) {
        return new LabelMapping(text);
    }

    private void add(String rule) {
        Matcher parts = RULE.matcher(rule);
        if (!parts.matches() || Integer.parseInt(parts.group(5)) > MAX_ID) {
            throw expected(rule);
        }
        int id = Integer.parseInt(parts.group(5));
        boolean twice;
        if (parts.group(1) != null) {
            twice = others.isPresent();
            others = OptionalInt.of(id);
        } else if (parts.group(2) != null) {
            twice = colours.put(Integer.parseInt(parts.group(2), 16), id) != null;
        } else {
            int first = Integer.parseInt(parts.group(3));
            int last = parts.group(4) == null ? first : Integer.parseInt(parts.group(4));
            if (last > MAX_VALUE || first > last) {
                throw expected(rule);
            }
            Map.Entry<Integer, Range> before = ranges.floorEntry(last);
            twice = before != null && before.getValue().last() >= first;
            ranges.put(first, new Range(last, id));
        }
        if (twice) {
            throw new IllegalArgumentException(
                    "label-map: expected every value and colour once, got \""
                            + rule
                            + "\" and another rule for it");
        }
    }

    private static IllegalArgumentException expected(String rule) {
        return new IllegalArgumentException(
                "label-map: expected VALUE=ID, FIRST..LAST=ID, #RRGGBB=ID or *=ID, separated by"
                        + " commas, with values to 65535 and ids to 255, got \""
                        + Names.shortened(rule)
                        + "\"");
    }

    /** Tells whether it names colours. */
    boolean hasColours() {
        return !colours.isEmpty();
    }

    /** Tells whether it names values. */
    boolean hasValues() {
        return !ranges.isEmpty();
    }

    /** The ids of the colours that it names. */
    Map<Integer, Integer> colours() {
        return colours;
    }

    /** The id of all that it does not name. */
    OptionalInt others() {
        return others;
    }

    /** Returns the id of a value; empty where there is none. */
    OptionalInt ofValue(int value) {
        Map.Entry<Integer, Range> range = ranges.floorEntry(value);
        return range != null && range.getValue().last() >= value
                ? OptionalInt.of(range.getValue().id())
                : others;
    }

    /** Returns the named value that is nearest to one; empty where none is named. */
    OptionalInt nearestValue(int value) {
        return ranges.entrySet().stream()
                .flatMapToInt(range -> IntStream.of(range.getKey(), range.getValue().last()))
                .boxed()
                .min((a, b) -> Integer.compare(Math.abs(a - value), Math.abs(b - value)))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    /** Returns all ids that it gives, in their order. */
    TreeSet<Integer> ids() {
        TreeSet<Integer> ids = new TreeSet<>(colours.values());
        ranges.values().forEach(range -> ids.add(range.id()));
        others.ifPresent(ids::add);
        return ids;
    }

    /** Returns the rules in order: values or colours, and {@code *} last. */
    @Override
    public String toString() {
        List<String> rules = new ArrayList<>();
        ranges.forEach(
                (first, range) ->
                        rules.add(
                                (first == range.last() ? first : first + ".." + range.last())
                                        + "="
                                        + range.id()));
        colours.forEach((colour, id) -> rules.add(colour(colour) + "=" + id));
        others.ifPresent(id -> rules.add("*=" + id));
        return String.join(",", rules);
    }

    /** Writes a colour as {@code #RRGGBB}. */
    static String colour(int rgb) {
        return String.format("#%06X", rgb);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LabelMapping mapping && mapping.toString().equals(toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }
}
