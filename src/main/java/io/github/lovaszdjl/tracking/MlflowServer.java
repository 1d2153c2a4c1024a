package io.github.lovaszdjl.tracking;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A server of MLflow, by its REST interface 2.0.
 *
 * @param uri its address, http or https
 * @param token what it is asked with, as a bearer's, if anything
 * @param patience how long to wait for an answer
 */
record MlflowServer(URI uri, Optional<String> token, Duration patience) {

    private static final int SHOWN = 200;

    /** A server that answers that it does not have what is asked for. */
    static final class NotThereException extends IOException {

        private static final long serialVersionUID = 1;

        NotThereException(String message) {
            super(message);
        }
    }

    /** Checks the address. */
    MlflowServer {
        boolean good =
                uri.getHost() != null
                        && ("http".equalsIgnoreCase(uri.getScheme())
                                || "https".equalsIgnoreCase(uri.getScheme()))
                        && uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null;
        if (!good) {
            throw new IllegalArgumentException(
                    "server: expected an address such as http://localhost:5000, without a user's"
                            + " name, got "
                            + (uri.getRawUserInfo() == null ? uri : "one with such a name"));
        }
    }

    /**
     * Asks.
     *
     * @param path what, such as "runs/get"
     * @param name the name of its parameter
     * @param value the value
     */
    JsonObject get(String path, String name, String value) throws IOException {
        String query = name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
        return send(HttpRequest.newBuilder(address(path + "?" + query)).GET());
    }

    /** Sends. */
    JsonObject post(String path, JsonObject body) throws IOException {
        return send(
                HttpRequest.newBuilder(address(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    private URI address(String path) {
        return URI.create(uri.toString().replaceFirst("/+$", "") + "/api/2.0/mlflow/" + path);
    }

    private JsonObject send(HttpRequest.Builder request) throws IOException {
        token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        HttpResponse<String> response;
        try {
            response =
                    HttpClient.newBuilder()
                            .connectTimeout(patience)
                            .build()
                            .send(
                                    request.timeout(patience).build(),
                                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("mlflow: interrupted");
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "no connection" : e.getMessage();
            throw new IOException(
                    "mlflow: expected a server that answers at " + uri + ", got " + reason, e);
        }
        if (response.statusCode() != 200) {
            String message =
                    String.format(
                            "mlflow: expected the answer 200 of %s, got %d %s",
                            response.request().uri(),
                            response.statusCode(),
                            shown(response.body()));
            throw response.statusCode() == 404
                    ? new NotThereException(message)
                    : new IOException(message);
        }
        try {
            return JsonParser.parseString(response.body()).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new IOException(
                    "mlflow: expected JSON of " + uri + ", got " + shown(response.body()), e);
        }
    }

    private static String shown(String body) {
        return Names.shortened(body.replaceAll("\\s+", " ").strip(), SHOWN);
    }
}
