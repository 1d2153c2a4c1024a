package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.dataset.ImageFiles;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * The images that a command line names: files, folders, of which the images directly in them are
 * meant, and globs, expanded here so that they may be quoted and work in every shell.
 *
 * <p>In a glob {@code *} and {@code ?} stand for anything within a name, {@code [a-z]} and {@code
 * {a,b}} for choices, and {@code **} between slashes for any number of folders, none included.
 * Hidden files are left out unless the pattern names the dot.
 */
public final class InputFiles {

    private InputFiles() {}

    /**
     * Finds the images.
     *
     * @param inputs files, folders and globs
     * @param out the folder that results are written to; what globs and folders find in it is left
     *     out, so that a second run does not take the results of the first for images
     * @return the images, absolute, in the order of the inputs and sorted for each; every file
     *     once, in whatever ways it is named, where a link to a file is a file with a name of its
     *     own
     * @throws IOException if an input names nothing
     */
    public static List<Path> find(List<String> inputs, Path out) throws IOException {
        // By its place, as one file may be named in several ways.
        Map<Path, Path> found = new LinkedHashMap<>();
        Path results = real(out);
        for (String input : inputs) {
            if (input.isBlank()) {
                throw new IOException("IMAGE: expected a file, folder or glob, got an empty name");
            }
            Path path = isGlob(input) ? null : Path.of(input);
            List<Path> files;
            if (path == null) {
                files = images(glob(input), results);
            } else if (Files.isDirectory(path)) {
                files = images(list(path), results);
            } else if (Files.exists(path)) {
                files = List.of(path);
            } else {
                throw new NoSuchFileException(input);
            }
            if (files.isEmpty()) {
                throw new IOException(
                        input
                                + ": expected "
                                + (path == null ? "a match that ends" : "a file in it ending")
                                + " in one of "
                                + new TreeSet<>(ImageFiles.EXTENSIONS)
                                + ", got none");
            }
            for (Path file : files) {
                found.putIfAbsent(place(file), file.toAbsolutePath().normalize());
            }
        }
        return List.copyOf(found.values());
    }

    /** Returns the folder and the name that a file really has; a link to a file is not followed. */
    private static Path place(Path file) throws IOException {
        Path folder = file.toAbsolutePath().normalize().getParent().toRealPath();
        // Where A and a are one, the real name tells.
        Path name = Files.isSymbolicLink(file) ? file : file.toRealPath();
        return folder.resolve(name.getFileName());
    }

    private static Path real(Path path) throws IOException {
        return Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
    }

    private static List<Path> images(List<Path> files, Path results) throws IOException {
        List<Path> images = new ArrayList<>();
        for (Path file : files) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            if (Files.isRegularFile(file)
                    && ImageFiles.EXTENSIONS.stream().anyMatch(e -> name.endsWith("." + e))
                    && !file.toRealPath().startsWith(results)) {
                images.add(file);
            }
        }
        return images;
    }

    /** A file may be named like a pattern; then it is meant. */
    private static boolean isGlob(String input) {
        if (!input.matches(".*[*?\\[{].*")) {
            return false;
        }
        try {
            return !Files.exists(Path.of(input));
        } catch (IllegalArgumentException e) {
            return true; // on Windows no path can have a * in it
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> !isHidden(f)).sorted().toList();
        }
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    private static List<Path> glob(String pattern) throws IOException {
        String slashed = File.separatorChar == '\\' ? pattern.replace('\\', '/') : pattern;
        List<String> names = new ArrayList<>(Arrays.asList(slashed.split("/+")));
        Path start = Path.of("");
        if (slashed.startsWith("/") || names.get(0).endsWith(":")) {
            start = Path.of(names.remove(0) + "/");
        }
        TreeSet<Path> matches = new TreeSet<>();
        try {
            match(start, names, matches);
        } catch (PatternSyntaxException e) {
            throw new IOException(pattern + ": expected a pattern, got " + e.getDescription(), e);
        }
        return List.copyOf(matches);
    }

    private static void match(Path folder, List<String> names, TreeSet<Path> matches)
            throws IOException {
        if (names.isEmpty()) {
            matches.add(folder);
            return;
        }
        String name = names.get(0);
        List<String> rest = names.subList(1, names.size());
        if (!name.matches(".*[*?\\[{].*")) {
            Path next = folder.resolve(name);
            if (Files.exists(next)) {
                match(next, rest, matches);
            }
            return;
        }
        Path listed = folder.toString().isEmpty() ? Path.of(".") : folder;
        if (!Files.isDirectory(listed)) {
            return;
        }
        boolean anyDepth = name.equals("**");
        if (anyDepth) {
            match(folder, rest.isEmpty() ? List.of("*") : rest, matches);
        }
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + (anyDepth ? "*" : name));
        try (Stream<Path> entries = Files.list(listed)) {
            for (Path entry : entries.toList()) {
                Path next = folder.resolve(entry.getFileName());
                boolean hidden = isHidden(entry) && !name.startsWith(".");
                if (hidden || !matcher.matches(entry.getFileName())) {
                    continue;
                }
                if (!anyDepth) {
                    match(next, rest, matches);
                } else if (Files.isDirectory(next) && !Files.isSymbolicLink(next)) {
                    // Links are not followed: one to a folder above would have no end.
                    match(next, names, matches);
                }
            }
        }
    }

    /**
     * Chooses names for the results: each is the path of its image below the folder that all have
     * in common, without the extension. Where two images would get one name, as a.png and a.jpg,
     * these keep their extensions.
     *
     * @param files the images, absolute
     * @return a name for each, with '/' between folders, no two the same on any file system
     */
    public static Map<Path, String> names(List<Path> files) {
        Path common = files.get(0).getParent();
        for (Path file : files) {
            while (!file.startsWith(common)) {
                common = common.getParent();
                if (common == null) {
                    throw new IllegalArgumentException(
                            "images: expected one drive, got " + files.get(0) + " and " + file);
                }
            }
        }
        Map<String, List<Path>> byName = new LinkedHashMap<>();
        for (Path file : files) {
            String name = stem(name(common, file));
            byName.computeIfAbsent(key(name), k -> new ArrayList<>()).add(file);
        }
        Map<Path, String> names = new LinkedHashMap<>();
        Map<String, Path> taken = new LinkedHashMap<>();
        for (Path file : files) {
            String whole = name(common, file);
            boolean alone = byName.get(key(stem(whole))).size() == 1;
            String name = alone ? stem(whole) : whole;
            Path other = taken.put(key(name), file);
            if (other != null) {
                throw new IllegalArgumentException(
                        "images: expected names that differ, got " + other + " and " + file);
            }
            names.put(file, name);
        }
        return names;
    }

    private static String name(Path common, Path file) {
        return common.relativize(file).toString().replace(File.separatorChar, '/');
    }

    private static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') + 1 ? name.substring(0, dot) : name;
    }

    /** Some file systems take A and a for one. */
    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
