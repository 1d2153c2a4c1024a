package io.github.lovaszdjl.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room for files. */
final class DiskSpace {

    private DiskSpace() {}

    /**
     * Checks that there is room.
     *
     * @param file a file or folder in an existing folder
     * @param bytes how many are to be written; nothing is checked below 1
     * @throws IOException if there are fewer free
     */
    static void check(Path file, long bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        long free = Files.getFileStore(folder).getUsableSpace();
        if (bytes > free) {
            throw new IOException(
                    folder
                            + ": expected "
                            + (bytes + 999_999) / 1_000_000
                            + " MB of free space, got "
                            + free / 1_000_000
                            + " MB");
        }
    }
}
