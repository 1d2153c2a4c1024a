package io.github.lovaszdjl.dataset;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on this machine that answers as told, and once it is told no more, well. */
final class Loopback implements AutoCloseable {

    /** An answer to a request. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final Deque<Answer> answers = new ArrayDeque<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** The file that is served, and its version. */
    volatile byte[] content;

    volatile String tag = "\"1\"";

    Loopback(byte[] content) throws IOException {
        this.content = content;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/file";
    }

    /** The next requests are answered so. */
    Loopback then(Answer... next) {
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
    void well(HttpExchange exchange) throws IOException {
        send(exchange, Integer.MAX_VALUE);
    }

    /** Sends this many bytes and hangs up, having promised all. */
    Answer cutAfter(int bytes) {
        return exchange -> send(exchange, bytes);
    }

    /** Knows no ranges. */
    void whole(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }

    static Answer status(int status) {
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
