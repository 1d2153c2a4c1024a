package io.github.lovaszdjl.dataset;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
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
 * @param maxBytes how many bytes may come out; of a tar, with those that are not wanted
 */
record Unpacker(Pattern wanted, long maxEntries, long maxBytes) {

    /**
     * The most bytes of headers between two files of a tar, which are read to memory: tar's blocks
     * of zeros at the end are 10 KB, long names and attributes a few more.
     */
    private static final long MAX_BETWEEN = 1 << 20;

    /** Several times what the largest of the known sets holds. */
    Unpacker(Pattern wanted) {
        this(wanted, 200_000, 8L << 30);
    }

    /**
     * Unpacks into a folder and returns the number of files.
     *
     * @throws IOException if the archive is damaged or hostile, or cannot be read or unpacked;
     *     names the archive. What was unpacked before stays in the folder
     */
    int unpack(Path archive, Path folder) throws IOException {
        try {
            byte[] head;
            try (InputStream in = Files.newInputStream(archive)) {
                head = in.readNBytes(4);
            }
            Run run = new Run(folder);
            if (head.length == 4 && head[0] == 'P' && head[1] == 'K') {
                unpackZip(archive, run);
            } else {
                boolean gzip = head.length == 4 && head[0] == 0x1f && head[1] == (byte) 0x8b;
                unpackTar(archive, gzip, run);
            }
            if (run.files == 0) {
                throw new IOException("expected files " + wanted + ", got none");
            }
            return run.files;
        } catch (NoClassDefFoundError e) {
            // DJL leaves out commons-lang3, which commons-compress needs for long names in tar.
            throw new IOException(
                    archive.getFileName()
                            + ": has tar entries with names of more than 100 letters; to read them,"
                            + " add org.apache.commons:commons-lang3 to the class path",
                    e);
        } catch (IOException e) {
            String reason = e.getClass() == IOException.class ? e.getMessage() : e.toString();
            throw new IOException(archive.getFileName() + ": " + reason, e);
        } catch (RuntimeException e) {
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
                    CRC32 sum = new CRC32();
                    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
                        run.write(entry.getName(), in);
                    }
                    // ZipFile does not compare it.
                    if (sum.getValue() != entry.getCrc()) {
                        throw new IOException(entry.getName() + " is damaged: wrong check sum");
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
                Bounded plain =
                        new Bounded(gzip ? new GzipCompressorInputStream(file, true) : file);
                TarArchiveInputStream tar = new TarArchiveInputStream(plain)) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                boolean accepted = run.accept(entry.getName(), entry.isDirectory(), isPlain(entry));
                plain.left = Math.min(entry.getSize(), maxBytes) + MAX_BETWEEN;
                if (accepted) {
                    run.write(entry.getName(), tar);
                } else {
                    run.skip(entry.getName(), entry.getSize());
                }
            }
            // The check sum comes last.
            plain.left = MAX_BETWEEN;
            plain.transferTo(OutputStream.nullOutputStream());
        }
    }

    /** A stream that ends in an exception if more is read than is left. */
    private static final class Bounded extends FilterInputStream {

        private long left = MAX_BETWEEN;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            counted(b < 0 ? b : 1);
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return counted(super.read(bytes, offset, length));
        }

        @Override
        public long skip(long n) throws IOException {
            return counted((int) super.skip(Math.min(n, 1 << 20)));
        }

        private int counted(int n) throws IOException {
            left -= Math.max(0, n);
            if (left < 0) {
                throw new IOException(
                        "expected at most " + MAX_BETWEEN + " bytes of headers between two files");
            }
            return n;
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

        private final Path folder;
        private long entries;
        private long bytes;
        private int files;

        Run(Path folder) {
            this.folder = folder;
        }

        /** Checks an entry; true if it is to be unpacked. */
        boolean accept(String entry, boolean directory, boolean plain) throws IOException {
            if (++entries > maxEntries) {
                throw new IOException("expected at most " + maxEntries + " entries");
            }
            String name = inside(entry);
            if (directory || !wanted.matcher(name).matches()) {
                return false;
            }
            if (!plain) {
                throw new IOException("expected a plain file, got a link or device: " + entry);
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
            outside |= name.matches("(?s)[A-Za-z]:.*");
            for (String step : name.split("/")) {
                outside |= step.equals("..");
            }
            if (outside) {
                throw new IOException("expected names inside the archive, got " + entry);
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
                        throw tooMuch(entry);
                    }
                    out.write(buffer, 0, n);
                }
            } catch (FileAlreadyExistsException e) {
                throw new IOException("expected each name once, got again " + entry, e);
            }
            files++;
        }

        /** Counts what has to be unpacked to get past it. */
        void skip(String entry, long size) throws IOException {
            if (size > maxBytes - bytes) {
                throw tooMuch(entry);
            }
            bytes += size;
        }

        private IOException tooMuch(String entry) {
            return new IOException(
                    "expected at most " + maxBytes + " bytes unpacked, got more with " + entry);
        }
    }
}
