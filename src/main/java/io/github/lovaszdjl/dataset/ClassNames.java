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

/** Reads {@code classes.txt}: the names of classes 0, 1, ..., one a line, in UTF-8. */
final class ClassNames {

    static final String FILE_NAME = "classes.txt";

    /** A guard against another file of that name; 256 names of a thousand letters fit. */
    private static final long MAX_BYTES = 1 << 20;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private ClassNames() {}

    /**
     * Reads the names, without blanks around them and blank lines at the end.
     *
     * @param file the file
     * @param most the largest number of classes
     * @return the names; a name's place is its id
     * @throws MalformedDatasetException if the file is missing, damaged or too long, has no name,
     *     too many, one twice, or a blank line between them
     */
    static List<String> read(Path file, int most) throws MalformedDatasetException {
        List<String> names = readLines(file);
        if (!names.isEmpty() && names.get(0).startsWith(BYTE_ORDER_MARK)) {
            names.set(0, names.get(0).substring(1).strip());
        }
        while (!names.isEmpty() && names.get(names.size() - 1).isEmpty()) {
            names.remove(names.size() - 1);
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() || !seen.add(name)) {
                throw new MalformedDatasetException(
                        file,
                        "a name of its own in line " + (i + 1),
                        name.isEmpty() ? "a blank line" : "'" + Names.shortened(name) + "' again");
            }
        }
        if (names.isEmpty() || names.size() > most) {
            throw new MalformedDatasetException(
                    file, "1 to " + most + " names", String.valueOf(names.size()));
        }
        return List.copyOf(names);
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
