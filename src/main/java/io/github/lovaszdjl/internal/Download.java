package io.github.lovaszdjl.internal;

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
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Downloads a file, over as many connections as it takes.
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
public record Download(Duration firstDelay, Duration patience) {

    /** Attempts in a row that may fail without having brought {@link #WORTHWHILE} bytes. */
    private static final int ATTEMPTS = 5;

    /** An attempt that brought this much is no sign that the server is out of order. */
    private static final long WORTHWHILE = 1 << 20;

    private static final int BUFFER = 1 << 16;

    /** How it is done unless tests are in a hurry. */
    public static final Download DEFAULT =
            new Download(Duration.ofSeconds(1), Duration.ofSeconds(60));

    /**
     * Downloads a file, unless it exists already, and checks its size and checksum.
     *
     * @param remote the file
     * @param folder the folder it goes to, which exists
     * @param progress told of bytes, or null
     * @return the file on disk
     * @throws IOException if it cannot be had, or is not what it should be, and is deleted then
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public Path fetch(RemoteFile remote, Path folder, Progress progress) throws IOException {
        Path file = folder.resolve(remote.name());
        if (Files.exists(file)) {
            check(remote, file);
            return file;
        }
        URI uri = remote.uri();
        Path part = folder.resolve(remote.name() + ".part");
        Path tag = folder.resolve(remote.name() + ".part.tag");
        HttpClient client =
                HttpClient.newBuilder()
                        .connectTimeout(patience)
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .build();
        int failures = 0;
        while (true) {
            long before = size(part);
            try {
                attempt(client, uri, remote, part, tag, progress);
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
        check(remote, part);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(tag);
        return file;
    }

    /**
     * Checks that there is room for files.
     *
     * @param file a file or folder in an existing folder
     * @param bytes how many are to be written; nothing is checked below 1
     * @throws IOException if there are fewer free
     */
    public static void checkRoom(Path file, long bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        long free = Files.getFileStore(folder).getUsableSpace();
        if (bytes > free) {
            throw new IOException(
                    folder
                            + ": expected "
                            + (bytes + 999_999) / 1_000_000
                            + " MB of free space, got "
                            + free / 1_000_000
                            + " MB");
        }
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
            HttpClient client, URI uri, RemoteFile remote, Path part, Path tag, Progress progress)
            throws IOException {
        long have = size(part);
        String version = Files.exists(tag) ? Files.readString(tag) : "";
        if (remote.size() >= 0 && have == remote.size()) {
            return;
        }
        // Without the version, only a checksum tells whether two halves belong together.
        if (have > 0 && version.isEmpty() && remote.checksum().isEmpty() || have > remote.most()) {
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
                                + ": expected the file, got status "
                                + status
                                + "; another address can be given with -D"
                                + remote.property());
            }
            if (!resumed) {
                have = 0;
            }
            long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
            long total = length < 0 ? remote.size() : have + length;
            Optional<String> fault = remote.sizeFault(total);
            if (fault.isPresent()) {
                throw new IOException(uri + ": " + fault.get());
            }
            checkRoom(part, total - have);
            Files.writeString(tag, version(response));
            if (!save(body, part, have, total, remote, progress)) {
                Files.delete(part);
                Files.delete(tag);
                throw new IOException(
                        uri + ": expected at most " + remote.most() + " bytes, got more");
            }
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

    /** Returns false where more comes than the file can have. */
    private boolean save(
            InputStream body,
            Path part,
            long have,
            long total,
            RemoteFile remote,
            Progress progress)
            throws IOException {
        if (progress != null) {
            progress.reset("Downloading " + remote.name(), total);
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
                if (n > remote.most() - size) {
                    return false;
                }
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
        return true;
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

    private static void check(RemoteFile remote, Path file) throws IOException {
        String fault = remote.sizeFault(Files.size(file)).orElse(null);
        if (fault == null && remote.checksum().isPresent()) {
            Checksum expected = remote.checksum().get();
            Checksum got = Checksum.of(expected.algorithm(), file);
            fault = got.equals(expected) ? null : "expected " + expected + ", got " + got.hex();
        }
        if (fault != null) {
            Files.delete(file);
            throw new IOException(remote.name() + ": " + fault + "; it is deleted, fetch it again");
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
