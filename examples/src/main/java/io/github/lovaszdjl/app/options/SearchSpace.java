package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options that a search varies, by their names without dashes, and what each is drawn from.
 *
 * <p>They are written {@code learning-rate=1e-4..1e-2:log}, a range of numbers, whose logarithm is
 * drawn with {@code :log}; {@code batch-size=4,8,16}, some values; or {@code
 * loss=ce|0.5*ce+lovasz}, as values that have commas are parted.
 */
public final class SearchSpace {

    /** Options that no search varies, and why. */
    private static final Map<String, String> REFUSED = refused();

    private static final String LOG = ":log";

    /** A range, also of an option that takes words beside numbers. */
    private static final Pattern RANGE = Pattern.compile("[^,|]*[^,|.]\\.\\.[^,|.][^,|]*");

    private final Map<String, SearchRange> ranges;

    private SearchSpace(Map<String, SearchRange> ranges) {
        this.ranges = Collections.unmodifiableMap(ranges);
    }

    /** Returns what each option is drawn from, in the order given. */
    public Map<String, SearchRange> ranges() {
        return ranges;
    }

    /**
     * Reads a search space.
     *
     * @param train the command whose options are varied
     * @param searches each of an option, NAME=VALUES
     * @throws IllegalArgumentException if one is none; begins with "--search: expected"
     */
    public static SearchSpace parse(CommandSpec train, List<String> searches) {
        Map<String, SearchRange> ranges = new LinkedHashMap<>();
        for (String search : searches) {
            int equal = search.indexOf('=');
            if (equal < 1) {
                throw wrong("NAME=VALUES such as learning-rate=1e-4..1e-2:log", search);
            }
            String name = search.substring(0, equal).strip().replaceFirst("^--", "");
            OptionSpec option = option(train, name);
            if (ranges.put(name, range(option, search, search.substring(equal + 1).strip()))
                    != null) {
                throw wrong("every option once", name + " twice");
            }
        }
        return new SearchSpace(ranges);
    }

    private static Map<String, String> refused() {
        Map<String, String> refused = new HashMap<>();
        for (OptionSpec option : CommandSpec.forAnnotatedObject(new DataOptions()).options()) {
            refused.put(ConfigFile.key(option), "scores on other data cannot be compared");
        }
        for (String name : ConfigFile.WHERE) {
            refused.put(name, "it is to change no score");
        }
        refused.put("engine", "it is to change no score");
        refused.put("epochs", "it is the budget of every trial");
        return refused;
    }

    private static OptionSpec option(CommandSpec train, String name) {
        Set<String> known = new TreeSet<>();
        for (OptionSpec option : train.options()) {
            known.add(ConfigFile.key(option));
        }
        known.removeAll(ConfigFile.LEFT_OUT);
        known.removeAll(REFUSED.keySet());
        if (REFUSED.containsKey(name)) {
            throw wrong("another option than " + name + ", as " + REFUSED.get(name), name);
        }
        if (!known.contains(name)) {
            // All of them, some seventy, would hide what is said.
            throw new IllegalArgumentException(
                    String.format(
                            "--search: expected an option of train that changes scores, got \"%s\"%s",
                            Names.shortened(name), Names.suggestion(name, known)));
        }
        return train.findOption("--" + name);
    }

    private static SearchRange range(OptionSpec option, String search, String values) {
        Class<?> type = option.type();
        boolean whole = type == int.class || type == Integer.class;
        boolean real = type == float.class || type == double.class;
        if (whole || real
                ? values.contains("..")
                : type == String.class && RANGE.matcher(values).matches()) {
            return interval(search, values, whole);
        }
        String separator = values.contains("|") ? "\\|" : ",";
        List<String> all = Arrays.stream(values.split(separator, -1)).map(String::strip).toList();
        if (all.size() < 2 || new HashSet<>(all).size() < all.size() || all.contains("")) {
            String numbers = whole || real ? "a range LOW..HIGH, or " : "";
            throw wrong(numbers + "two values or more, each once, between commas or |", search);
        }
        return new SearchRange.Choice(all);
    }

    private static SearchRange interval(String search, String values, boolean whole) {
        boolean logarithmic = values.endsWith(LOG);
        String plain = logarithmic ? values.substring(0, values.length() - LOG.length()) : values;
        String[] ends = plain.split("\\.\\.", -1);
        double low;
        double high;
        try {
            if (ends.length != 2) {
                throw new NumberFormatException(plain);
            }
            low = whole ? Integer.parseInt(ends[0]) : Double.parseDouble(ends[0]);
            high = whole ? Integer.parseInt(ends[1]) : Double.parseDouble(ends[1]);
        } catch (NumberFormatException e) {
            String kind = whole ? "whole numbers" : "numbers";
            throw wrong("LOW..HIGH of " + kind + ", or LOW..HIGH:log", search);
        }
        if (!(low < high) || Double.isInfinite(low) || Double.isInfinite(high)) {
            throw wrong("LOW..HIGH with LOW below HIGH, both finite", search);
        }
        if (logarithmic && low <= 0) {
            throw wrong("LOW above 0, as its logarithm is taken", search);
        }
        return new SearchRange.Interval(low, high, whole, logarithmic);
    }

    private static IllegalArgumentException wrong(String expected, String got) {
        return new IllegalArgumentException(
                "--search: expected " + expected + ", got " + Names.shortened(got));
    }

    /** Returns how many different trials there are, if that can be counted. */
    public OptionalLong combinations() {
        long product = 1;
        for (SearchRange range : ranges.values()) {
            if (range.size().isEmpty()) {
                return OptionalLong.empty();
            }
            // Each is below 2^33: what is above that is more than any search has trials.
            product = Math.min(product, 1L << 30) * range.size().getAsLong();
        }
        return OptionalLong.of(product);
    }

    /**
     * Draws the values of some trials; the first of them are the same for any number. Where the
     * combinations can be counted, no two are the same.
     *
     * @param trials how many, at most the {@linkplain #combinations combinations}
     * @param seed the seed
     * @return the values of each by their options
     */
    public List<Map<String, String>> draw(int trials, long seed) {
        Random random = new Random(seed);
        boolean counted = combinations().isPresent();
        Set<Map<String, String>> drawn = new LinkedHashSet<>();
        List<Map<String, String>> all = new ArrayList<>();
        while (all.size() < trials) {
            Map<String, String> values = new LinkedHashMap<>();
            ranges.forEach((name, range) -> values.put(name, range.draw(random)));
            if (drawn.add(values) || !counted) {
                all.add(values);
            }
        }
        return all;
    }
}
