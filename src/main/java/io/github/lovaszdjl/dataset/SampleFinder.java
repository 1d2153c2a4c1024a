package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds the files of a split.
 *
 * <p>The name of a sample is that of its files, without suffix and extension, with the folders that
 * they lie in below that of the images or label files: {@code city/frame_1}.
 */
final class SampleFinder {

    private static final Set<String> JPEG = Set.of("jpg", "jpeg");
    private static final Set<String> LABELS = Set.of("bmp", "gif", "png", "tif", "tiff");

    /** Folders in folders; more is a link that leads back. */
    private static final int MAX_DEPTH = 16;

    private static final long MAX_LIST_BYTES = 1 << 26;

    private final Path root;
    private final FolderLayout layout;
    private final String split;
    private final Path imageFolder;
    private final Path labelFolder;

    private SampleFinder(Path root, FolderLayout layout, String split) {
        this.root = root;
        this.layout = layout;
        this.split = split;
        imageFolder = layout.images(root, split);
        labelFolder = layout.labels(root, split);
    }

    /**
     * Finds the pairs of an image and a label file. Files whose names begin with a dot are left
     * out.
     *
     * @param root the folder of the data set
     * @param layout where the files are
     * @param split the name of the split
     * @return the pairs, in the order of their names; none where the folders are empty
     * @throws MalformedDatasetException if a folder, a list or a partner is missing, or a file has
     *     another extension or the name of another
     * @throws IOException if a folder cannot be listed
     */
    static List<SampleFiles> find(Path root, FolderLayout layout, String split) throws IOException {
        return new SampleFinder(root, layout, split).find();
    }

    private List<SampleFiles> find() throws IOException {
        NavigableMap<String, Path> images = list(imageFolder, true);
        NavigableMap<String, Path> labels = list(labelFolder, false);
        Collection<String> names = images.keySet();
        if (layout.hasLists()) {
            names = listed(layout.list(root, split), images);
        } else {
            for (Map.Entry<String, Path> label : labels.entrySet()) {
                if (!images.containsKey(label.getKey())) {
                    String image = relative(imageFolder) + "/" + label.getKey();
                    throw new MalformedDatasetException(
                            label.getValue(),
                            "an image " + image + layout.imageSuffix() + ".png or .jpg",
                            "none");
                }
            }
            if (layout.shares().isPresent()) {
                names = layout.shares().get().names(imageFolder, names, split);
            }
        }
        List<SampleFiles> found = new ArrayList<>();
        for (String name : names) {
            Path label = labels.get(name);
            if (label == null) {
                throw new MalformedDatasetException(
                        images.get(name),
                        "a label file "
                                + relative(labelFolder)
                                + "/"
                                + name
                                + layout.labelSuffix()
                                + ".png",
                        "none");
            }
            found.add(new SampleFiles(found.size(), name, images.get(name), label));
        }
        return found;
    }

    /** Returns the last part of a folder's name, or what it is below the root. */
    private String relative(Path folder) {
        return folder.equals(root) ? "." : folder.getFileName().toString();
    }

    /** Returns the files of images or of labels by their names. */
    private NavigableMap<String, Path> list(Path folder, boolean ofImages) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new MalformedDatasetException(
                    folder, "a folder", Files.exists(folder) ? "a file" : "nothing there");
        }
        NavigableMap<String, Path> files = new TreeMap<>();
        list(folder, "", 0, ofImages, files);
        return files;
    }

    private void list(
            Path folder, String prefix, int depth, boolean ofImages, Map<String, Path> files)
            throws IOException {
        if (depth > MAX_DEPTH) {
            throw new MalformedDatasetException(
                    folder, "at most " + MAX_DEPTH + " folders in each other", "more");
        }
        List<Path> entries;
        try (Stream<Path> stream = Files.list(folder)) {
            entries = stream.sorted().toList();
        }
        for (Path file : entries) {
            String fileName = file.getFileName().toString();
            if (fileName.startsWith(".")) {
                continue;
            }
            if (Files.isDirectory(file)) {
                // In the root there is more than one set's files.
                if (!folder.equals(root)) {
                    list(file, prefix + fileName + "/", depth + 1, ofImages, files);
                }
                continue;
            }
            String name = name(file, ofImages);
            Path twin = name == null ? null : files.put(prefix + name, file);
            if (twin != null) {
                throw new MalformedDatasetException(
                        file, "a name of its own", "the same as " + twin.getFileName());
            }
        }
    }

    /** Returns the name of a file without suffix and extension; null if it is left out. */
    private String name(Path file, boolean ofImages) throws MalformedDatasetException {
        String fileName = file.getFileName().toString();
        int dot = fileName.lastIndexOf('.');
        String base = dot < 0 ? fileName : fileName.substring(0, dot);
        String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
        String suffix = ofImages ? layout.imageSuffix() : layout.labelSuffix();
        String others = ofImages ? layout.labelSuffix() : layout.imageSuffix();
        boolean together = imageFolder.equals(labelFolder);
        if (!base.endsWith(suffix)) {
            return null;
        }
        if (together && others.length() > suffix.length() && base.endsWith(others)) {
            return null;
        }
        if (together && suffix.isEmpty() && others.isEmpty()) {
            // Nothing else tells them apart.
            if (JPEG.contains(extension) != ofImages) {
                return null;
            }
        }
        Set<String> extensions = ofImages ? ImageFiles.EXTENSIONS : LABELS;
        if (dot >= 0 && extensions.contains(extension) && Files.isRegularFile(file)) {
            return base.substring(0, base.length() - suffix.length());
        }
        if (together || file.getParent().equals(root)) {
            return null;
        }
        throw new MalformedDatasetException(
                file,
                "only files ending in " + new TreeSet<>(extensions),
                JPEG.contains(extension)
                        ? "a JPEG, which changes the values of labels"
                        : "this one");
    }

    /** Returns the names in a list. */
    private TreeSet<String> listed(Path list, Map<String, Path> images)
            throws MalformedDatasetException {
        Map<String, String> known = new HashMap<>();
        images.forEach(
                (name, file) -> {
                    known.put(slashes(root.relativize(file)), name);
                    known.put(slashes(imageFolder.relativize(file)), name);
                });
        images.keySet().forEach(name -> known.put(name, name));
        TreeSet<String> names = new TreeSet<>();
        List<String> lines = lines(list);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            // Many lists have more in a line, such as the label file; some names have blanks.
            String name = known.get(line);
            if (name == null) {
                name = known.get(line.split("\\s+")[0]);
            }
            if (name == null || !names.add(name)) {
                throw new MalformedDatasetException(
                        list,
                        (name == null
                                        ? "the name of an image in " + relative(imageFolder)
                                        : "every image once,")
                                + " in line "
                                + (i + 1),
                        "'" + Names.shortened(line) + "'" + (name == null ? "" : " again"));
            }
        }
        return names;
    }

    private static String slashes(Path path) {
        return path.toString().replace('\\', '/');
    }

    private static List<String> lines(Path list) throws MalformedDatasetException {
        try {
            if (Files.isRegularFile(list) && Files.size(list) > MAX_LIST_BYTES) {
                throw new MalformedDatasetException(
                        list,
                        "at most " + MAX_LIST_BYTES + " bytes",
                        String.valueOf(Files.size(list)));
            }
            return Files.readAllLines(list, StandardCharsets.UTF_8);
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedDatasetException(
                    list, "a list of names, in UTF-8", WholeFile.reason(e));
        }
    }
}
