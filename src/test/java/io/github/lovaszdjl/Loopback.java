package io.github.lovaszdjl;

import ai.djl.util.Hex;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.lovaszdjl.internal.Download;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on this machine that answers as told, and once it is told no more, well. */
public final class Loopback implements AutoCloseable {

    /** Downloads from it: without a second thought after a fault. */
    public static final Download FAST = new Download(Duration.ofMillis(1), Duration.ofSeconds(20));

    /** Returns the checksum of bytes in hexadecimal. */
    public static String sum(String algorithm, byte[] bytes) throws NoSuchAlgorithmException {
        return Hex.toHexString(MessageDigest.getInstance(algorithm).digest(bytes));
    }

    /** An answer to a request. */
    public interface Answer {

        /** Answers it. */
        void to(HttpExchange exchange) throws IOException;
    }

    /** What was asked for. */
    public final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private final Deque<Answer> answers = new ArrayDeque<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** The file that is served, and its version. */
    public volatile byte[] content;

    public volatile String tag = "\"1\"";

    /** Serves a file. */
    public Loopback(byte[] content) throws IOException {
        this.content = content;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /** Returns the address of the file. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/file";
    }

    /** The next requests are answered so. */
    public Loopback then(Answer... next) {
        synchronized (answers) {
            answers.addAll(Arrays.asList(next));
        }
        return this;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String version = exchange.getRequestHeaders().getFirst("If-Range");
        requests.add((range == null ? "all" : range) + (version == null ? "" : " if " + version));
        Answer next;
        synchronized (answers) {
            next = answers.isEmpty() ? this::well : answers.poll();
        }
        try {
            next.to(exchange);
        } catch (IOException e) {
            // The connection was to be cut.
        } finally {
            exchange.close();
        }
    }

    /** As a good server does. */
    public void well(HttpExchange exchange) throws IOException {
        send(exchange, Integer.MAX_VALUE);
    }

    /** Sends this many bytes and hangs up, having promised all. */
    public Answer cutAfter(int bytes) {
        return exchange -> send(exchange, bytes);
    }

    /** Knows no ranges. */
    public void whole(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }

    /** Answers with a status and no more. */
    public static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    private void send(HttpExchange exchange, int bytes) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String version = exchange.getRequestHeaders().getFirst("If-Range");
        int from = 0;
        boolean same = version == null || version.equals(tag);
        if (range != null && same) {
            from = Integer.parseInt(range.substring(6, range.length() - 1));
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        if (tag != null) {
            exchange.getResponseHeaders().set("ETag", tag);
        }
        if (from >= content.length) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
        OutputStream out = exchange.getResponseBody();
        out.write(content, from, Math.min(bytes, content.length - from));
        out.flush();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
