package io.github.lovaszdjl.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.util.Progress;
import io.github.lovaszdjl.Loopback;
import io.github.lovaszdjl.Loopback.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {

    private final byte[] content = new byte[300_000];
    @TempDir Path folder;
    private Loopback server;

    @BeforeEach
    void start() throws IOException {
        new Random(7).nextBytes(content);
        server = new Loopback(content);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aFileComesWhole() throws Exception {
        Recorder progress = new Recorder();
        Path file = Loopback.FAST.fetch(archive(content.length, md5(content)), folder, progress);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(List.of("a.bin"), files());
        assertEquals(List.of("Downloading a.bin of 300000 from 0"), progress.starts);
        assertEquals(content.length, progress.done);
        assertEquals(List.of("all"), server.requests);
    }

    @Test
    void whatIsThereIsCheckedAndNotFetchedAgain() throws Exception {
        Files.write(folder.resolve("a.bin"), content);
        Loopback.FAST.fetch(archive(-1, md5(content)), folder, null);
        assertEquals(List.of(), server.requests);
    }

    @Test
    void aCutConnectionIsResumedWhereItEnded() throws Exception {
        server.then(server.cutAfter(100_000), server.cutAfter(50_000));
        Recorder progress = new Recorder();
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, progress);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(
                List.of("all", "bytes=100000- if \"1\"", "bytes=150000- if \"1\""),
                server.requests);
        assertEquals("Downloading a.bin of 300000 from 150000", progress.starts.get(2));
        assertEquals(content.length, progress.done);
    }

    @Test
    void aLaterRunResumes() throws Exception {
        for (int i = 0; i < 5; i++) {
            server.then(server.cutAfter(1000));
        }
        String message =
                assertThrows(
                                IOException.class,
                                () -> Loopback.FAST.fetch(archive(-1, null), folder, null))
                        .getMessage();
        assertTrue(message.contains("gave up after 5 attempts"), message);
        assertTrue(message.contains("(5000 bytes are kept)"), message);
        assertEquals(List.of("a.bin.part", "a.bin.part.tag"), files());
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, null);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals("bytes=5000- if \"1\"", server.requests.get(5));
    }

    @Test
    void anotherVersionStartsOver() throws Exception {
        byte[] other = content.clone();
        other[3]++;
        server.then(
                server.cutAfter(100_000),
                exchange -> {
                    server.content = other;
                    server.tag = "\"2\"";
                    server.well(exchange);
                });
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, null);
        assertArrayEquals(other, Files.readAllBytes(file));
    }

    @Test
    void aServerWithoutRangesStartsOver() throws Exception {
        server.then(server.cutAfter(100_000), server::whole);
        Path file = Loopback.FAST.fetch(archive(content.length, md5(content)), folder, null);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void withoutVersionOrChecksumNothingIsPutTogether() throws Exception {
        server.tag = null;
        server.then(server.cutAfter(100_000));
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, null);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(List.of("all", "all"), server.requests);
    }

    @Test
    void aRangeThatBeginsElsewhereStartsOver() throws Exception {
        server.then(
                server.cutAfter(100_000),
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Range", "bytes 5-299999/300000");
                    exchange.sendResponseHeaders(206, 299_995);
                });
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, null);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals("all", server.requests.get(2));
    }

    @Test
    void whatIsKeptBeyondTheEndStartsOver() throws Exception {
        Files.write(folder.resolve("a.bin.part"), new byte[content.length + 1]);
        Files.writeString(folder.resolve("a.bin.part.tag"), "\"1\"");
        Path file = Loopback.FAST.fetch(archive(-1, null), folder, null);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void aServerInTroubleIsAskedAgainFiveTimes() throws Exception {
        for (int status : new int[] {500, 503, 429, 408}) {
            server.then(Loopback.status(status));
        }
        assertArrayEquals(
                content, Files.readAllBytes(Loopback.FAST.fetch(archive(-1, null), folder, null)));
        Files.delete(folder.resolve("a.bin"));
        for (int i = 0; i < 5; i++) {
            server.then(Loopback.status(500));
        }
        String message =
                assertThrows(
                                IOException.class,
                                () -> Loopback.FAST.fetch(archive(-1, null), folder, null))
                        .getMessage();
        assertTrue(message.contains("the server answered with status 500"), message);
        assertEquals(10, server.requests.size());
        assertEquals(List.of(), files());
    }

    @Test
    void aMissingFileIsNotAskedForAgain() throws Exception {
        server.then(Loopback.status(404));
        String message =
                assertThrows(
                                IOException.class,
                                () -> Loopback.FAST.fetch(archive(-1, null), folder, null))
                        .getMessage();
        assertEquals(
                server.url()
                        + ": expected the file, got status 404; another address can be given"
                        + " with -Dlovasz.url.test",
                message);
        assertEquals(1, server.requests.size());
    }

    @Test
    void redirectsAreFollowed() throws Exception {
        server.then(
                exchange -> {
                    exchange.getResponseHeaders().set("Location", "/elsewhere");
                    exchange.sendResponseHeaders(302, -1);
                });
        assertArrayEquals(
                content, Files.readAllBytes(Loopback.FAST.fetch(archive(-1, null), folder, null)));
        assertEquals(2, server.requests.size());
    }

    @Test
    void aCorruptFileIsDeletedAndReported() throws Exception {
        byte[] bad = content.clone();
        bad[200_000] ^= 1;
        server.content = bad;
        RemoteFile archive = archive(content.length, md5(content));
        String message =
                assertThrows(IOException.class, () -> Loopback.FAST.fetch(archive, folder, null))
                        .getMessage();
        assertEquals(
                "a.bin: expected MD5 "
                        + md5(content)
                        + ", got "
                        + md5(bad)
                        + "; it is deleted, fetch it again",
                message);
        assertFalse(Files.exists(folder.resolve("a.bin")));
        assertFalse(Files.exists(folder.resolve("a.bin.part")));
        server.content = content;
        assertArrayEquals(content, Files.readAllBytes(Loopback.FAST.fetch(archive, folder, null)));
    }

    @Test
    void aFileMayHaveASha256Sum() throws Exception {
        String sum = Loopback.sum("SHA-256", content);
        String other = sum.substring(0, 63) + (sum.endsWith("0") ? '1' : '0');
        RemoteFile wrong =
                new RemoteFile("a.bin", server.url(), "p", -1, Optional.of(Checksum.sha256(other)));
        String message =
                assertThrows(IOException.class, () -> Loopback.FAST.fetch(wrong, folder, null))
                        .getMessage();
        assertEquals(
                "a.bin: expected SHA-256 "
                        + other
                        + ", got "
                        + sum
                        + "; it is deleted, fetch it again",
                message);
        RemoteFile right =
                new RemoteFile("a.bin", server.url(), "p", -1, Optional.of(Checksum.sha256(sum)));
        assertArrayEquals(content, Files.readAllBytes(Loopback.FAST.fetch(right, folder, null)));
    }

    @Test
    void anotherSizeIsRefusedBeforeItComes() throws Exception {
        String message =
                assertThrows(
                                IOException.class,
                                () -> Loopback.FAST.fetch(archive(299_999, null), folder, null))
                        .getMessage();
        assertEquals(server.url() + ": expected 299999 bytes, got 300000", message);
        assertEquals(List.of(), files());
    }

    /** Whether a server says how much it sends or not. */
    @Test
    void noMoreComesThanAFileCanHave() throws Exception {
        RemoteFile small = atMost(content.length - 1);
        assertRefused(server.url() + ": expected at most 299999 bytes, got 300000", small);
        Answer endless =
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(content);
                    exchange.getResponseBody().close();
                };
        for (RemoteFile file : List.of(small, archive(content.length - 1, null))) {
            server.then(endless);
            assertRefused(server.url() + ": expected at most 299999 bytes, got more", file);
        }
        server.then(endless);
        RemoteFile enough = atMost(content.length);
        assertArrayEquals(content, Files.readAllBytes(Loopback.FAST.fetch(enough, folder, null)));
        // What is there already is held to it, too.
        assertRefused(
                "a.bin: expected at most 299999 bytes, got 300000; it is deleted, fetch it again",
                small);
    }

    private void assertRefused(String message, RemoteFile file) throws IOException {
        IOException e =
                assertThrows(IOException.class, () -> Loopback.FAST.fetch(file, folder, null));
        assertEquals(message, e.getMessage());
        assertEquals(List.of(), files());
    }

    private RemoteFile atMost(long most) {
        return new RemoteFile("a.bin", server.url(), "p", -1, most, Optional.empty());
    }

    @Test
    void aSilentServerIsGivenUp() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        for (int i = 0; i < 5; i++) {
            server.then(
                    exchange -> {
                        exchange.sendResponseHeaders(200, content.length);
                        exchange.getResponseBody().write(content, 0, 10);
                        exchange.getResponseBody().flush();
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
        Download hasty = new Download(Duration.ofMillis(1), Duration.ofMillis(100));
        String message =
                assertThrows(IOException.class, () -> hasty.fetch(archive(-1, null), folder, null))
                        .getMessage();
        end.countDown();
        assertTrue(message.contains("gave up after 5 attempts: "), message);
    }

    @Test
    void tooLittleRoomIsSaidBeforehand() throws Exception {
        long free = Files.getFileStore(folder).getTotalSpace();
        String message =
                assertThrows(
                                IOException.class,
                                () -> Download.checkRoom(folder.resolve("x"), 2 * free))
                        .getMessage();
        assertTrue(message.startsWith(folder + ": expected "), message);
        Download.checkRoom(folder.resolve("x"), 1);
    }

    @Test
    void mirrorsAreChecked() {
        for (String bad : List.of("ftp://a/b", "file:/etc/passwd", "a b", "http:/x")) {
            RemoteFile archive = new RemoteFile("a", bad, "lovasz.url.test", -1, Optional.empty());
            String message =
                    assertThrows(IllegalArgumentException.class, archive::uri).getMessage();
            assertEquals("lovasz.url.test: expected an http or https address, got " + bad, message);
        }
    }

    private RemoteFile archive(long size, String md5) {
        return new RemoteFile(
                "a.bin",
                server.url(),
                "lovasz.url.test",
                size,
                Optional.ofNullable(md5).map(Checksum::md5));
    }

    private static String md5(byte[] bytes) throws Exception {
        return Loopback.sum("MD5", bytes);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** Notes what it is told. */
    static final class Recorder implements Progress {

        final List<String> starts = new ArrayList<>();
        long done;
        private String task;

        @Override
        public void reset(String message, long max, String trailingMessage) {
            task = message + " of " + max;
        }

        @Override
        public void start(long initialProgress) {
            starts.add(task + " from " + initialProgress);
            done = initialProgress;
        }

        @Override
        public void end() {}

        @Override
        public void increment(long increment) {
            done += increment;
        }

        @Override
        public void update(long progress, String message) {
            done = progress;
        }
    }
}
