package io.github.lovaszdjl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads event files of TensorBoard, field by field and with a check sum bit by bit. */
public final class EventReader {

    /**
     * An event.
     *
     * @param seconds its time
     * @param step its step
     * @param version the version of the file, null but in the first event
     * @param values the scalars by name
     */
    public record Event(double seconds, long step, String version, Map<String, Float> values) {}

    private EventReader() {}

    /** Returns the one event file of a folder. */
    public static Path file(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> all =
                    files.filter(file -> file.getFileName().toString().contains("tfevents"))
                            .toList();
            assertEquals(1, all.size());
            return all.get(0);
        }
    }

    /** Reads all events. */
    public static List<Event> read(Path file) throws IOException {
        List<Event> events = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            while (in.available() > 0) {
                byte[] length = in.readNBytes(8);
                assertEquals(masked(length), Integer.reverseBytes(in.readInt()));
                byte[] data = new byte[(int) order(length).getLong()];
                in.readFully(data);
                assertEquals(masked(data), Integer.reverseBytes(in.readInt()));
                events.add(event(order(data)));
            }
        }
        return events;
    }

    private static ByteBuffer order(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Castagnoli's polynomial, reflected. */
    private static int masked(byte[] bytes) {
        int crc = ~0;
        for (byte value : bytes) {
            crc ^= value & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    private static Event event(ByteBuffer data) {
        double seconds = 0;
        long step = 0;
        String version = null;
        Map<String, Float> values = new LinkedHashMap<>();
        while (data.hasRemaining()) {
            switch ((int) varint(data)) {
                case 1 << 3 | 1 -> seconds = data.getDouble();
                case 2 << 3 -> step = varint(data);
                case 3 << 3 | 2 -> version = text(bytes(data));
                case 5 << 3 | 2 -> {
                    ByteBuffer summary = bytes(data);
                    while (summary.hasRemaining()) {
                        assertEquals(1 << 3 | 2, varint(summary));
                        ByteBuffer value = bytes(summary);
                        assertEquals(1 << 3 | 2, varint(value));
                        String name = text(bytes(value));
                        assertEquals(2 << 3 | 5, varint(value));
                        values.put(name, value.getFloat());
                        assertEquals(0, value.remaining());
                    }
                }
                default -> throw new AssertionError("an unknown field");
            }
        }
        return new Event(seconds, step, version, values);
    }

    private static long varint(ByteBuffer data) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = data.get();
            value |= (next & 127L) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static ByteBuffer bytes(ByteBuffer data) {
        int length = (int) varint(data);
        ByteBuffer part = data.slice(data.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        data.position(data.position() + length);
        return part;
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
