package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.internal.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The ids of classes by their names. */
final class ClassTable {

    /** The id of pixels to ignore. */
    static final int IGNORED = 255;

    static final String BACKGROUND = "background";

    /** LabelMe writes it with underscores, others with a capital letter. */
    private static final Pattern IS_BACKGROUND =
            Pattern.compile("_*background_*", Pattern.CASE_INSENSITIVE);

    private final List<String> names;
    private final Map<String, Integer> ids = new HashMap<>();
    private final boolean background;

    private ClassTable(List<String> names, boolean background) {
        this.names = List.copyOf(names);
        this.background = background;
        for (int id = 0; id < names.size(); id++) {
            ids.put(names.get(id), id);
        }
    }

    /**
     * Gives the classes of a source their ids.
     *
     * @param annotations the source
     * @param given names in the order of their ids, which the source has to agree with, or null
     * @param background whether class 0 is what no annotation covers; else that is ignored
     * @throws IllegalArgumentException if the names do not agree, or are too many
     */
    static ClassTable of(Annotations annotations, List<String> given, boolean background) {
        List<String> found = annotations.classes();
        List<String> names = new ArrayList<>();
        if (given != null) {
            names.addAll(given);
        } else if (annotations.byId()) {
            names.addAll(found);
        } else {
            if (background) {
                names.add(BACKGROUND);
            }
            found.stream().filter(name -> !(background && isBackground(name))).forEach(names::add);
        }
        if (names.isEmpty() || names.size() > IGNORED) {
            throw new IllegalArgumentException(
                    "classes: expected 1 to " + IGNORED + ", got " + names.size());
        }
        if (annotations.byId() ? !names.equals(found) : background && !isBackground(names.get(0))) {
            List<String> expected = annotations.byId() ? found : List.of(BACKGROUND);
            throw new IllegalArgumentException(
                    "classes: expected "
                            + Names.list(expected)
                            + (annotations.byId() ? "" : " first (or --no-background)")
                            + ", got "
                            + Names.list(names)
                            + (annotations.byId() ? Names.difference(found, names) : ""));
        }
        ClassTable table = new ClassTable(names, background);
        for (String name : found) {
            if (!table.has(name)) {
                throw new IllegalArgumentException(
                        "classes: expected one of "
                                + Names.list(names)
                                + ", got \""
                                + Names.shortened(name)
                                + "\"");
            }
        }
        return table;
    }

    private static boolean isBackground(String name) {
        return IS_BACKGROUND.matcher(name).matches();
    }

    private boolean has(String name) {
        return ids.containsKey(name) || background && isBackground(name);
    }

    /** Returns the names; a name's place is its id. */
    List<String> names() {
        return names;
    }

    /** Returns the id of pixels that no annotation covers. */
    int unlabelled() {
        return background ? 0 : IGNORED;
    }

    /** Returns the id of a class of the source; null is ignored. */
    int id(String name) {
        return name == null ? IGNORED : ids.getOrDefault(name, unlabelled());
    }

    /**
     * Makes a name one line of a file: blanks and control characters become a blank.
     *
     * @throws IllegalArgumentException if nothing is left, or UTF-8 cannot hold it
     */
    static String clean(String label) {
        String name = label.replaceAll("[\\s\\p{Cntrl}\\uFEFF\\u2028\\u2029]+", " ").strip();
        if (name.isEmpty() || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException(
                    "expected the name of a class, got "
                            + (name.isEmpty() ? "an empty one" : "half a character"));
        }
        return name;
    }
}
