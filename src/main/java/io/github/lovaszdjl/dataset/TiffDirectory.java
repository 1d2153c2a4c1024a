package io.github.lovaszdjl.dataset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The tags of the image in a TIFF file (TIFF 6.0), all of whose values lie in the file.
 *
 * <p>Further directories may only be of smaller copies and masks: of several images none is meant.
 */
final class TiffDirectory {

    /** What a file is expected to be that is damaged. */
    static final String WHOLE = "a whole TIFF image";

    private static final int NEW_SUBFILE_TYPE = 254;

    /** A smaller copy of the image, or what is transparent in it; neither is another image. */
    private static final int REDUCED_OR_MASK = 5;

    /** Bytes of a value by its type, from BYTE to IFD. */
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    private static final int BYTE = 1;
    private static final int SHORT = 3;
    private static final int LONG = 4;

    private static final int MAX_DIRECTORIES = 1000;

    private final Path path;
    private final ByteBuffer file;
    private final Map<Integer, Entry> entries = new LinkedHashMap<>();

    /** Where a tag stands, and where its values begin, how many of which type. */
    private record Entry(int position, int type, int count, int start) {}

    private TiffDirectory(Path path, byte[] bytes) {
        this.path = path;
        file = ByteBuffer.wrap(bytes);
        file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }

    /**
     * Reads the tags of a file.
     *
     * @param path the file, for messages
     * @param bytes its contents
     * @throws MalformedDatasetException if it is damaged or holds several images
     */
    static TiffDirectory read(Path path, byte[] bytes) throws MalformedDatasetException {
        TiffDirectory directory = new TiffDirectory(path, bytes);
        directory.readDirectories();
        return directory;
    }

    /** Returns what is wrong with the file. */
    MalformedDatasetException fault(String expected, Object got) {
        return new MalformedDatasetException(path, expected, String.valueOf(got));
    }

    /** Reads the first directory; the others may only be of copies and masks. */
    private void readDirectories() throws MalformedDatasetException {
        Set<Integer> seen = new HashSet<>();
        int pages = 0;
        int next = offset(4);
        while (next != 0) {
            if (next + 2L > file.limit() || !seen.add(next) || seen.size() > MAX_DIRECTORIES) {
                throw fault(WHOLE, "directories that lead out of the file or in a circle");
            }
            int count = file.getShort(next) & 0xffff;
            long end = next + 2 + 12L * count;
            if (end + 4 > file.limit()) {
                throw fault(WHOLE, "a directory that is cut off");
            }
            Map<Integer, Entry> directory = seen.size() == 1 ? entries : new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                readEntry(directory, next + 2 + 12 * i);
            }
            long kind = number(directory.get(NEW_SUBFILE_TYPE), 0, 0);
            pages += (kind & REDUCED_OR_MASK) == 0 || seen.size() == 1 ? 1 : 0;
            next = offset((int) end);
        }
        if (pages != 1) {
            throw fault("one image in the file", pages);
        }
    }

    private int offset(int position) throws MalformedDatasetException {
        int offset = file.getInt(position);
        if (offset < 0) {
            throw fault(WHOLE, "an offset beyond the end");
        }
        return offset;
    }

    private void readEntry(Map<Integer, Entry> directory, int position)
            throws MalformedDatasetException {
        int tag = file.getShort(position) & 0xffff;
        int type = file.getShort(position + 2) & 0xffff;
        long count = file.getInt(position + 4) & 0xffffffffL;
        if (type == 0 || type >= TYPE_BYTES.length) {
            throw fault(WHOLE, "a value of the unknown type " + type + " for tag " + tag);
        }
        long bytes = count * TYPE_BYTES[type];
        long start = bytes <= 4 ? position + 8 : file.getInt(position + 8) & 0xffffffffL;
        if (start + bytes > file.limit()) {
            throw fault(WHOLE, "values of tag " + tag + " beyond the end");
        }
        if (directory.put(tag, new Entry(position, type, (int) count, (int) start)) != null) {
            throw fault(WHOLE, "tag " + tag + " twice");
        }
    }

    /** Returns a whole number of an entry. */
    private long number(Entry entry, int index, long otherwise) throws MalformedDatasetException {
        if (entry == null) {
            return otherwise;
        }
        if (index < entry.count()) {
            int at = entry.start() + index * TYPE_BYTES[entry.type()];
            switch (entry.type()) {
                case BYTE:
                    return file.get(at) & 0xff;
                case SHORT:
                    return file.getShort(at) & 0xffff;
                case LONG:
                    return file.getInt(at) & 0xffffffffL;
                default:
            }
        }
        throw fault(WHOLE, "a tag without the number that it is to have");
    }

    /** Tells whether there is a tag. */
    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** Returns how many values a tag has; 0 where there is none. */
    int count(int tag) {
        return has(tag) ? entries.get(tag).count() : 0;
    }

    /** Returns the first value of a tag. */
    long number(int tag, long otherwise) throws MalformedDatasetException {
        return number(tag, 0, otherwise);
    }

    /**
     * Returns a value of a tag.
     *
     * @param otherwise the value where there is no such tag
     * @throws MalformedDatasetException if it is no whole number, or not there
     */
    long number(int tag, int index, long otherwise) throws MalformedDatasetException {
        return number(entries.get(tag), index, otherwise);
    }

    /** Tells whether there is a tag whose numbers have not 16 bits, nor 32 where these will do. */
    boolean isOfOtherBits(int tag, boolean orLong) {
        Entry entry = entries.get(tag);
        return entry != null && entry.type() != SHORT && !(orLong && entry.type() == LONG);
    }

    /**
     * Makes the numbers of a tag such of 16 bits, in their place.
     *
     * @throws MalformedDatasetException if they do not fit
     */
    void narrow(byte[] bytes, int tag) throws MalformedDatasetException {
        ByteBuffer copy = ByteBuffer.wrap(bytes).order(file.order());
        Entry entry = entries.get(tag);
        int count = entry.count();
        if (count > 2 && entry.type() == BYTE) {
            throw fault("numbers of 16 bits for tag " + tag, "bytes");
        }
        int start = count > 2 ? entry.start() : entry.position() + 8;
        for (int i = 0; i < count; i++) {
            long value = number(tag, i, 0);
            if (value > 0xffff) {
                throw fault("numbers of 16 bits for tag " + tag, value);
            }
            copy.putShort(start + Short.BYTES * i, (short) value);
        }
        copy.putShort(entry.position() + 2, (short) SHORT);
    }

    /** Writes another number in the place of the first value of a tag. */
    void replace(byte[] bytes, int tag, int value) {
        ByteBuffer copy = ByteBuffer.wrap(bytes).order(file.order());
        Entry entry = entries.get(tag);
        switch (copy.getShort(entry.position() + 2)) {
            case BYTE -> copy.put(entry.start(), (byte) value);
            case SHORT -> copy.putShort(entry.start(), (short) value);
            default -> copy.putInt(entry.start(), value);
        }
    }

    /** Returns the length of the file. */
    int length() {
        return file.limit();
    }
}
