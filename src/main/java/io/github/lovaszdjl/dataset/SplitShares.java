package io.github.lovaszdjl.dataset;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Splits names by shares. The groups of names are put into the order of their SHA-256 with the
 * seed, so that a draw is the same on every machine. Test takes groups from the beginning, then
 * val, each as many as bring it nearest to its share, and at least one; train has the rest.
 *
 * @param val the share of val
 * @param test the share of test
 * @param seed the seed of the draw
 * @param groups matches the beginning of every name; without it every name is a group
 */
record SplitShares(double val, double test, long seed, Optional<Pattern> groups) {

    /** Enough for any name, and nothing that recurses deeply. */
    private static final int MAX_EXPRESSION = 200;

    /** Steps of a match, after which an expression is one without end. */
    private static final int MAX_STEPS = 1_000_000;

    /** Reads the options; empty where they are not there. */
    static Optional<SplitShares> of(Map<String, String> options) {
        boolean shares =
                options.containsKey(LayoutOptions.VAL) || options.containsKey(LayoutOptions.TEST);
        if (!shares) {
            for (String name : List.of(LayoutOptions.SPLIT_SEED, LayoutOptions.GROUPS)) {
                if (options.containsKey(name)) {
                    throw new IllegalArgumentException(
                            name + ": expected val or test with it, of which it is an option");
                }
            }
            return Optional.empty();
        }
        double val = share(options, LayoutOptions.VAL);
        double test = share(options, LayoutOptions.TEST);
        if (val + test >= 1) {
            throw new IllegalArgumentException(
                    "val: expected less than 1 with test, so that train has a share, got "
                            + (val + test));
        }
        if (options.containsKey(LayoutOptions.LISTS)) {
            throw new IllegalArgumentException(
                    "val: expected lists or shares to make the splits, got both");
        }
        for (String name : List.of(LayoutOptions.IMAGES, LayoutOptions.LABELS)) {
            if (options.containsKey(name) && LayoutOptions.namesSplit(options.get(name))) {
                throw LayoutOptions.wrong(
                        name, "one folder of all splits, with val or test", options.get(name));
            }
        }
        return Optional.of(new SplitShares(val, test, seed(options), groups(options)));
    }

    private static double share(Map<String, String> options, String name) {
        String text = options.getOrDefault(name, "0");
        double share;
        try {
            share = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            share = Double.NaN;
        }
        if (!(share >= 0 && share < 1)) {
            throw LayoutOptions.wrong(name, "a share of 0 to below 1", text);
        }
        if (options.containsKey(name)) {
            options.put(name, String.valueOf(share));
        }
        return share;
    }

    private static long seed(Map<String, String> options) {
        String text = options.getOrDefault(LayoutOptions.SPLIT_SEED, "0");
        try {
            long seed = Long.parseLong(text);
            options.computeIfPresent(LayoutOptions.SPLIT_SEED, (n, old) -> String.valueOf(seed));
            return seed;
        } catch (NumberFormatException e) {
            throw LayoutOptions.wrong(LayoutOptions.SPLIT_SEED, "a whole number", text);
        }
    }

    private static Optional<Pattern> groups(Map<String, String> options) {
        String text = options.get(LayoutOptions.GROUPS);
        if (text == null) {
            return Optional.empty();
        }
        try {
            if (!text.isEmpty() && text.length() <= MAX_EXPRESSION) {
                return Optional.of(Pattern.compile(text));
            }
        } catch (PatternSyntaxException e) {
            // Its message has several lines.
        }
        throw LayoutOptions.wrong(
                LayoutOptions.GROUPS,
                "a regular expression of at most " + MAX_EXPRESSION + " letters",
                text);
    }

    /** Tells whether a split has a share. */
    boolean has(String split) {
        return switch (split) {
            case "train" -> true;
            case LayoutOptions.VAL -> val > 0;
            case LayoutOptions.TEST -> test > 0;
            default -> false;
        };
    }

    /**
     * Returns the names of a split.
     *
     * @param folder the folder of the names, for messages
     * @param names all names
     * @param split train, val or test
     * @throws MalformedDatasetException if the split has no share, there are too few groups, or a
     *     name has none
     */
    TreeSet<String> names(Path folder, Collection<String> names, String split)
            throws MalformedDatasetException {
        if (!has(split)) {
            throw new MalformedDatasetException(
                    folder, "a share for the split " + split, "none; give one with --" + split);
        }
        Map<String, List<String>> members = new TreeMap<>();
        for (String name : new TreeSet<>(names)) {
            members.computeIfAbsent(group(folder, name), g -> new ArrayList<>()).add(name);
        }
        List<String> order = new ArrayList<>(members.keySet());
        order.sort(Comparator.comparingLong(this::draw).thenComparing(Comparator.naturalOrder()));
        int needed = 1 + (val > 0 ? 1 : 0) + (test > 0 ? 1 : 0);
        if (order.size() < needed) {
            throw new MalformedDatasetException(
                    folder,
                    "at least " + needed + " images or groups of them to split",
                    String.valueOf(order.size()));
        }
        TreeSet<String> taken = new TreeSet<>();
        int spare = needed - 1;
        for (String drawn : List.of(LayoutOptions.TEST, LayoutOptions.VAL)) {
            double target = names.size() * (drawn.equals(LayoutOptions.TEST) ? test : val);
            taken.clear();
            while (has(drawn) && order.size() > spare) {
                List<String> next = members.get(order.get(0));
                boolean nearer = taken.size() + next.size() / 2.0 <= target;
                if (!taken.isEmpty() && !nearer) {
                    break;
                }
                taken.addAll(next);
                order.remove(0);
            }
            spare -= has(drawn) ? 1 : 0;
            if (drawn.equals(split)) {
                return taken;
            }
        }
        TreeSet<String> rest = new TreeSet<>();
        order.forEach(group -> rest.addAll(members.get(group)));
        return rest;
    }

    private String group(Path folder, String name) throws MalformedDatasetException {
        if (groups.isEmpty()) {
            return name;
        }
        Matcher matcher = groups.get().matcher(new Steps(name, new int[] {MAX_STEPS}));
        String group = null;
        try {
            if (matcher.lookingAt()) {
                group = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
            }
        } catch (EndlessMatchException e) {
            throw new MalformedDatasetException(
                    folder,
                    "a regular expression of groups that comes to an end",
                    groups.get() + " for " + name);
        }
        if (group == null) {
            throw new MalformedDatasetException(
                    folder, "names that begin as groups has it, " + groups.get(), "'" + name + "'");
        }
        return group;
    }

    /** Returns a number that looks drawn. */
    private long draw(String group) {
        try {
            byte[] text = (seed + "\n" + group).getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** A match took more steps than any sound one. */
    private static final class EndlessMatchException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A text that counts how often it is looked at: some expressions take ages. */
    private record Steps(CharSequence text, int[] left) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (left[0]-- <= 0) {
                throw new EndlessMatchException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
