package io.github.lovaszdjl.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Writes files so that each exists whole or not at all. */
public final class WholeFile {

    private static final String UUID_PATTERN = "\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}";

    private WholeFile() {}

    /** Writes the contents of a file. */
    public interface Content {

        /**
         * Writes everything.
         *
         * @param out where to; may be closed
         * @throws IOException if it cannot be written
         */
        void write(OutputStream out) throws IOException;
    }

    /**
     * Writes a file under another name and then gives it its own.
     *
     * @param file the file, replaced if it exists; its folder is made if it does not exist
     * @param content what to write
     * @throws IOException if it cannot be written; the file is as it was then, and the message
     *     names it
     */
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path unfinished =
                target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
        try {
            try (OutputStream out =
                    Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW)) {
                content.write(out);
            }
            // The contents must reach the disk before the name that promises them does.
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be written: " + reason(e), e);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /**
     * Returns what the system says of a fault, without the name of a file, which may be unfinished,
     * and of a Java class.
     *
     * @param fault the fault; writers of pictures hide the one of the system in another
     * @return the reason
     */
    public static String reason(IOException fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        // These have a message that is no more than the name of the file, or a riddle.
        if (root instanceof NoSuchFileException) {
            return "there is none";
        } else if (root instanceof AccessDeniedException) {
            return "access denied";
        } else if (root instanceof NotDirectoryException) {
            return "a file in place of a folder";
        } else if (root instanceof FileAlreadyExistsException) {
            return "exists already";
        } else if (root instanceof DirectoryNotEmptyException) {
            return "a folder that is not empty";
        } else if (root instanceof CharacterCodingException) {
            return "bytes that are not UTF-8";
        }
        return root instanceof FileSystemException || root.getMessage() == null
                ? root.toString()
                : root.getMessage();
    }

    /**
     * Deletes what processes that were killed while they wrote left in a folder.
     *
     * @param folder the folder; it may be missing
     * @param prefix how the name goes on to its random end, such as ".checkpoint.zip."
     * @throws IOException if the folder cannot be read or an entry not deleted
     */
    public static void deleteLeftovers(Path folder, String prefix) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> leftovers;
        try (Stream<Path> entries = Files.list(folder)) {
            leftovers = entries.filter(entry -> isLeftover(entry, prefix)).toList();
        }
        for (Path leftover : leftovers) {
            List<Path> inside;
            try (Stream<Path> entries = Files.walk(leftover)) {
                inside = entries.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path entry : inside) {
                Files.delete(entry);
            }
        }
    }

    /**
     * Tells whether a name ends as those of unfinished files and folders do.
     *
     * @param entry the file or folder
     * @param prefix how its name begins
     * @return whether it does
     */
    public static boolean isLeftover(Path entry, String prefix) {
        String name = entry.getFileName().toString();
        return name.startsWith(prefix) && name.matches(".*[.-]" + UUID_PATTERN);
    }
}
