package io.github.lovaszdjl.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Has one thread of one process at a time work in a folder. */
public final class FolderLock {

    private static final String FILE = ".lock";

    private FolderLock() {}

    /** What is done in a folder. */
    public interface Work {

        /**
         * Does it.
         *
         * @throws IOException if it cannot be done
         */
        void run() throws IOException;
    }

    /**
     * Does something in a folder as soon as nobody else does.
     *
     * @param folder the folder, which exists
     * @param work what to do; has to look what others have done by then
     * @throws IOException as the work, and if there can be no lock
     */
    public static void run(Path folder, Work work) throws IOException {
        // A lock of the file system holds between processes, the monitor between threads.
        synchronized (FolderLock.class) {
            try (FileChannel channel =
                            FileChannel.open(
                                    folder.resolve(FILE),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid()) {
                    work.run();
                }
            }
        }
    }
}
