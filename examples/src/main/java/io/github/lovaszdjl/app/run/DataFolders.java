package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.dataset.FolderLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Keeps what commands write out of data sets: files that do not belong there make the next command
 * refuse the set, and label maps that were predicted would pass for true ones.
 *
 * <p>The folder of a data set is one that holds {@code classes.txt}, {@code labelmap.txt} or {@code
 * dataset.json}; its splits are the folders in it that hold {@code images} and {@code labels},
 * those called train, val and test whether they exist or not, and those that dataset.json names, or
 * the options of a command. Other folders in it, such as {@code runs}, are not read by any command.
 */
public final class DataFolders {

    /** One of them is in the folder of every data set. */
    private static final List<String> MARKS =
            List.of("classes.txt", "labelmap.txt", FolderLayout.FILE_NAME);

    private static final Set<String> SPLITS = Set.of("train", "val", "test");
    private static final String IMAGES = "images";
    private static final String LABELS = "labels";

    private DataFolders() {}

    /**
     * Checks that a folder is neither that of a data set nor lies in a split of one, by the name it
     * was given and by the one it has where links are followed.
     *
     * @param out the folder; it need not exist
     * @throws IOException if it does; the message begins with the option {@code --out}
     */
    public static void checkOutside(Path out) throws IOException {
        for (Path name : names(out)) {
            for (String mark : MARKS) {
                if (Files.exists(name.resolve(mark))) {
                    throw inside(out, "is the folder of one: it holds " + mark);
                }
            }
            for (Path path = name; path.getParent() != null; path = path.getParent()) {
                Path parent = path.getParent();
                String last = path.getFileName().toString().toLowerCase(Locale.ROOT);
                if (isSplit(path)) {
                    throw inside(out, "lies in the split " + path);
                }
                // A set that has no classes.txt yet.
                if ((last.equals(IMAGES) || last.equals(LABELS)) && holdsBoth(parent)) {
                    throw inside(out, "lies in " + path);
                }
            }
        }
    }

    /**
     * Checks that a folder does not lie where a data set is read, whose layout may be by options.
     *
     * @param out the folder; it need not exist
     * @param data the data set
     * @throws IOException if it does; the message begins with the option {@code --out}
     */
    public static void checkOutside(Path out, DataSource data) throws IOException {
        for (Path name : names(out)) {
            for (Path root : names(data.root())) {
                if (name.startsWith(root) && name.getNameCount() > root.getNameCount()) {
                    Path folder = root.resolve(name.getName(root.getNameCount()));
                    if (isSplit(folder, data.layout())) {
                        throw inside(out, "lies in " + folder + ", which is a part of the data");
                    }
                }
            }
        }
    }

    /** The name of a folder, and the one that it has where links are followed. */
    private static Set<Path> names(Path folder) throws IOException {
        Set<Path> names = new LinkedHashSet<>(Set.of(folder.toAbsolutePath().normalize()));
        names.add(real(folder.toAbsolutePath()));
        return names;
    }

    private static boolean isDataset(Path folder) {
        return MARKS.stream().anyMatch(mark -> Files.exists(folder.resolve(mark)));
    }

    /** Returns the folders of images, labels, lists and splits that a layout names. */
    private static Set<String> places(Map<String, String> options) {
        Set<String> places = new HashSet<>();
        for (String option : List.of(IMAGES, LABELS, "lists")) {
            if (options.containsKey(option)) {
                places.add(first(options.get(option)));
            }
        }
        for (String pair : options.getOrDefault("split-names", "").split(",")) {
            places.add(pair.substring(pair.indexOf('=') + 1).strip().toLowerCase(Locale.ROOT));
        }
        return places;
    }

    private static String first(String place) {
        return Path.of(place).getName(0).toString().toLowerCase(Locale.ROOT);
    }

    private static boolean isSplit(Path folder) {
        if (!isDataset(folder.getParent())) {
            return false;
        }
        FolderLayout layout;
        try {
            layout = FolderLayout.read(folder.getParent());
        } catch (IOException e) {
            layout = FolderLayout.standard(); // a data set that no command reads
        }
        return holdsBoth(folder) || isSplit(folder, layout);
    }

    /** Tells whether a folder in that of a data set is one that files are read from. */
    private static boolean isSplit(Path folder, FolderLayout layout) {
        String name = folder.getFileName().toString().toLowerCase(Locale.ROOT);
        Map<String, String> options = layout.options();
        String images = options.getOrDefault(IMAGES, IMAGES);
        String labels = options.getOrDefault(LABELS, LABELS);
        // Where a draw makes the splits of all that is in the folder of the data set.
        boolean all =
                (options.containsKey("val") || options.containsKey("test"))
                        && (isHere(images) || isHere(labels));
        return all
                || SPLITS.contains(name)
                || places(options).contains(name)
                || !isHere(images) && !isHere(labels) && holds(folder, images, labels);
    }

    private static boolean isHere(String place) {
        return Path.of(place).normalize().toString().isEmpty();
    }

    private static boolean holdsBoth(Path folder) {
        return holds(folder, IMAGES, LABELS);
    }

    private static boolean holds(Path folder, String images, String labels) {
        return Files.isDirectory(folder.resolve(images))
                && Files.isDirectory(folder.resolve(labels));
    }

    private static IOException inside(Path out, String what) {
        return new IOException(
                "--out: expected a folder outside of data sets, got " + out + ", which " + what);
    }

    /** Follows links as far as there is anything. */
    private static Path real(Path path) throws IOException {
        if (path.getParent() == null || Files.exists(path)) {
            return path.toRealPath();
        }
        return real(path.getParent()).resolve(path.getFileName()).normalize();
    }
}
