package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of classes 0, 1, ..., and the colours that stand for them in label files.
 *
 * <p>They come from {@code classes.txt}, a name a line, in UTF-8; {@code road #804080} has a
 * colour. Or, where there is none, from the {@code labelmap.txt} that CVAT writes beside its
 * "Segmentation mask": {@code road:128,64,128::}.
 *
 * @param names the names; a name's place is its id
 * @param colours the colour of each class, red, green and blue of 8 bits each; empty if they have
 *     none
 */
record ClassNames(List<String> names, List<Integer> colours) {

    static final String FILE_NAME = "classes.txt";

    /** CVAT's, which also is the file's name. */
    static final String LABEL_MAP = "labelmap.txt";

    /** A guard against another file of that name; 256 names of a thousand letters fit. */
    private static final long MAX_BYTES = 1 << 20;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final Pattern COLOUR = Pattern.compile("\\s#(\\p{XDigit}{6})");

    /** A label of CVAT: name, colour, and parts and actions, which mean nothing here. */
    private static final Pattern LABEL =
            Pattern.compile("(.*?):(\\d{1,3}), ?(\\d{1,3}), ?(\\d{1,3})(:.*)?");

    /** Returns the file that a data set has its classes in: classes.txt unless it has the other. */
    static Path file(Path root) {
        Path file = root.resolve(FILE_NAME);
        Path labelMap = root.resolve(LABEL_MAP);
        return Files.exists(file) || !Files.isRegularFile(labelMap) ? file : labelMap;
    }

    /** Returns where a data set has its classes from, for messages. */
    static Path place(Path root) {
        return Cityscapes.isRoot(root) ? root : file(root);
    }

    /**
     * Reads the classes of a data set.
     *
     * @param root its folder
     * @param most the largest number of classes
     * @return the classes
     * @throws MalformedDatasetException see {@link #read}
     */
    static ClassNames of(Path root, int most) throws MalformedDatasetException {
        return Cityscapes.isRoot(root)
                ? new ClassNames(Cityscapes.NAMES, List.of())
                : read(file(root), most);
    }

    /**
     * Reads the names, without blanks around them and blank lines at the end, and their colours.
     *
     * @param file the file; of the name {@value #LABEL_MAP}, one of CVAT's
     * @param most the largest number of classes
     * @return the classes
     * @throws MalformedDatasetException if the file is missing, damaged or too long, has no name,
     *     too many, one twice, or a blank line between them; or if a colour comes twice, or classes
     *     with a colour and without
     */
    static ClassNames read(Path file, int most) throws MalformedDatasetException {
        List<String> lines = readLines(file);
        if (!lines.isEmpty() && lines.get(0).startsWith(BYTE_ORDER_MARK)) {
            lines.set(0, lines.get(0).substring(1).strip());
        }
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        List<String> names = new ArrayList<>();
        List<Integer> colours = new ArrayList<>();
        if (file.endsWith(LABEL_MAP)) {
            readLabels(file, lines, names, colours);
        } else {
            readNames(lines, names, colours);
        }
        checkNames(file, names);
        if (names.isEmpty() || names.size() > most) {
            throw new MalformedDatasetException(
                    file, "1 to " + most + " names", String.valueOf(names.size()));
        }
        checkColours(file, names, colours);
        return new ClassNames(
                List.copyOf(names), colours.contains(null) ? List.of() : List.copyOf(colours));
    }

    private static void readNames(List<String> lines, List<String> names, List<Integer> colours) {
        for (String line : lines) {
            // One blank and seven letters.
            int end = Math.max(0, line.length() - 8);
            Matcher colour = COLOUR.matcher(line.substring(end));
            boolean matches = colour.matches() && end > 0;
            names.add(matches ? line.substring(0, end).strip() : line);
            colours.add(matches ? Integer.valueOf(colour.group(1), 16) : null);
        }
    }

    private static void readLabels(
            Path file, List<String> lines, List<String> names, List<Integer> colours)
            throws MalformedDatasetException {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isEmpty() || lines.get(i).startsWith("#")) {
                continue;
            }
            Matcher label = LABEL.matcher(lines.get(i));
            int colour = 0;
            boolean sound = label.matches() && !label.group(1).isBlank();
            for (int c = 2; sound && c <= 4; c++) {
                int sample = Integer.parseInt(label.group(c));
                sound = sample <= 255;
                colour = colour << 8 | sample;
            }
            if (!sound) {
                throw new MalformedDatasetException(
                        file,
                        "NAME:RED,GREEN,BLUE:: in line " + (i + 1),
                        "'" + Names.shortened(lines.get(i)) + "'");
            }
            names.add(label.group(1).strip());
            colours.add(colour);
        }
    }

    private static void checkNames(Path file, List<String> names) throws MalformedDatasetException {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() || !seen.add(name)) {
                throw new MalformedDatasetException(
                        file,
                        "a name of its own "
                                + (file.endsWith(LABEL_MAP)
                                        ? "for class " + i
                                        : "in line " + (i + 1)),
                        name.isEmpty() ? "a blank line" : "'" + Names.shortened(name) + "' again");
            }
        }
    }

    private static void checkColours(Path file, List<String> names, List<Integer> colours)
            throws MalformedDatasetException {
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            Integer colour = colours.get(i);
            String name = "'" + Names.shortened(names.get(i)) + "'";
            if ((colour == null) != (colours.get(0) == null)) {
                throw new MalformedDatasetException(
                        file,
                        "a colour (#RRGGBB) behind every name or behind none",
                        name + (colour == null ? " without" : " with one"));
            }
            if (colour != null && !seen.add(colour)) {
                throw new MalformedDatasetException(
                        file,
                        "a colour of its own for every class",
                        LabelMapping.colour(colour) + " again, for " + name);
            }
        }
    }

    private static List<String> readLines(Path file) throws MalformedDatasetException {
        if (!Files.isRegularFile(file)) {
            throw new MalformedDatasetException(
                    file,
                    "a file with the name of class 0, of class 1, ..., one a line",
                    Files.isDirectory(file) ? "a folder" : "none");
        }
        List<String> lines = new ArrayList<>();
        try {
            long length = Files.size(file);
            if (length > MAX_BYTES) {
                throw new MalformedDatasetException(
                        file, "at most " + MAX_BYTES + " bytes", String.valueOf(length));
            }
            Files.readAllLines(file, StandardCharsets.UTF_8).forEach(s -> lines.add(s.strip()));
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedDatasetException(
                    file, "the names of the classes in UTF-8", WholeFile.reason(e));
        }
        return lines;
    }
}
