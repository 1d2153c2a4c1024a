package io.github.lovaszdjl.dataset;

import ai.djl.util.Hex;
import ai.djl.util.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Downloads an archive, over as many connections as it takes.
 *
 * <p>What has come is kept in NAME.part, next to the version that the server gave it, NAME.part.tag
 * (its ETag or date). The next attempt, in this run or a later one, asks for the rest of that
 * version alone (Range, If-Range); a server that has another version by then, or knows no ranges,
 * sends the whole, and the download starts over. DJL's {@code Repository} has none of this: it
 * starts over after every fault, knows SHA-1 sums only, and waits without end.
 *
 * @param firstDelay the pause before the second attempt; it doubles with each one
 * @param patience how long to wait for a connection, an answer or the next bytes
 */
record Download(Duration firstDelay, Duration patience) {

    /** Attempts in a row that may fail without having brought {@link #WORTHWHILE} bytes. */
    private static final int ATTEMPTS = 5;

    /** An attempt that brought this much is no sign that the server is out of order. */
    private static final long WORTHWHILE = 1 << 20;

    private static final int BUFFER = 1 << 16;

    static final Download DEFAULT = new Download(Duration.ofSeconds(1), Duration.ofSeconds(60));

    /** Downloads an archive, unless its file exists already, and checks its size and checksum. */
    Path fetch(Archive archive, Path folder, Progress progress) throws IOException {
        Path file = folder.resolve(archive.fileName());
        if (Files.exists(file)) {
            check(archive, file);
            return file;
        }
        URI uri = archive.uri();
        Path part = folder.resolve(archive.fileName() + ".part");
        Path tag = folder.resolve(archive.fileName() + ".part.tag");
        HttpClient client =
                HttpClient.newBuilder()
                        .connectTimeout(patience)
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .build();
        int failures = 0;
        while (true) {
            long before = size(part);
            try {
                attempt(client, uri, archive, part, tag, progress);
                break;
            } catch (TryAgain e) {
                failures = size(part) - before >= WORTHWHILE ? 1 : failures + 1;
                if (failures >= ATTEMPTS) {
                    long kept = size(part);
                    throw new IOException(
                            uri
                                    + ": gave up after "
                                    + ATTEMPTS
                                    + " attempts: "
                                    + e.getMessage()
                                    + (kept > 0 ? " (" + kept + " bytes are kept)" : ""),
                            e);
                }
                pause(failures);
            }
        }
        check(archive, part);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(tag);
        return file;
    }

    private void pause(int failures) throws IOException {
        try {
            Thread.sleep(firstDelay.multipliedBy(1L << (failures - 1)).toMillis());
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("the download was interrupted");
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private void attempt(
            HttpClient client, URI uri, Archive archive, Path part, Path tag, Progress progress)
            throws IOException {
        long have = size(part);
        String version = Files.exists(tag) ? Files.readString(tag) : "";
        if (archive.size() >= 0 && have == archive.size()) {
            return;
        }
        // Without the version, only a checksum tells whether two halves belong together.
        if (have > 0 && version.isEmpty() && archive.md5() == null
                || archive.size() >= 0 && have > archive.size()) {
            Files.delete(part);
            have = 0;
        }
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).timeout(patience).header("User-Agent", "lovasz-djl");
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
            if (!version.isEmpty()) {
                request.header("If-Range", version);
            }
        }
        HttpResponse<InputStream> response;
        try {
            response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (IOException e) {
            throw new TryAgain(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
        try (InputStream body = response.body()) {
            int status = response.statusCode();
            boolean resumed = status == 206 && start(response).equals(Optional.of(have));
            if (status == 416 || status == 206 && !resumed) {
                Files.deleteIfExists(part);
                Files.deleteIfExists(tag);
                throw new TryAgain("the server has not the rest of what was begun", null);
            }
            if (status >= 500 || status == 408 || status == 429) {
                throw new TryAgain("the server answered with status " + status, null);
            }
            if (status != 200 && !resumed) {
                throw new IOException(
                        uri
                                + ": expected the archive, got status "
                                + status
                                + "; another address can be given with -D"
                                + archive.property());
            }
            if (!resumed) {
                have = 0;
            }
            long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
            long total = length < 0 ? archive.size() : have + length;
            if (archive.size() >= 0 && total != archive.size()) {
                throw new IOException(
                        uri + ": expected " + archive.size() + " bytes, got " + total);
            }
            DiskSpace.check(part, total - have);
            Files.writeString(tag, version(response));
            save(body, part, have, total, archive, progress);
        }
    }

    private static Optional<Long> start(HttpResponse<?> response) {
        String range = response.headers().firstValue("Content-Range").orElse("");
        return range.matches("bytes \\d{1,18}-.*")
                ? Optional.of(Long.valueOf(range.substring(6, range.indexOf('-'))))
                : Optional.empty();
    }

    /** What If-Range may name: a strong ETag, else the date of the last change. */
    private static String version(HttpResponse<?> response) {
        Optional<String> tag = response.headers().firstValue("ETag");
        return tag.filter(t -> t.startsWith("\""))
                .or(() -> response.headers().firstValue("Last-Modified"))
                .orElse("");
    }

    private void save(
            InputStream body, Path part, long have, long total, Archive archive, Progress progress)
            throws IOException {
        if (progress != null) {
            progress.reset("Downloading " + archive.fileName(), total);
            progress.start(have);
        }
        long size = have;
        AtomicLong last = new AtomicLong(System.nanoTime());
        ScheduledExecutorService watch =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "download watch");
                            thread.setDaemon(true);
                            return thread;
                        });
        // HttpClient's own timeout ends with the headers.
        long period = Math.max(1, patience.toMillis() / 10);
        ScheduledFuture<?> ticks =
                watch.scheduleAtFixedRate(
                        () -> {
                            if (System.nanoTime() - last.get() > patience.toNanos()) {
                                close(body);
                            }
                        },
                        period,
                        period,
                        TimeUnit.MILLISECONDS);
        try (OutputStream out =
                have == 0
                        ? Files.newOutputStream(part)
                        : Files.newOutputStream(part, StandardOpenOption.APPEND)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = read(body, buffer); n >= 0; n = read(body, buffer)) {
                last.set(System.nanoTime());
                out.write(buffer, 0, n);
                size += n;
                if (progress != null) {
                    progress.increment(n);
                }
            }
        } finally {
            ticks.cancel(false);
            watch.shutdownNow();
        }
        boolean stalled = System.nanoTime() - last.get() > patience.toNanos();
        if (stalled || total >= 0 && size < total) {
            throw new TryAgain(
                    stalled
                            ? "nothing came for " + patience.toSeconds() + " s"
                            : "the connection ended after " + size + " of " + total + " bytes",
                    null);
        }
        if (progress != null) {
            progress.end();
        }
    }

    /** Faults of the connection can be tried again, those of the disk cannot. */
    private static int read(InputStream body, byte[] buffer) throws TryAgain {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new TryAgain("the connection was lost: " + e.getMessage(), e);
        }
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // Whoever reads it meets the fault.
        }
    }

    private static void check(Archive archive, Path file) throws IOException {
        long size = Files.size(file);
        String fault = null;
        if (archive.size() >= 0 && size != archive.size()) {
            fault = "expected " + archive.size() + " bytes, got " + size;
        } else if (archive.md5() != null) {
            String md5 = md5(file);
            fault =
                    md5.equals(archive.md5())
                            ? null
                            : "expected MD5 " + archive.md5() + ", got " + md5;
        }
        if (fault != null) {
            Files.delete(file);
            throw new IOException(
                    archive.fileName() + ": " + fault + "; it is deleted, fetch it again");
        }
    }

    private static String md5(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return Hex.toHexString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has MD5", e);
        }
    }

    /** A fault that may pass. */
    private static final class TryAgain extends IOException {

        private static final long serialVersionUID = 1L;

        TryAgain(String message, Exception cause) {
            super(message, cause);
        }
    }
}
