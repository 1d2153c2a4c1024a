package io.github.lovaszdjl.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The temporary folder of a driver. It is locked as long as the driver lives, so that the next one
 * removes those of drivers that were killed.
 */
final class DriverFolder implements AutoCloseable {

    private static final String PREFIX = "lovasz-cluster";
    private static final String LOCK = "lock";
    private static final int DELETIONS = 100;

    private final Path path;
    private final FileChannel lock;

    private DriverFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes a folder in one for temporary files, and removes what others left there. */
    static DriverFolder create(Path temporary) throws IOException {
        deleteStale(temporary);
        Path path = Files.createTempDirectory(temporary, PREFIX);
        Path unlocked = path.resolve("unlocked");
        FileChannel lock =
                FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        Files.move(unlocked, path.resolve(LOCK)); // others look at it locked, or not at all
        return new DriverFolder(path, lock);
    }

    Path path() {
        return path;
    }

    /** What has no lock is just being made; what is another user's cannot be opened. */
    private static void deleteStale(Path temporary) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path folder : folders) {
                try (FileChannel channel =
                        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
                    if (channel.tryLock() != null) {
                        delete(folder);
                    }
                } catch (IOException | OverlappingFileLockException e) {
                    continue; // not to be removed
                }
            }
        }
    }

    /** Removes the folder. What an executor has written last may come after its end. */
    @Override
    public void close() {
        delete(path);
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lock goes last: a folder without one would stay for ever. */
    private static void delete(Path folder) {
        Path lock = folder.resolve(LOCK);
        for (int i = 0; i < DELETIONS && Files.exists(folder); i++) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    if (!file.equals(folder) && !file.equals(lock)) {
                        Files.deleteIfExists(file);
                    }
                }
                Files.deleteIfExists(lock);
                Files.deleteIfExists(folder);
            } catch (IOException | UncheckedIOException e) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }
}
