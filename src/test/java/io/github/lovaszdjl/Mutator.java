package io.github.lovaszdjl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages valid files: what bad disks, broken programs and hostile people do to them. */
public final class Mutator {

    /** Where programs count wrongly: the ends of the number types, and their neighbours. */
    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        2,
        127,
        128,
        255,
        256,
        32767,
        32768,
        65535,
        65536,
        1 << 20,
        1 << 24,
        1 << 28,
        1 << 30,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE - 8,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private static final String[] NUMBERS = {
        "0",
        "-1",
        "1",
        "255",
        "256",
        "65536",
        "2147483647",
        "2147483648",
        "-2147483648",
        "9223372036854775808",
        "1e9",
        "1e38",
        "1e39",
        "1e-46",
        "1e999999999",
        "NaN",
        "Infinity",
        "-0.0",
        "0.5",
        "00000000000000000000001",
        "99999999999999999999999999999999999999",
        ""
    };

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

    /** Inputs stay tiny: what they ask for is what may grow. */
    private static final int MAX_LENGTH = 1 << 16;

    private Mutator() {}

    /** Returns one of the files with 1 to 4 changes, most often one. */
    public static byte[] mutate(List<byte[]> files, Random random) {
        byte[] bytes = any(files, random);
        int changes = 1 + Integer.numberOfTrailingZeros(random.nextInt() | 8);
        for (int i = 0; i < changes; i++) {
            bytes = change(bytes, files, random);
        }
        return bytes.length > MAX_LENGTH ? Arrays.copyOf(bytes, MAX_LENGTH) : bytes;
    }

    /** The same for text, of which a half stays text. */
    public static byte[] mutateText(List<byte[]> files, Random random) {
        byte[] bytes = random.nextBoolean() ? any(files, random) : mutate(files, random);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            bytes = changeText(bytes, random);
        }
        return bytes.length > MAX_LENGTH ? Arrays.copyOf(bytes, MAX_LENGTH) : bytes;
    }

    /** Returns a number from where programs count wrongly. */
    public static long extreme(Random random) {
        return EXTREMES[random.nextInt(EXTREMES.length)];
    }

    /** Returns one of some values. */
    public static <T> T any(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static byte[] change(byte[] bytes, List<byte[]> files, Random random) {
        if (bytes.length == 0) {
            return any(files, random).clone();
        }
        int at = random.nextInt(bytes.length);
        int length = length(bytes.length - at, random);
        byte[] copy = bytes.clone();
        switch (random.nextInt(10)) {
            case 0, 1 -> copy[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> copy[at] = (byte) random.nextInt(256);
            case 3, 4 -> put(copy, at, random);
            case 5 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 6 -> {
                // Twice, now and then many times.
                int times = random.nextInt(20) == 0 ? 200 : 1;
                byte[] part = Arrays.copyOfRange(bytes, at, at + length);
                for (int i = 0; i < times && copy.length < MAX_LENGTH; i++) {
                    copy = splice(copy, at, part, copy, at);
                }
            }
            case 7 -> {
                return splice(bytes, at, new byte[0], bytes, at + length);
            }
            case 8 -> {
                byte[] other = any(files, random);
                return splice(bytes, at, new byte[0], other, random.nextInt(other.length + 1));
            }
            default -> {
                byte[] noise = new byte[length];
                if (random.nextBoolean()) {
                    random.nextBytes(noise);
                }
                System.arraycopy(noise, 0, copy, at, length);
            }
        }
        return copy;
    }

    /** Short lengths are the more likely ones. */
    private static int length(int most, Random random) {
        return Math.min(most, 1 + random.nextInt(1 + random.nextInt(most)));
    }

    private static void put(byte[] bytes, int at, Random random) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (random.nextBoolean()) {
            buffer.order(ByteOrder.LITTLE_ENDIAN);
        }
        long value = extreme(random);
        int room = bytes.length - at;
        int size = 1 << random.nextInt(4);
        if (size == 8 && room >= 8) {
            buffer.putLong(at, value);
        } else if (size >= 4 && room >= 4) {
            buffer.putInt(at, (int) value);
        } else if (size >= 2 && room >= 2) {
            buffer.putShort(at, (short) value);
        } else {
            buffer.put(at, (byte) value);
        }
    }

    /** Returns the front of one up to a place, a part, and another from a place on. */
    private static byte[] splice(byte[] front, int to, byte[] part, byte[] back, int from) {
        return ByteBuffer.allocate(to + part.length + back.length - from)
                .put(front, 0, to)
                .put(part)
                .put(back, from, back.length - from)
                .array();
    }

    private static byte[] changeText(byte[] bytes, Random random) {
        // One char a byte, so that whatever it holds comes back.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<MatchResult> numbers = NUMBER.matcher(text).results().toList();
        List<MatchResult> words = Pattern.compile("[A-Za-z]+").matcher(text).results().toList();
        switch (random.nextInt(3)) {
            case 0 -> text = replace(text, numbers, any(List.of(NUMBERS), random), random);
            case 1 -> {
                String other = words.isEmpty() ? "x" : any(words, random).group();
                text = replace(text, words, other, random);
            }
            default -> {
                Matcher lines = Pattern.compile("[^\n,]*[\n,]?").matcher(text);
                List<MatchResult> all = lines.results().toList();
                text = replace(text, all, any(all, random).group(), random);
            }
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String replace(String text, List<MatchResult> places, String by, Random random) {
        if (places.isEmpty()) {
            return text + by;
        }
        MatchResult place = any(places, random);
        return text.substring(0, place.start()) + by + text.substring(place.end());
    }
}
