package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackerTest {

    private static final Pattern ALL = Pattern.compile(".*");
    private static final byte[] TEXT = {'h', 'i'};

    @TempDir Path temp;
    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temp.resolve("in/side"));
    }

    @Test
    void everyFormatIsUnpackedByItsFirstBytes() throws Exception {
        byte[][] archives = {
            new Packed().folder("a").file("./a/b.txt", TEXT).file("c", TEXT).tar(),
            new Packed().file("a/b.txt", TEXT).file("c", TEXT).tarGz(),
            Packed.zip(
                    z -> {
                        z.file("a/b.txt", TEXT);
                        z.file("c", TEXT);
                    })
        };
        for (int i = 0; i < archives.length; i++) {
            Path to = Files.createDirectory(folder.resolve("to" + i));
            Path archive = Files.write(temp.resolve("x.bin"), archives[i]);
            Unpacker wanted = new Unpacker(Pattern.compile("a/.*"));
            assertEquals(1, wanted.unpack(archive, to));
            assertArrayEquals(TEXT, Files.readAllBytes(to.resolve("a/b.txt")));
            assertFalse(Files.exists(to.resolve("c")), "not asked for");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../out",
                "a/../../../out",
                "/lovasz/out",
                "a\\..\\out",
                "C:/out",
                "./../out"
            })
    void namesThatLeadOutAreRefused(String name) throws Exception {
        // Even where they are not asked for.
        for (Pattern wanted : new Pattern[] {ALL, Pattern.compile("good")}) {
            assertRefused(
                    new Packed().file(name, TEXT).tar(),
                    new Unpacker(wanted),
                    "x.bin: expected names inside the archive, got " + name);
        }
        if (!name.contains("\\")) {
            assertRefused(
                    Packed.zip(z -> z.file(name, TEXT)),
                    new Unpacker(ALL),
                    "x.bin: expected names inside the archive, got " + name);
        }
        assertFalse(Files.exists(temp.resolve("out")) || Files.exists(temp.resolve("in/out")));
    }

    @ParameterizedTest
    @ValueSource(chars = {'1', '2', '3', '4', '6'})
    void linksAndDevicesAreRefused(char type) throws Exception {
        assertRefused(
                new Packed().special("evil", type, "/etc/passwd").tarGz(),
                new Unpacker(ALL),
                "x.bin: expected a plain file, got a link or device: evil");
    }

    @Test
    void linksInZipsAreRefused() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            ZipArchiveEntry entry = new ZipArchiveEntry("evil");
            entry.setUnixMode(0120777);
            zip.putArchiveEntry(entry);
            zip.write("/etc/passwd".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            zip.closeArchiveEntry();
        }
        assertRefused(
                bytes.toByteArray(),
                new Unpacker(ALL),
                "x.bin: expected a plain file, got a link or device: evil");
    }

    @Test
    void bombsAreStopped() throws Exception {
        byte[] zeros = new byte[1_000_000];
        assertRefused(
                new Packed().file("a", zeros).file("b", zeros).tarGz(),
                new Unpacker(ALL, 10, 1_500_000),
                "x.bin: expected at most 1500000 bytes unpacked, got more with b");
        assertRefused(
                Packed.zip(z -> z.file("a", zeros)),
                new Unpacker(ALL, 10, 999_999),
                "x.bin: expected at most 999999 bytes unpacked, got more with a");
        assertRefused(
                new Packed().file("a", TEXT).file("b", TEXT).file("c", TEXT).tar(),
                new Unpacker(ALL, 2, 1000),
                "x.bin: expected at most 2 entries");
    }

    @Test
    void aNameComesOnce() throws Exception {
        assertRefused(
                new Packed().file("a", TEXT).file("./a", TEXT).tar(),
                new Unpacker(ALL),
                "x.bin: expected each name once, got again ./a");
    }

    @Test
    void longNamesInTarsSayWhatTheyNeed() throws Exception {
        assertRefused(
                new Packed().longNameNext("a".repeat(120)).file("a", TEXT).tar(),
                new Unpacker(ALL),
                "x.bin: has tar entries with names of more than 100 letters");
    }

    @Test
    void brokenArchivesAreErrors() throws Exception {
        byte[] whole = new Packed().file("a", new byte[5000]).tarGz();
        byte[][] broken = {
            Arrays.copyOf(whole, whole.length / 2),
            Arrays.copyOf(new Packed().file("a", new byte[5000]).tar(), 2000),
            {'P', 'K', 3, 4, 1, 2, 3},
            "<html>not found</html>".repeat(60).getBytes(java.nio.charset.StandardCharsets.UTF_8),
            {}
        };
        for (byte[] bytes : broken) {
            Path archive = Files.write(temp.resolve("x.bin"), bytes);
            Path to = Files.createTempDirectory(folder, "to");
            assertThrows(IOException.class, () -> new Unpacker(ALL).unpack(archive, to));
        }
    }

    private void assertRefused(byte[] bytes, Unpacker unpacker, String message) throws IOException {
        Path archive = Files.write(temp.resolve("x.bin"), bytes);
        Path to = Files.createTempDirectory(folder, "to");
        IOException e = assertThrows(IOException.class, () -> unpacker.unpack(archive, to));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }
}
