package io.github.lovaszdjl.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Messages about names that are not known. */
public final class Names {

    /** The letters of a name that are shown where there is one line for it. */
    public static final int SHOWN = 40;

    /** The letters of a list that are shown on one line, about. */
    private static final int LISTED = 160;

    /** The names that are suggested at most. */
    private static final int RELATED = 3;

    private static final String ELLIPSIS = "…";

    private Names() {}

    /**
     * Shortens a name for one line of text; files hold it whole.
     *
     * @param name the name
     * @return the name, of which the middle has gone if it has more than {@link #SHOWN} letters
     */
    public static String shortened(String name) {
        return shortened(name, SHOWN);
    }

    /**
     * Shortens a text.
     *
     * @param text the text
     * @param most the letters to keep at most, the ellipsis among them; at least 1
     * @return the text, of which the middle has gone if it is longer
     */
    public static String shortened(String text, int most) {
        int length = text.codePointCount(0, text.length());
        if (length <= most) {
            return text;
        }
        int start = text.offsetByCodePoints(0, most / 2);
        int end = text.offsetByCodePoints(text.length(), -(most - 1 - most / 2));
        return text.substring(0, start) + ELLIPSIS + text.substring(end);
    }

    /**
     * Lists names on one line.
     *
     * @param names the names
     * @return such as {@code [sky, road]}; of many the first, and how many there are
     */
    public static String list(List<String> names) {
        return "[" + some(names) + "]";
    }

    /**
     * Lists names on one line.
     *
     * @param names the names
     * @return such as {@code sky, road}; of many the first, and how many there are
     */
    public static String some(List<String> names) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            if (list.length() > LISTED) {
                return list + ", " + ELLIPSIS + " (" + names.size() + ")";
            }
            list.append(i == 0 ? "" : ", ").append(shortened(names.get(i)));
        }
        return list.toString();
    }

    /**
     * Says where two lists of names differ, if their lines might look the same.
     *
     * @param expected the names as they should be
     * @param got the names there are
     * @return the end of a message, empty if {@link #list} shows both whole
     */
    public static String difference(List<String> expected, List<String> got) {
        int at = 0;
        while (at < expected.size() && at < got.size() && expected.get(at).equals(got.get(at))) {
            at++;
        }
        if (isWhole(expected) && isWhole(got) || at == expected.size() && at == got.size()) {
            return "";
        }
        return "; the first difference is name "
                + (at + 1)
                + ": expected "
                + (at < expected.size() ? shortened(expected.get(at)) : "none")
                + ", got "
                + (at < got.size() ? shortened(got.get(at)) : "none");
    }

    private static boolean isWhole(List<String> names) {
        return list(names).equals(names.toString());
    }

    /**
     * Returns a message that lists the names there are and suggests one where it is near.
     *
     * @param given the name that was given
     * @param known the names there are
     * @return such as {@code expected one of ce, lovasz, got "lovaz"; did you mean lovasz?}
     */
    public static String unknown(String given, Collection<String> known) {
        return String.format(
                "expected %s, got \"%s\"%s",
                known.size() == 1 ? known.iterator().next() : "one of " + String.join(", ", known),
                shortened(given),
                given.length() > SHOWN ? "" : suggestion(given, known));
    }

    /**
     * Returns a message that lists the names there are and suggests one where it is near.
     *
     * @param what what the name is of, such as "loss"
     * @param given the name that was given
     * @param known the names there are
     * @return such as {@code loss: expected one of ce, lovasz, got "lovaz"; did you mean lovasz?}
     */
    public static String unknown(String what, String given, Collection<String> known) {
        return what + ": " + unknown(given, known);
    }

    /**
     * Returns the end of a message that suggests a name: the nearest, or else up to three that
     * begin as the one given, up to its last hyphen.
     *
     * @param given the name that was given
     * @param known the names there are
     * @return such as {@code ; did you mean lovasz?}, empty if none is near
     */
    public static String suggestion(String given, Collection<String> known) {
        List<String> names =
                nearest(given, known).map(List::of).orElseGet(() -> related(given, known));
        return names.isEmpty() || names.size() > RELATED
                ? ""
                : "; did you mean " + String.join(" or ", names) + "?";
    }

    private static List<String> related(String given, Collection<String> known) {
        String beginning = given.substring(0, given.lastIndexOf('-') + 1);
        // No word is in front of the hyphens of an option.
        return beginning.chars().allMatch(c -> c == '-')
                ? List.of()
                : known.stream().filter(name -> name.startsWith(beginning)).toList();
    }

    /**
     * Returns the known name nearest to the one given.
     *
     * @param given the name that was given
     * @param known the names there are
     * @return the nearest, if one is near
     */
    public static Optional<String> nearest(String given, Collection<String> known) {
        String lower = given.toLowerCase(Locale.ROOT);
        return known.stream()
                .min(Comparator.comparingInt(name -> distance(lower, lowerCase(name))))
                .filter(name -> isNear(lower, lowerCase(name)));
    }

    private static String lowerCase(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** More wrong letters than a third, of short names one, and it is another word. */
    private static boolean isNear(String given, String name) {
        return distance(given, name) <= Math.max(1, Math.max(given.length(), name.length()) / 3);
    }

    /**
     * Returns the fewest letters to insert, drop, change, or swap with the next, that turn one text
     * into the other (optimal string alignment).
     */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] =
                        Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
