package io.github.lovaszdjl.dataset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A tar archive (ustar) put together in memory, byte by byte: what commons-compress writes archives
 * with needs a library that DJL leaves out.
 */
final class Packed {

    private static final int BLOCK = 512;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Packed file(String name, byte[] content) throws IOException {
        return entry(name, '0', "", content);
    }

    Packed file(String name, String content) throws IOException {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    Packed folder(String name) throws IOException {
        return entry(name + "/", '5', "", new byte[0]);
    }

    /** What "git archive" begins with: the commit, for all entries. */
    Packed commit() throws IOException {
        String record = " comment=" + "0123456789abcdef".repeat(2) + "01234567\n";
        String whole = (record.length() + 2) + record;
        return entry("pax_global_header", 'g', "", whole.getBytes(StandardCharsets.UTF_8));
    }

    /** GNU tar's way to give the next entry a long name. */
    Packed longNameNext(String name) throws IOException {
        return entry("././@LongLink", 'L', "", (name + '\0').getBytes(StandardCharsets.UTF_8));
    }

    /** An entry of a type: 1 link, 2 symbolic link, 3 and 4 devices, 6 pipe. */
    Packed special(String name, char type, String target) throws IOException {
        return entry(name, type, target, new byte[0]);
    }

    private Packed entry(String name, char type, String target, byte[] content) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, target);
        put(header, 257, "ustar\0" + "00");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        bytes.write(header);
        bytes.write(content);
        bytes.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
        return this;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] field = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(field, 0, header, at, field.length);
    }

    byte[] tar() {
        byte[] entries = bytes.toByteArray();
        return Arrays.copyOf(entries, entries.length + 2 * BLOCK);
    }

    byte[] tarGz() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(tar());
        }
        return packed.toByteArray();
    }

    /** A zip of plain files. */
    static byte[] zip(Consumer<ZipWriter> content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(packed)) {
            content.accept(
                    (name, bytes) -> {
                        try {
                            zip.putNextEntry(new ZipEntry(name));
                            zip.write(bytes);
                            zip.closeEntry();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        return packed.toByteArray();
    }

    /** Adds a file to a zip. */
    interface ZipWriter {
        void file(String name, byte[] content);
    }
}
