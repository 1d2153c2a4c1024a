package io.github.lovaszdjl.tracking;

import io.github.lovaszdjl.internal.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A file of TensorBoard's events, one an epoch, that grows at its end.
 *
 * <p>Its records are those of TensorFlow's TFRecord: the length of the data (8 bytes, little
 * endian), a masked CRC-32C of these bytes (4), the data, and a masked CRC-32C of the data (4). The
 * data is a protocol buffer of the type {@code Event}, of which these fields are used: {@code
 * wall_time} (1, double), {@code step} (2, varint), {@code file_version} (3, in the first record)
 * and {@code summary} (5), with a {@code value} (1) for every metric, of {@code tag} (1) and {@code
 * simple_value} (2, float).
 */
final class EventFile {

    private static final String PREFIX = "events.out.tfevents.";
    private static final String SUFFIX = ".lovasz";
    private static final String VERSION = "brain.Event:2";

    /** What records have beside their data. */
    private static final int FRAME = 16;

    private static final int MASK = 0xa282ead8;

    private final Path file;
    private final long lastStep;

    private EventFile(Path file, long lastStep) {
        this.file = file;
        this.lastStep = lastStep;
    }

    /**
     * Opens the file of a folder, or begins one. Where the end of the file is torn, or of steps
     * that are to be done again, it is cut off.
     *
     * @param folder the folder, made if it does not exist
     * @param steps the last step that may be in it
     * @throws IOException if it cannot be read or written
     */
    static EventFile open(Path folder, long steps) throws IOException {
        Files.createDirectories(folder);
        Optional<Path> before;
        try (Stream<Path> files = Files.list(folder)) {
            before = files.filter(EventFile::isEventFile).sorted().findFirst();
        }
        String begun = String.format("%010d", System.currentTimeMillis() / 1000);
        Path file = before.orElseGet(() -> folder.resolve(PREFIX + begun + SUFFIX));
        byte[] bytes = before.isPresent() ? Files.readAllBytes(file) : new byte[0];
        int end = 0;
        long last = 0;
        for (int next = end(bytes, 0); next > 0; next = end(bytes, end)) {
            long step = step(bytes, end + FRAME - 4, next - 4);
            if (step < last || step > steps) {
                break;
            }
            last = step;
            end = next;
        }
        if (end < bytes.length) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
        }
        EventFile events = new EventFile(file, last);
        if (end == 0) {
            ByteArrayOutputStream version = event(0);
            text(version, 3, VERSION);
            events.append(version);
        }
        return events;
    }

    private static boolean isEventFile(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    /** Returns the step of the last event, 0 where there is none. */
    long lastStep() {
        return lastStep;
    }

    /**
     * Adds an event.
     *
     * @param step its step, at least 1 and above that of the event before
     * @param metrics the values by name
     * @throws IOException if it cannot be written; names the file
     */
    void add(long step, Map<String, Double> metrics) throws IOException {
        ByteArrayOutputStream summary = new ByteArrayOutputStream();
        metrics.forEach(
                (name, metric) -> {
                    ByteArrayOutputStream value = new ByteArrayOutputStream();
                    text(value, 1, name);
                    value.write(2 << 3 | 5); // four bytes
                    value.writeBytes(littleEndian(4).putFloat(metric.floatValue()).array());
                    bytes(summary, 1, value.toByteArray());
                });
        ByteArrayOutputStream event = event(step);
        bytes(event, 5, summary.toByteArray());
        append(event);
    }

    /** Begins an event of now. */
    private static ByteArrayOutputStream event(long step) {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        event.write(1 << 3 | 1); // eight bytes
        event.writeBytes(littleEndian(8).putDouble(System.currentTimeMillis() / 1e3).array());
        event.write(2 << 3); // a varint
        varint(event, step);
        return event;
    }

    private static void text(ByteArrayOutputStream out, int field, String text) {
        bytes(out, field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] bytes) {
        out.write(field << 3 | 2); // a length and bytes
        varint(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest > 127) {
            out.write((int) (rest & 127 | 128));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private void append(ByteArrayOutputStream event) throws IOException {
        byte[] data = event.toByteArray();
        ByteBuffer record = littleEndian(FRAME + data.length).putLong(data.length);
        record.putInt(checksum(record.array(), 0, 8)).put(data);
        record.putInt(checksum(data, 0, data.length));
        try {
            Files.write(file, record.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be written: " + WholeFile.reason(e), e);
        }
    }

    /** Returns where the record ends that begins at a place, or 0 where no whole one does. */
    private static int end(byte[] bytes, int start) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length - start < FRAME) {
            return 0;
        }
        long length = buffer.getLong(start);
        if (length < 0 || length > bytes.length - start - FRAME) {
            return 0;
        }
        int data = start + FRAME - 4;
        int end = data + (int) length;
        boolean whole =
                buffer.getInt(start + 8) == checksum(bytes, start, 8)
                        && buffer.getInt(end) == checksum(bytes, data, (int) length);
        return whole ? end + 4 : 0;
    }

    /** Returns the step of an event that {@link #event} began, or −1 where it is another. */
    private static long step(byte[] bytes, int from, int to) {
        int at = from + 10; // behind the time and the name of the field
        if (at >= to || bytes[at - 1] != 2 << 3) {
            return -1;
        }
        long step = 0;
        for (int shift = 0; at < to && shift < Long.SIZE; shift += 7) {
            step |= (bytes[at] & 127L) << shift;
            if (bytes[at++] >= 0) {
                return step;
            }
        }
        return -1;
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
