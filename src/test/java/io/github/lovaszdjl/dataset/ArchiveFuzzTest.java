package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of all kinds and damages, hostile ones among them. */
@Tag(Trials.TAG)
class ArchiveFuzzTest {

    private static final int MAX_ENTRIES = 20;
    private static final int MAX_BYTES = 100_000;

    /** What readers of archives take, 1 MB of headers, and copies of it. */
    private static final long MAX_ALLOCATED = 16 << 20;

    private static final Pattern ALL = Pattern.compile("(?s).*");

    private static final List<byte[]> CONTENTS =
            List.of(
                    new byte[0],
                    "text".getBytes(StandardCharsets.UTF_8),
                    "abcdefgh".repeat(400).getBytes(StandardCharsets.UTF_8),
                    new byte[90_000]);

    /** Names that lie in the folder and names that do not. */
    private static final List<String> STEPS =
            List.of("a", "b", "c.png", "..", ".", "", "canary", "in", "é", "C:", "~", "a b", "con");

    @TempDir(factory = Fuzz.Memory.class)
    private Path temp;

    private Path in;

    @BeforeEach
    void plant() throws IOException {
        in = Files.createDirectories(temp.resolve("1/2/in"));
        for (String name : List.of("canary", "1/canary", "1/2/canary", "1/2/in2/canary")) {
            Files.createDirectories(temp.resolve(name).getParent());
            Files.writeString(temp.resolve(name), "alive");
        }
    }

    @Test
    void damagedArchivesAreUnpackedOrRefused() throws Exception {
        List<byte[]> zips = new ArrayList<>();
        List<byte[]> tars = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Random random = Trials.random(-1 - i);
            (i < 15 ? zips : tars).add(archive(random, i < 15 ? 0 : 1 + i % 2, true));
        }
        tars.add(new Packed().commit().folder("a").file("a/b", CONTENTS.get(1)).tarGz());
        tars.add(new Packed().longNameNext("a".repeat(120)).file("a", CONTENTS.get(1)).tar());
        fuzz(
                "damaged archives",
                random -> {
                    boolean zip = random.nextBoolean();
                    return unpack(Mutator.mutate(zip ? zips : tars, random), zip, random);
                });
    }

    @Test
    void hostileArchivesAreUnpackedOrRefused() throws Exception {
        fuzz(
                "hostile archives",
                random -> unpack(archive(random, random.nextInt(3), false), false, random));
    }

    private void fuzz(String what, Fuzz.Reader reader) throws Exception {
        Map<String, Integer> outcomes =
                new Fuzz(what, "x.bin: ", MAX_ALLOCATED, Set.of(IOException.class))
                        .run(Trials.of(300, 100_000), reader);
        assertTrue(outcomes.getOrDefault("unpacked", 0) > 5, outcomes.toString());
        assertTrue(outcomes.get("IOException") > 5, outcomes.toString());
    }

    /** Unpacks an archive, and looks at every file there is. */
    private String unpack(byte[] bytes, boolean checked, Random random) throws IOException {
        Path archive = Files.write(temp.resolve("x.bin"), bytes);
        Pattern wanted = random.nextBoolean() ? ALL : Pattern.compile("a/.*");
        Map<String, String> before = outside();
        try {
            int files = new Unpacker(wanted, MAX_ENTRIES, MAX_BYTES).unpack(archive, in);
            long found = 0;
            try (Stream<Path> all = Files.walk(in)) {
                for (Path file : all.filter(f -> !Files.isDirectory(f)).toList()) {
                    found++;
                    byte[] content = Files.readAllBytes(file);
                    assertTrue(
                            !checked || CONTENTS.stream().anyMatch(c -> Arrays.equals(c, content)),
                            "a damaged file was accepted");
                }
            }
            assertEquals(files, found);
            return "unpacked";
        } finally {
            assertEquals(before, outside());
            clear();
        }
    }

    /** Returns everything around the folder. */
    private Map<String, String> outside() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(temp)) {
            for (Path file : files.filter(f -> !f.startsWith(in)).toList()) {
                found.put(
                        file.toString(),
                        Files.isDirectory(file) || file.endsWith("x.bin")
                                ? ""
                                : Files.readString(file));
            }
        }
        return found;
    }

    private void clear() throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(in)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                boolean folder = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
                assertTrue(
                        folder || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS),
                        file + " is a link or device");
                size += folder ? 0 : Files.size(file);
                if (!file.equals(in)) {
                    Files.delete(file);
                }
            }
        }
        assertTrue(size <= MAX_BYTES + (1 << 16), size + " bytes came out");
    }

    /** Returns an archive, 0 zip, 1 tar, 2 tar.gz, of a few files; good or not. */
    private static byte[] archive(Random random, int kind, boolean good) throws IOException {
        int entries = random.nextInt(good || random.nextInt(20) > 0 ? 4 : 40) + 1;
        Packed tar = new Packed();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            for (int i = 0; i < entries; i++) {
                String name = good ? "a/" + i : name(random);
                byte[] content = Mutator.any(CONTENTS.subList(0, good ? 3 : 4), random);
                boolean special = !good && random.nextInt(8) == 0;
                if (special) {
                    content = name(random).getBytes(StandardCharsets.UTF_8);
                }
                if (kind == 0) {
                    ZipArchiveEntry entry = new ZipArchiveEntry(name);
                    if (special) {
                        entry.setUnixMode(Mutator.any(List.of(0120777, 020644, 0100644), random));
                    }
                    zip.setMethod(
                            random.nextBoolean() || content.length > 5000
                                    ? ZipArchiveOutputStream.DEFLATED
                                    : ZipArchiveOutputStream.STORED);
                    CRC32 sum = new CRC32();
                    sum.update(content);
                    entry.setSize(content.length);
                    entry.setCrc(sum.getValue());
                    zip.putArchiveEntry(entry);
                    zip.write(content);
                    zip.closeArchiveEntry();
                } else if (special) {
                    char type = Mutator.any(List.of('1', '2', '3', '4', '6', '7', 'S'), random);
                    tar.special(name, type, new String(content, StandardCharsets.UTF_8));
                    // Through a link that was made, if it was.
                    tar.file(name + "/canary", CONTENTS.get(1));
                } else {
                    tar.file(name, content);
                }
            }
        }
        return kind == 0 ? bytes.toByteArray() : kind == 1 ? tar.tar() : tar.tarGz();
    }

    private static String name(Random random) {
        if (random.nextInt(3) > 0) {
            return "a/" + random.nextInt(100);
        }
        StringBuilder name = new StringBuilder(random.nextInt(6) == 0 ? "/" : "");
        int steps = 1 + random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            name.append(i == 0 ? "" : random.nextInt(8) == 0 ? "\\" : "/");
            name.append(Mutator.any(STEPS, random));
        }
        return name.length() == 0 ? "x" : name.toString();
    }

    @Test
    void whatIsSkippedCountsToo() throws Exception {
        byte[] bomb =
                new Packed()
                        .file("b", new byte[2 * MAX_BYTES])
                        .file("a/x", CONTENTS.get(1))
                        .tarGz();
        assertRefused(bomb, "expected at most 100000 bytes unpacked, got more with b");
        // An attribute, to be held in memory, of two megabytes in some thousand bytes.
        byte[] record = "2097152 k=".getBytes(StandardCharsets.UTF_8);
        byte[] records = Arrays.copyOf(record, 2 << 20);
        records[records.length - 1] = '\n';
        byte[] attribute = new Packed().file("a/x", records).tar();
        attribute[156] = 'x';
        fixSum(attribute);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(attribute);
        }
        assertRefused(packed.toByteArray(), "expected at most 1048576 bytes of headers");
    }

    @Test
    void aFlippedByteInAZipIsFound() throws Exception {
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(stored)) {
            out.setLevel(0);
            out.putArchiveEntry(new ZipArchiveEntry("a/x"));
            out.write(CONTENTS.get(1));
            out.closeArchiveEntry();
        }
        byte[] zip = stored.toByteArray();
        int at = new String(zip, StandardCharsets.ISO_8859_1).indexOf("text");
        zip[at] ^= 1;
        assertRefused(zip, "a/x is damaged: wrong check sum");
    }

    @Test
    void aWrongCheckSumOfATarGzIsFound() throws Exception {
        byte[] archive = new Packed().file("a/x", CONTENTS.get(1)).tarGz();
        archive[archive.length - 8] ^= 1;
        assertRefused(archive, "Gzip-compressed data is corrupt");
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        Path archive = Files.write(temp.resolve("x.bin"), bytes);
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                new Unpacker(Pattern.compile("a/.*"), MAX_ENTRIES, MAX_BYTES)
                                        .unpack(archive, in));
        assertTrue(e.getMessage().startsWith("x.bin: " + message), e.getMessage());
    }

    private static void fixSum(byte[] header) {
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += header[i] & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, 148, 8);
    }
}
