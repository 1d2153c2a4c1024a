package io.github.lovaszdjl.app.importer;

import com.google.gson.JsonObject;
import io.github.lovaszdjl.app.run.DataFolders;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.dataset.FolderLayout;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The data set that an import writes: a new one, or one that gets a further split. The split is
 * made under another name and gets its own when it is whole; nothing that is there is replaced.
 */
final class ImportFolder implements AutoCloseable {

    private static final String CLASSES = "classes.txt";
    private static final String IGNORE_LABEL = "ignore-label";
    private static final String UNFINISHED = ".import.";

    private final Path out;
    private final String split;
    private boolean made;
    private RunFolder.Lock lock;
    private Path unfinished;

    private ImportFolder(Path out, String split) {
        this.out = out;
        this.split = split;
    }

    /**
     * Looks at a folder; nothing is written.
     *
     * @param out the folder of the data set; it need not exist
     * @param split the name of the split
     * @throws IOException if it is a file, holds something else than a data set, or one that is
     *     laid out or ignores otherwise than imports are, has the split, or lies in another data
     *     set
     */
    static ImportFolder check(Path out, String split) throws IOException {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new IOException("--out: expected a folder, got the file " + out);
        }
        if (!Files.exists(out.resolve(CLASSES))) {
            DataFolders.checkOutside(out);
            checkEmpty(out);
        }
        checkLayout(out);
        Path target = out.resolve(split);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(
                    "--out: expected a data set without "
                            + split
                            + ", got "
                            + target
                            + "; nothing is replaced");
        }
        return new ImportFolder(out, split);
    }

    /** Checks that what a description says of all splits is true of one that is imported. */
    private static void checkLayout(Path out) throws IOException {
        FolderLayout layout = FolderLayout.read(out);
        Map<String, String> others = new TreeMap<>(layout.options());
        others.remove(IGNORE_LABEL);
        if (!others.isEmpty()
                || layout.ignoreLabel().orElse(ClassTable.IGNORED) != ClassTable.IGNORED) {
            throw new IOException(
                    String.format(
                            "--out: expected a data set that ignores %d or nothing, in the folders"
                                    + " images and labels, got %s in %s",
                            ClassTable.IGNORED,
                            layout.options(),
                            out.resolve(FolderLayout.FILE_NAME)));
        }
    }

    private static void checkEmpty(Path out) throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        try (Stream<Path> entries = Files.list(out)) {
            Optional<Path> other =
                    entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                            .min(Comparator.naturalOrder());
            if (other.isPresent()) {
                throw new IOException(
                        "--out: expected a new or empty folder, or that of a data set, got "
                                + out
                                + ", which holds "
                                + other.get().getFileName());
            }
        }
    }

    /** Returns the file that names the classes, if there is one already. */
    Optional<Path> classes() {
        return Optional.of(out.resolve(CLASSES)).filter(Files::exists);
    }

    /** Tells whether the data set says itself which label is ignored. */
    boolean saysIgnored() throws IOException {
        return FolderLayout.read(out).ignoreLabel().isPresent();
    }

    /** Returns the folder that the split will be. */
    Path target() {
        return out.resolve(split);
    }

    /**
     * Makes the folder of the split, under another name.
     *
     * @throws IOException if it cannot be written to, or another process works on the data set
     */
    Path begin() throws IOException {
        try {
            made = !Files.exists(out);
            Files.createDirectories(out);
            lock = new RunFolder(out).lock();
        } catch (IOException e) {
            throw new IOException(
                    "--out: the folder " + out + " cannot be written to: " + WholeFile.reason(e),
                    e);
        }
        lock.check();
        WholeFile.deleteLeftovers(out, UNFINISHED);
        unfinished = out.resolve(UNFINISHED + UUID.randomUUID());
        Path folder = unfinished.resolve(split);
        Files.createDirectories(folder.resolve("images"));
        Files.createDirectories(folder.resolve("labels"));
        return folder;
    }

    /**
     * Gives the split its name.
     *
     * @param names the names of the classes, those of the file where there is one
     */
    void finish(List<String> names) throws IOException {
        // A process that dies before the split has its name leaves a set without one, which the
        // next import takes for its own.
        if (classes().isEmpty()) {
            write(CLASSES, String.join("\n", names) + "\n");
        }
        // Another set may have been read without it, and a training of that set has to go on.
        if (!Files.exists(out.resolve(FolderLayout.FILE_NAME)) && !hasSplits()) {
            JsonObject description = new JsonObject();
            description.addProperty(IGNORE_LABEL, ClassTable.IGNORED);
            write(FolderLayout.FILE_NAME, description + "\n");
        }
        check(out, split);
        Files.move(unfinished.resolve(split), target(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void write(String name, String text) throws IOException {
        WholeFile.write(
                out.resolve(name), file -> file.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private boolean hasSplits() throws IOException {
        try (Stream<Path> entries = Files.list(out)) {
            return entries.anyMatch(entry -> Files.isDirectory(entry.resolve("labels")));
        }
    }

    /** Deletes what is not finished. */
    @Override
    public void close() throws IOException {
        if (unfinished != null) {
            try (Stream<Path> files = Files.walk(unfinished)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        if (lock != null) {
            lock.close();
        }
        if (made) {
            try {
                Files.deleteIfExists(out);
            } catch (DirectoryNotEmptyException e) {
                // The data set.
            }
        }
    }
}
