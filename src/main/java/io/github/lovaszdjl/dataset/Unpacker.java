package io.github.lovaszdjl.dataset;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Unpacks the files of an archive whose names match a pattern; tar, tar.gz and zip, told apart by
 * their first bytes.
 *
 * <p>An archive is taken for hostile: a name that leads out of the folder is an error whether it
 * matches or not; of what matches, only plain files are unpacked, and anything else but a folder
 * (links, devices) is an error; so is more than the bounds allow, by what really comes out,
 * whatever the archive declares. DJL's {@code TarUtils} and {@code ZipUtils} know no bounds and
 * write links as empty files.
 *
 * @param wanted what the whole name of a file must match
 * @param maxEntries how many entries an archive may have
 * @param maxBytes how many bytes may come out
 */
record Unpacker(Pattern wanted, long maxEntries, long maxBytes) {

    /** Several times what the largest of the known sets holds. */
    Unpacker(Pattern wanted) {
        this(wanted, 200_000, 8L << 30);
    }

    /** Unpacks into a folder and returns the number of files. */
    int unpack(Path archive, Path folder) throws IOException {
        try {
            byte[] head;
            try (InputStream in = Files.newInputStream(archive)) {
                head = in.readNBytes(4);
            }
            Run run = new Run(archive, folder);
            if (head.length == 4 && head[0] == 'P' && head[1] == 'K') {
                unpackZip(archive, run);
            } else {
                boolean gzip = head.length == 4 && head[0] == 0x1f && head[1] == (byte) 0x8b;
                unpackTar(archive, gzip, run);
            }
            if (run.files == 0) {
                throw new IOException(
                        archive.getFileName() + ": expected files " + wanted + ", got none");
            }
            return run.files;
        } catch (NoClassDefFoundError e) {
            // DJL leaves out commons-lang3, which commons-compress needs for long names in tar.
            throw new IOException(
                    archive.getFileName()
                            + ": has tar entries with names of more than 100 letters; to read them,"
                            + " add org.apache.commons:commons-lang3 to the class path",
                    e);
        } catch (IllegalArgumentException e) {
            // What commons-compress makes of some broken headers.
            throw new IOException(
                    archive.getFileName() + ": expected a whole archive, got " + e, e);
        }
    }

    private void unpackZip(Path archive, Run run) throws IOException {
        try (ZipFile zip = ZipFile.builder().setPath(archive).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                boolean plain = !entry.isUnixSymlink() && isPlain(entry.getUnixMode());
                if (run.accept(entry.getName(), entry.isDirectory(), plain)) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        run.write(entry.getName(), in);
                    }
                }
            }
        }
    }

    /** Tells whether a mode is that of a file; archives made on Windows have none, 0. */
    private static boolean isPlain(int mode) {
        int type = mode & 0170000;
        return type == 0 || type == 0100000;
    }

    private void unpackTar(Path archive, boolean gzip, Run run) throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
                InputStream plain = gzip ? new GzipCompressorInputStream(file, true) : file;
                TarArchiveInputStream tar = new TarArchiveInputStream(plain)) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (run.accept(entry.getName(), entry.isDirectory(), isPlain(entry))) {
                    run.write(entry.getName(), tar);
                }
            }
        }
    }

    private static boolean isPlain(TarArchiveEntry entry) {
        return entry.isFile()
                && !(entry.isLink()
                        || entry.isSymbolicLink()
                        || entry.isFIFO()
                        || entry.isCharacterDevice()
                        || entry.isBlockDevice());
    }

    /** The unpacking of one archive. */
    private final class Run {

        private final Path archive;
        private final Path folder;
        private long entries;
        private long bytes;
        private int files;

        Run(Path archive, Path folder) {
            this.archive = archive.getFileName();
            this.folder = folder;
        }

        /** Checks an entry; true if it is to be unpacked. */
        boolean accept(String entry, boolean directory, boolean plain) throws IOException {
            if (++entries > maxEntries) {
                throw new IOException(archive + ": expected at most " + maxEntries + " entries");
            }
            String name = inside(entry);
            if (directory || !wanted.matcher(name).matches()) {
                return false;
            }
            if (!plain) {
                throw new IOException(
                        archive + ": expected a plain file, got a link or device: " + entry);
            }
            return true;
        }

        /** Returns the name without "./"; names that do not lie below the folder are refused. */
        private String inside(String entry) throws IOException {
            String name = entry;
            while (name.startsWith("./")) {
                name = name.substring(2);
            }
            // Back-slashes and colons lead out of the folder on Windows alone; no set has any.
            boolean outside =
                    name.startsWith("/") || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0;
            outside |= name.matches("[A-Za-z]:.*");
            for (String step : name.split("/")) {
                outside |= step.equals("..");
            }
            if (outside) {
                throw new IOException(
                        archive + ": expected names inside the archive, got " + entry);
            }
            return name;
        }

        void write(String entry, InputStream in) throws IOException {
            Path file = folder.resolve(inside(entry));
            Files.createDirectories(file.getParent());
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
                byte[] buffer = new byte[1 << 16];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    bytes += n;
                    if (bytes > maxBytes) {
                        throw new IOException(
                                archive
                                        + ": expected at most "
                                        + maxBytes
                                        + " bytes unpacked, got more with "
                                        + entry);
                    }
                    out.write(buffer, 0, n);
                }
            } catch (FileAlreadyExistsException e) {
                throw new IOException(archive + ": expected each name once, got again " + entry, e);
            }
            files++;
        }
    }
}
