package io.github.lovaszdjl.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An image file and its label file.
 *
 * @param position the place in the split, by which the sample's random stream is chosen
 * @param name the name that both files share, without the extension
 * @param image the image file
 * @param labels the label file
 */
record SampleFiles(int position, String name, Path image, Path labels) {

    /**
     * Finds the pairs of {@code images/NAME.png}, {@code .jpg} or {@code .jpeg} and {@code
     * labels/NAME.png}. Files whose names begin with a dot are left out.
     *
     * @param split the folder of images and labels
     * @return the pairs, in the order of their names; none where both folders are empty
     * @throws MalformedDatasetException if a folder or a partner is missing, or a file has another
     *     extension or the name of another
     * @throws IOException if a folder cannot be listed
     */
    static List<SampleFiles> find(Path split) throws IOException {
        Map<String, Path> images = list(split.resolve("images"), Set.of("png", "jpg", "jpeg"));
        Map<String, Path> labels = list(split.resolve("labels"), Set.of("png"));
        List<SampleFiles> found = new ArrayList<>();
        for (Map.Entry<String, Path> image : images.entrySet()) {
            String name = image.getKey();
            Path label = labels.remove(name);
            if (label == null) {
                throw new MalformedDatasetException(
                        image.getValue(), "a label file labels/" + name + ".png", "none");
            }
            found.add(new SampleFiles(found.size(), name, image.getValue(), label));
        }
        for (Map.Entry<String, Path> label : labels.entrySet()) {
            throw new MalformedDatasetException(
                    label.getValue(), "an image images/" + label.getKey() + ".png or .jpg", "none");
        }
        return found;
    }

    /** Returns the files of a folder by their names without extensions. */
    private static Map<String, Path> list(Path folder, Set<String> extensions) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new MalformedDatasetException(
                    folder, "a folder", Files.exists(folder) ? "a file" : "nothing there");
        }
        List<Path> entries;
        try (Stream<Path> stream = Files.list(folder)) {
            entries = stream.sorted().toList();
        }
        Map<String, Path> files = new TreeMap<>();
        for (Path file : entries) {
            String fileName = file.getFileName().toString();
            if (fileName.startsWith(".")) {
                continue;
            }
            int dot = fileName.lastIndexOf('.');
            String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
            if (dot < 0 || !extensions.contains(extension) || !Files.isRegularFile(file)) {
                throw new MalformedDatasetException(
                        file,
                        "only files ending in " + extensions.stream().sorted().toList(),
                        Files.isDirectory(file) ? "a folder" : "this one");
            }
            Path twin = files.put(fileName.substring(0, dot), file);
            if (twin != null) {
                throw new MalformedDatasetException(
                        file, "a name of its own", "the same as " + twin.getFileName());
            }
        }
        return files;
    }
}
