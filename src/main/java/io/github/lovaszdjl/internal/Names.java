package io.github.lovaszdjl.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Messages about names that are not known. */
public final class Names {

    private Names() {}

    /**
     * Returns a message that lists the names there are and suggests one where it is near.
     *
     * @param what what the name is of, such as "loss"
     * @param given the name that was given
     * @param known the names there are
     * @return such as {@code loss: expected one of ce, lovasz, got "lovaz"; did you mean lovasz?}
     */
    public static String unknown(String what, String given, Collection<String> known) {
        return String.format(
                "%s: expected %s, got \"%s\"%s",
                what,
                known.size() == 1 ? known.iterator().next() : "one of " + String.join(", ", known),
                given,
                suggestion(given, known));
    }

    /**
     * Returns the end of a message that suggests a name.
     *
     * @param given the name that was given
     * @param known the names there are
     * @return such as {@code ; did you mean lovasz?}, empty if none is near
     */
    public static String suggestion(String given, Collection<String> known) {
        return nearest(given, known).map(name -> "; did you mean " + name + "?").orElse("");
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
