package io.github.lovaszdjl;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A server on this machine with as much of MLflow's REST interface as trainings use. */
public final class MlflowStub implements AutoCloseable {

    private final HttpServer server;

    /** What was asked for: method, path behind the version, and body where there is one. */
    public final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    /** The experiments by name. */
    public final Map<String, String> experiments = new LinkedHashMap<>();

    /** The runs by id, as they were made, with params, metrics and status. */
    public final Map<String, JsonObject> runs = new LinkedHashMap<>();

    /** The header with which was last asked. */
    public volatile String authorization;

    /** Whether it answers by 500 to everything. */
    public volatile boolean broken;

    public MlflowStub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/base/api/2.0/mlflow/", this::answer);
        server.start();
    }

    /** Returns its address. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/base");
    }

    /** Returns the epochs that a run has a metric of, in the order in which they came. */
    public List<Integer> steps(String run, String metric) {
        List<Integer> steps = new ArrayList<>();
        for (JsonElement each : runs.get(run).getAsJsonArray("metrics")) {
            if (each.getAsJsonObject().get("key").getAsString().equals(metric)) {
                steps.add(each.getAsJsonObject().get("step").getAsInt());
            }
        }
        return steps;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String asked = exchange.getRequestURI().toString().substring(21);
            requests.add((exchange.getRequestMethod() + " " + asked + " " + body).strip());
            authorization = exchange.getRequestHeaders().getFirst("Authorization");
            JsonObject answer = broken ? null : answer(asked, body);
            boolean missing = !broken && answer == null;
            byte[] bytes =
                    (broken ? "{\"error_code\":\"INTERNAL_ERROR\"}" : String.valueOf(answer))
                            .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(broken ? 500 : missing ? 404 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    /** Returns an answer, null where there is no such thing. */
    private JsonObject answer(String asked, String body) {
        String value = asked.substring(asked.indexOf('=') + 1);
        JsonObject sent =
                body.isEmpty() ? new JsonObject() : JsonParser.parseString(body).getAsJsonObject();
        return switch (asked.replaceFirst("\\?.*", "")) {
            case "experiments/get-by-name" ->
                    experiments.containsKey(value)
                            ? object("experiment", object("experiment_id", experiments.get(value)))
                            : null;
            case "experiments/create" -> {
                String id = String.valueOf(experiments.size() + 1);
                experiments.put(sent.get("name").getAsString(), id);
                yield object("experiment_id", id);
            }
            case "runs/create" -> {
                String id = "run" + runs.size();
                sent.add("metrics", new JsonArray());
                sent.addProperty("status", "RUNNING");
                runs.put(id, sent);
                yield object("run", object("info", object("run_id", id)));
            }
            case "runs/get" -> runs.containsKey(value) ? run(runs.get(value)) : null;
            case "runs/log-batch" -> {
                JsonObject run = runs.get(sent.get("run_id").getAsString());
                if (sent.has("params")) {
                    run.add("params", sent.get("params"));
                }
                if (sent.has("metrics")) {
                    run.getAsJsonArray("metrics").addAll(sent.getAsJsonArray("metrics"));
                }
                yield new JsonObject();
            }
            case "runs/update" -> {
                JsonObject run = runs.get(sent.get("run_id").getAsString());
                run.add("status", sent.get("status"));
                yield new JsonObject();
            }
            default -> null;
        };
    }

    /** Returns a run with the latest value of each metric. */
    private static JsonObject run(JsonObject run) {
        Map<String, JsonElement> latest = new LinkedHashMap<>();
        for (JsonElement metric : run.getAsJsonArray("metrics")) {
            latest.put(metric.getAsJsonObject().get("key").getAsString(), metric);
        }
        JsonArray metrics = new JsonArray();
        latest.values().forEach(metrics::add);
        JsonObject data = new JsonObject();
        if (!metrics.isEmpty()) {
            data.add("metrics", metrics);
        }
        JsonObject answer = new JsonObject();
        answer.add("data", data);
        return object("run", answer);
    }

    private static JsonObject object(String key, JsonElement value) {
        JsonObject object = new JsonObject();
        object.add(key, value);
        return object;
    }

    private static JsonObject object(String key, String value) {
        JsonObject object = new JsonObject();
        object.addProperty(key, value);
        return object;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
